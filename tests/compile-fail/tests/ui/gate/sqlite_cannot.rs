use schema_runtime::Table;

#[derive(Table)]
#[table(schema = "app", index(id, include(name), using = gin))]
struct NotOnSqlite {
    #[column(primary_key, identity = always)]
    id: i64,
    name: String,
}

fn main() {}
