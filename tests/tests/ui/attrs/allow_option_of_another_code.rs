use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_column("legacy", map_to = "other"), drop_check("positive", keep), reason = "unread"))]
struct User {
    id: i64,
}

fn main() {}
