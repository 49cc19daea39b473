use schema_runtime::Table;

#[derive(Table)]
struct CfgThatIsOff {
    #[column(primary_key)]
    id: i64,
    #[cfg(any())]
    name: String,
}

fn main() {}
