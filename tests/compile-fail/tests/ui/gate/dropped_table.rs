use schema_runtime::{SqlEnum, Table, schema};

schema! {
    schema dropped_table_case;
}

fn main() {}
