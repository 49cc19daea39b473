use schema_runtime::Domain;

#[derive(Domain)]
#[domain(not_nul, check("VALUE > 0", not_enforced))]
struct Positive(i64);

#[derive(Domain)]
struct Named {
    value: i64,
}

#[derive(Domain)]
enum Either {
    Left,
}

fn main() {}
