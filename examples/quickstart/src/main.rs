//! A seed library on a SQLite file in a temporary folder: migrate, insert, query, revert, apply again.

use std::error::Error;

use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Back, Event, Target};
use sqlx::SqlitePool;

use quickstart::models::{Loan, Lot, LotState, Member, Variety};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("seeds.db").display());

    heading("1. apply the sealed migrations");
    migrate(&url).await?;
    let pool = SqlitePool::connect(&url).await?;

    heading("2. insert rows, and see what the schema refuses");
    insert(&pool).await?;
    refuse(&pool).await?;

    heading("3. query into the same structs");
    query(&pool).await?;
    pool.close().await;

    heading("4. revert the last migration, apply it again: the rows stay");
    revert(&url, Back::Steps(1)).await?;
    count_rows(&url).await?;
    migrate(&url).await?;
    count_rows(&url).await?;

    heading("5. revert all, apply all");
    revert(&url, Back::To(0)).await?;
    migrate(&url).await?;

    heading("What to notice");
    println!("{}", NOTICE.trim());
    Ok(())
}

const NOTICE: &str = "
- src/models.rs is the only place where the schema is written. migrations/ and schema/ were made from it by the build.
- The build that just ran compared the structs with schema/ and found no difference, so `git status` is clean.
- migrations/*_add_germination.up.sql rebuilds table lot, because SQLite can't add a check to a table. Loans refer to
  its rows all the while, and none was lost. The down takes the new column away with its values, as its first lines say.
- Now remove `pub name: String` from Member in src/models.rs and run `cargo check -p quickstart`.
";

async fn migrate(url: &str) -> Result<(), schema_runtime::Error> {
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    schema_runtime::migrate!().migrate(&mut connection, Target::Latest, &mut show).await?;
    Ok(())
}

async fn revert(url: &str, back: Back) -> Result<(), schema_runtime::Error> {
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    schema_runtime::migrate!().revert(&mut connection, back, &mut show).await?;
    Ok(())
}

fn show(event: Event) {
    match event {
        Event::Applying { version, description, index, total } => {
            println!("   {index}/{total} apply {version} {description}");
        }
        Event::Reverting { version, description, index, total } => {
            println!("   {index}/{total} revert {version} {description}");
        }
        _ => {}
    }
}

fn heading(text: &str) {
    println!("\n{text}");
}

async fn insert(pool: &SqlitePool) -> sqlx::Result<()> {
    for (species, name, sow_month) in
        [("tomato", "Black Krim", 3), ("tomato", "Green Zebra", 3), ("bean", "Blauhilde", 5)]
    {
        sqlx::query("INSERT INTO variety (species, name, sow_month) VALUES (?, ?, ?)")
            .bind(species)
            .bind(name)
            .bind(sow_month)
            .execute(pool)
            .await?;
    }
    for (email, name) in [("ada@example.org", "Ada"), ("carl@example.org", "Carl")] {
        sqlx::query("INSERT INTO member (email, name) VALUES (?, ?)").bind(email).bind(name).execute(pool).await?;
    }
    for (variety, year, grams, germination, state) in [
        (1, 2024, 40, Some(91), LotState::Tested),
        (1, 2025, 25, None, LotState::Fresh),
        (3, 2019, 300, Some(12), LotState::Expired),
    ] {
        sqlx::query("INSERT INTO lot (variety_id, harvested_in, grams, germination, state) VALUES (?, ?, ?, ?, ?)")
            .bind(variety)
            .bind(year)
            .bind(grams)
            .bind(germination)
            .bind(state)
            .execute(pool)
            .await?;
    }
    sqlx::query(
        "INSERT INTO loan (member_id, lot_id, grams, returned_on) VALUES (1, 1, 2, NULL), (2, 1, 3, '2025-10-04')",
    )
    .execute(pool)
    .await?;
    println!("   3 varieties, 2 members, 3 lots, 2 loans");
    Ok(())
}

async fn refuse(pool: &SqlitePool) -> Result<(), Box<dyn Error>> {
    for (what, statement) in [
        ("a second Black Krim", "INSERT INTO variety (species, name, sow_month) VALUES ('tomato', 'Black Krim', 4)"),
        ("a month 13", "INSERT INTO variety (species, name, sow_month) VALUES ('leek', 'Blue', 13)"),
        ("to lend more than a lot holds", "UPDATE lot SET grams = grams - 1000 WHERE id = 1"),
        ("a state that LotState lacks", "UPDATE lot SET state = 'mouldy' WHERE id = 1"),
        ("to forget a variety with lots", "DELETE FROM variety WHERE id = 1"),
    ] {
        match sqlx::query(statement).execute(pool).await {
            Err(sqlx::Error::Database(error)) => println!("   refused: {what} ({})", error.message()),
            other => return Err(format!("not refused: {what} ({other:?})").into()),
        }
    }
    Ok(())
}

async fn query(pool: &SqlitePool) -> sqlx::Result<()> {
    let varieties: Vec<Variety> =
        sqlx::query_as("SELECT * FROM variety ORDER BY sow_month, label").fetch_all(pool).await?;
    for variety in &varieties {
        println!("   {} (sow in month {})", variety.label, variety.sow_month);
        let lots: Vec<Lot> = sqlx::query_as("SELECT * FROM lot WHERE variety_id = ? ORDER BY harvested_in DESC")
            .bind(variety.id)
            .fetch_all(pool)
            .await?;
        for lot in &lots {
            println!("      {} g of {}, {:?}", lot.grams, lot.harvested_in, lot.state);
        }
    }
    let open: Vec<Loan> = sqlx::query_as("SELECT * FROM loan WHERE returned_on IS NULL").fetch_all(pool).await?;
    for loan in &open {
        let member: Member =
            sqlx::query_as("SELECT * FROM member WHERE id = ?").bind(loan.member_id).fetch_one(pool).await?;
        println!("   {} has {} g of lot {}", member.name, loan.grams, loan.lot_id);
    }
    Ok(())
}

async fn count_rows(url: &str) -> sqlx::Result<()> {
    let pool = SqlitePool::connect(url).await?;
    let (lots, loans): (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM lot), (SELECT count(*) FROM loan)").fetch_one(&pool).await?;
    println!("   {lots} lots and {loans} loans");
    pool.close().await;
    Ok(())
}
