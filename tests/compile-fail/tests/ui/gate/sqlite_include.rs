use schema_runtime::Table;

#[derive(Table)]
#[table(index(email, include(id)))]
struct IncludeOnSqlite {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {}
