//! What `derive(Table)` adds to `cargo check`, next to what `derive(sqlx::FromRow)` adds to it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use schema_core::build::gate_for;
use schema_core::gate::ENV;
use schema_core::ir::Dialect;

use crate::timing::Timing;
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
        measured.push((derive, time, krate.expanded()?));
    }
    println!("| derive | cargo check of {STRUCTS} structs x {FIELDS} fields | added | expansion, bytes a field |");
    println!("|---|---:|---:|---:|");
    let [plain, row, table] = measured.as_slice() else { return Ok(()) };
    let added = |it: &Timing| it.median().saturating_sub(plain.1.median());
    for (derive, time, bytes) in &measured {
        let name = if derive.is_empty() { "none" } else { derive };
        let each = bytes.saturating_sub(plain.2) / (STRUCTS * FIELDS);
        println!("| {name} | {} | {} ms | {each} |", time.shown(), added(time).as_millis());
    }
    let ratio = added(&table.1).as_secs_f64() / added(&row.1).as_secs_f64();
    println!("\nTable adds {ratio:.2} times the time that FromRow adds");
    Ok(())
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
        self.cargo(&["check", "--quiet"]).map(drop)
    }

    /// Bytes of the crate's source with its macros expanded.
    fn expanded(&self) -> Outcome<usize> {
        self.cargo(&["rustc", "--quiet", "--profile", "check", "--", "-Zunpretty=expanded"])
    }

    /// How much it printed.
    fn cargo(&self, arguments: &[&str]) -> Outcome<usize> {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target).env(ENV, &self.gate);
        // What a macro expands to is shown by compilers of any channel, if they are told that it is meant so.
        command.env("RUSTC_BOOTSTRAP", "measured");
        let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output()?;
        if output.status.success() {
            Ok(output.stdout.len())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into())
        }
    }
}
