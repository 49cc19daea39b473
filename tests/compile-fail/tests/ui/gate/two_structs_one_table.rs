use schema_runtime::Table;

#[derive(Table)]
#[table(name = "one_table")]
struct FirstStruct {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table)]
#[table(name = "one_table")]
struct SecondStruct {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
