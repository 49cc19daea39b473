//! How long clients stand still while a table in use changes:
//! `cargo run --release -p schema-tests --bin stalls [ROWS [PART OF A NAME [CLIENTS]]]`.
//!
//! Four connections (or CLIENTS) read and write single rows of a table of a million, as fast as they can. Each change runs by its
//! plain statements and by the planner's recipe, on a copy of the same database, with the migrator; the longest time of
//! one client's statement is printed. A scratch server, `fsync` off, so only the two columns are to be compared.
#![forbid(unsafe_code)]

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use schema_core::decl::AllowCode;
use schema_core::ir::{
    Check, Column, Dialect, ForeignKey, Index, IndexKey, IndexTarget, ObjectName, Schema, SqlType, Table, Unique,
};
use schema_core::model::{Allow, Intents, Placed};
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::introspect;
use schema_runtime::migrate::{Migrator, Source, Target};
use schema_runtime::scratch::Postgres;
use schema_tests::target::files;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

const CLIENTS: u64 = 4;
const TABLE: &str = "account";
/// The column that one case adds, and what its rows get.
const FILLED: &str = "email_lower";
const VALUE: &str = "lower(email)";

/// The new name of `email` in one case, and what another one drops.
const RENAMED: &str = "mail";
const DROPPED: &str = "org";

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A change of the table, by name.
type Case = (&'static str, fn(&mut Table));

const CASES: [Case; 12] = [
    ("fill a column", |table| {
        table.columns.push(Column { nullable: true, ..Column::new(FILLED, SqlType::builtin("text")) });
    }),
    ("add column NOT NULL, volatile default", |table| {
        let default = Some("gen_random_uuid()".to_owned());
        table.columns.push(Column { default, ..Column::new("token", SqlType::builtin("uuid")) });
    }),
    ("add index", |table| table.indexes.push(index("account_note_idx", "note"))),
    ("drop index", |table| table.indexes.clear()),
    ("add unique", |table| table.uniques.push(Unique::new("account_email_key", vec!["email".to_owned()]))),
    ("add foreign key", |table| {
        let key = ForeignKey::new("account_org_fkey", vec!["org".into()], public("org"), vec!["id".into()]);
        table.foreign_keys.push(key);
    }),
    ("add check", |table| table.checks.push(Check::new("account_org_check", "org > 0"))),
    ("integer to bigint", |table| retype(table, "org")),
    ("integer to bigint, the key", |table| retype(table, "id")),
    ("rename, online", |table| rename(table, "email", RENAMED)),
    ("drop column, kept", |table| table.columns.retain(|column| column.name != DROPPED)),
    ("set not null", |table| table.columns.iter_mut().for_each(|column| column.nullable = false)),
];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome<()> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let server = Postgres::start().await?;
    let url = server.create_database("model").await?;
    let mut connection = PgConnection::connect(&url).await?;
    run(&mut connection, &setup(rows)).await?;
    let from = introspect::postgres(&mut connection).await?;
    connection.close().await?;
    let bench = Bench { server: &server, rows };
    let quiet = bench.measure("quiet", &from, &from, false, CLIENTS).await?;
    println!("{CLIENTS} clients, {rows} rows; without any change the longest statement took {}\n", shown(quiet.0));
    println!(
        "| change | plain: longest stall | recipe: longest stall | plain: run | recipe: run | ratio | without clients |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let chosen = std::env::args().nth(2).unwrap_or_default();
    for (name, change) in CASES.iter().filter(|(name, _)| name.contains(&chosen)) {
        let mut to = from.clone();
        to.tables.get_mut(&public(TABLE)).into_iter().for_each(change);
        let plain = bench.measure("plain", &from, &to, true, CLIENTS).await?;
        let recipe = bench.measure("recipe", &from, &to, false, CLIENTS).await?;
        let alone =
            [bench.measure("plain", &from, &to, true, 0).await?, bench.measure("recipe", &from, &to, false, 0).await?];
        let ratios = [[plain.1, recipe.1], alone.map(|alone| alone.1)];
        let [ratio, ratio_alone] = ratios.map(|[plain, recipe]| recipe.as_secs_f64() / plain.as_secs_f64());
        let [a, b, c, d] = [plain.0, recipe.0, plain.1, recipe.1].map(shown);
        println!("| {name} | {a} | {b} | {c} | {d} | {ratio:.2} | {ratio_alone:.2} |");
    }
    Ok(())
}

struct Bench<'a> {
    server: &'a Postgres,
    rows: u64,
}

impl Bench<'_> {
    /// The longest statement of a client, and how long the change took.
    async fn measure(
        &self,
        name: &str,
        from: &Schema,
        to: &Schema,
        plain: bool,
        clients: u64,
    ) -> Outcome<(Duration, Duration)> {
        let url = self.server.create_database(name).await?;
        let mut admin = PgConnection::connect(&url.replace(&format!("/{name}"), "/postgres")).await?;
        run(&mut admin, &format!("DROP DATABASE {name}")).await?;
        run(&mut admin, &format!("CREATE DATABASE {name} TEMPLATE model")).await?;
        let (stop, longest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut running = tokio::task::JoinSet::new();
        for seed in 0..clients {
            running.spawn(client(url.clone(), seed, self.rows, Arc::clone(&stop), Arc::clone(&longest)));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        longest.store(0, Ordering::Relaxed);
        let started = Instant::now();
        change(&url, from, to, plain).await?;
        let spent = started.elapsed();
        tokio::time::sleep(Duration::from_millis(500)).await;
        stop.store(true, Ordering::Relaxed);
        for result in running.join_all().await {
            result?;
        }
        run(&mut admin, &format!("DROP DATABASE {name}")).await?;
        Ok((Duration::from_micros(longest.load(Ordering::Relaxed)), spent))
    }
}

async fn change(url: &str, from: &Schema, to: &Schema, plain: bool) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let intents = intents(to, plain);
    for (number, pair) in files(from, to, &intents)?.iter().enumerate() {
        let name = format!("{}_{}", 20_260_101_000_000_u64 + number as u64, pair.slug);
        std::fs::write(folder.path().join(format!("{name}.up.sql")), &pair.up)?;
        std::fs::write(folder.path().join(format!("{name}.down.sql")), &pair.down)?;
    }
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    let source = Source::folder(folder.path())?.dialect(Dialect::Postgres).drafts(BTreeSet::new());
    Migrator::new(source).migrate(&mut connection, Target::Latest, &mut |_| {}).await?;
    Ok(())
}

/// What the source would say beside the columns.
fn intents(to: &Schema, plain: bool) -> Intents {
    let mut intents = Intents { plain, ..Intents::default() };
    let has = |name| to.tables.get(&public(TABLE)).is_some_and(|table| table.column(name).is_some());
    intents.backfills.insert((public(TABLE), FILLED.to_owned()), Placed::bare(VALUE.to_owned()));
    if has(RENAMED) {
        let key = (public(TABLE), RENAMED.to_owned());
        intents.column_renames.insert(key.clone(), Placed::bare("email".to_owned()));
        intents.online.insert(key);
    }
    if !has(DROPPED) {
        intents.allows.push(Allow {
            code: AllowCode::DropColumn,
            object: public(TABLE),
            part: Some(DROPPED.to_owned()),
            reason: "a measurement".to_owned(),
            map_to: None,
            restore: None,
            keep: !plain,
            place: None,
        });
    }
    intents
}

/// Reads and writes rows until it is told to stop.
async fn client(url: String, seed: u64, rows: u64, stop: Arc<AtomicBool>, longest: Arc<AtomicU64>) -> Outcome<()> {
    let mut connection = PgConnection::connect(&url).await?;
    let mut at = seed + 1;
    while !stop.load(Ordering::Relaxed) {
        // A step that visits all rows before it comes back.
        at = (at + 611_953) % rows + 1;
        let started = Instant::now();
        let id = i64::try_from(at)?;
        sqlx::query("SELECT note FROM account WHERE id = $1")
            .bind(id)
            .persistent(false)
            .execute(&mut connection)
            .await?;
        let read = started.elapsed();
        let started = Instant::now();
        sqlx::query("UPDATE account SET seen = seen + 1 WHERE id = $1")
            .bind(id)
            .persistent(false)
            .execute(&mut connection)
            .await?;
        let micros = u64::try_from(read.max(started.elapsed()).as_micros())?;
        longest.fetch_max(micros, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

async fn run(connection: &mut PgConnection, sql: &str) -> Outcome<()> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await?;
    Ok(())
}

fn setup(rows: u64) -> String {
    format!(
        "CREATE TABLE org (id integer CONSTRAINT org_pkey PRIMARY KEY);
        INSERT INTO org SELECT generate_series(1, 1000);
        CREATE TABLE {TABLE} (id integer CONSTRAINT account_pkey PRIMARY KEY, email text, org integer, note text,
            seen integer NOT NULL DEFAULT 0);
        INSERT INTO {TABLE} SELECT n, 'm' || n || '@example.org', 1 + n % 1000, md5(n::text), 0
            FROM generate_series(1, {rows}) AS n;
        CREATE INDEX account_email_idx ON {TABLE} (email);
        ANALYZE {TABLE};"
    )
}

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

/// The column and the index on it.
fn rename(table: &mut Table, from: &str, to: &str) {
    table.column_mut(from).into_iter().for_each(|column| to.clone_into(&mut column.name));
    for key in table.indexes.iter_mut().flat_map(|index| &mut index.keys) {
        if key.target == IndexTarget::Column(from.to_owned()) {
            key.target = IndexTarget::Column(to.to_owned());
        }
    }
}

/// The column becomes a bigint.
fn retype(table: &mut Table, column: &str) {
    table.column_mut(column).into_iter().for_each(|column| column.ty = SqlType::builtin("bigint"));
}

fn index(name: &str, column: &str) -> Index {
    Index::new(name, vec![IndexKey::column(column)])
}

fn shown(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}
