//! The program is killed: behind each of its messages to the server, and at any time.

use std::time::Duration;

use schema_core::ir::Dialect;

use crate::proxy::{Proxy, Stop};
use crate::world::{DOWN, UP, World};
use crate::{Chance, Tally, cases};

/// How many messages an undisturbed run sends.
pub(crate) async fn messages(world: &World) -> (u64, u64) {
    let place = world.place().await;
    let count = |arguments: &[&str]| {
        let proxy = Proxy::before(world.dialect, &place.url, Stop::Never);
        world.run(&proxy.url, arguments).ends(0);
        proxy.messages()
    };
    (count(UP), count(DOWN))
}

/// A way, its messages, and how long it takes.
pub(crate) type Way<'a> = (&'a [&'static str], u64, Duration);

/// A database from which that way can be gone.
async fn ready_for(world: &World, arguments: &[&str]) -> crate::world::Place {
    let place = world.place().await;
    if arguments == DOWN {
        world.run(&place.url, UP).ends(0);
    }
    place
}

async fn killed_at(world: &World, (arguments, _, _): Way<'_>, stop: Stop, goes_back: bool) -> Result<(), String> {
    let place = ready_for(world, arguments).await;
    let proxy = Proxy::before(world.dialect, &place.url, stop);
    let mut child = world.start(&proxy.url, arguments);
    // A run sends a message more or less, as it meets old transactions: then it has ended.
    while !proxy.is_reached(Duration::from_millis(20)) && child.try_wait().unwrap().is_none() {}
    child.kill().unwrap();
    child.wait().unwrap();
    proxy.cut();
    recovers(world, &place.url, arguments, goes_back).await
}

async fn killed_after(
    world: &World,
    (arguments, _, _): Way<'_>,
    time: Duration,
    goes_back: bool,
) -> Result<(), String> {
    let place = ready_for(world, arguments).await;
    let mut child = world.start(&place.url, arguments);
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
    recovers(world, &place.url, arguments, goes_back).await
}

/// Goes on the same way, or takes back what was begun; then the other way.
pub(crate) async fn recovers(world: &World, url: &str, arguments: &[&str], goes_back: bool) -> Result<(), String> {
    if arguments == DOWN || goes_back {
        world.goes_on(url, DOWN).await?;
    }
    world.there_and_back(url).await
}

async fn kills(dialect: Dialect) {
    let world = World::new(dialect).await;
    let mut tally = Tally::new("kill -9", dialect);
    let has_messages = dialect != Dialect::Sqlite;
    let (up, down) = if has_messages { messages(&world).await } else { (0, 0) };
    let ways: [Way<'_>; 2] = [(UP, up, world.up), (DOWN, down, world.down)];
    for case in 0..cases(5, 2 * (up + down) + 100) {
        let mut chance = Chance::of(tally.seed, case);
        let way = ways[usize::try_from(chance.below(2)).unwrap()];
        let goes_back = chance.is_one_in(3);
        let and_back = if goes_back { ", then back" } else { "" };
        // Every third one falls anywhere, the others between two messages.
        if !has_messages || chance.is_one_in(3) {
            let time = chance.within(way.2);
            let verdict = killed_after(&world, way, time, goes_back).await;
            tally.record(&format!("case {case}, {:?} killed after {time:?}{and_back}", way.0), verdict);
        } else {
            let message = 1 + chance.below(way.1);
            let stop = if chance.is_one_in(2) { Stop::Before(message) } else { Stop::Behind(message) };
            let verdict = killed_at(&world, way, stop, goes_back).await;
            tally.record(&format!("case {case}, {:?} killed at {stop:?} of {}{and_back}", way.0, way.1), verdict);
        }
    }
    tally.finish();
}

#[tokio::test]
async fn postgres_survives_kills_of_the_program() {
    kills(Dialect::Postgres).await;
}

#[tokio::test]
async fn sqlite_survives_kills_of_the_program() {
    kills(Dialect::Sqlite).await;
}

#[tokio::test]
async fn mariadb_survives_kills_of_the_program() {
    kills(Dialect::MariaDb).await;
}
