//! The language as a whole on PostgreSQL: a crate that declares one of everything, its draft as it reads, and both
//! changes on a server with rows: there, back and there again.

use std::fs;

use schema_core::build;
use schema_core::ir::Dialect;
use schema_core::migration::{Migration, read_dir};
use schema_core::scan::{ScanOptions, scan};
use schema_runtime::drift::drift;
use schema_runtime::sides::{Bench, Side};
use schema_tests::target::{Target, TextRow};
use sqlx::{Connection as _, PgConnection};

use super::app::App;

const FIRST: &str = r#"
use schema_runtime::{Composite, Domain, SqlEnum, Table, View, schema};

schema! {
    extension("citext");
    extension("btree_gist");
    sequence("ticket_no", start = 1000);
    files("sql");
    sql("CREATE POLICY own_rows ON booking USING (guest = CURRENT_USER)");
}

#[derive(SqlEnum)]
#[sql_enum(rename_all = "snake_case")]
pub enum Mood {
    VeryCalm,
    Loud,
}

#[derive(Domain)]
#[domain(type = "citext", check("VALUE ~ '@'", name = "has_at"))]
pub struct Email(pub String);

#[derive(Composite)]
pub struct Address {
    pub street: Option<String>,
    #[column(type = "varchar(10)")]
    pub zip: Option<String>,
}

#[derive(Table)]
#[table(row_security, exclude(using = gist, room with "=", during with "&&", name = "no_overlap"))]
pub struct Booking {
    #[column(primary_key, default = "nextval('ticket_no')")]
    pub id: i64,
    pub room: i32,
    #[column(type = "tstzrange")]
    pub during: String,
    pub guest: String,
    pub email: Email,
    pub address: Option<Address>,
    #[column(default = "'very_calm'")]
    pub mood: Mood,
}

#[derive(View)]
#[view(sql = "SELECT room, shout(guest) AS guest FROM booking", with(security_barrier = true), comment = "by room")]
pub struct Guests {
    pub room: Option<i32>,
    pub guest: Option<String>,
}

#[derive(Table)]
#[table(partition_by(range(day)), primary_key(id, day), index(room))]
pub struct Visit {
    pub id: i64,
    #[column(type = "date")]
    pub day: String,
    pub room: i32,
}

#[derive(Table)]
#[table(partition_of = Visit, bound = "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')")]
pub struct Visit2024;
"#;

const VISIT_2025: &str = r#"
#[derive(Table)]
#[table(partition_of = Visit, bound = "FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')")]
pub struct Visit2025;
"#;

/// The domain's check is replaced, which is a removal too.
const CONSENT: &str = r#"table(allow(drop_check("has_at", reason = "the new one is stricter")), row_security"#;

const SHOUT: &str = "-- What the view calls.
CREATE FUNCTION shout(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper(t) $$;
";

const ROWS: &str = "
INSERT INTO booking (room, during, guest, email, address) VALUES
    (1, '[2024-05-01, 2024-05-02)', 'ann', 'Ann@example.org', ROW('High Street', 'X1')),
    (1, '[2024-05-02, 2024-05-03)', 'bob', 'bob@example.org', NULL);
INSERT INTO visit VALUES (1, '2024-05-01', 1), (2, '2024-06-01', 2)";

const HELD: &str = "
SELECT b::text FROM booking b UNION ALL SELECT v::text FROM visit v UNION ALL SELECT lower(g::text) FROM guests g
UNION ALL SELECT tableoid::regclass || '' FROM visit ORDER BY 1";

#[tokio::test]
async fn one_of_everything_is_drafted_applied_reverted_and_changed_on_postgresql() {
    let app = App::empty(Dialect::Postgres, "");
    app.write("src/lib.rs", FIRST).write("sql/functions/shout.sql", SHOUT).build();
    let first = migrations(&app, 0);
    insta::assert_snapshot!("the_first_draft", reads(&first));
    app.assert_fresh();

    let mut db = Database::fresh().await;
    let nothing = db.target.schema().await;
    db.up(&first, &app).await;
    db.target.run(ROWS).await;
    db.down(&first).await;
    assert_eq!(db.target.schema().await, nothing);
    db.up(&first, &app).await;
    db.target.run(ROWS).await;
    db.refuses(
        "INSERT INTO booking (room, during, guest, email) VALUES (1, '[2024-05-01, 2024-05-09)', 'c', 'c@d')",
        "no_overlap",
    )
    .await;
    db.refuses("INSERT INTO booking (room, during, guest, email) VALUES (2, 'empty', 'c', 'nowhere')", "has_at").await;
    let held = db.target.rows(HELD).await;
    assert_eq!(held.len(), 8);
    build::seal(&app.project(), None).unwrap();

    let before = db.target.schema().await;
    let changed = FIRST.replace("room: i32", "room: i64").replace("room: Option<i32>", "room: Option<i64>");
    let changed = changed.replace("VALUE ~ '@'", "VALUE ~ '@.'") + VISIT_2025;
    app.write("sql/functions/shout.sql", &SHOUT.replace("upper(t)", "upper(t) || '!'")).write("src/lib.rs", &changed);
    let said = app.fails();
    assert!(said.contains("check `has_at` of domain `email` is removed"), "{said}");
    app.write("src/lib.rs", &changed.replace("table(row_security", CONSENT)).build();
    let second = migrations(&app, first.len());
    insta::assert_snapshot!("the_second_draft", reads(&second));
    app.assert_fresh();

    for is_last in [false, true] {
        db.up(&second, &app).await;
        db.refuses("INSERT INTO booking (room, during, guest, email) VALUES (2, 'empty', 'c', 'c@')", "has_at").await;
        let now: Vec<TextRow> =
            db.target.rows(&HELD.replace("lower(g::text)", "replace(lower(g::text), '!', '')")).await;
        assert_eq!(now, held);
        assert_eq!(db.target.rows("SELECT guest FROM guests WHERE guest = 'ANN!'").await.len(), 1);
        if !is_last {
            db.down(&second).await;
            assert_eq!(db.target.schema().await, before);
            assert_eq!(db.target.rows(HELD).await, held);
        }
    }
    db.target.run("INSERT INTO visit VALUES (3, '2025-05-01', 5000000000)").await;
}

/// The files after the first so many.
fn migrations(app: &App, after: usize) -> Vec<Migration> {
    read_dir(&app.path("migrations")).unwrap().split_off(after)
}

/// All files as one text, without what names their version.
fn reads(migrations: &[Migration]) -> String {
    let text = |migration: &Migration| {
        let down = migration.down.as_deref().unwrap();
        format!("=== {}: up\n{}\n=== {0}: down\n{down}", migration.description, migration.up)
    };
    migrations.iter().map(text).collect::<Vec<_>>().join("\n")
}

struct Database {
    url: String,
    target: Target,
    bench: Bench,
}

impl Database {
    async fn fresh() -> Self {
        let url = schema_tests::postgres().await;
        let target = Target::Postgres(PgConnection::connect(&url).await.unwrap());
        Self { url, target, bench: Bench::on(schema_tests::server().await) }
    }

    /// Applies the files, after which the catalog must be what the crate's source says.
    async fn up(&mut self, files: &[Migration], app: &App) {
        for file in files {
            self.target.file(&file.up).await.unwrap();
        }
        let options = ScanOptions {
            crate_dir: fs::canonicalize(app.path(".")).unwrap(),
            roots: vec!["src/lib.rs".into()],
            dialect: Dialect::Postgres,
            cache_dir: None,
            modules: Vec::new(),
        };
        let model = Side::Schema(Box::new(scan(&options).unwrap().model.schema), "models".to_owned());
        let found = drift(&model, &Side::Url(self.url.clone()), &self.bench).await.unwrap();
        assert!(found.is_clean(), "{found:#?}");
    }

    async fn down(&mut self, files: &[Migration]) {
        for file in files.iter().rev() {
            self.target.file(file.down.as_deref().unwrap()).await.unwrap();
        }
    }

    async fn refuses(&mut self, sql: &str, by: &str) {
        let error = self.target.execute(sql).await.unwrap_err();
        assert!(error.contains(by), "{error}");
    }
}
