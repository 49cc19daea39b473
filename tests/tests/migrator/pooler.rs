//! A pooler in transaction mode between the runner and the server (BUGS.md B20).

use std::path::PathBuf;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};

use super::*;

/// A message of PostgreSQL's protocol; the one that opens a connection has no kind.
struct Message {
    kind: u8,
    bytes: Vec<u8>,
}

async fn read(stream: &mut (impl AsyncRead + Unpin), has_kind: bool) -> std::io::Result<Message> {
    let kind = if has_kind { stream.read_u8().await? } else { 0 };
    let length = stream.read_u32().await?;
    let mut bytes = if has_kind { vec![kind] } else { Vec::new() };
    bytes.extend(length.to_be_bytes());
    let start = bytes.len();
    bytes.resize(start + usize::try_from(length).unwrap() - 4, 0);
    stream.read_exact(&mut bytes[start..]).await?;
    Ok(Message { kind, bytes })
}

/// What the server answers up to the point where it waits for the next query, and whether it is within a transaction.
async fn answer(server: &mut UnixStream) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    loop {
        let message = read(server, true).await?;
        bytes.extend(&message.bytes);
        if message.kind == b'Z' {
            return Ok((bytes, message.bytes.last() != Some(&b'I')));
        }
    }
}

/// Gives each transaction of one client to the next of two server connections.
async fn serve(mut client: TcpStream, socket: PathBuf) -> std::io::Result<()> {
    let opening = read(&mut client, false).await?;
    let mut servers = Vec::new();
    let mut greeting = Vec::new();
    for _ in 0..2 {
        let mut server = UnixStream::connect(&socket).await?;
        server.write_all(&opening.bytes).await?;
        (greeting, _) = answer(&mut server).await?;
        servers.push(server);
    }
    client.write_all(&greeting).await?;
    let mut turn = 0;
    loop {
        let message = read(&mut client, true).await?;
        if message.kind == b'X' {
            return Ok(());
        }
        let server = &mut servers[turn];
        server.write_all(&message.bytes).await?;
        if matches!(message.kind, b'Q' | b'S') {
            let (bytes, is_open) = answer(server).await?;
            client.write_all(&bytes).await?;
            turn = if is_open { turn } else { 1 - turn };
        }
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_named_before_anything_is_locked() {
    let url = schema_tests::postgres().await;
    let (base, folder) = url.split_once("?host=").unwrap_or_else(|| panic!("{url} names no socket"));
    let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
    let database = base.rsplit('/').next().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let pooler = tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(client, socket.clone()));
        }
    });
    let project = Project::new(&[USERS]);
    let pooled = format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable");
    assert_eq!(
        message(migrate(&project.migrator(), &pooled).await),
        format!(
            "the PostgreSQL database `{database}` at 127.0.0.1:{port} gives each statement to another server connection, \
             so a lock can't be held: connect to the server itself, not to a pooler in transaction mode"
        )
    );
    pooler.abort();
    assert_eq!(versions(&migrate(&project.migrator(), &url).await.unwrap().applied), [1], "no lock is left behind");
}
