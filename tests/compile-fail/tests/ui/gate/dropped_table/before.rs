use schema_runtime::{SqlEnum, Table, schema};

#[derive(Table)]
struct DroppedSessions {
    #[column(primary_key)]
    id: i64,
    mood: DroppedMood,
}

#[derive(SqlEnum)]
enum DroppedMood {
    Good,
}
