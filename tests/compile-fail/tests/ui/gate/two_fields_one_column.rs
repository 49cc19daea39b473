use schema_runtime::Table;

#[derive(Table)]
struct TwoFields {
    #[column(primary_key)]
    id: i64,
    a: i64,
    #[column(name = "a")]
    b: i64,
}

fn main() {}
