use schema_runtime::schema;

schema! {
    extension(citext);
    sequence("invoice_no", strat = 1000);
    raw("tuning", create = "SELECT 1");
}

fn main() {}
