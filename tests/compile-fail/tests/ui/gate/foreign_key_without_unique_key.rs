use schema_runtime::Table;

#[derive(Table)]
struct KeylessOrg {
    id: i64,
    slug: String,
}

#[derive(Table)]
struct KeylessUser {
    #[column(primary_key)]
    id: i64,
    #[column(references = KeylessOrg(slug))]
    org_slug: String,
    #[column(references = KeylessOrg)]
    org_id: i64,
}

fn main() {}
