use schema_runtime::Table;

#[derive(Table)]
#[table(foreign_key(id), foreign_key(id, name, references = User(id)))]
struct User {
    id: i64,
    name: String,
}

fn main() {}
