//! Bars and colours: drawn on a terminal, of whatever width, and nowhere else.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use schema_tests::nested::without_surroundings;

use crate::support::Shop;

/// Begins every instruction to a terminal.
const ESCAPE: char = '\u{1b}';

/// A terminal of tmux, with a server of its own, in which one command runs.
struct Terminal {
    folder: tempfile::TempDir,
}

/// What a command did to its terminal.
struct Shown {
    /// All that it wrote, instructions included.
    written: String,
    /// What is to be seen when it has ended.
    screen: String,
}

impl Terminal {
    fn new() -> Self {
        Self { folder: tempfile::TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[track_caller]
    fn tmux(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        let socket = self.path("socket");
        let command = command.arg("-f").arg("/dev/null").arg("-S").arg(socket).args(arguments);
        let output = without_surroundings(command).env_remove("TMUX").output();
        let output = output.unwrap_or_else(|error| {
            panic!(
                "tmux can't be run, and terminals are tested in it ({error}): install it (Debian: apt-get install tmux)"
            )
        });
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a line of a shell. It waits until everything that it writes is heard.
    #[track_caller]
    fn run(self, shop: &Shop, columns: &str, line: &str) -> Shown {
        let (go, written, ended) = (self.path("go"), self.path("written"), self.path("ended"));
        let program = env!("CARGO_BIN_EXE_cargo-schema");
        let script = format!(
            "cd '{}'; schema() {{ '{program}' schema \"$@\"; }}; while [ ! -e '{}' ]; do sleep 0.05; done; {line}; \
             echo \"ended with $?\"; : >'{}'; sleep 60",
            shop.dir().display(),
            go.display(),
            ended.display()
        );
        self.tmux(&["new-session", "-d", "-x", columns, "-y", "40", "/bin/sh", "-c", &script]);
        self.tmux(&["pipe-pane", "-o", &format!("cat >'{}'", written.display())]);
        fs::write(go, "").unwrap();
        let started = Instant::now();
        while !ended.exists() || !fs::read_to_string(&written).unwrap_or_default().contains("ended with ") {
            assert!(
                started.elapsed() < Duration::from_secs(60),
                "it doesn't end: {}",
                self.tmux(&["capture-pane", "-p"])
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Shown { written: fs::read_to_string(written).unwrap(), screen: self.tmux(&["capture-pane", "-p"]) }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").arg("-S").arg(self.path("socket")).arg("kill-server").output();
    }
}

fn run(shop: &Shop, columns: &str, line: &str) -> Shown {
    Terminal::new().run(shop, columns, line)
}

/// A crate with two migrations to apply and a struct that none of them makes.
fn shop() -> Shop {
    let shop = Shop::initialised();
    let name = "20260102030405_a_table_whose_name_is_longer_than_a_narrow_terminal_is_wide";
    shop.write(&format!("migrations/{name}.up.sql"), "CREATE TABLE one (id INTEGER PRIMARY KEY);\n");
    shop.write(&format!("migrations/{name}.down.sql"), "DROP TABLE one;\n");
    shop.write("migrations/20260102030406_two.up.sql", "CREATE TABLE two (id INTEGER PRIMARY KEY, a TEXT);\n");
    shop.write("migrations/20260102030406_two.down.sql", "DROP TABLE two;\n");
    let one =
        "#[derive(schema_runtime::Table)]\nstruct New {\n    #[column(primary_key)]\n    id: i64,\n}\nfn main() {}\n";
    shop.write("src/main.rs", one);
    shop
}

/// An instruction for a colour or another style.
fn has_style(text: &str) -> bool {
    text.split("\u{1b}[")
        .skip(1)
        .any(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
}

#[test]
fn a_bar_is_drawn_and_gone_at_the_end_however_narrow_the_terminal_is() {
    let shop = shop();
    for columns in ["80", "40"] {
        let Shown { written, screen } = run(&shop, columns, "schema verify");
        assert!(written.contains("verifying 20260102030405 a"), "{written:?}");
        assert!(written.contains('█') || written.contains('░'), "no bar at {columns}: {written:?}");
        assert!(screen.contains("ended with 0"), "{screen}");
        for rest in ['█', '░'] {
            assert!(!screen.contains(rest), "left at {columns}:\n{screen}");
        }
        assert!(!screen.contains("verifying"), "left at {columns}:\n{screen}");
        assert!(written.matches("\u{1b}[?25l").count() <= written.matches("\u{1b}[?25h").count(), "the cursor is back");
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let shop = shop();
    let coloured = run(&shop, "80", "schema diff");
    assert!(has_style(&coloured.written) && coloured.screen.contains("ended with 1"), "{:?}", coloured.written);
    for line in ["NO_COLOR=1 schema diff", "schema diff | cat", "schema diff --json | cat", "TERM=dumb schema diff"] {
        let Shown { written, screen } = run(&shop, "80", line);
        assert!(!has_style(&written) && screen.contains("new"), "{line}: {written:?}");
    }
}

#[test]
fn nothing_is_drawn_into_pipes() {
    let shop = shop();
    for arguments in [&["verify"][..], &["diff"], &["lint"], &["migrate", "--database-url", &shop.url()]] {
        let ran = shop.schema(arguments);
        assert!(!ran.out.contains(ESCAPE) && !ran.err.contains(ESCAPE), "{arguments:?}: {:?} {:?}", ran.out, ran.err);
    }
}
