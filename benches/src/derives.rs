//! What `derive(Table)` adds to `cargo check`, next to what `derive(sqlx::FromRow)` adds to it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema_core::build::gate_for;
use schema_core::gate::ENV;
use schema_core::ir::Dialect;

use crate::memory::OF_RUSTC;
use crate::program::output;
use crate::timing::{RUNS, Timing};
use crate::{Outcome, shown};

const STRUCTS: usize = 200;
const FIELDS: usize = 10;

/// Prints the table.
pub(crate) fn table() -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let krate = Crate::write(folder.path())?;
    let mut measured = Vec::new();
    for derive in ["", "sqlx::FromRow", "schema_runtime::Table"] {
        krate.derive(derive)?;
        krate.check()?;
        let time = Timing::of(|_| krate.derive(derive), || krate.check())?;
        measured.push(Measured { derive, time, expansion: krate.expanded()?, kilobytes: krate.memory()? });
    }
    println!(
        "| derive | cargo check of {STRUCTS} structs x {FIELDS} fields | added | expansion, bytes a field | rustc's peak memory | added |"
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let [plain, row, table] = measured.as_slice() else { return Ok(()) };
    let time_added = |it: &Measured| it.time.median().saturating_sub(plain.time.median());
    let memory_added = |it: &Measured| it.kilobytes.saturating_sub(plain.kilobytes) / 1024;
    for it in &measured {
        let name = if it.derive.is_empty() { "none" } else { it.derive };
        let each = it.expansion.saturating_sub(plain.expansion) / (STRUCTS * FIELDS);
        let (time, added) = (it.time.shown(), time_added(it).as_millis());
        println!("| {name} | {time} | {added} ms | {each} | {} MiB | {} MiB |", it.kilobytes / 1024, memory_added(it));
    }
    let ratio = time_added(table).as_secs_f64() / time_added(row).as_secs_f64();
    println!("\nTable adds {ratio:.2} times the time that FromRow adds");
    Ok(())
}

struct Measured {
    derive: &'static str,
    time: Timing,
    /// Bytes of the whole source.
    expansion: usize,
    /// The most that the compiler held.
    kilobytes: u64,
}

/// A crate whose one file holds the structs.
struct Crate {
    folder: PathBuf,
    target: PathBuf,
    gate: PathBuf,
}

impl Crate {
    fn write(folder: &Path) -> Outcome<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
        std::fs::create_dir_all(folder.join("src"))?;
        std::fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let runtime = workspace.join("schema-runtime");
        let manifest = format!(
            "[package]\nname = \"measured\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             schema-runtime = {{ path = {runtime:?}, default-features = false, features = [\"sqlite\"] }}\n\
             sqlx = {{ version = \"0.9\", default-features = false, features = [\"derive\", \"sqlite\"] }}\n"
        );
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        // Dependencies are checked once, beside this program.
        let target = std::env::current_exe()?.with_file_name("derives");
        let krate = Self { folder: folder.to_path_buf(), target, gate: folder.join("gate.txt") };
        krate.derive("schema_runtime::Table")?;
        let gate = gate_for(folder, Path::new("src/lib.rs"), Dialect::Sqlite, Path::new("schema")).map_err(shown)?;
        std::fs::write(&krate.gate, gate.to_text())?;
        Ok(krate)
    }

    /// The structs with that derive, written anew.
    fn derive(&self, derive: &str) -> Outcome<()> {
        let mut text = String::from("//! Measured.\n");
        for number in 0..STRUCTS {
            let derive = if derive.is_empty() { String::new() } else { format!("#[derive({derive})]\n") };
            let _ = write!(text, "{derive}pub struct Thing{number} {{\n    pub id: i64,\n");
            for field in 1..FIELDS {
                let ty = ["String", "Option<i64>", "Option<String>", "bool"].get(field % 4).unwrap_or(&"i32");
                let _ = writeln!(text, "    pub field_{field}: {ty},");
            }
            text.push_str("}\n");
        }
        Ok(std::fs::write(self.folder.join("src/lib.rs"), text)?)
    }

    fn check(&self) -> Outcome<()> {
        output(&mut self.command(&["check", "--quiet"])).map(drop)
    }

    /// The most memory that the compiler held at its check, macros and all: the median of several.
    fn memory(&self) -> Outcome<u64> {
        let file = self.folder.join("peak.txt");
        let once = |_| {
            let text = std::fs::read_to_string(self.folder.join("src/lib.rs"))?;
            std::fs::write(self.folder.join("src/lib.rs"), text)?;
            let mut check = self.command(&["check", "--quiet"]);
            check.env("RUSTC_WORKSPACE_WRAPPER", std::env::current_exe()?).env(OF_RUSTC, &file);
            output(&mut check)?;
            Ok(std::fs::read_to_string(&file)?.parse()?)
        };
        let mut peaks = (0..RUNS).map(once).collect::<Outcome<Vec<u64>>>()?;
        peaks.sort_unstable();
        Ok(peaks.get(RUNS / 2).copied().unwrap_or_default())
    }

    /// Bytes of the crate's source with its macros expanded.
    fn expanded(&self) -> Outcome<usize> {
        let expand = ["rustc", "--quiet", "--profile", "check", "--", "-Zunpretty=expanded"];
        Ok(output(&mut self.command(&expand))?.len())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target).env(ENV, &self.gate);
        // What a macro expands to is shown by compilers of any channel, if they are told that it is meant so.
        command.env("RUSTC_BOOTSTRAP", "measured");
        command
    }
}
