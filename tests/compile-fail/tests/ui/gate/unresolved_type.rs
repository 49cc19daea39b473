use schema_runtime::Table;

#[derive(Table)]
struct UnresolvedType {
    #[column(primary_key)]
    id: i64,
    #[sqlx(skip)]
    cached: Money,
    price: Money,
}

struct Money {
    cents: i64,
}

fn main() {}
