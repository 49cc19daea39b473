use schema_runtime::View;

#[derive(View)]
#[view(sql = "-- nothing yet")]
struct OnlyComments {
    id: i64,
}

#[derive(View)]
#[view(sql = "SELECT 1 AS id; SELECT 2 AS id")]
struct TwoStatements {
    id: i64,
}

#[derive(View)]
#[view(sql = "CREATE VIEW this_view AS SELECT 1 AS id")]
struct WholeStatement {
    id: i64,
}

#[derive(View)]
#[view(sql = "SELECT 'open AS id")]
struct OpenQuote {
    id: i64,
}

#[derive(View)]
#[view(sql = "(TABLE pg_class); -- `TABLE` and parentheses are PostgreSQL's")]
struct Fine {
    id: i64,
}

fn main() {}
