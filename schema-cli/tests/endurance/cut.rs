//! The connection is cut, or hears nothing more and is never closed.

use std::time::Duration;

use schema_core::ir::Dialect;
use schema_tests::target::ask;

use crate::kill::{Way, messages, recovers};
use crate::proxy::{Proxy, Stop};
use crate::world::{DOWN, LIMIT, UP, World, finish, says_how_to_go_on};
use crate::{Chance, Tally, cases};

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Both sides are told.
    Closed,
    /// Nothing passes any more, and nobody is told; another one can be opened.
    Stalled,
    /// The same, and no other one is answered either.
    Unreachable,
}

async fn cut(world: &World, way: Way<'_>, stop: Stop, end: End) -> Result<(), String> {
    let arguments = way.0;
    let place = world.place().await;
    if arguments == DOWN {
        world.run(&place.url, UP).ends(0);
    }
    let proxy = Proxy::before(world.dialect, &place.url, stop);
    if end == End::Stalled {
        proxy.let_later_pass();
    }
    let mut child = world.command(&proxy.url, arguments).env("SCHEMA_SILENCE", "3s").spawn().unwrap();
    while !proxy.is_reached(Duration::from_millis(20)) && child.try_wait().unwrap().is_none() {}
    if end == End::Closed {
        proxy.cut();
    }
    let ran = finish(child, LIMIT)?;
    says_how_to_go_on(&ran)?;
    if end == End::Unreachable && ran.code != 0 {
        // The server waits for the program that it can't hear, and keeps its lock, until TCP or somebody ends the session.
        end_sessions(world.dialect, &place.url).await;
    }
    recovers(world, &place.url, arguments, false).await
}

/// Ends the sessions of that database which aren't ours.
async fn end_sessions(dialect: Dialect, url: &str) {
    if dialect == Dialect::Postgres {
        ask(url, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").await;
        return;
    }
    let mut target = schema_tests::target::Target::open(url).await;
    let sql =
        "SELECT CAST(ID AS CHAR) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID()";
    for session in target.rows(sql).await.into_iter().flatten().flatten() {
        let _ = target.execute(&format!("KILL {session}")).await;
    }
    target.close().await;
}

async fn cuts(dialect: Dialect, end: End, scenario: &'static str, count: u64) {
    let world = World::new(dialect).await;
    let mut tally = Tally::new(scenario, dialect);
    let (up, down) = messages(&world).await;
    let ways: [Way<'_>; 2] = [(UP, up, world.up), (DOWN, down, world.down)];
    for case in 0..count {
        let mut chance = Chance::of(tally.seed, case);
        let way = ways[usize::try_from(chance.below(2)).unwrap()];
        let message = 1 + chance.below(way.1);
        let stop = if chance.is_one_in(2) { Stop::Before(message) } else { Stop::Behind(message) };
        let verdict = cut(&world, way, stop, end).await;
        tally.record(&format!("case {case}, {:?} cut at {stop:?} of {}", way.0, way.1), verdict);
    }
    tally.finish();
}

#[tokio::test]
async fn postgres_survives_connections_that_are_cut() {
    cuts(Dialect::Postgres, End::Closed, "connection cut", cases(3, 200)).await;
}

#[tokio::test]
async fn mariadb_survives_connections_that_are_cut() {
    cuts(Dialect::MariaDb, End::Closed, "connection cut", cases(3, 200)).await;
}

#[tokio::test]
async fn postgres_ends_where_nothing_is_heard_any_more() {
    cuts(Dialect::Postgres, End::Stalled, "connection stalled", cases(1, 30)).await;
}

#[tokio::test]
async fn mariadb_ends_where_nothing_is_heard_any_more() {
    cuts(Dialect::MariaDb, End::Stalled, "connection stalled", cases(1, 30)).await;
}

#[tokio::test]
async fn postgres_ends_where_the_server_is_out_of_reach() {
    cuts(Dialect::Postgres, End::Unreachable, "server out of reach", cases(1, 12)).await;
}

#[tokio::test]
async fn mariadb_ends_where_the_server_is_out_of_reach() {
    cuts(Dialect::MariaDb, End::Unreachable, "server out of reach", cases(1, 12)).await;
}
