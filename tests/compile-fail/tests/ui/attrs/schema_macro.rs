use schema_runtime::schema;

schema! {
    schema public;
    schma app;
    schema app, auth;
    allow(drop_table("sessions"));
    allow(drop_column("legacy", reason = "unread"));
    schema reports
}

fn main() {}
