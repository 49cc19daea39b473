//! Six releases of one application, deployed one after the other while its clients read and write.
//!
//! `history/` holds the structs of each release. The migrations are made from them as a build makes them, and applied
//! as `docs/live-tables.md` says: the expand files under the old release, then both
//! releases side by side, then the contract files under the new one.
#![forbid(unsafe_code)]

mod load;
mod releases;
mod shop;

use std::error::Error;

pub use load::Tally;
use load::{CLIENTS, Load};
use releases::{RELEASES, Workshop};
use schema_runtime::scratch::Postgres;
use shop::Shop;

/// What ends a run early.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What a release's deployment did to the clients.
#[derive(Debug)]
pub struct Deployment {
    /// The release, as its file in `history/` is called.
    pub release: &'static str,
    /// How many migration files it has.
    pub files: usize,
    /// What the clients saw from before its first file until after its last.
    pub tally: Tally,
}

/// Deploys all six releases on a scratch server, on tables with `rows` rows each, and takes them back to the first.
/// `seen` gets each deployment under load as it ends: the second release to the sixth.
///
/// # Errors
/// Less than one row, a server that does not start, a migration that fails, or rows that are not there after the way back. A client's
/// statement that fails is counted, and not an error.
pub async fn deploy_all(rows: i32, mut seen: impl FnMut(&Deployment)) -> Outcome<()> {
    if rows < 1 {
        return Err(format!("{rows} rows are too few: the clients need at least one").into());
    }
    let (server, workshop) = (Postgres::start().await?, Workshop::new()?);
    let mut shop = Shop::open(&server.create_database("live").await?).await?;
    let mut history = RELEASES.iter();
    let Some(first) = history.next() else { return Ok(()) };
    let files = workshop.make(first)?;
    let first_version = files.last().map(|file| file.version);
    shop.migrate_all(&workshop).await?;
    shop.fill(rows).await?;

    let load = Load::start(shop.url(), rows, first).await?;
    for release in history {
        let files = workshop.make(release)?.len();
        load.begin_tally();
        load.settle().await;
        if release.deployed_before_its_files {
            load.deploy(0..CLIENTS, release).await;
        } else {
            shop.migrate_before_contract(&workshop).await?;
            load.deploy(0..CLIENTS / 2, release).await;
            load.settle().await;
            load.deploy(CLIENTS / 2..CLIENTS, release).await;
        }
        load.settle().await;
        shop.migrate_all(&workshop).await?;
        load.settle().await;
        seen(&Deployment { release: release.name, files, tally: load.tally() });
    }
    load.stop().await?;
    shop.go_back(&workshop, first_version.unwrap_or(0), rows).await
}
