use schema_runtime::Table;

#[derive(Table)]
struct DifferInCase {
    #[column(primary_key)]
    id: i64,
    email: String,
    #[column(name = "EMAIL")]
    other: String,
}

fn main() {}
