use schema_runtime::Table;

#[derive(Table)]
#[table(name = users, strict = true, primary_key)]
struct User {
    #[column(default = 5, primary_key(id), identity(always))]
    id: i64,
    #[column(references = "Org", comment)]
    org_id: i64,
}

fn main() {}
