use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_colum("legacy"), reason = "unread"))]
struct User {
    #[column(allow(narow_type, reason = "short"))]
    id: i64,
}

fn main() {}
