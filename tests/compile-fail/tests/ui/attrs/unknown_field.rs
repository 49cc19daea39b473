use schema_runtime::Table;

#[derive(Table)]
#[table(primary_key(idd), unique(email, id), index(created_at desc, include(emial)))]
struct User {
    id: i64,
    email: String,
}

fn main() {}
