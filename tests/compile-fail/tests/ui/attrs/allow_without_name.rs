use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_column, drop_unique(reason = "unused"), drop_primary_key("users_pkey"), reason = "unread"))]
struct User {
    id: i64,
}

#[derive(Table)]
#[table(allow())]
struct Org {
    id: i64,
}

fn main() {}
