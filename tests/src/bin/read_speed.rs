//! How long a database takes to read, next to `pg_dump -s`: `cargo run --release -p schema-tests --bin read_speed`.
//!
//! Each figure is the median of five, each on a connection of its own, connecting included. The server is a scratch
//! server; `pg_dump` is the one beside it in `SCHEMA_PG_BIN`, else the one in PATH.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use schema_runtime::introspect;
use schema_runtime::pull::{Options, source};
use schema_runtime::scratch::{self, Postgres};
use schema_tests::corpus;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

const TABLES: usize = 1000;
const RUNS: usize = 5;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let server = Postgres::start().await?;
    println!("| database | tables | introspection | and its source | pg_dump -s | introspection / pg_dump |");
    println!("|---|---:|---:|---:|---:|---:|");
    let langfuse = corpus::read("dumps/langfuse.sql");
    for (name, sql) in [("langfuse", plain(&langfuse)), ("generated", generated())] {
        measure(&server, name, &sql).await?;
    }
    Ok(())
}

async fn measure(server: &Postgres, name: &str, sql: &str) -> Outcome<()> {
    let url = server.create_database(name).await?;
    let mut connection = PgConnection::connect(&url).await?;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
    sqlx::raw_sql("VACUUM ANALYZE").execute(&mut connection).await?;
    connection.close().await?;

    let (mut read, mut pulled, mut dumped, mut tables) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..RUNS {
        let started = Instant::now();
        let mut connection = PgConnection::connect(&url).await?;
        let schema = introspect::postgres(&mut connection).await?;
        read.push(started.elapsed());
        tables = schema.tables.len();
        std::hint::black_box(source(&schema, &Options::default()));
        pulled.push(started.elapsed());
        connection.close().await?;
        dumped.push(dump(&url)?);
    }
    let (read, pulled, dumped) = (median(read), median(pulled), median(dumped));
    let ratio = read.as_secs_f64() / dumped.as_secs_f64();
    println!("| {name} | {tables} | {} | {} | {} | {ratio:.2} |", shown(read), shown(pulled), shown(dumped));
    Ok(())
}

fn dump(url: &str) -> Outcome<Duration> {
    let beside = std::env::var_os(scratch::BIN_ENV).map(|folder| PathBuf::from(folder).join("pg_dump"));
    let program = beside.filter(|path| path.is_file()).unwrap_or_else(|| "pg_dump".into());
    let started = Instant::now();
    let status = Command::new(&program).args(["-s", "-d", url]).stdout(Stdio::null()).status();
    let status = status.map_err(|error| format!("`{}`: {error}", program.display()))?;
    if status.success() { Ok(started.elapsed()) } else { Err(format!("`{}`: {status}", program.display()).into()) }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn shown(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}

/// psql's own commands are no SQL.
fn plain(dump: &str) -> String {
    dump.lines().filter(|line| !line.starts_with('\\')).collect::<Vec<_>>().join("\n")
}

/// Tables with keys, indexes, checks and comments, each referring to the one before.
fn generated() -> String {
    let mut sql = String::new();
    for number in 0..TABLES {
        let before = number.saturating_sub(1);
        let _ = write!(
            sql,
            "CREATE TABLE t{number} (id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT t{number}_pkey PRIMARY KEY,
                name varchar(80) NOT NULL DEFAULT '', email text COLLATE \"C\" CONSTRAINT t{number}_email UNIQUE,
                amount numeric(12, 2) NOT NULL DEFAULT 0, tags text[], at timestamptz NOT NULL DEFAULT now(),
                parent bigint CONSTRAINT t{number}_parent REFERENCES t{before} (id) ON DELETE CASCADE,
                CONSTRAINT t{number}_amount CHECK (amount >= 0 AND amount < 1000000),
                CONSTRAINT t{number}_name CHECK (length(name) < 80));
            CREATE INDEX t{number}_parent_at ON t{number} (parent, at DESC);
            CREATE INDEX t{number}_lower ON t{number} (lower(name)) WHERE amount > 0;
            COMMENT ON TABLE t{number} IS 'table {number}'; COMMENT ON COLUMN t{number}.at IS 'when';\n"
        );
    }
    sql
}
