//! A database pulled into a crate, and held against a base, next to what `pg_dump --schema-only` takes for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use schema_core::ir::{Dialect, Schema};
use schema_core::snapshot::Snapshot;
use schema_runtime::drift::drift;
use schema_runtime::pull;
use schema_runtime::sides::{Bench, Side};

use crate::generated::{migrations, schema};
use crate::program::{own, timed};
use crate::server::{PROFILE, Server, runtime};
use crate::timing::in_turns;
use crate::{Outcome, shown};

const TABLES: usize = 1_000;

/// Prints the table.
pub(crate) fn table() -> Outcome<()> {
    let server = Server::start()?;
    let folder = tempfile::tempdir()?;
    let url = server.fresh();
    let schema = schema(TABLES, false);
    let files = migrations(&schema, folder.path())?;
    timed(&mut server.psql(&url, &files)?)?;
    let [same, stated] = ["same", "stated"].map(|name| folder.path().join(name));
    base(schema.clone(), &same)?;
    base(as_stated(schema), &stated)?;

    let mut dump = || timed(server.program("pg_dump")?.args(["--schema-only", "--dbname", &url]));
    // A folder that stays: some file systems are slow to create files where as many were just deleted.
    let mut pull = || timed(own("pull-once")?.arg(&url).arg(tempfile::tempdir_in(&folder)?.keep()));
    let mut drift = || timed(own("drift-once")?.arg(&url).arg(&same));
    let mut remade = || timed(own("drift-once")?.arg(&url).arg(&stated));
    let [dump, pull, drift, remade] = in_turns([&mut dump, &mut pull, &mut drift, &mut remade])?;

    println!("| {TABLES} tables of 10 columns ({PROFILE} profile) | time | to pg_dump |");
    println!("|---|---:|---:|");
    for (what, timing) in [
        ("`pg_dump --schema-only`", &dump),
        ("pull: catalog to Rust source, written", &pull),
        ("drift from a base in the server's spelling", &drift),
        ("drift from a base in another spelling, made on a server that is started for it", &remade),
    ] {
        println!("| {what} | {} | {} |", timing.shown(), timing.ratio(&dump));
    }
    Ok(())
}

/// Pulls once, as `cargo schema pull` does.
pub(crate) fn pull_once(url: &str, folder: &Path) -> Outcome<()> {
    let bench = Bench::new(Dialect::Postgres, None);
    let held = runtime()?.block_on(Side::Url(url.to_owned()).read(&bench))?;
    let source = pull::source(&held.schema, &pull::Options::default());
    let written = pull::write(folder, &source, false).map_err(shown)?;
    assert!(written.written.len() > held.schema.tables.len(), "not each table has a file");
    Ok(())
}

/// Looks once for drift, as `cargo schema drift` does.
pub(crate) fn drift_once(url: &str, base: &Path) -> Outcome<()> {
    let expected = Snapshot::read(base, Dialect::Postgres).map_err(shown)?.schema;
    let sides = [Side::Schema(Box::new(expected), "snapshot".to_owned()), Side::Url(url.to_owned())];
    let bench = Bench::new(Dialect::Postgres, None);
    let drift = runtime()?.block_on(drift(&sides[0], &sides[1], &bench))?;
    match drift.differences.first() {
        None => Ok(()),
        Some(difference) => Err(format!("drift where there is none: {difference}").into()),
    }
}

fn base(schema: Schema, folder: &Path) -> Outcome<()> {
    Ok(Snapshot::new(schema, BTreeMap::new(), BTreeSet::new()).write(folder)?)
}

/// The same schema as an application states it: without the casts that the server adds.
fn as_stated(mut schema: Schema) -> Schema {
    for column in schema.tables.values_mut().flat_map(|table| &mut table.columns) {
        column.default = column.default.take().map(|default| default.replace("::text", ""));
    }
    schema
}
