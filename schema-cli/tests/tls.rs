//! Connections are encrypted where the server can do that, and where the URL or the server demands it: on servers of its own, whose
//! certificate an authority of the tests has signed.
//!
//! `tls/make.sh` makes the certificates anew.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "other suites use the rest of the support")]

#[path = "endurance/server.rs"]
mod server;
#[path = "support/mod.rs"]
mod support;

use std::path::Path;

use schema_core::ir::Dialect;
use server::Server;
use support::{Ran, Shop};

const CERTIFICATE: &str = include_str!("tls/server.pem");
const KEY: &str = include_str!("tls/server.key");

/// PostgreSQL's users: who comes by the network has to encrypt.
const HBA: &str = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";

/// A crate with one migration.
fn crate_of(dialect: Dialect) -> Shop {
    let shop = Shop::of(if dialect.is_mysql() { "mariadb" } else { "postgres" });
    shop.schema(&["new", "names"]).ends(0);
    let files = shop.files();
    for (end, text) in [("up.sql", "CREATE TABLE name (id INT PRIMARY KEY);\n"), ("down.sql", "DROP TABLE name;\n")] {
        let file = files.iter().find(|file| file.ends_with(end)).unwrap();
        shop.write(&format!("migrations/{file}"), text);
    }
    shop.schema(&["seal"]).ends(0);
    shop
}

fn certificate(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name).display().to_string()
}

/// The same program on the same database, by whatever the URL says of encryption.
struct Client {
    shop: Shop,
    /// Up to the parameters.
    url: String,
}

impl Client {
    fn with(&self, command: &str, parameters: &str) -> Ran {
        self.shop.schema(&[command, "--database-url", &format!("{}?{parameters}", self.url)])
    }
}

#[tokio::test]
async fn postgres_is_spoken_to_encrypted() {
    let mut server = Server::start(Dialect::Postgres, None, &[]).await;
    server.database("shop").await;
    [("server.crt", CERTIFICATE), ("server.key", KEY), ("pg_hba.conf", HBA)]
        .into_iter()
        .for_each(|(name, text)| server.give(name, text));
    let port = server.again_on_port(&["-cssl=on"]).await;
    let client =
        Client { shop: crate_of(Dialect::Postgres), url: format!("postgres://postgres@localhost:{port}/shop") };

    // What the URL does not say, the server does.
    client.with("migrate", "").ends(0).says("applied");
    client.with("status", "sslmode=require").ends(0);
    let verified = |authority: &str| format!("sslmode=verify-full&sslrootcert={}", certificate(authority));
    client.with("revert", &verified("authority.pem")).ends(0).says("reverted");

    let refused = client.with("migrate", "sslmode=disable").ends(2);
    refused.complains("no encryption").complains("sslmode");
    let refused = client.with("migrate", &verified("stranger.pem")).ends(2);
    refused.complains("certificate").complains("sslmode");
    client.with("migrate", "sslmode=verify-full").ends(2).complains("certificate");
}

#[tokio::test]
async fn mariadb_is_spoken_to_encrypted() {
    let mut server = Server::start(Dialect::MariaDb, None, &[]).await;
    server.database("shop").await;
    server.administer("CREATE USER secret@localhost REQUIRE SSL; GRANT ALL ON *.* TO secret@localhost").await;
    [("server.pem", CERTIFICATE), ("server.key", KEY)].into_iter().for_each(|(name, text)| server.give(name, text));
    let files = ["cert", "key"].map(|kind| {
        let end = if kind == "cert" { "pem" } else { "key" };
        format!("--ssl-{kind}={}", server.data().join(format!("server.{end}")).display())
    });
    let port = server.again_on_port(&[&files[0], &files[1]]).await;
    let client = Client { shop: crate_of(Dialect::MariaDb), url: format!("mariadb://secret@localhost:{port}/shop") };

    client.with("migrate", "").ends(0).says("applied");
    client.with("status", "ssl-mode=REQUIRED").ends(0);
    let verified = |authority: &str| format!("ssl-mode=VERIFY_IDENTITY&ssl-ca={}", certificate(authority));
    client.with("revert", &verified("authority.pem")).ends(0).says("reverted");

    client.with("migrate", "ssl-mode=DISABLED").ends(2).complains("Access denied");
    let refused = client.with("migrate", &verified("stranger.pem")).ends(2);
    refused.complains("certificate").complains("ssl-mode");
}
