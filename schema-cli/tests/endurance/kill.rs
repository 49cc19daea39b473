//! The program is killed: before each of its messages to the server, behind the last, and at any time.

use std::time::Duration;

use schema_core::ir::Dialect;

use crate::proxy::{Proxy, Stop};
use crate::world::{DOWN, UP, World};
use crate::{Chance, Tally, cases, is_full};

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

/// When the program is killed.
#[derive(Clone, Copy, Debug)]
enum At {
    Message(Stop),
    Time(Duration),
}

struct Kill<'a> {
    name: String,
    way: Way<'a>,
    at: At,
    /// What was begun is taken back rather than ended.
    goes_back: bool,
}

impl<'a> Kill<'a> {
    fn new(name: &str, way: Way<'a>, at: At, goes_back: bool) -> Self {
        let and_back = if goes_back { ", then back" } else { "" };
        Self { name: format!("{name}{:?} killed, {at:?} of {}{and_back}", way.0, way.1), way, at, goes_back }
    }

    async fn verdict(&self, world: &World) -> Result<(), String> {
        let arguments = self.way.0;
        let place = ready_for(world, arguments).await;
        match self.at {
            At::Message(stop) => {
                let proxy = Proxy::before(world.dialect, &place.url, stop);
                let mut child = world.start(&proxy.url, arguments);
                // A run sends a message more or less, as it meets old transactions: then it has ended.
                while !proxy.is_reached(Duration::from_millis(20)) && child.try_wait().unwrap().is_none() {}
                end(&mut child);
                proxy.cut();
            }
            At::Time(time) => {
                let mut child = world.start(&place.url, arguments);
                std::thread::sleep(time);
                end(&mut child);
            }
        }
        recovers(world, &place.url, arguments, self.goes_back).await
    }
}

fn end(child: &mut std::process::Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Between any two messages of each way, once for each way on from there. What an answer said is lost with the program: behind a
/// message is the same as before the next.
fn at_each_message<'a>(ways: &[Way<'a>]) -> Vec<Kill<'a>> {
    let mut kills = Vec::new();
    for way in ways {
        let ends: &[bool] = if way.0 == UP { &[false, true] } else { &[false] };
        for stop in (1..=way.1).map(Stop::Before).chain((way.1 > 0).then_some(Stop::Behind(way.1))) {
            kills.extend(ends.iter().map(|goes_back| Kill::new("", *way, At::Message(stop), *goes_back)));
        }
    }
    kills
}

fn by_chance<'a>(ways: &[Way<'a>; 2], seed: u64, case: u64, at_messages: bool) -> Kill<'a> {
    let mut chance = Chance::of(seed, case);
    let way = ways[usize::try_from(chance.below(2)).unwrap()];
    let goes_back = chance.is_one_in(3);
    // Every third one falls anywhere, the others between two messages.
    let at = if !at_messages || chance.is_one_in(3) {
        At::Time(chance.within(way.2))
    } else {
        let message = 1 + chance.below(way.1);
        At::Message(if chance.is_one_in(2) { Stop::Before(message) } else { Stop::Behind(message) })
    };
    Kill::new(&format!("case {case}, "), way, at, goes_back)
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
    let mut kills = if is_full() { at_each_message(&ways) } else { Vec::new() };
    let at_messages = has_messages && !is_full();
    kills.extend((0..cases(5, 100)).map(|case| by_chance(&ways, tally.seed, case, at_messages)));
    eprintln!("{} on {dialect}: {} tries, of {up} messages up and {down} down", tally.scenario, kills.len());
    for kill in kills {
        tally.record(&kill.name, kill.verdict(&world).await);
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
