use schema_runtime::Composite;

#[derive(Composite)]
#[composite(coment = "where to")]
struct Address {
    #[column(default = "''")]
    street: String,
}

#[derive(Composite)]
struct Pair(i64, i64);

fn main() {}
