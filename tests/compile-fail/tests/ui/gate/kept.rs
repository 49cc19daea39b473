use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_column("lowered", reason = "computed by the readers", keep)))]
struct Kept {
    #[column(primary_key)]
    id: i64,
    name: String,
}

fn main() {}
