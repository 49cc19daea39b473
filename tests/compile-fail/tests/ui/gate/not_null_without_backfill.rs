use schema_runtime::Table;

#[derive(Table)]
struct NotNull {
    #[column(primary_key)]
    id: i64,
    name: String,
    role: String,
}

fn main() {}
