//! A choir's recordings on MariaDB, on a throwaway server: a run that stops in the middle, and what becomes of it.

use std::error::Error;

use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Back, Event, Target};
use schema_runtime::scratch::MariaDb;
use sqlx::MySqlPool;

use mariadb::models::{Medium, Play, Recording};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = MariaDb::start().await?;
    let url = server.create_database("choir").await?;
    let pool = MySqlPool::connect(&url).await?;

    println!("1. a table `recording` is there already: the run stops behind the table before it");
    sqlx::query("CREATE TABLE recording (made_by varchar(20))").execute(&pool).await?;
    match migrate(&url).await {
        Err(error) => println!("   {}", error.to_string().replace('\n', "\n   ")),
        Ok(()) => return Err("it did not stop".into()),
    }

    println!("\n2. that table is gone: the same command goes on with the second");
    sqlx::query("DROP TABLE recording").execute(&pool).await?;
    migrate(&url).await?;

    println!("\n3. insert rows, change one, find words");
    insert(&pool).await?;
    query(&pool).await?;
    pool.close().await;

    println!("\n4. revert all, apply all");
    revert(&url).await?;
    migrate(&url).await?;
    Ok(())
}

async fn migrate(url: &str) -> Result<(), schema_runtime::Error> {
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    schema_runtime::migrate!().migrate(&mut connection, Target::Latest, &mut show).await?;
    Ok(())
}

async fn revert(url: &str) -> Result<(), schema_runtime::Error> {
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    schema_runtime::migrate!().revert(&mut connection, Back::To(0), &mut show).await?;
    Ok(())
}

fn show(event: Event) {
    match event {
        Event::Applying { version, description, .. } => println!("   apply {version} {description}"),
        Event::Reverting { version, description, .. } => println!("   revert {version} {description}"),
        _ => {}
    }
}

async fn insert(pool: &MySqlPool) -> sqlx::Result<()> {
    for (shelf, title, notes, medium, heard, seconds) in [
        ("A-1", "Morgenlied", "in the old chapel, with a late train", Medium::Tape, "choir,organ", 185),
        ("a-1", "Abendlied", "the second verse is missing", Medium::Disc, "choir", 240),
        ("B-7", "Turmmusik", "from the tower, in the rain", Medium::File, "brass", 61),
    ] {
        sqlx::query("INSERT INTO recording (shelf, title, notes, medium, heard, seconds) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(shelf)
            .bind(title)
            .bind(notes)
            .bind(medium)
            .bind(heard)
            .bind(seconds)
            .execute(pool)
            .await?;
    }
    sqlx::query("INSERT INTO play (year, recording_id) VALUES (2024, 1), (2026, 1), (2026, 3)").execute(pool).await?;
    sqlx::query("UPDATE recording SET notes = concat(notes, '; restored') WHERE shelf = 'A-1'").execute(pool).await?;
    Ok(())
}

async fn query(pool: &MySqlPool) -> sqlx::Result<()> {
    let found: Vec<Recording> =
        sqlx::query_as("SELECT * FROM recording WHERE MATCH (title, notes) AGAINST ('chapel tower') ORDER BY shelf")
            .fetch_all(pool)
            .await?;
    for it in &found {
        println!(
            "   {}: {} ({:?}, {}, {} min)",
            it.shelf,
            it.title,
            it.medium,
            it.heard,
            it.minutes.unwrap_or_default()
        );
    }
    let last: String =
        sqlx::query_scalar("SELECT shelf FROM recording ORDER BY changed_at DESC LIMIT 1").fetch_one(pool).await?;
    println!("   written last: {last}, since its change moved `changed_at`");
    let plays: Vec<Play> =
        sqlx::query_as("SELECT * FROM play PARTITION (since) ORDER BY recording_id").fetch_all(pool).await?;
    for play in &plays {
        println!("   recording {} was played {} times in {}", play.recording_id, play.times, play.year);
    }
    Ok(())
}
