use schema_runtime::Table;

#[derive(Table)]
#[table(partition_by(range(at)))]
struct KeyWithoutPartition {
    #[column(primary_key)]
    id: i64,
    at: i64,
}

#[derive(Table)]
#[table(partition_of = KeyWithoutPartition, bound = "FOR VALUES IN (1)")]
struct BoundOfAnotherKind;

fn main() {}
