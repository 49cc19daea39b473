#[derive(Table)]
struct Kept {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(generated = "lower(name)", stored)]
    lowered: Option<String>,
}
