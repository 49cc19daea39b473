use schema_runtime::View;

#[derive(View)]
struct NoQuery {
    id: i64,
}

#[derive(View)]
#[view(sql = "SELECT 1 AS id", materialised)]
struct Misspelt {
    id: i64,
}

fn main() {}
