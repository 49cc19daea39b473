use schema_runtime::Table;

#[derive(Table)]
#[table(primary_key(id, org_id))]
struct User {
    #[column(primary_key)]
    id: i64,
    org_id: i64,
}

#[derive(Table)]
struct Member {
    #[column(primary_key)]
    org_id: i64,
    #[column(primary_key)]
    user_id: i64,
}

fn main() {}
