use schema_runtime::Table;

#[derive(Table)]
#[table(unique(email, email))]
struct User {
    email: String,
}

fn main() {}
