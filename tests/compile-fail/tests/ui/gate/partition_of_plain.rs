use schema_runtime::Table;

#[derive(Table)]
struct PlainParent {
    at: i64,
}

#[derive(Table)]
#[table(partition_of = PlainParent, bound = "DEFAULT")]
struct PartOfPlain;

fn main() {}
