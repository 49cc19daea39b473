use schema_runtime::Table;

#[derive(Table)]
struct UnknownFieldOrg {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
struct UnknownFieldUser {
    #[column(primary_key)]
    id: i64,
    #[column(references = UnknownFieldOrg(uuid))]
    org_id: i64,
}

fn main() {}
