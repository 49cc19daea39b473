use std::fmt;
use std::path::{Path, PathBuf};

use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use schema_runtime::pull::{self, Base, Options, Source, Written};
use schema_runtime::sides::{Held, Side};
use serde::Serialize;

use super::init::{self, Action, Step};
use super::init_manifest::Checkout;
use crate::args::{DatabaseArgs, Global};
use crate::database::{DIALECTS, load_dotenv, parse_dialect};
use crate::failure::Failure;
use crate::output::{HEADING, Outcome, Report, count, findings_text, paint};
use crate::sides::{BenchArgs, side, stated};

/// Turn a database into structs, a base and a baseline migration
///
/// The structs go to src/schema/, what only SQL can say to sql/, and the base to schema/. Where the crate has migrations,
/// they are what makes the base; else one is written that makes the whole schema. A folder without a Cargo.toml becomes
/// a crate. The database is only read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// Pull what a .sql file makes, instead of a database
    #[arg(long, value_name = "FILE", conflicts_with = "database_url")]
    from: Option<String>,
    /// What the file is written for
    #[arg(long, value_name = DIALECTS, value_parser = parse_dialect, requires = "from")]
    dialect: Option<Dialect>,
    /// The crate to write to [default: the nearest Cargo.toml upwards]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A further derive on each struct and enum, such as serde::Serialize
    #[arg(long = "derive", value_name = "PATH", value_delimiter = ',')]
    derives: Vec<String>,
    /// Overwrite files that differ, and remove those that the schema no longer has
    #[arg(long)]
    force: bool,
    /// A checkout of this project, for path dependencies [default: the one this program was built from]
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Pulled {
    dialect: Dialect,
    tables: usize,
    steps: Vec<Step>,
    files: Vec<PathBuf>,
    removed: Vec<PathBuf>,
    unchanged: usize,
    /// The baseline's version, where one was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<i64>,
    notes: Vec<String>,
    findings: Vec<Finding>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Pulled, Failure> {
        let crate_dir = match &self.out {
            Some(dir) => dir.clone(),
            None => global.crate_dir()?,
        };
        load_dotenv(&crate_dir)?;
        let (dialect, held) = self.held(global)?;
        let source = pull::source(&held.schema, &Options { derives: self.derives.clone() });
        let checkout = Checkout::find(self.path.as_deref())?;
        let mut steps = found_crate(&crate_dir)?;
        let written = pull::write(&crate_dir, &source, self.force)?;
        let features: Vec<&str> = source.sqlx_features.iter().copied().collect();
        let module = module(&crate_dir)?;
        let is_reached = module.action != Action::ByHand;
        steps.extend([
            init::manifest(&crate_dir, dialect, &checkout, &features)?,
            init::build_script(&crate_dir, dialect)?,
            module,
        ]);
        // It looks for the root file, which may have been made just now.
        let project = global.project_of(&crate_dir, dialect)?;
        steps.push(init::migrations(&project.migrations)?);
        // A base is what the crate's structs say, and these are not among them yet.
        let base = is_reached.then(|| pull::base(&project, &held.schema)).transpose()?;
        steps.push(base_step(base.as_ref()));
        Ok(pulled(dialect, held, source, steps, written, base.as_ref()))
    }

    fn held(&self, global: &Global) -> Result<(Dialect, Held), Failure> {
        let side = match &self.from {
            Some(file) => side(global, file, self.dialect)?.0,
            None => Side::Url(self.database.required_url()?),
        };
        let dialect = stated(&side)?.or(self.dialect).ok_or_else(|| {
            Failure::new("nothing says which database the file is for").help("add --dialect postgres or sqlite")
        })?;
        let held = self.bench.run(dialect, async |bench| side.read(bench).await)?;
        Ok((dialect, held))
    }
}

/// Makes a folder without a Cargo.toml a library.
fn found_crate(dir: &Path) -> Result<Vec<Step>, Failure> {
    if dir.join("Cargo.toml").exists() {
        return Ok(Vec::new());
    }
    let failed = |error: std::io::Error| Failure::new(format!("`{}` can't be written: {error}", dir.display()));
    std::fs::create_dir_all(dir.join("src")).map_err(failed)?;
    let dir = dir.canonicalize().map_err(failed)?;
    let name: String = dir.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    let name = if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { "pulled-schema" };
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    init::write(&dir.join("Cargo.toml"), &manifest)?;
    Ok(vec![Step { path: "Cargo.toml", action: Action::Created, note: None }])
}

/// Sees to it that the crate has the module.
fn module(dir: &Path) -> Result<Step, Failure> {
    let roots = [("src/lib.rs", dir.join("src/lib.rs")), ("src/main.rs", dir.join("src/main.rs"))];
    for (path, file) in roots.iter().filter(|(_, file)| file.exists()) {
        if init::read(file)?.contains("mod schema;") {
            return Ok(Step { path, action: Action::Unchanged, note: None });
        }
    }
    match roots.iter().find(|(_, file)| file.exists()) {
        Some((path, _)) => {
            Ok(Step { path, action: Action::ByHand, note: Some("add to it: pub mod schema;".to_owned()) })
        }
        None => {
            init::write(&dir.join("src/lib.rs"), "//! The schema of a database.\n\npub mod schema;\n")?;
            Ok(Step { path: "src/lib.rs", action: Action::Created, note: None })
        }
    }
}

fn base_step(base: Option<&Base>) -> Step {
    let (action, note) = match base {
        None => (Action::ByHand, "run this command again once the module is added: it makes the base".to_owned()),
        Some(Base::Kept) => (Action::Unchanged, "the next build drafts what differs from it".to_owned()),
        Some(Base::Adopted(migrations)) => {
            (Action::Created, format!("for {}", count(*migrations, "existing migration")))
        }
        Some(Base::Baseline(_)) => (Action::Created, "with the migration that makes it".to_owned()),
    };
    Step { path: "schema/", action, note: Some(note) }
}

fn pulled(
    dialect: Dialect,
    held: Held,
    source: Source,
    steps: Vec<Step>,
    written: Written,
    base: Option<&Base>,
) -> Pulled {
    let baseline = match base {
        Some(Base::Baseline(versions)) => versions.last().copied(),
        Some(Base::Kept | Base::Adopted(_)) | None => None,
    };
    Pulled {
        dialect,
        tables: held.schema.tables.len(),
        steps,
        files: written.written,
        removed: written.removed,
        unchanged: written.unchanged,
        baseline,
        notes: source.notes,
        findings: held.notes,
    }
}

impl Report for Pulled {
    fn outcome(&self) -> Outcome {
        let by_hand = self.steps.iter().any(|step| step.action == Action::ByHand);
        Outcome::differences_if(by_hand || !self.findings.is_empty())
    }
}

impl fmt::Display for Pulled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        let files = self.files.len();
        writeln!(
            f,
            "\n{} of {} in {} ({} unchanged, {} removed)",
            count(self.tables, "table"),
            self.dialect,
            count(files, "new file"),
            self.unchanged,
            self.removed.len()
        )?;
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))?;
        f.write_str(&findings_text(&self.findings))?;
        if let Some(version) = self.baseline {
            write!(
                f,
                "\n{}: tell the database that it holds the baseline already\n\n    cargo schema migrate --baseline {version}",
                paint(HEADING, "next")
            )?;
        }
        Ok(())
    }
}
