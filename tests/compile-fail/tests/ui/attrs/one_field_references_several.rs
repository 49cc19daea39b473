use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(references = User(id, name))]
    org_id: i64,
}

fn main() {}
