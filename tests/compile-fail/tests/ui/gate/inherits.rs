use schema_runtime::Table;

#[derive(Table)]
struct InheritedBase {
    id: i64,
    label: String,
}

#[derive(Table)]
#[table(inherits(InheritedBase))]
struct InheritsLess {
    id: i32,
}

fn main() {}
