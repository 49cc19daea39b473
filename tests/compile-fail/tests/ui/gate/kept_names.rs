use schema_runtime::Table;

#[derive(Table)]
#[table(name = "_kept_sessions")]
struct KeptNames {
    #[column(primary_key)]
    id: i64,
    #[column(name = "_kept_0_note")]
    note: Option<String>,
}

fn main() {}
