use schema_runtime::{Table, View, schema};

schema! {
    sequence("one_relation");
    sql("CREATE MATERIALIZED VIEW one_relation AS SELECT 1 AS id");
}

#[derive(Table)]
#[table(name = "one_relation")]
struct OneRelation {
    id: i64,
}

#[derive(View)]
#[view(name = "one_relation", sql = "SELECT 1 AS id")]
struct OneRelationToo {
    id: i32,
}

fn main() {}
