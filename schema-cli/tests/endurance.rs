//! The migrator is hurt, and must end well: killed, cut off, without room, raced, in a wrong time, without the right to write.
//!
//! Each scenario runs `cargo-schema` itself on databases with rows. The verdict of each try: applied whole, or not at all, or a message
//! that says how to go on, and that does go on. Catalog, rows and records are compared with those of an undisturbed run, up and down.
//!
//! By default a small slice runs. `SCHEMA_ENDURANCE=full` tries far more, `SCHEMA_ENDURANCE_CASES=40` so many of each scenario that takes
//! chances, `SCHEMA_ENDURANCE_SEED=7` other ones. The seed is printed with what is lost, by which it comes again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

#[path = "endurance/clock.rs"]
mod clock;
#[path = "endurance/cut.rs"]
mod cut;
#[path = "endurance/disk.rs"]
mod disk;
#[path = "endurance/files.rs"]
mod files;
#[path = "endurance/kill.rs"]
mod kill;
#[path = "endurance/proxy.rs"]
mod proxy;
#[path = "endurance/race.rs"]
mod race;
#[path = "endurance/readonly.rs"]
mod readonly;
#[path = "endurance/restart.rs"]
mod restart;
#[path = "endurance/server.rs"]
mod server;
#[path = "support/mod.rs"]
mod support;
#[path = "endurance/world.rs"]
mod world;

use std::time::Duration;

use schema_core::ir::Dialect;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}")))
}

fn is_full() -> bool {
    std::env::var("SCHEMA_ENDURANCE").is_ok_and(|text| text == "full")
}

/// How many tries of a scenario that takes chances.
fn cases(small: u64, full: u64) -> u64 {
    number("SCHEMA_ENDURANCE_CASES").unwrap_or(if is_full() { full } else { small })
}

/// Chances that come again with their seed.
struct Chance(u64);

impl Chance {
    /// Those of one try: each has its own, so that fewer tries are the first ones of more.
    fn of(seed: u64, case: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ case.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    /// Below the limit.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }

    fn within(&mut self, limit: Duration) -> Duration {
        Duration::from_micros(self.below(u64::try_from(limit.as_micros()).unwrap_or(u64::MAX)))
    }

    fn is_one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// Tries between two words of how far it is.
const SAID_EVERY: usize = 50;

/// What became of the tries of one scenario on one database.
struct Tally {
    scenario: &'static str,
    dialect: Dialect,
    seed: u64,
    tried: usize,
    lost: Vec<String>,
}

impl Tally {
    fn new(scenario: &'static str, dialect: Dialect) -> Self {
        let seed = number("SCHEMA_ENDURANCE_SEED").unwrap_or(1);
        Self { scenario, dialect, seed, tried: 0, lost: Vec::new() }
    }

    /// Says now and then how far a long scenario is, and at once what was lost.
    fn record(&mut self, what: &str, verdict: Result<(), String>) {
        self.tried += 1;
        if let Err(reason) = verdict {
            eprintln!("{} on {} lost {what}: {reason}", self.scenario, self.dialect);
            self.lost.push(format!("{what}: {reason}"));
        }
        if self.tried.is_multiple_of(SAID_EVERY) {
            eprintln!("{} on {}: {} tried, {} lost", self.scenario, self.dialect, self.tried, self.lost.len());
        }
    }

    /// One line for the table of `tests/endurance.sh`; fails when something was lost.
    fn finish(self) {
        let Self { scenario, dialect, seed, tried, lost } = self;
        println!(
            "endurance | {scenario} | {dialect} | {tried} | {} | {} | seed {seed}",
            tried - lost.len(),
            lost.len()
        );
        assert!(
            lost.is_empty(),
            "{scenario} on {dialect}, SCHEMA_ENDURANCE_SEED={seed}, lost {} of {tried}:\n{}",
            lost.len(),
            lost.join("\n")
        );
    }
}
