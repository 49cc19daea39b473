use schema_runtime::Table;

#[derive(Table)]
#[table(index(id descending), index(id opclass), index(expr = id))]
struct User {
    #[column(index(unique, desc, desc))]
    id: i64,
}

fn main() {}
