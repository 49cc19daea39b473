//! The database: its rows, and the migrations that are applied to it.

use schema_runtime::connect::{ConnectSettings, Connection, connect};
use schema_runtime::migrate::{Back, Target};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;

use crate::Outcome;
use crate::releases::Workshop;

/// The application's database.
pub(crate) struct Shop {
    url: String,
    migrations: Connection,
    queries: PgConnection,
}

impl Shop {
    pub(crate) async fn open(url: &str) -> Outcome<Self> {
        let migrations = connect(url, &ConnectSettings::default()).await?;
        Ok(Self { url: url.to_owned(), migrations, queries: PgConnection::connect(url).await? })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn fill(&mut self, rows: i32) -> Outcome<()> {
        let customers = "INSERT INTO customer (email, name, fax)
            SELECT 'c' || n || '@example.com', 'Customer ' || n, '555-' || n FROM generate_series(1, $1) AS n";
        let payments = "INSERT INTO payment (customer_id, cents, currency, state)
            SELECT n, 1 + n % 10000, CASE n % 2 WHEN 0 THEN 'EUR' ELSE 'USD' END, 'due' FROM generate_series(1, $1) AS n";
        sqlx::query("INSERT INTO currency VALUES ('EUR'), ('USD')").execute(&mut self.queries).await?;
        for sql in [customers, payments] {
            sqlx::query(sql).bind(rows).execute(&mut self.queries).await?;
        }
        sqlx::query("ANALYZE").execute(&mut self.queries).await?;
        Ok(())
    }

    /// `cargo schema migrate --before-contract`
    pub(crate) async fn migrate_before_contract(&mut self, workshop: &Workshop) -> Outcome<()> {
        self.migrate(workshop, Target::BeforeContract).await
    }

    /// `cargo schema migrate`
    pub(crate) async fn migrate_all(&mut self, workshop: &Workshop) -> Outcome<()> {
        self.migrate(workshop, Target::Latest).await
    }

    async fn migrate(&mut self, workshop: &Workshop, target: Target) -> Outcome<()> {
        workshop.migrator()?.migrate(&mut self.migrations, target, &mut |_| {}).await?;
        Ok(())
    }

    /// Reverts to that version, and looks whether the rows are all there, with what the last release dropped.
    pub(crate) async fn go_back(&mut self, workshop: &Workshop, version: i64, rows: i32) -> Outcome<()> {
        // A refund has no label in the first release, and a revert guesses none.
        sqlx::query("UPDATE payment SET state = 'paid' WHERE state = 'refunded'").execute(&mut self.queries).await?;
        let before = self.count().await?;
        workshop.migrator()?.revert(&mut self.migrations, Back::To(version), &mut |_| {}).await?;
        let after = self.count().await?;
        let sql = "SELECT count(*) FROM customer WHERE id <= $1 AND fax = '555-' || id";
        let faxes: i64 = sqlx::query_scalar(sql).bind(rows).fetch_one(&mut self.queries).await?;
        if (before, i64::from(rows)) != (after, faxes) {
            let found = format!("{after:?} rows of {before:?} and {faxes} fax numbers of {rows}");
            return Err(format!("the way back to the first release lost something: it left {found}").into());
        }
        Ok(())
    }

    /// How many customers and payments there are.
    async fn count(&mut self) -> Outcome<(i64, i64)> {
        let sql = "SELECT (SELECT count(*) FROM customer), (SELECT count(*) FROM payment)";
        Ok(sqlx::query_as(sql).persistent(false).fetch_one(&mut self.queries).await?)
    }
}
