use schema_runtime::Table;

#[derive(Table)]
struct User<T> {
    id: T,
}

fn main() {}
