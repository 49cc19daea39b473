use schema_runtime::Table;

struct Org;

#[derive(Table)]
#[table(foreign_key(id, references = Org))]
struct User {
    id: i64,
    #[column(references = Org)]
    org_id: i64,
}

fn main() {}
