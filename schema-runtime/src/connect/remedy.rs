//! What to check where a database can't be opened.

use std::io;

use crate::error::{has_code, is_of_sqlite, mysql_number};

/// Of a file, and of the lock beside it.
pub(crate) const FILE: &str = "check the path, and that its folder is there and may be read and written";
/// Of a file that isn't there, in a folder that is.
#[cfg(feature = "sqlite")]
pub(super) const ABSENT: &str = "`cargo schema migrate` makes it; if it should be there, check the path";
const SERVER: &str = "check that the server runs and that the URL names its host and port; while it restarts, wait a moment and run again";
const MOMENT: &str = "the server starts or stops: wait a moment and run again";
const CONNECTIONS: &str =
    "all connections that the server takes are in use: end some or raise its limit, and run again";
const LOGIN: &str =
    "check the user and the password in the URL, and that this user may connect to the database from here";
const TLS: &str = "check what the URL says of TLS: `sslmode` and `sslrootcert` for PostgreSQL, `ssl-mode` and `ssl-ca` for MariaDB and MySQL";
const DATABASE: &str = "create the database, or name another one in the URL";

/// By what opening it met; `None` is silence.
pub(super) fn remedy(error: Option<&sqlx::Error>) -> &'static str {
    let Some(error) = error else { return SERVER };
    let has = |numbers: &[u16], codes: &[&str]| {
        mysql_number(error).is_some_and(|number| numbers.contains(&number))
            || codes.iter().any(|code| has_code(error, code))
    };
    match () {
        () if is_of_sqlite(error) => FILE,
        () if is_of_tls(error) => TLS,
        // ER_SERVER_SHUTDOWN; admin_shutdown, crash_shutdown, cannot_connect_now.
        () if has(&[1053], &["57P"]) => MOMENT,
        // ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS, ER_USER_LIMIT_REACHED; too_many_connections.
        () if has(&[1040, 1203, 1226], &["53300"]) => CONNECTIONS,
        // ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR; invalid_authorization_specification,
        // insufficient_privilege.
        () if has(&[1044, 1045, 1698], &["28", "42501"]) => LOGIN,
        // ER_BAD_DB_ERROR; invalid_catalog_name.
        () if has(&[1049], &["3D000"]) => DATABASE,
        () => SERVER,
    }
}

/// What is wrong with a certificate comes as bad data on some ways; a PostgreSQL server that takes encrypted connections alone says so
/// in words ("SSL off" before version 14).
fn is_of_tls(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Tls(_) => true,
        sqlx::Error::Io(error) => error.kind() == io::ErrorKind::InvalidData,
        sqlx::Error::Database(error) => {
            let demands = ["no encryption", "SSL off"].iter().any(|words| error.message().ends_with(words));
            demands && error.code().is_some_and(|code| code == "28000")
        }
        _ => false,
    }
}
