use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use schema_core::build::{Project, State};
use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use schema_runtime::connect::{ConnectSettings, connect};
use serde::Serialize;
use toml_edit::{DocumentMut, Item};

use crate::args::{DatabaseArgs, Global};
use crate::asynchronous::runtime;
use crate::database::load_dotenv;
use crate::failure::Failure;
use crate::output::{ADDED, CHANGED, Outcome, REMOVED, Report, count, paint};
use crate::sides::BenchArgs;

/// Look whether a crate, its database and this machine are set up as the commands need it
///
/// Nothing is changed. A throwaway server is started for a moment, to see that it can be.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Good,
    /// It works, but not all of it.
    Doubtful,
    Bad,
}

#[derive(Debug, Serialize)]
struct Check {
    what: &'static str,
    health: Health,
    found: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    help: Vec<String>,
}

impl Check {
    fn good(what: &'static str, found: impl Into<String>) -> Self {
        Self { what, health: Health::Good, found: found.into(), help: Vec::new() }
    }

    fn doubtful(what: &'static str, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what, health: Health::Doubtful, found: found.into(), help: vec![help.into()] }
    }

    fn bad(what: &'static str, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what, health: Health::Bad, found: found.into(), help: vec![help.into()] }
    }

    fn failed(what: &'static str, finding: &Finding) -> Self {
        let place = finding.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        let found = format!("{}{place}", finding.message);
        Self { what, health: Health::Bad, found, help: finding.help.clone() }
    }
}

/// What was looked at, in the order of the way from the source to the database.
#[derive(Debug, Serialize)]
pub(crate) struct Examined {
    checks: Vec<Check>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Examined, Failure> {
        let crate_dir = global.crate_dir()?;
        let mut checks = Vec::new();
        let dialect = global.stated_dialect(&crate_dir).ok().flatten();
        checks.extend(manifest(&crate_dir, dialect));
        checks.push(build_script(&crate_dir));
        match global.project() {
            Ok(project) => {
                checks.push(line_endings(&project));
                checks.push(version_control(&project));
                checks.extend(source(&project));
                checks.push(self.database(&crate_dir, project.dialect)?);
                checks.push(self.scratch(project.dialect));
            }
            Err(failure) => checks.extend(failure.findings().iter().map(|finding| Check::failed("schema/", finding))),
        }
        Ok(Examined { checks })
    }

    fn database(&self, crate_dir: &Path, dialect: Dialect) -> Result<Check, Failure> {
        const WHAT: &str = "database";
        load_dotenv(crate_dir)?;
        let Some(url) = self.database.url() else {
            let help = "set DATABASE_URL, in the environment or in a `.env` file, for `migrate`, `status` and the like";
            return Ok(Check::doubtful(WHAT, "none is named", help));
        };
        let settings = ConnectSettings { create_if_missing: false, ..ConnectSettings::from_env()? };
        Ok(match runtime()?.block_on(connect(&url, &settings)) {
            Ok(found) if found.dialect() == dialect => Check::good(WHAT, format!("{} answers", found.place())),
            Ok(found) => {
                let message = format!("{} is {}, and the crate is for {dialect}", found.place(), found.dialect());
                Check::bad(WHAT, message, "name another with DATABASE_URL or --database-url")
            }
            Err(error) => first(WHAT, &error.into()),
        })
    }

    /// `verify`, `prove`, `drift` and `diff` between sides need one.
    fn scratch(&self, dialect: Dialect) -> Check {
        const WHAT: &str = "scratch database";
        match self.bench.run(dialect, async |bench| {
            let work = bench.fresh().await?;
            bench.put_back(work).await;
            Ok(())
        }) {
            Ok(()) => Check::good(WHAT, "one was made and removed"),
            Err(failure) => first(WHAT, &failure),
        }
    }
}

/// The first of what is wrong stands for all.
fn first(what: &'static str, failure: &Failure) -> Check {
    let finding = failure.findings().first().cloned().unwrap_or_else(|| Finding::error(None, "it failed"));
    Check::failed(what, &finding)
}

const INIT: &str = "`cargo schema init` adds what is missing";

fn manifest(crate_dir: &Path, dialect: Option<Dialect>) -> Vec<Check> {
    const WHAT: &str = "Cargo.toml";
    let text = match std::fs::read_to_string(crate_dir.join(WHAT)) {
        Ok(text) => text,
        Err(error) => {
            return vec![Check::bad(WHAT, format!("it can't be read: {error}"), "name the crate with --manifest-dir")];
        }
    };
    let document = match text.parse::<DocumentMut>() {
        Ok(document) => document,
        Err(error) => {
            return vec![Check::bad(WHAT, error.to_string().trim_end().to_owned(), "`cargo check` says the same")];
        }
    };
    let has = |section: &str, name: &str| document.get(section).and_then(|section| section.get(name));
    let wanted = [("dependencies", "schema-runtime"), ("dependencies", "sqlx"), ("build-dependencies", "schema-core")];
    let missing: Vec<String> = wanted
        .into_iter()
        .filter(|(section, name)| has(section, name).is_none())
        .map(|(section, name)| format!("`{name}` in [{section}]"))
        .collect();
    if !missing.is_empty() {
        return vec![Check::bad(WHAT, format!("it lacks {}", missing.join(", ")), INIT)];
    }
    let lacking = dialect.into_iter().flat_map(|dialect| {
        let named = |name| {
            has("dependencies", name).is_some_and(|item| is_inherited(item) || has_feature(item, dialect.as_str()))
        };
        ["schema-runtime", "sqlx"]
            .into_iter()
            .filter(move |name| !named(name))
            .map(move |name| {
                let found = format!("`{name}` lacks the feature `{dialect}`", dialect = dialect.as_str());
                Check::bad(WHAT, found, format!("add `{}` to its features", dialect.as_str()))
            })
            .collect::<Vec<_>>()
    });
    let lacking: Vec<Check> = lacking.collect();
    if lacking.is_empty() { vec![Check::good(WHAT, "it names all crates that are needed")] } else { lacking }
}

/// The workspace says the rest.
fn is_inherited(dependency: &Item) -> bool {
    dependency.get("workspace").is_some()
}

fn has_feature(dependency: &Item, name: &str) -> bool {
    let features = dependency.get("features").and_then(Item::as_array);
    features.is_some_and(|features| features.iter().any(|feature| feature.as_str() == Some(name)))
}

fn build_script(crate_dir: &Path) -> Check {
    const WHAT: &str = "build.rs";
    match std::fs::read_to_string(crate_dir.join(WHAT)) {
        Ok(text) if text.contains("schema_core::") => Check::good(WHAT, "it compares the structs with the base"),
        Ok(_) => {
            Check::bad(WHAT, "it does not call `schema_core::build`", "`cargo schema init` prints the line to add")
        }
        Err(_) => Check::bad(WHAT, "there is none, so no build compares anything", INIT),
    }
}

fn line_endings(project: &Project) -> Check {
    const WHAT: &str = "line endings";
    match std::fs::read_to_string(project.migrations.join(".gitattributes")) {
        Ok(text) if text.contains("eol=lf") => Check::good(WHAT, "git leaves those of migrations alone"),
        _ => Check::doubtful(
            WHAT,
            "git may change those of migrations, and with them their checksums",
            "`cargo schema init` writes a `.gitattributes`",
        ),
    }
}

/// What is sealed must be in every clone.
fn version_control(project: &Project) -> Check {
    const WHAT: &str = "git";
    let ignored = |path: &Path| {
        let git = Command::new("git")
            .arg("-C")
            .arg(&project.crate_dir)
            .args(["check-ignore", "--quiet"])
            .arg(path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        git.map(|status| status.code())
    };
    let paths = [project.schema_dir.as_path(), project.migrations.as_path()];
    match paths.map(ignored) {
        [Ok(Some(1)), Ok(Some(1))] => Check::good(WHAT, "schema/ and migrations/ are not ignored"),
        [a, b] if [&a, &b].into_iter().any(|code| matches!(code, Ok(Some(0)))) => Check::bad(
            WHAT,
            "schema/ or migrations/ is ignored, so that other clones lack what was sealed",
            "take it out of `.gitignore`, and commit it",
        ),
        _ => Check::doubtful(
            WHAT,
            "the crate is in no repository",
            "`git init`: drafts that are committed are sealed by builds",
        ),
    }
}

fn source(project: &Project) -> Vec<Check> {
    const WHAT: &str = "structs and files";
    let state = match State::load(project) {
        Ok(state) => state,
        Err(findings) => return findings.iter().map(|finding| Check::failed(WHAT, finding)).collect(),
    };
    let findings = match state.compare() {
        Ok((_, comparison)) => comparison.findings,
        Err(findings) => findings,
    };
    let errors: Vec<Check> =
        findings.iter().filter(|finding| finding.is_error()).map(|finding| Check::failed(WHAT, finding)).collect();
    if !errors.is_empty() {
        return errors;
    }
    let (tables, files) = (state.base.schema.tables.len(), state.migrations.len());
    vec![Check::good(WHAT, format!("{} in the base, {}", count(tables, "table"), count(files, "migration")))]
}

impl Report for Examined {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(self.checks.iter().any(|check| check.health == Health::Bad))
    }
}

impl fmt::Display for Examined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let mark = match check.health {
                Health::Good => paint(ADDED, "ok"),
                Health::Doubtful => paint(CHANGED, "?"),
                Health::Bad => paint(REMOVED, "wrong"),
            };
            writeln!(f, "{mark} {}: {}", check.what, check.found)?;
            check.help.iter().try_for_each(|line| writeln!(f, "  help: {line}"))?;
        }
        Ok(())
    }
}
