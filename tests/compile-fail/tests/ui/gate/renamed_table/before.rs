use schema_runtime::{Table, schema};

#[derive(Table)]
#[table(name = "renamed_a")]
struct RenamedTable {
    #[column(primary_key)]
    id: i64,
}
