use schema_runtime::Table;

#[derive(Table)]
#[table(index(id, with(fillfactor)))]
struct User {
    id: i64,
}

fn main() {}
