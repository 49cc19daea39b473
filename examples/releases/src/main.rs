//! A clinic's device pool over six releases: every one applied with rows in the tables, then all reverted.
//!
//! `history/` holds the structs of each release as they were when its migration was sealed, with the attributes that
//! stated the change; `src/models.rs` is the sixth without them.

use std::error::Error;

use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::{Back, Event, Target};
use sqlx::{AssertSqlSafe, Row, SqlitePool};

use releases::models::{Device, Inspection, Loan, Person};

/// A release, the last migration of it, and rows that its users add.
struct Release {
    title: &'static str,
    version: i64,
    rows: &'static [&'static str],
    /// What its users must undo before its down, which refuses to lose anything.
    before_down: Option<&'static str>,
    /// What shows that the rows of earlier releases are as they should be: a query and its one value.
    proof: (&'static str, &'static str),
}

static RELEASES: [Release; 6] = [
    Release {
        title: "1. first tables",
        version: 20261125230620,
        rows: &[
            "INSERT INTO device (serial, kind, room, hotline) VALUES ('P-100', 'pump', '12', '555-0100'), ('P-101', 'pump', '12', NULL), ('M-7', 'monitor', '3', '555-0199')",
            "INSERT INTO borrower (name) VALUES ('Imre'), ('Noor')",
            "INSERT INTO loan (device_id, borrower_id, lent_on, returned_on) VALUES (1, 1, '2024-02-01', '2024-02-09'), (1, 2, '2024-03-01', NULL)",
        ],
        before_down: None,
        proof: ("SELECT count(*) FROM loan", "2"),
    },
    Release {
        title: "2. a status that old rows derive from their loans, and inspections",
        version: 20261125230622,
        rows: &[
            "UPDATE device SET status = 'gone' WHERE serial = 'M-7'",
            "INSERT INTO inspection (device_id, done_on, passed) VALUES (1, '2024-04-01', TRUE), (2, '2024-04-01', FALSE)",
        ],
        before_down: None,
        proof: (
            "SELECT group_concat(serial || ' ' || status, ', ') FROM device WHERE id < 3",
            "P-100 lent, P-101 ready",
        ),
    },
    Release {
        title: "3. renames: borrower is person, lent_on is handed_out_on",
        version: 20261125230625,
        rows: &["INSERT INTO person (name) VALUES ('Tove')"],
        before_down: None,
        proof: (
            "SELECT group_concat(name || ' ' || handed_out_on, ', ') FROM loan JOIN person ON person.id = person_id",
            "Imre 2024-02-01, Noor 2024-03-01",
        ),
    },
    Release {
        title: "4. narrowed: rooms are numbers",
        version: 20261125230626,
        rows: &["INSERT INTO device (serial, kind, room, status) VALUES ('M-8', 'monitor', 4, 'ready')"],
        before_down: None,
        proof: (
            "SELECT group_concat(typeof(room) || ' ' || room, ', ') FROM device WHERE id < 3",
            "integer 12, integer 12",
        ),
    },
    Release {
        title: "5. an enum changes: lent is handed_out, in_repair is new, gone becomes broken",
        version: 20261125230627,
        rows: &["UPDATE device SET status = 'in_repair' WHERE serial = 'M-8'"],
        before_down: Some("UPDATE device SET status = 'broken' WHERE status = 'in_repair'"),
        proof: (
            "SELECT group_concat(serial || ' ' || status, ', ') FROM device WHERE id < 4",
            "P-100 handed_out, P-101 ready, M-7 broken",
        ),
    },
    Release {
        title: "6. dropped with consent: the hotline",
        version: 20261125230628,
        rows: &[],
        before_down: None,
        proof: ("SELECT count(*) FROM device JOIN loan ON device.id = device_id", "2"),
    },
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("clinic.db").display());
    for release in &RELEASES {
        println!("\nRelease {}", release.title);
        migrate(&url, release.version).await?;
        use_release(&url, release).await?;
    }
    read_structs(&url).await?;

    println!("\nBack, one release at a time");
    for (earlier, release) in RELEASES.iter().zip(RELEASES.iter().skip(1)).rev() {
        if let Some(statement) = release.before_down {
            show_refusal(revert(&url, earlier.version).await)?;
            println!("   so first: {statement}");
            execute(&url, &[statement]).await?;
        }
        revert(&url, earlier.version).await?;
        println!("   at release {}", earlier.title);
        println!("   rows: {} devices, {} loans", count(&url, "device").await?, count(&url, "loan").await?);
    }
    revert(&url, 0).await?;
    println!("\nForward again, to the last");
    for release in &RELEASES {
        migrate(&url, release.version).await?;
    }
    Ok(())
}

async fn migrate(url: &str, version: i64) -> Result<(), schema_runtime::Error> {
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    schema_runtime::migrate!().migrate(&mut connection, Target::Version(version), &mut show).await?;
    Ok(())
}

async fn revert(url: &str, version: i64) -> Result<(), schema_runtime::Error> {
    let mut connection = connect(url, &ConnectSettings::default()).await?;
    schema_runtime::migrate!().revert(&mut connection, Back::To(version), &mut show).await?;
    Ok(())
}

fn show(event: Event) {
    match event {
        Event::Applying { version, description, .. } => println!("   apply {version} {description}"),
        Event::Reverting { version, description, .. } => println!("   revert {version} {description}"),
        _ => {}
    }
}

/// Proves that the earlier rows came through, then adds this release's own.
async fn use_release(url: &str, release: &Release) -> Result<(), Box<dyn Error>> {
    execute(url, release.rows).await?;
    let pool = SqlitePool::connect(url).await?;
    let (query, expected) = release.proof;
    let found = sqlx::query(query).fetch_one(&pool).await?;
    let found =
        found.try_get::<String, _>(0).or_else(|_| found.try_get::<i64, _>(0).map(|number| number.to_string()))?;
    pool.close().await;
    if found != expected {
        return Err(format!("`{query}` gives `{found}`, not `{expected}`").into());
    }
    println!("   rows: {found}");
    Ok(())
}

/// The down of an enum's new label must refuse while rows hold it.
fn show_refusal(result: Result<(), schema_runtime::Error>) -> Result<(), Box<dyn Error>> {
    match result {
        Err(error) => println!("   refused: {error}"),
        Ok(()) => return Err("a down that would lose a value went through".into()),
    }
    Ok(())
}

async fn execute(url: &str, statements: &[&'static str]) -> sqlx::Result<()> {
    let pool = SqlitePool::connect(url).await?;
    for statement in statements {
        sqlx::query(*statement).execute(&pool).await?;
    }
    pool.close().await;
    Ok(())
}

async fn read_structs(url: &str) -> sqlx::Result<()> {
    let pool = SqlitePool::connect(url).await?;
    let devices: Vec<Device> = sqlx::query_as("SELECT * FROM device ORDER BY id").fetch_all(&pool).await?;
    let people: Vec<Person> = sqlx::query_as("SELECT * FROM person ORDER BY id").fetch_all(&pool).await?;
    let loans: Vec<Loan> = sqlx::query_as("SELECT * FROM loan ORDER BY id").fetch_all(&pool).await?;
    let inspections: Vec<Inspection> = sqlx::query_as("SELECT * FROM inspection").fetch_all(&pool).await?;
    println!("\nThe structs of release 6 read them all");
    devices.iter().for_each(|device| println!("   {device:?}"));
    people.iter().for_each(|person| println!("   {person:?}"));
    loans.iter().for_each(|loan| println!("   {loan:?}"));
    inspections.iter().for_each(|inspection| println!("   {inspection:?}"));
    pool.close().await;
    Ok(())
}

async fn count(url: &str, table: &str) -> sqlx::Result<i64> {
    let pool = SqlitePool::connect(url).await?;
    let number = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}"))).fetch_one(&pool).await?;
    pool.close().await;
    Ok(number)
}
