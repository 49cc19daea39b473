use schema_runtime::Table;

#[derive(Table)]
#[table(name = "", check(""))]
struct User {
    #[column(default = " ")]
    id: i64,
}

fn main() {}
