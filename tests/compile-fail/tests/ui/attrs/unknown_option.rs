use schema_runtime::Table;

#[derive(Table)]
#[table(primary_key(id, nmae = "a"), unique(id, deferable = initially_deferred), check("a", nam = "b"))]
#[table(foreign_key(id, reference = User), index(id, wher = "a"))]
struct User {
    id: i64,
}

fn main() {}
