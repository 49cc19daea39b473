use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(identity = sometimes)]
    id: i64,
    #[column(references = User, on_delete = cascde, deferrable = later)]
    parent_id: i64,
}

fn main() {}
