//! MariaDB and MySQL: which of them answers, and whether it is new enough.

use std::str::FromStr as _;

use schema_core::ir::Dialect;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};

use super::unreadable;
use crate::error::Error;

/// MariaDB 10.6 has atomic definitions, RENAME COLUMN and RENAME INDEX.
const OLDEST_MARIADB: (&str, [u32; 3]) = ("MariaDB 10.6", [10, 6, 0]);
/// MySQL 8.0.29 has them too, and drops columns in an instant.
const OLDEST_MYSQL: (&str, [u32; 3]) = ("MySQL 8.0.29", [8, 0, 29]);

pub(super) fn options(url: &str) -> Result<MySqlConnectOptions, Error> {
    MySqlConnectOptions::from_str(url).map_err(|error| unreadable(&error, url))
}

/// For messages; the server says later which of both it is.
pub(super) fn place(options: &MySqlConnectOptions, dialect: Dialect) -> String {
    let at = match options.get_socket() {
        Some(path) => path.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    match options.get_database().filter(|name| !name.is_empty()) {
        Some(database) => format!("the {dialect} database `{database}` at {at}"),
        None => format!("the {dialect} server at {at}"),
    }
}

/// The server's version, and what it calls this session.
pub(super) async fn introduce(connection: &mut MySqlConnection) -> sqlx::Result<(String, u64)> {
    sqlx::query_as("SELECT VERSION(), CONNECTION_ID()").fetch_one(connection).await
}

/// Which of both it is, by its own words: a URL does not tell.
pub(super) fn flavour(version: &str, place: &str) -> Result<Dialect, Error> {
    let (dialect, (needed, oldest)) = read(version);
    if numbers(version) < oldest {
        let found = format!("{dialect} {version}");
        return Err(Error::TooOld { place: place.to_owned(), found, needed });
    }
    Ok(dialect)
}

fn read(version: &str) -> (Dialect, (&'static str, [u32; 3])) {
    match version.contains("MariaDB") {
        true => (Dialect::MariaDb, OLDEST_MARIADB),
        false => (Dialect::MySql, OLDEST_MYSQL),
    }
}

/// `10.11.19-MariaDB-0+deb12u1`; some old proxies write `5.5.5-` before it.
fn numbers(version: &str) -> [u32; 3] {
    let version = version.strip_prefix("5.5.5-").unwrap_or(version);
    let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or_default());
    [(); 3].map(|()| parts.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_says_which_it_is_and_how_old() {
        assert_eq!(numbers("10.11.19-MariaDB-0+deb12u1"), [10, 11, 19]);
        assert_eq!(numbers("5.5.5-10.3.39-MariaDB"), [10, 3, 39]);
        assert_eq!(numbers("8.4"), [8, 4, 0]);
        assert_eq!(read("8.0.36-0ubuntu0.22.04.1").0, Dialect::MySql);
        assert_eq!(read("11.4.2-MariaDB-log").0, Dialect::MariaDb);
        assert!(numbers("8.0.28") < OLDEST_MYSQL.1 && numbers("10.6.18") >= OLDEST_MARIADB.1);
    }

    #[test]
    fn a_place_names_neither_user_nor_password() {
        let named = |url| place(&options(url).unwrap(), Dialect::MariaDb);
        assert_eq!(named("mariadb://ann:secret@db.example/shop"), "the MariaDB database `shop` at db.example:3306");
        assert_eq!(named("mysql://root@localhost/?socket=%2Frun%2Fs"), "the MariaDB server at /run/s");
    }
}
