use schema_runtime::Table;

#[derive(Table)]
#[table(exclude(room with "&&", name = "by_btree"), exclude(using = gin, room with "=", name = "by_gin"))]
struct ExcludesByMethod {
    room: i64,
}

fn main() {}
