use schema_runtime::Table;

#[derive(Table)]
struct DroppedConstraints {
    id: i64,
    email: String,
    name: String,
    age: i32,
    parent_id: Option<i64>,
}

fn main() {}
