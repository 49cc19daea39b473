//! A seed library: migrate, insert, query, revert, apply again. The database is a SQLite file in a temporary folder; with
//! the feature `postgres` or `mariadb` it is on a server that this program starts and stops.

mod database;

use std::error::Error;

use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Back, Event, Target};
use sqlx::{Pool, QueryBuilder};

use database::{Db, Place};
use quickstart::models::{Loan, Lot, LotState, Member, Variety};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let place = Place::start().await?;
    let url = place.create_database("seeds").await?;

    heading("1. apply the sealed migrations");
    migrate(&url).await?;
    let pool = Pool::<Db>::connect(&url).await?;

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
- migrations/*_add_germination.up.sql, for SQLite, rebuilds table lot, because SQLite can't add a check to a table. Loans refer to
  its rows all the while, and none was lost. The down takes the new column away with its values, as its first lines say.
- The same Rust runs on PostgreSQL and MariaDB: `cargo run -p quickstart --features postgres` or `--features mariadb`.
  Their files are in postgres/ and mariadb/: compare how each adds the check to table lot.
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

async fn insert(pool: &Pool<Db>) -> sqlx::Result<()> {
    let varieties = [("tomato", "Black Krim", 3_i64), ("tomato", "Green Zebra", 3), ("bean", "Blauhilde", 5)];
    QueryBuilder::<Db>::new("INSERT INTO variety (species, name, sow_month) ")
        .push_values(varieties, |mut row, (species, name, sow_month)| {
            row.push_bind(species).push_bind(name).push_bind(sow_month);
        })
        .build()
        .execute(pool)
        .await?;
    let members = [("ada@example.org", "Ada"), ("carl@example.org", "Carl")];
    QueryBuilder::<Db>::new("INSERT INTO member (email, name) ")
        .push_values(members, |mut row, (email, name)| {
            row.push_bind(email).push_bind(name);
        })
        .build()
        .execute(pool)
        .await?;
    let lots = [
        (1_i64, 2024_i64, 40_i64, Some(91_i64), LotState::Tested),
        (1, 2025, 25, None, LotState::Fresh),
        (3, 2019, 300, Some(12), LotState::Expired),
    ];
    QueryBuilder::<Db>::new("INSERT INTO lot (variety_id, harvested_in, grams, germination, state) ")
        .push_values(lots, |mut row, (variety, year, grams, germination, state)| {
            row.push_bind(variety).push_bind(year).push_bind(grams).push_bind(germination).push_bind(state);
        })
        .build()
        .execute(pool)
        .await?;
    let loans = [(1_i64, 1_i64, 2_i64, None), (2, 1, 3, Some("2025-10-04"))];
    QueryBuilder::<Db>::new("INSERT INTO loan (member_id, lot_id, grams, returned_on) ")
        .push_values(loans, |mut row, (member, lot, grams, returned_on)| {
            row.push_bind(member).push_bind(lot).push_bind(grams).push_bind(returned_on);
        })
        .build()
        .execute(pool)
        .await?;
    println!("   3 varieties, 2 members, 3 lots, 2 loans");
    Ok(())
}

async fn refuse(pool: &Pool<Db>) -> Result<(), Box<dyn Error>> {
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

async fn query(pool: &Pool<Db>) -> sqlx::Result<()> {
    let varieties: Vec<Variety> =
        sqlx::query_as("SELECT * FROM variety ORDER BY sow_month, label").fetch_all(pool).await?;
    for variety in &varieties {
        println!("   {} (sow in month {})", variety.label, variety.sow_month);
        let lots: Vec<Lot> = QueryBuilder::<Db>::new("SELECT * FROM lot WHERE variety_id = ")
            .push_bind(variety.id)
            .push(" ORDER BY harvested_in DESC")
            .build_query_as()
            .fetch_all(pool)
            .await?;
        for lot in &lots {
            println!("      {} g of {}, {:?}", lot.grams, lot.harvested_in, lot.state);
        }
    }
    let open: Vec<Loan> = sqlx::query_as("SELECT * FROM loan WHERE returned_on IS NULL").fetch_all(pool).await?;
    for loan in &open {
        let member: Member = QueryBuilder::<Db>::new("SELECT * FROM member WHERE id = ")
            .push_bind(loan.member_id)
            .build_query_as()
            .fetch_one(pool)
            .await?;
        println!("   {} has {} g of lot {}", member.name, loan.grams, loan.lot_id);
    }
    Ok(())
}

async fn count_rows(url: &str) -> sqlx::Result<()> {
    let pool = Pool::<Db>::connect(url).await?;
    let (lots, loans): (i64, i64) =
        sqlx::query_as("SELECT (SELECT count(*) FROM lot), (SELECT count(*) FROM loan)").fetch_one(&pool).await?;
    println!("   {lots} lots and {loans} loans");
    pool.close().await;
    Ok(())
}
