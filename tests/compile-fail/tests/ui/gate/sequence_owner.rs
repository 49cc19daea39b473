use schema_runtime::{Table, schema};

schema! {
    sequence("owned_by_nothing", owned_by = "sequence_owner.numer");
    sequence("of_text", type = "text");
}

#[derive(Table)]
struct SequenceOwner {
    number: i64,
}

fn main() {}
