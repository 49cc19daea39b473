use schema_runtime::{Table, schema};

#[derive(Table)]
#[table(name = "renamed_b")]
struct RenamedTable {
    #[column(primary_key)]
    id: i64,
}

schema! {
    allow(drop_enum("nothing", reason = "never was"));
}

fn main() {}
