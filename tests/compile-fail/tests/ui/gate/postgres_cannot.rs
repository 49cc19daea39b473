use schema_runtime::Table;

#[derive(Table)]
#[table(strict, without_rowid)]
struct PostgresCannot {
    #[column(primary_key)]
    id: i64,
    small: u32,
}

fn main() {}
