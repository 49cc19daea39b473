//! The releases: their structs, what their clients ask for, and how their migrations are made.

use std::fs;
use std::path::Path;

use schema_core::build::{Project, draft, seal};
use schema_core::ir::Dialect;
use schema_core::migration::Migration;
use schema_runtime::Error;
use schema_runtime::migrate::{Migrator, Source};
use tempfile::TempDir;

use crate::Outcome;

/// A release of the application.
#[derive(Debug)]
pub(crate) struct Release {
    /// As its file in `history/` is called.
    pub(crate) name: &'static str,
    structs: &'static str,
    /// What a client does in one turn; `$1` is a customer's key, `$2` a text that occurs once.
    pub(crate) statements: &'static [&'static str],
    /// Whether its code has keys of 64 bits.
    pub(crate) wide_keys: bool,
    /// What its files take away is used by the release before, so that one must be gone first.
    pub(crate) deployed_before_its_files: bool,
}

macro_rules! release {
    ($name:literal, wide_keys: $wide:literal, deployed_before_its_files: $before:literal, $statements:expr) => {
        Release {
            name: $name,
            structs: include_str!(concat!("../history/", $name, ".rs")),
            statements: &$statements,
            wide_keys: $wide,
            deployed_before_its_files: $before,
        }
    };
}

const PAYMENTS: &str = "SELECT cents FROM payment WHERE customer_id = $1";
const PAY: &str = "INSERT INTO payment (customer_id, cents, currency, state) VALUES ($1, 250, 'EUR', 'due')";
const SETTLE: &str = "UPDATE payment SET state = 'paid' WHERE id = $1";
const REFUND: &str = "UPDATE payment SET state = 'refunded' WHERE id = $1";

/// Every statement names the columns it reads. None decodes a key: release 3 has an `i32` for what becomes a `bigint`
/// while it still runs.
pub(crate) static RELEASES: [Release; 6] = [
    release!("1_first", wide_keys: false, deployed_before_its_files: false, [
        "SELECT name, fax FROM customer WHERE id = $1",
        "UPDATE customer SET name = $2 WHERE id = $1",
        "INSERT INTO customer (email, name, fax) VALUES ($2 || '@example.org', $2, '555')",
        PAYMENTS, PAY, SETTLE,
    ]),
    release!("2_add_and_backfill", wide_keys: false, deployed_before_its_files: false, [
        "SELECT name, fax, domain FROM customer WHERE id = $1",
        "UPDATE customer SET name = $2 WHERE id = $1",
        "INSERT INTO customer (email, domain, name, fax) VALUES ($2 || '@example.org', 'example.org', $2, '555')",
        PAYMENTS, PAY, SETTLE,
    ]),
    release!("3_rename_online", wide_keys: false, deployed_before_its_files: false, [
        "SELECT full_name, fax, domain FROM customer WHERE id = $1",
        "UPDATE customer SET full_name = $2 WHERE id = $1",
        "INSERT INTO customer (email, domain, full_name, fax) VALUES ($2 || '@example.org', 'example.org', $2, '555')",
        PAYMENTS, PAY, SETTLE,
    ]),
    release!("4_widen_the_keys", wide_keys: true, deployed_before_its_files: false, [
        "SELECT full_name, fax, domain FROM customer WHERE id = $1",
        "UPDATE customer SET full_name = $2 WHERE id = $1",
        "INSERT INTO customer (email, domain, full_name, fax) VALUES ($2 || '@example.org', 'example.org', $2, '555')",
        PAYMENTS, PAY, SETTLE,
    ]),
    release!("5_add_keys_and_a_label", wide_keys: true, deployed_before_its_files: false, [
        "SELECT full_name, fax, domain FROM customer WHERE id = $1",
        "UPDATE customer SET full_name = $2 WHERE id = $1",
        "INSERT INTO customer (email, domain, full_name, fax) VALUES ($2 || '@example.org', 'example.org', $2, '555')",
        PAYMENTS, PAY, REFUND,
    ]),
    release!("6_drop_and_keep", wide_keys: true, deployed_before_its_files: true, [
        "SELECT full_name, domain FROM customer WHERE id = $1",
        "UPDATE customer SET full_name = $2 WHERE id = $1",
        "INSERT INTO customer (email, domain, full_name) VALUES ($2 || '@example.org', 'example.org', $2)",
        PAYMENTS, PAY, REFUND,
    ]),
];

/// A crate in a temporary folder, which is brought from release to release.
#[derive(Debug)]
pub(crate) struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub(crate) fn new() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("src"))?;
        fs::write(folder.path().join("src/lib.rs"), "pub mod models;\n")?;
        Ok(Self { folder })
    }

    /// Writes the release's migrations as a build and `cargo schema seal` do.
    pub(crate) fn make(&self, release: &Release) -> Outcome<Vec<Migration>> {
        let crate_dir: &Path = self.folder.path();
        fs::write(crate_dir.join("src/models.rs"), release.structs)?;
        let project = Project::new(crate_dir, Dialect::Postgres)?;
        draft(&project).map_err(Error::Refused)?;
        let (_, slug) = release.name.split_once('_').unwrap_or_default();
        Ok(seal(&project, Some(slug)).map_err(Error::Refused)?)
    }

    /// A migrator of all that was made so far.
    pub(crate) fn migrator(&self) -> Outcome<Migrator> {
        let source = Source::folder(self.folder.path().join("migrations"))?.dialect(Dialect::Postgres);
        Ok(Migrator::new(source.drafts([].into())))
    }
}
