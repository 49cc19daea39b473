use schema_runtime::Table;

#[derive(Table)]
#[table(partition_by(ranges(at)))]
struct Log {
    at: i64,
}

#[derive(Table)]
#[table(partition_of = Log)]
struct NoBound;

#[derive(Table)]
#[table(bound = "DEFAULT")]
struct NoParent {
    at: i64,
}

fn main() {}
