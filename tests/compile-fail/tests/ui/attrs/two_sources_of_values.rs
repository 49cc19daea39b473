use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(identity, default = "1")]
    id: i64,
    #[column(generated = "lower(name)", backfill = "'a'")]
    name: String,
}

fn main() {}
