//! Camera traps on PostgreSQL, in the database that DATABASE_URL names, else on a throwaway server.
//!
//! Nothing of it stays: the last step reverts everything.

use std::error::Error;

use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Back, Event, Target};
use schema_runtime::scratch::Postgres;
use serde_json::json;
use sqlx::PgPool;

use postgres::models::{Habitat, Sighting, Station};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(url) = std::env::var("DATABASE_URL") {
        return tour(&url).await;
    }
    println!("DATABASE_URL is not set: starting a throwaway server");
    let server = Postgres::start().await?;
    let url = server.create_database("survey").await?;
    tour(&url).await
}

async fn tour(url: &str) -> Result<(), Box<dyn Error>> {
    println!("\n1. apply the sealed migrations");
    migrate(url).await?;
    let pool = PgPool::connect(url).await?;

    println!("\n2. insert rows: arrays, jsonb, an enum");
    let station = insert_station(&pool).await?;
    insert_sightings(&pool, station).await?;

    println!("\n3. query through the GIN and the partial index");
    query(&pool).await?;

    println!("\n4. revert all, apply all");
    pool.close().await;
    revert(url).await?;
    migrate(url).await?;
    revert(url).await?;

    println!("\nNothing of it is left in the database but the empty history.");
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

async fn insert_station(pool: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO survey.station (name, lenses, settings, habitat) VALUES ($1, $2, $3, $4) RETURNING id",
    )
    .bind("Otter bend")
    .bind(vec![28, 85])
    .bind(json!({ "firmware": "4.2", "interval": 30 }))
    .bind(Habitat::Shore)
    .fetch_one(pool)
    .await
}

async fn insert_sightings(pool: &PgPool, station: i64) -> sqlx::Result<()> {
    for (sequence, species, confidence, tags, exif) in [
        (1, Some("otter"), 0.9, vec!["pair", "swimming"], json!({ "mode": "infrared" })),
        (2, None, 0.0, vec![], json!({ "mode": "colour" })),
        (3, Some("heron"), 0.75, vec!["fishing"], json!({ "mode": "colour", "lens": 85 })),
    ] {
        sqlx::query(
            "INSERT INTO survey.sighting (station_id, sequence, species, confidence, tags, exif) \
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(station)
        .bind(sequence)
        .bind(species)
        .bind(confidence)
        .bind(tags)
        .bind(exif)
        .execute(pool)
        .await?;
    }
    Ok(())
}

async fn query(pool: &PgPool) -> sqlx::Result<()> {
    let station: Station =
        sqlx::query_as("SELECT * FROM survey.station WHERE lower(name) = 'otter bend'").fetch_one(pool).await?;
    println!("   {} stands in habitat {:?}, lenses {:?}", station.name, station.habitat, station.lenses);
    let swimming: Vec<Sighting> =
        sqlx::query_as("SELECT * FROM survey.sighting WHERE tags @> ARRAY['swimming']").fetch_all(pool).await?;
    for sighting in &swimming {
        let species = sighting.species.as_deref().unwrap_or("something");
        println!("   {species}, {:?}, at night: {:?}", sighting.tags, sighting.at_night);
    }
    let unseen: i64 =
        sqlx::query_scalar("SELECT count(*) FROM survey.sighting WHERE species IS NULL").fetch_one(pool).await?;
    println!("   {unseen} picture waits for somebody to look at it");
    Ok(())
}
