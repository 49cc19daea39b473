use schema_runtime::Table;

#[derive(Table)]
#[table(primary_key(), unique(), index(where = "a"), foreign_key(references = User))]
struct User {
    id: i64,
}

fn main() {}
