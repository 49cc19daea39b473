use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(on_delete = cascade)]
    org_id: i64,
}

fn main() {}
