use schema_runtime::Table;

#[derive(Table)]
struct RenameOrDrop {
    #[column(primary_key)]
    id: i64,
    display_name: Option<String>,
}

fn main() {}
