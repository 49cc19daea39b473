//! Clients that run the statements of whichever release is deployed to them.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Shared, PoisonError};
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::releases::Release;

/// How many clients there are.
pub(crate) const CLIENTS: usize = 4;

/// How many turns every client has before the next step of a deployment.
const TURNS: u32 = 20;

/// What the clients saw.
#[derive(Debug, Default)]
pub struct Tally {
    /// The longest time that one statement of a client took.
    pub longest: Duration,
    /// How many statements ran.
    pub statements: u64,
    /// The statements that failed, with what the server said.
    pub failed: Vec<String>,
}

/// What is deployed to a client. The client holds it for a turn, so a deployment waits for the turn's end.
struct Deployed {
    release: &'static Release,
    turns: u32,
}

type Seat = Arc<Mutex<Deployed>>;

/// The running clients.
pub(crate) struct Load {
    seats: Vec<Seat>,
    tally: Arc<Shared<Tally>>,
    stop: Arc<AtomicBool>,
    running: JoinSet<Outcome<()>>,
}

impl Load {
    pub(crate) async fn start(url: &str, rows: i32, release: &'static Release) -> Outcome<Self> {
        let seat = || Arc::new(Mutex::new(Deployed { release, turns: 0 }));
        let mut load = Self {
            seats: (0..CLIENTS).map(|_| seat()).collect(),
            tally: Arc::default(),
            stop: Arc::default(),
            running: JoinSet::new(),
        };
        for (number, seat) in load.seats.iter().enumerate() {
            let client =
                Client { number, connection: PgConnection::connect(url).await?, tally: Arc::clone(&load.tally) };
            load.running.spawn(client.run(Arc::clone(seat), rows, Arc::clone(&load.stop)));
        }
        Ok(load)
    }

    /// Gives these clients another release. Returns when none of them runs the former one's statements any more.
    pub(crate) async fn deploy(&self, clients: Range<usize>, release: &'static Release) {
        for seat in &self.seats[clients] {
            seat.lock().await.release = release;
        }
    }

    /// Waits until every client has had some turns with what is deployed and what is in the database now.
    pub(crate) async fn settle(&self) {
        for seat in &self.seats {
            seat.lock().await.turns = 0;
        }
        for seat in &self.seats {
            while seat.lock().await.turns < TURNS {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Forgets what was seen so far.
    pub(crate) fn begin_tally(&self) {
        self.tally();
    }

    /// What was seen since the last call.
    pub(crate) fn tally(&self) -> Tally {
        std::mem::take(&mut *self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn stop(self) -> Outcome<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.running.join_all().await.into_iter().collect()
    }
}

struct Client {
    number: usize,
    connection: PgConnection,
    tally: Arc<Shared<Tally>>,
}

impl Client {
    /// Takes turns until it is told to stop, each with another customer.
    async fn run(mut self, seat: Seat, rows: i32, stop: Arc<AtomicBool>) -> Outcome<()> {
        let step = i64::from(rows) * 5 / 8 + 1;
        let mut id = i64::try_from(self.number)?;
        for turn in 0_u64.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            id = (id + step) % i64::from(rows) + 1;
            let mut deployed = seat.lock().await;
            for sql in deployed.release.statements {
                let unique = format!("client{}turn{turn}", self.number);
                self.query(sql, id, deployed.release.wide_keys, unique).await?;
            }
            deployed.turns += 1;
            drop(deployed);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    async fn query(&mut self, sql: &'static str, id: i64, wide: bool, unique: String) -> Outcome<()> {
        let query = sqlx::query(sql).persistent(false);
        let query = if wide { query.bind(id) } else { query.bind(i32::try_from(id)?) };
        let started = Instant::now();
        let result = query.bind(unique).execute(&mut self.connection).await;
        let spent = started.elapsed();
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.longest = tally.longest.max(spent);
        tally.statements += 1;
        tally.failed.extend(result.err().map(|error| format!("{sql}: {error}")));
        Ok(())
    }
}
