use schema_runtime::{Composite, Domain};

#[derive(Domain)]
#[domain(name = "one_name")]
struct OneName(i64);

#[derive(Composite)]
#[composite(name = "one_name")]
struct OneNameToo {
    id: i64,
}

#[derive(Domain)]
struct OfUnknown(std::thread::ThreadId);

fn main() {}
