use schema_runtime::Table;

#[derive(Table)]
#[table(exclude(using = gist, room, during wit "&&"), exclude(using = gist), replica_identity = ful)]
struct Booking {
    room: i64,
    during: String,
}

fn main() {}
