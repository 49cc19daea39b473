//! The server crashes in the middle of a run, and is started again.

use schema_core::ir::Dialect;

use crate::kill::recovers;
use crate::server::Server;
use crate::world::{DOWN, LIMIT, UP, World, finish, says_how_to_go_on};
use crate::{Chance, Tally, cases};

async fn crashes(dialect: Dialect) {
    let world = World::new(dialect).await;
    let mut server = Server::start(dialect, None, &[]).await;
    let mut tally = Tally::new("server crash", dialect);
    for case in 0..cases(2, 100) {
        let mut chance = Chance::of(tally.seed, case);
        let url = server.database(&format!("crash{case}")).await;
        world.fill(&url).await;
        let (arguments, takes) = if chance.is_one_in(2) { (UP, world.up) } else { (DOWN, world.down) };
        if arguments == DOWN {
            world.run(&url, UP).ends(0);
        }
        let time = chance.within(takes);
        let child = world.start(&url, arguments);
        std::thread::sleep(time);
        server.crash();
        let ran = finish(child, LIMIT);
        server.again().await;
        let verdict = match ran.and_then(|ran| says_how_to_go_on(&ran)) {
            Ok(()) => recovers(&world, &url, arguments, false).await,
            lost => lost,
        };
        tally.record(&format!("case {case}, {arguments:?}, the server killed after {time:?}"), verdict);
    }
    tally.finish();
}

#[tokio::test]
async fn postgres_survives_crashes_of_the_server() {
    crashes(Dialect::Postgres).await;
}

#[tokio::test]
async fn mariadb_survives_crashes_of_the_server() {
    crashes(Dialect::MariaDb).await;
}
