use schema_runtime::Table;

#[derive(Table)]
#[table(index(email, name = "one_name"), index(id, name = "one_name"))]
#[table(check("id > 0", name = "positive"), check("id < 9", name = "positive"))]
struct NameGivenTwice {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {}
