use schema_runtime::Table;

#[derive(Table)]
struct Options {
    #[column(sequence(start = 1))]
    a: i64,
    #[column(identity, sequence(increment = 0, by = 2))]
    b: i64,
    #[column(storage = extern, compression = zstd, statistics = 100000)]
    c: String,
}

fn main() {}
