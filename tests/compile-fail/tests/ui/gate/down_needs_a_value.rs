use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_column("counted", reason = "unread")))]
struct NeedsRestore {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
