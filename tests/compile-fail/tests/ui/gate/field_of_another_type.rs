use schema_runtime::Table;

macro_rules! hidden_from_the_scan {
    () => {
        struct String;
    };
}
hidden_from_the_scan!();

#[derive(Table)]
struct FieldOfAnotherType {
    #[column(primary_key)]
    id: i64,
    name: String,
    nickname: Option<String>,
}

fn main() {}
