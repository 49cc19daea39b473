use schema_runtime::SqlEnum;

#[derive(SqlEnum)]
#[sql_enum(nmae = "mood", strict)]
enum Mood {
    Good(i32),
    #[label(name = "so-so")]
    SoSo,
    #[cfg(not(windows))]
    Bad,
}

#[derive(SqlEnum)]
enum Generic<T> {
    A(T),
}

fn main() {}
