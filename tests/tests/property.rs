//! Random pairs of schemas: the way between them, there and back and there again, on databases with rows.
//!
//! Sequences of up to 20 changes go all up, all down and all up again, compared at each step.
//!
//! `SCHEMA_PROPERTY_CASES=5000` runs more pairs and `SCHEMA_PROPERTY_SEQUENCES=200` more sequences,
//! `SCHEMA_PROPERTY_SEED=7` other ones. A failing one is made small (`SCHEMA_PROPERTY_SHRINK=0` leaves it as it is) and
//! printed with its seed, by which it comes again, and as the choices that lead to it; `regressions` runs pairs of the
//! past.
//!
//! The files run by the plainest runner that there is, of `tests/src/target.rs`: each as one message, on MariaDB outside
//! transactions as sqlx runs it. On MariaDB what a change makes of a schema is held against the rules that users meet, so
//! that each schema is one that they could declare.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "property/check.rs"]
mod check;
#[path = "property/consent.rs"]
mod consent;
#[path = "property/intents.rs"]
mod intents;
#[path = "property/ops/mod.rs"]
mod ops;
#[path = "property/rows.rs"]
mod rows;
#[path = "property/sequence.rs"]
mod sequence;
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
use sequence::Sequence;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

fn choices(ops: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<u16>>> {
    vec(vec(any::<u16>(), 4..14), ops)
}

fn cases() -> impl Strategy<Value = Case> {
    (choices(1..26), choices(1..9), 0..5_usize, vec(any::<u16>(), 0..60))
        .prop_map(|(build, change, rows, values)| Case { build, change, rows, values })
}

fn sequences() -> impl Strategy<Value = Sequence> {
    (choices(1..26), vec(choices(1..5), 3..21), 1..5_usize, vec(any::<u16>(), 0..60))
        .prop_map(|(build, changes, rows, values)| Sequence { build, changes, rows, values })
}

/// Runs the check on random cases and shows the smallest one that fails.
fn random<T: std::fmt::Debug>(
    dialect: Dialect,
    times: u64,
    cases: impl Strategy<Value = T>,
    check: impl Fn(&T) -> Result<(), String>,
    describe: impl Fn(&T) -> String,
) {
    let seed = number("SCHEMA_PROPERTY_SEED", 1);
    let config = Config {
        cases: u32::try_from(times).unwrap_or(u32::MAX),
        max_shrink_iters: u32::try_from(number("SCHEMA_PROPERTY_SHRINK", 1500)).unwrap_or(u32::MAX),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    match TestRunner::new(config).run(&cases, |case| check(&case).map_err(TestCaseError::fail)) {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => {
            panic!("{dialect}, SCHEMA_PROPERTY_SEED={seed}:\n{}\n{reason}\nas a regression: {case:?}", describe(&case))
        }
        Err(error) => panic!("{error}"),
    }
}

fn random_pairs(dialect: Dialect, times: u64, check: impl Fn(&Case) -> Result<(), String>) {
    random(dialect, times, cases(), check, |case| case.describe(dialect));
}

fn pairs(default: u64) -> u64 {
    number("SCHEMA_PROPERTY_CASES", default)
}

fn there_and_back(dialect: Dialect, times: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let databases = std::cell::RefCell::new(runtime.block_on(Databases::new(dialect)));
    random_pairs(dialect, times, |case| runtime.block_on(databases.borrow_mut().check(case)));
}

fn in_sequence(dialect: Dialect, default: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let databases = std::cell::RefCell::new(runtime.block_on(Databases::new(dialect)));
    let check = |case: &Sequence| runtime.block_on(databases.borrow_mut().check_sequence(case));
    let times = number("SCHEMA_PROPERTY_SEQUENCES", default);
    random(dialect, times, sequences(), check, |case| case.describe(dialect));
}

#[test]
fn postgres_goes_through_sequences_of_changes_and_back() {
    in_sequence(Dialect::Postgres, 4);
}

#[test]
fn sqlite_goes_through_sequences_of_changes_and_back() {
    in_sequence(Dialect::Sqlite, 10);
}

#[test]
fn mariadb_goes_through_sequences_of_changes_and_back() {
    in_sequence(Dialect::MariaDb, 3);
}

#[test]
fn postgres_goes_there_and_back_between_random_schemas() {
    there_and_back(Dialect::Postgres, pairs(150));
}

#[test]
fn sqlite_goes_there_and_back_between_random_schemas() {
    there_and_back(Dialect::Sqlite, pairs(150));
}

#[test]
fn mariadb_goes_there_and_back_between_random_schemas() {
    there_and_back(Dialect::MariaDb, pairs(40));
}

/// No database is needed, so there can be more pairs.
#[test]
fn consents_are_asked_for_where_something_is_lost() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::MariaDb] {
        // Each step of a schema of MariaDB's is held against the rules.
        let times = if dialect.is_mysql() { 1 } else { 20 };
        random_pairs(dialect, times * pairs(150), |case| {
            let (a, b) = case.pair(dialect);
            consent::check(&a, &b)
        });
    }
}

/// Without a database, as well.
fn files_say_what_the_linter_finds(dialect: Dialect, times: u64) {
    random_pairs(dialect, times * pairs(150), |case| {
        let (a, b) = case.pair(dialect);
        case.drafted(&a, &b).map(drop)
    });
}

#[test]
fn files_of_postgres_say_what_the_linter_finds() {
    files_say_what_the_linter_finds(Dialect::Postgres, 5);
}

#[test]
fn files_of_sqlite_say_what_the_linter_finds() {
    files_say_what_the_linter_finds(Dialect::Sqlite, 2);
}

#[test]
fn files_of_mariadb_say_what_the_linter_finds() {
    files_say_what_the_linter_finds(Dialect::MariaDb, 1);
}

/// Pairs and sequences that once failed: two checks whose columns swap names; a key that goes while what referred to it is dropped; a
/// label that gets another name while the column goes whose default it is; a rebuild that must keep the rowids; an
/// index's predicate whose column gets the name `--dash` in a swap; a table none of whose columns stays; two
/// tables that swap their names and the names of their indexes; an index over an expression whose columns swap names; kept
/// tables that refer to each other; a kept column beside a key that goes; a column `null` that becomes another in step, under a check
/// that says `IS NULL`.
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
        (
            Dialect::Postgres,
            vec![
                vec![43657, 0, 0, 0],
                vec![47652, 0, 0, 2577],
                vec![2972, 0, 0, 0],
                vec![5301, 0, 0, 0],
                vec![6558, 0, 0, 16355],
                vec![31655, 0, 15528, 62096, 0, 39851, 0, 3321],
                vec![5849, 0, 0, 0],
                vec![31527, 0, 0, 0, 0, 34940],
                vec![65187, 0, 0, 0, 0, 40592],
            ],
            vec![vec![35494, 0, 14186, 0]],
        ),
        // A text that goes, in a table that gets another character set.
        (
            Dialect::MariaDb,
            vec![vec![1258, 0, 0, 0], vec![38941, 0, 20647, 0, 8677], vec![17821, 0, 2, 0]],
            vec![vec![16771, 0, 0, 0], vec![31039, 0, 4465, 0], vec![56949, 29149, 0, 0]],
        ),
    ];
    let sequences = [
        // An index over a computed column goes with it, and can't stand in for the one that comes.
        (
            Dialect::Postgres,
            vec![vec![20095, 0, 0, 0], vec![48923, 0, 0, 17635]],
            vec![
                vec![vec![20055, 0, 0, 0]],
                vec![vec![16045, 0, 9032, 60641]],
                vec![vec![16983, 0, 0, 0, 50557], vec![39706, 0, 16254, 0]],
            ],
        ),
        // Renames end a release too, and come before a column changes its type.
        (
            Dialect::Postgres,
            vec![
                vec![23741, 0, 0, 0],
                vec![60351, 0, 0, 0],
                vec![20231, 0, 895, 0],
                vec![40869, 0, 0, 0],
                vec![2656, 0, 0, 0],
                vec![4, 0, 0, 0],
            ],
            vec![
                vec![vec![64003, 0, 3938, 0], vec![63410, 0, 691, 49998]],
                vec![vec![0, 0, 0, 0]],
                vec![vec![0, 0, 0, 0]],
            ],
        ),
        // A table loses its rows' numbers, gets others, and then its key is their number.
        (
            Dialect::Sqlite,
            vec![vec![7695, 0, 0, 0]],
            vec![vec![vec![34753, 0, 0, 0]], vec![vec![21760, 0, 37146, 0]], vec![vec![0; 4]]],
        ),
    ];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (dialect, build, changes) in sequences {
        let sequence = Sequence { build, changes, rows: 1, values: Vec::new() };
        let mut databases = runtime.block_on(Databases::new(dialect));
        if let Err(reason) = runtime.block_on(databases.check_sequence(&sequence)) {
            panic!("{}\n{reason}", sequence.describe(dialect));
        }
    }
    for (dialect, build, change) in cases {
        let case = Case { build, change, rows: 2, values: Vec::new() };
        let mut databases = runtime.block_on(Databases::new(dialect));
        if let Err(reason) = runtime.block_on(databases.check(&case)) {
            panic!("{}\n{reason}", case.describe(dialect));
        }
    }
}
