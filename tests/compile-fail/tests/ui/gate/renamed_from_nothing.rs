use schema_runtime::Table;

#[derive(Table)]
struct RenamedFromNothing {
    #[column(primary_key)]
    id: i64,
    #[column(renamed_from = "nmae")]
    display_name: String,
}

#[derive(Table)]
#[table(renamed_from = "accounts")]
struct RenamedFromNoTable {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
