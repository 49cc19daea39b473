use schema_runtime::{Domain, Table, View};

#[derive(Table)]
#[table(partition_by(range(at)), unlogged)]
struct PartitionedOnSqlite {
    at: i64,
}

#[derive(Domain)]
struct DomainOnSqlite(i64);

#[derive(View)]
#[view(sql = "SELECT 1 AS id", materialized)]
struct MaterializedOnSqlite {
    id: i64,
}

fn main() {}
