//! Eight runs at once on one database: each file is applied by one of them, and the others wait.

use std::process::Child;

use schema_core::ir::Dialect;

use crate::world::{DOWN, LIMIT, UP, World, finish};
use crate::{Tally, cases};

const RUNS: usize = 8;

/// How many files all of them together applied, or took back.
fn all_at_once(world: &World, url: &str, arguments: &[&str]) -> Result<usize, String> {
    let arguments = [arguments, &["--json"]].concat();
    let children: Vec<Child> = (0..RUNS).map(|_| world.start(url, &arguments)).collect();
    let mut files = 0;
    for child in children {
        let ran = finish(child, LIMIT)?;
        if ran.code != 0 {
            return Err(format!("one of {RUNS} ends with {}: {}{}", ran.code, ran.out, ran.err));
        }
        let json = ran.json();
        files += ["applied", "reverted"].iter().filter_map(|way| json[*way].as_array()).map(Vec::len).sum::<usize>();
    }
    Ok(files)
}

async fn raced(world: &World) -> Result<(), String> {
    let place = world.place().await;
    let count = crate::files::files(world.dialect).len();
    for arguments in [UP, DOWN] {
        let files = all_at_once(world, &place.url, arguments)?;
        if files != count {
            return Err(format!("`{}` ran {files} of {count} files", arguments.join(" ")));
        }
        world.compare(&place.url, arguments).await?;
    }
    Ok(())
}

async fn races(dialect: Dialect) {
    let world = World::new(dialect).await;
    let mut tally = Tally::new("eight at once", dialect);
    for case in 0..cases(1, 20) {
        tally.record(&format!("race {case}"), raced(&world).await);
    }
    tally.finish();
}

#[tokio::test]
async fn eight_runs_apply_each_file_of_postgres_once() {
    races(Dialect::Postgres).await;
}

#[tokio::test]
async fn eight_runs_apply_each_file_of_sqlite_once() {
    races(Dialect::Sqlite).await;
}

#[tokio::test]
async fn eight_runs_apply_each_file_of_mariadb_once() {
    races(Dialect::MariaDb).await;
}
