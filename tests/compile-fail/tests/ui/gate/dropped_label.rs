use schema_runtime::SqlEnum;

#[derive(SqlEnum)]
enum DroppedLabel {
    Good,
}

fn main() {}
