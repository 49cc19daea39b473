use schema_runtime::SqlEnum;

#[derive(SqlEnum)]
#[sql_enum(nmae = "mood", strict)]
enum Mood {
    Good(i32),
    #[label(name = "so-so")]
    SoSo,
    #[cfg(all())]
    Bad,
}

#[derive(SqlEnum)]
enum Generic<T> {
    A(T),
}

fn main() {}
