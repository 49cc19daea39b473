//! Chains of files, and what is said of them.

use std::path::PathBuf;

use schema_core::ir::Dialect;
use schema_core::migration::Migration;
use schema_runtime::sides::Bench;
use schema_runtime::verify::{Chain, Mark, Options, Verification, Verified, verify};
use tokio::sync::OnceCell;

/// One server for all tests; it ends with the process.
static MARIADB: OnceCell<Bench> = OnceCell::const_new();

/// An up and a down; the versions are their places, from 1.
pub(crate) type Pair<'a> = (&'a str, &'a str);

pub(crate) fn migrations(pairs: &[Pair<'_>]) -> Vec<Migration> {
    let migration = |(version, (up, down)): (i64, &Pair<'_>)| Migration {
        version,
        description: format!("step {version}"),
        up: (*up).to_owned(),
        down: (!down.is_empty()).then(|| (*down).to_owned()),
        up_path: PathBuf::from(format!("{version}_step.up.sql")),
        down_path: Some(PathBuf::from(format!("{version}_step.down.sql"))),
    };
    (1..).zip(pairs).map(migration).collect()
}

pub(crate) async fn bench(dialect: Dialect) -> Bench {
    match dialect {
        Dialect::Postgres => Bench::on(schema_tests::server().await),
        _ => Bench::new(dialect, None),
    }
}

/// Without kills.
pub(crate) async fn verified(dialect: Dialect, pairs: &[Pair<'_>]) -> Verification {
    with(dialect, pairs, &Options { crash: false, ..Options::default() }).await
}

/// With kills.
pub(crate) async fn crashed(dialect: Dialect, pairs: &[Pair<'_>]) -> Verification {
    with(dialect, pairs, &Options::default()).await
}

/// Every kill is survived, and there are at least so many in each migration.
#[track_caller]
pub(crate) fn assert_survives(verification: &Verification, least: usize) {
    assert_clean(verification);
    for migration in &verification.migrations {
        let crashes = migration.crashes.unwrap();
        assert!(crashes.tried >= least && crashes.survived == crashes.tried, "{migration:#?}");
    }
}

pub(crate) async fn with(dialect: Dialect, pairs: &[Pair<'_>], options: &Options) -> Verification {
    let migrations = migrations(pairs);
    let chain = Chain { migrations: &migrations, points: Vec::new() };
    let own;
    let bench = match dialect.is_mysql() {
        true => MARIADB.get_or_init(|| bench(dialect)).await,
        false => {
            own = bench(dialect).await;
            &own
        }
    };
    verify(bench, &chain, options, &mut |_| {}).await.unwrap()
}

/// All of them hold, and on rows.
#[track_caller]
pub(crate) fn assert_clean(verification: &Verification) {
    assert!(verification.holds(), "{verification:#?}");
    for migration in &verification.migrations {
        let marks = [
            migration.up,
            migration.reached,
            migration.rows_kept,
            migration.down,
            migration.restored,
            migration.rows_restored,
            migration.up_again,
        ];
        assert!(marks.iter().all(|mark| matches!(mark, Mark::Holds | Mark::Stated)), "{migration:#?}");
    }
}

pub(crate) fn last(verification: &Verification) -> &Verified {
    verification.migrations.last().unwrap()
}

/// The faults of the last migration are these, and the others have none.
#[track_caller]
pub(crate) fn assert_faults(verification: &Verification, expected: &[&str]) {
    let (last, others) = verification.migrations.split_last().unwrap();
    assert!(others.iter().all(Verified::holds), "{verification:#?}");
    assert_eq!(last.faults, expected, "{last:#?}");
}
