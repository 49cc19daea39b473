//! Migrations applied by the runtime, next to `psql` and to sqlx's own migrator, on the same server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use schema_core::ir::Dialect;
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Migrator, Source, Target};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::Outcome;
use crate::generated::{migration, migrations, schema};
use crate::program::{own, timed};
use crate::server::{PROFILE, Server, runtime};
use crate::timing::in_turns;

const TABLES: usize = 1_000;
const MIGRATIONS: usize = 500;

/// Prints the table.
pub(crate) fn table() -> Outcome<()> {
    let server = Server::start()?;
    println!("| applied to an empty database ({PROFILE} profile) | other | time | runtime | ratio |");
    println!("|---|---|---:|---:|---:|");

    let folder = tempfile::tempdir()?;
    let files = migrations(&schema(TABLES, false), folder.path())?;
    let mut psql = || timed(&mut server.psql(&server.fresh(), &files)?);
    let mut ours = || once(&server, "migrate-once", folder.path());
    let [psql, ours] = in_turns([&mut psql, &mut ours])?;
    let what = format!("{TABLES} tables in {}", counted(&files));
    println!("| {what} | `psql --file` | {} | {} | {} |", psql.shown(), ours.shown(), ours.ratio(&psql));

    let folder = tempfile::tempdir()?;
    small(folder.path())?;
    let mut sqlx = || once(&server, "sqlx-once", folder.path());
    let mut ours = || once(&server, "migrate-once", folder.path());
    let [sqlx, ours] = in_turns([&mut sqlx, &mut ours])?;
    let what = format!("{MIGRATIONS} small migrations");
    println!("| {what} | sqlx's `Migrator` | {} | {} | {} |", sqlx.shown(), ours.shown(), ours.ratio(&sqlx));
    Ok(())
}

fn counted(files: &[PathBuf]) -> String {
    match files.len() {
        1 => "1 file".to_owned(),
        number => format!("{number} files"),
    }
}

fn once(server: &Server, part: &str, folder: &Path) -> Outcome<Duration> {
    timed(own(part)?.arg(server.fresh()).arg(folder))
}

fn small(folder: &Path) -> Outcome<()> {
    for number in 0..MIGRATIONS {
        let up = format!(
            "CREATE TABLE \"public\".\"small_{number}\" (\n    \"id\" bigint NOT NULL,\n    \"note\" text\n);\n\
             COMMENT ON TABLE \"public\".\"small_{number}\" IS 'number {number}';\n"
        );
        migration(folder, number + 1, &up, &format!("DROP TABLE \"public\".\"small_{number}\";\n"))?;
    }
    Ok(())
}

/// Applies a folder once.
pub(crate) fn migrate_once(url: &str, folder: &Path) -> Outcome<()> {
    runtime()?.block_on(async {
        let source = Source::folder(folder)?.dialect(Dialect::Postgres);
        let mut connection = connect(url, &ConnectSettings::from_env()?).await?;
        Migrator::new(source).migrate(&mut connection, Target::Latest, &mut |_| {}).await?;
        Ok(())
    })
}

/// The same by sqlx.
pub(crate) fn sqlx_once(url: &str, folder: &Path) -> Outcome<()> {
    runtime()?.block_on(async {
        let migrator = sqlx::migrate::Migrator::new(folder).await?;
        let mut connection = PgConnection::connect(url).await?;
        migrator.run(&mut connection).await?;
        Ok(())
    })
}
