//! Which database is meant, and how it is named without giving its password away.

use std::path::Path;

use schema_core::ir::Dialect;
use url::Url;

use crate::args::DatabaseArgs;
use crate::failure::Failure;

const VARIABLE: &str = "DATABASE_URL";

/// A database and how to reach it. Its `Display` hides the password.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) dialect: Dialect,
}

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

/// The database that the crate's base snapshot is written for.
pub(crate) fn recorded_dialect(crate_dir: &Path) -> Result<Option<Dialect>, Failure> {
    #[derive(serde::Deserialize)]
    struct Head {
        dialect: Dialect,
    }
    let path = crate_dir.join("schema/snapshot.json");
    if !path.exists() {
        return Ok(None);
    }
    let broken = |error: &dyn std::fmt::Display| Failure::new(format!("`{}` can't be read: {error}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|error| broken(&error))?;
    serde_json::from_str(&text).map(|head: Head| Some(head.dialect)).map_err(|error| broken(&error))
}

pub(crate) fn parse_dialect(text: &str) -> Result<Dialect, String> {
    match text {
        "sqlite" => Ok(Dialect::Sqlite),
        "postgres" | "postgresql" => Ok(Dialect::Postgres),
        _ => Err("`sqlite` and `postgres` are known".to_owned()),
    }
}

impl Database {
    /// The database of the option or the environment, which must fit the crate.
    pub(crate) fn required(args: &DatabaseArgs, dialect: Dialect) -> Result<Self, Failure> {
        Self::optional(args, dialect)?.ok_or_else(|| {
            Failure::new("no database is named")
                .help("set DATABASE_URL, in the environment or in a `.env` file")
                .help("or give --database-url")
        })
    }

    pub(crate) fn optional(args: &DatabaseArgs, dialect: Dialect) -> Result<Option<Self>, Failure> {
        let Some(url) = args.database_url.clone().or_else(|| std::env::var(VARIABLE).ok()) else {
            return Ok(None);
        };
        let database = Self::parse(url)?;
        if database.dialect != dialect {
            return Err(Failure::new(format!(
                "`{database}` is a {} database, the crate's schema is written for {dialect}",
                database.dialect
            )));
        }
        Ok(Some(database))
    }

    fn parse(url: String) -> Result<Self, Failure> {
        match dialect_of(&url) {
            Some(dialect) => Ok(Self { url, dialect }),
            None => Err(Failure::new(format!("`{}` is no database URL this program knows", without_password(&url)))
                .help("sqlite://file.db and postgres://user@host/database are known")),
        }
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&without_password(&self.url))
    }
}

fn dialect_of(url: &str) -> Option<Dialect> {
    match url.split_once(':')?.0 {
        "sqlite" => Some(Dialect::Sqlite),
        "postgres" | "postgresql" => Some(Dialect::Postgres),
        _ => None,
    }
}

pub(crate) fn dialect_of_environment() -> Option<Dialect> {
    dialect_of(&std::env::var(VARIABLE).ok()?)
}

fn without_password(text: &str) -> String {
    const HIDDEN: &str = "***";
    let Ok(mut url) = Url::parse(text) else {
        return text.split_once(':').map_or_else(|| HIDDEN.to_owned(), |(scheme, _)| format!("{scheme}:{HIDDEN}"));
    };
    if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
        return format!("{}:{HIDDEN}", url.scheme());
    }
    if url.query_pairs().any(|(key, _)| key == "password") {
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        url.query_pairs_mut().clear().extend_pairs(
            pairs.iter().map(|(key, value)| (key, if key == "password" { HIDDEN } else { value })),
        );
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_is_hidden_wherever_a_url_may_hold_it() {
        for url in ["postgres://me:s3cret@host/db", "postgres://host/db?user=me&password=s3cret", "postgres://me:s3cret@ho st/db"] {
            let shown = without_password(url);
            assert!(!shown.contains("s3cret") && shown.contains("***"), "{shown}");
        }
    }

    #[test]
    fn a_url_without_password_stays_as_it_is() {
        for url in ["postgres://me@host:5433/db", "sqlite://dev.db?mode=rwc", "postgres://host/db?user=me"] {
            assert_eq!(without_password(url), url);
        }
    }
}
