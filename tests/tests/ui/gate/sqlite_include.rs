use schema_runtime::Table;

#[derive(Table)]
#[table(index(email, include(id)))]
struct SqliteInclude {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {}
