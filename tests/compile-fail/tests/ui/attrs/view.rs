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

#[derive(View)]
#[view(sql = "SELECT 1 AS id, 2 AS \"userId\"")]
#[sqlx(rename_all = "camelCase")]
struct OneColumnTwice {
    user_id: i32,
    id: i32,
    #[sqlx(rename = "userId")]
    of: i32,
    #[sqlx(rename = "id", skip)]
    cached: i32,
}

fn main() {}
