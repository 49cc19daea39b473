//! Random pairs of schemas: the way between them, there and back and there again, on databases with rows.
//!
//! `SCHEMA_PROPERTY_CASES=5000` runs more pairs, `SCHEMA_PROPERTY_SEED=7` other ones. A failing pair is made small and
//! printed as the choices that lead to it; `regressions` runs those of the past.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "property/check.rs"]
mod check;
#[path = "property/consent.rs"]
mod consent;
#[path = "property/ops/mod.rs"]
mod ops;
#[path = "property/rows.rs"]
mod rows;
#[path = "property/sketch.rs"]
mod sketch;
#[path = "property/tape.rs"]
mod tape;
#[path = "property/types.rs"]
mod types;

use check::{Case, Databases};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use schema_core::ir::Dialect;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

fn cases() -> impl Strategy<Value = Case> {
    let choices = |ops: std::ops::Range<usize>| vec(vec(any::<u16>(), 4..14), ops);
    (choices(1..26), choices(1..9), 0..5_usize, vec(any::<u16>(), 0..60))
        .prop_map(|(build, change, rows, values)| Case { build, change, rows, values })
}

/// Runs the check on random cases and shows the smallest one that fails.
fn random_pairs(dialect: Dialect, times: u64, check: impl Fn(&Case) -> Result<(), String>) {
    let seed = number("SCHEMA_PROPERTY_SEED", 1);
    let config = Config {
        cases: u32::try_from(times * number("SCHEMA_PROPERTY_CASES", 150)).unwrap_or(u32::MAX),
        max_shrink_iters: 1500,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    match TestRunner::new(config).run(&cases(), |case| check(&case).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => {
            panic!("{dialect}, seed {seed}:\n{}\n{reason}\nas a regression: {case:?}", case.describe(dialect))
        }
        Err(error) => panic!("{error}"),
    }
}

fn there_and_back(dialect: Dialect) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let databases = std::cell::RefCell::new(runtime.block_on(Databases::new(dialect)));
    random_pairs(dialect, 1, |case| runtime.block_on(databases.borrow_mut().check(case)));
}

#[test]
fn postgres_goes_there_and_back_between_random_schemas() {
    there_and_back(Dialect::Postgres);
}

#[test]
fn sqlite_goes_there_and_back_between_random_schemas() {
    there_and_back(Dialect::Sqlite);
}

/// No database is needed, so there can be more pairs.
#[test]
fn consents_are_asked_for_where_something_is_lost() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        random_pairs(dialect, 20, |case| {
            let (a, b) = case.pair(dialect);
            consent::check(&a, &b)
        });
    }
}

/// Pairs that once failed: two checks whose columns swap names; a key that goes while what referred to it is dropped; a
/// label that gets another name while the column goes whose default it is; a rebuild that must keep the rowids; an
/// index's predicate whose column gets the name `--dash` in a swap; a table none of whose columns stays; two
/// tables that swap their names and the names of their indexes; an index over an expression whose columns swap names; kept
/// tables that refer to each other; a kept column beside a key that goes.
#[test]
fn regressions() {
    let cases = [
        (
            Dialect::Postgres,
            vec![vec![44145, 0, 0, 24319], vec![36100]],
            vec![vec![34433, 0, 7904, 3995], vec![23575, 0, 14201, 7075]],
        ),
        (Dialect::Sqlite, vec![vec![59670], vec![17145, 7092, 9643]], vec![vec![61359, 44647], vec![48719, 698]]),
        (
            Dialect::Postgres,
            vec![vec![20966, 0, 0, 16712], vec![64844, 0, 0, 20911, 0, 0, 18288]],
            vec![vec![38104, 0, 16381, 0], vec![50767, 0, 0, 0]],
        ),
        (
            Dialect::Sqlite,
            vec![vec![45869, 0, 0, 0, 567, 27071], vec![41488, 8785, 0, 0]],
            vec![vec![5424, 0, 0, 8345]],
        ),
        (
            Dialect::Sqlite,
            vec![
                vec![20894, 0, 0, 45314],
                vec![54581, 0, 720, 1489, 0, 21733, 13333, 0, 0, 28010],
                vec![35190, 0, 0, 0],
                vec![18819, 0, 0, 0],
                vec![8092, 0, 0, 0],
            ],
            vec![vec![19418, 22776, 12349, 31814]],
        ),
        (
            Dialect::Sqlite,
            vec![vec![8418, 0, 0, 0, 0, 14135]],
            vec![vec![57382, 32677, 5588, 0, 0, 36194], vec![25702, 2509, 18278, 0]],
        ),
        (
            Dialect::Sqlite,
            vec![
                vec![49056, 0, 0, 0],
                vec![2737, 0, 0, 31],
                vec![52717, 0, 0, 0],
                vec![44486, 4948, 0, 0],
                vec![11135, 0, 0, 0],
                vec![19918, 15917, 2660, 12799, 0, 0, 0],
            ],
            vec![vec![29717, 44920, 37905, 0]],
        ),
        (
            Dialect::Postgres,
            vec![vec![2068, 0, 8235, 0, 0, 0, 35869, 0, 0, 0, 41188], vec![1378, 0, 0, 0]],
            vec![vec![11072, 0, 239, 40902]],
        ),
        (
            Dialect::Sqlite,
            vec![vec![17462, 16021, 0, 0], vec![61107, 7615, 20918, 0]],
            vec![vec![18182, 51917, 0, 0], vec![11435, 0, 0, 0]],
        ),
        (Dialect::Sqlite, vec![vec![22381, 0, 0, 0]], vec![vec![40291, 0, 0, 0], vec![27886, 0, 38363, 0]]),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (dialect, build, change) in cases {
        let case = Case { build, change, rows: 2, values: Vec::new() };
        let mut databases = runtime.block_on(Databases::new(dialect));
        if let Err(reason) = runtime.block_on(databases.check(&case)) {
            panic!("{}\n{reason}", case.describe(dialect));
        }
    }
}
