use schema_runtime::Table;

#[derive(Table)]
#[table(allow(
    drop_column("legacy", map_to = "other"),
    drop_check("positive", keep),
    drop_unique("one", restore = "0"),
    drop_column("old", keep = true),
    drop_column("older", keep, keep),
    reason = "unread"
))]
struct User {
    id: i64,
}

fn main() {}
