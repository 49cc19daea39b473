//! A proxy between the program and a server that stops at a chosen message: before the server has it, or before its answer is back.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use schema_core::ir::Dialect;

/// Where it stops.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    Never,
    /// The server gets so many messages less one.
    Before(u64),
    /// The server gets so many messages, and the answer to the last is lost.
    Behind(u64),
}

struct Shared {
    stop: Stop,
    upstream: PathBuf,
    messages: AtomicU64,
    /// Nothing passes any more, and nothing is closed.
    is_frozen: AtomicBool,
    /// Connections that are opened later pass.
    lets_later_pass: AtomicBool,
    reached: (Mutex<bool>, Condvar),
    /// What is to be closed.
    open: Mutex<Vec<(TcpStream, Option<UnixStream>)>>,
}

pub(crate) struct Proxy {
    shared: Arc<Shared>,
    /// The database's URL through it.
    pub(crate) url: String,
}

impl Proxy {
    /// In front of the database that a URL of a throwaway server names.
    pub(crate) fn before(dialect: Dialect, url: &str, stop: Stop) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (upstream, url) = around(dialect, url, port);
        let shared = Arc::new(Shared {
            stop,
            upstream,
            messages: AtomicU64::new(0),
            is_frozen: AtomicBool::new(false),
            lets_later_pass: AtomicBool::new(false),
            reached: (Mutex::new(false), Condvar::new()),
            open: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                accepting.accept(client);
            }
        });
        Self { shared, url }
    }

    /// How many messages the program has sent.
    pub(crate) fn messages(&self) -> u64 {
        self.shared.messages.load(Ordering::SeqCst)
    }

    /// Waits for the place where it stops; false when the time was over before.
    pub(crate) fn is_reached(&self, limit: Duration) -> bool {
        let (reached, told) = &self.shared.reached;
        let reached = reached.lock().unwrap();
        *told.wait_timeout_while(reached, limit, |reached| !*reached).unwrap().0
    }

    /// Connections that are opened after it has stopped pass.
    pub(crate) fn let_later_pass(&self) {
        self.shared.lets_later_pass.store(true, Ordering::SeqCst);
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        self.shared.is_frozen.store(true, Ordering::SeqCst);
        for (client, server) in self.shared.open.lock().unwrap().drain(..) {
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.map(|server| server.shutdown(Shutdown::Both));
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, client: TcpStream) {
        let is_late = self.is_frozen.load(Ordering::SeqCst);
        if is_late && !self.lets_later_pass.load(Ordering::SeqCst) {
            // Taken and never answered.
            self.open.lock().unwrap().push((client, None));
            return;
        }
        let Ok(server) = UnixStream::connect(&self.upstream) else { return };
        let kept = (client.try_clone().unwrap(), Some(server.try_clone().unwrap()));
        self.open.lock().unwrap().push(kept);
        let loses_answer = Arc::new(AtomicBool::new(false));
        let (shared, asked) = (Arc::clone(self), Arc::clone(&loses_answer));
        let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || shared.requests(from, to, &asked, is_late));
        let shared = Arc::clone(self);
        thread::spawn(move || shared.answers(server, client, &loses_answer, is_late));
    }

    /// What one read brings is a message: the program waits for the answer to each.
    fn requests(&self, mut client: TcpStream, mut server: UnixStream, loses_answer: &AtomicBool, is_late: bool) {
        let is_frozen = || !is_late && self.is_frozen.load(Ordering::SeqCst);
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = client.read(&mut buffer) {
            if is_frozen() {
                continue;
            }
            let number = self.messages.fetch_add(1, Ordering::SeqCst) + 1;
            match self.stop {
                _ if is_late => {}
                Stop::Before(last) if number >= last => {
                    self.stop_here();
                    continue;
                }
                Stop::Behind(last) if number >= last => loses_answer.store(true, Ordering::SeqCst),
                _ => {}
            }
            if server.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        if !is_frozen() {
            let _ = server.shutdown(Shutdown::Both);
        }
    }

    fn answers(&self, mut server: UnixStream, mut client: TcpStream, loses_answer: &AtomicBool, is_late: bool) {
        let is_frozen = || !is_late && self.is_frozen.load(Ordering::SeqCst);
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = server.read(&mut buffer) {
            if loses_answer.load(Ordering::SeqCst) {
                self.stop_here();
            }
            if !is_frozen() && client.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        if !is_frozen() {
            let _ = client.shutdown(Shutdown::Both);
        }
    }

    fn stop_here(&self) {
        self.is_frozen.store(true, Ordering::SeqCst);
        *self.reached.0.lock().unwrap() = true;
        self.reached.1.notify_all();
    }
}

/// The server's socket, and the same database through the port.
fn around(dialect: Dialect, url: &str, port: u16) -> (PathBuf, String) {
    let (rest, options) = url.split_once('?').expect("a server of the tests, not that of SCHEMA_SCRATCH_URL");
    let database = rest.rsplit('/').next().unwrap();
    let value = |name: &str| options.split('&').find_map(|pair| pair.strip_prefix(name)).expect("a socket").to_owned();
    match dialect {
        Dialect::Postgres => (
            PathBuf::from(value("host=")).join(".s.PGSQL.5432"),
            format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"),
        ),
        _ => (PathBuf::from(value("socket=")), format!("mysql://root@127.0.0.1:{port}/{database}?ssl-mode=DISABLED")),
    }
}
