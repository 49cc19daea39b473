use schema_runtime::Table;

#[derive(Table)]
struct Narrowing {
    #[column(primary_key)]
    id: i64,
    count: i32,
    #[column(type = "varchar(50)")]
    role: String,
}

fn main() {}
