use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_column("legacy"), drop_primary_key))]
struct User {
    #[column(allow(narrow_type, reason = ""))]
    id: i64,
}

fn main() {}
