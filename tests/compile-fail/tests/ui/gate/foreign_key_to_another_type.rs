use schema_runtime::Table;

#[derive(Table)]
struct TypedOrg {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
struct TypedUser {
    #[column(primary_key)]
    id: i64,
    #[column(references = TypedOrg)]
    org_id: String,
}

fn main() {}
