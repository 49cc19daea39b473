use schema_runtime::Table;

#[derive(Table)]
#[table(replica_identity = index("no_such_key"), unique(email))]
struct ReplicaIdentity {
    #[column(primary_key)]
    id: i64,
    email: String,
}

fn main() {}
