//! Which database is meant.

use std::path::Path;

use schema_core::ir::Dialect;

use crate::args::DatabaseArgs;
use crate::failure::Failure;

const VARIABLE: &str = "DATABASE_URL";

/// Sets what `.env` sets and the environment does not, from the crate's folder or the nearest above it.
pub(crate) fn load_dotenv(crate_dir: &Path) -> Result<(), Failure> {
    let Some(file) = crate_dir.ancestors().map(|dir| dir.join(".env")).find(|file| file.is_file()) else {
        return Ok(());
    };
    dotenvy::from_path(&file).map_err(|error| {
        let reason = match error {
            // Its text holds the line, which may hold a password.
            dotenvy::Error::LineParse(_, offset) => format!("a line of it is no assignment, at offset {offset}"),
            other => other.to_string(),
        };
        Failure::new(format!("`{}` can't be read: {reason}", file.display()))
    })
}

/// What [`parse_dialect`] takes, as usage texts show it.
pub(crate) const DIALECTS: &str = "sqlite|postgres|mariadb|mysql";

pub(crate) fn parse_dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "postgresql" => Ok(Dialect::Postgres),
        _ => Dialect::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == text)
            .ok_or_else(|| "`sqlite`, `postgres`, `mariadb` and `mysql` are known".to_owned()),
    }
}

impl DatabaseArgs {
    /// The URL of the option or the environment.
    pub(crate) fn url(&self) -> Option<String> {
        self.database_url.clone().or_else(|| std::env::var(VARIABLE).ok()).filter(|url| !url.is_empty())
    }

    pub(crate) fn required_url(&self) -> Result<String, Failure> {
        self.url().ok_or_else(|| {
            Failure::new("no database is named")
                .help("set DATABASE_URL, in the environment or in a `.env` file")
                .help("or give --database-url")
        })
    }
}
