use schema_runtime::{SqlEnum, Table};

#[derive(Table)]
#[table(nmae = "users")]
struct User {
    #[column(primry_key)]
    id: i64,
    #[column(default = 5)]
    name: String,
}

#[derive(SqlEnum)]
enum Mood {
    #[label(renmae = "good")]
    Good,
}

fn use_of_the_struct_adds_no_error() -> &'static [&'static str] {
    let _ = Mood::LABELS;
    User::COLUMNS
}

fn main() {}
