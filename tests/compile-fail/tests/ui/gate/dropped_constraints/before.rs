use schema_runtime::Table;

#[derive(Table)]
#[table(primary_key(id), unique(email), check("age > 0", name = "age_positive"), index(name, unique))]
struct DroppedConstraints {
    id: i64,
    email: String,
    name: String,
    age: i32,
    #[column(references = DroppedConstraints)]
    parent_id: Option<i64>,
}
