use schema_runtime::Table;

#[derive(Table)]
#[table(nmae = "users", exclude(using = gist))]
struct User {
    id: i64,
}

fn main() {}
