//! The version of the server that the suites run on, and inputs that say which versions they are for.
//!
//! What a version has no word for is left out of a test's input by a condition that stands in the input, and is
//! printed: `tests/versions.sh` lists it.

use sqlx::Connection;
use sqlx::postgres::PgConnection;
use tokio::sync::OnceCell;

static MAJOR: OnceCell<u32> = OnceCell::const_new();

/// The major version of the server that every test of this binary shares.
///
/// # Panics
/// When it can't be asked.
pub async fn major() -> u32 {
    *MAJOR.get_or_init(|| async { ask().await.unwrap_or_else(|error| panic!("the server's version: {error}")) }).await
}

async fn ask() -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
    let mut connection = PgConnection::connect(&crate::postgres().await).await?;
    let version: String = sqlx::query_scalar("SHOW server_version_num").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(version.parse::<u32>()? / 10_000)
}

/// True on that major version and later ones.
///
/// # Panics
/// When the server can't be asked.
pub async fn since(version: u32) -> bool {
    major().await >= version
}

/// The lines that this server understands: one that ends in `-- from 15` is for 15 and later, one that ends in
/// `-- before 15` for those before it, all others are for every version.
///
/// # Panics
/// When the server can't be asked.
pub async fn suited(sql: &str) -> String {
    let major = major().await;
    let (kept, left): (Vec<_>, Vec<_>) = sql.lines().map(condition).partition(|(_, versions)| versions.holds(major));
    for (line, versions) in left {
        if let Versions::From(version) = versions {
            left_out(line.trim(), version);
        }
    }
    kept.into_iter().map(|(line, _)| line).collect::<Vec<_>>().join("\n")
}

/// True where the server has what an input is about to use; else that is printed as left out.
///
/// # Panics
/// When the server can't be asked.
pub async fn offers(what: &str, version: u32) -> bool {
    let offers = since(version).await;
    if !offers {
        left_out(what, version);
    }
    offers
}

/// Says that a test's input, or a part of it, is not tried on this server.
pub fn left_out(what: &str, version: u32) {
    println!("left out, it needs PostgreSQL {version}: {what}");
}

enum Versions {
    All,
    From(u32),
    Before(u32),
}

impl Versions {
    fn holds(&self, major: u32) -> bool {
        match self {
            Self::All => true,
            Self::From(version) => major >= *version,
            Self::Before(version) => major < *version,
        }
    }
}

/// A line without its condition. A comment that only looks like one is a comment.
fn condition(line: &str) -> (&str, Versions) {
    let marked = |mark: &str| {
        let (line, version) = line.rsplit_once(mark)?;
        Some((line, version.trim().parse().ok()?))
    };
    if let Some((line, version)) = marked("-- from ") {
        return (line, Versions::From(version));
    }
    match marked("-- before ") {
        Some((line, version)) => (line, Versions::Before(version)),
        None => (line, Versions::All),
    }
}
