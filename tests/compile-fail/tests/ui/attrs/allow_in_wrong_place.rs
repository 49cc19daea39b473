use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_table("sessions"), narrow_type, reason = "moved"))]
struct User {
    #[column(allow(drop_column("legacy"), reason = "unread"))]
    id: i64,
}

fn main() {}
