use schema_runtime::Table;

#[derive(Table)]
#[table(index(email), index(email, name = "again"), unique(email), index(email, unique))]
struct DuplicateIndex {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {}
