//! Where a crate keeps what: as its build script says it, and options in its place.

use std::path::{Path, PathBuf};

use clap::Args;
use schema_core::build::{Build, Project, Setting, Written, written_builds};
use schema_core::diag::{Finding, Place};
use schema_core::ir::Dialect;
use schema_core::snapshot::recorded_dialect;
use toml_edit::DocumentMut;

use crate::failure::Failure;

const SCHEMA_DIR: &str = "schema";

/// Options that stand for what the build script says.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// The folder of migration files [default: what build.rs says]
    #[arg(long, global = true, value_name = "DIR")]
    migrations: Option<String>,
    /// The folder of the base, and with it which of the databases is meant that build.rs names [default: what build.rs
    /// says, of several the one in schema/]
    #[arg(long, global = true, value_name = "DIR")]
    schema_dir: Option<String>,
    /// A further root file whose structs count [default: what build.rs says]
    #[arg(long = "crate-root", global = true, value_name = "FILE")]
    crate_roots: Vec<String>,
    /// A module of the crate whose structs count [default: what build.rs says]
    #[arg(long = "module", global = true, value_name = "PATH")]
    modules: Vec<String>,
}

/// What holds for one database of a crate.
pub(crate) struct Places {
    /// What the build script names.
    pub(crate) dialect: Option<Dialect>,
    settings: Vec<(Setting, String)>,
}

impl Places {
    /// The folder of the base, within the crate's.
    pub(crate) fn schema_dir(&self) -> &Path {
        let named = self.settings.iter().find(|(setting, _)| *setting == Setting::SchemaDir);
        Path::new(named.map_or(SCHEMA_DIR, |(_, folder)| folder))
    }

    pub(crate) fn recorded_dialect(&self, crate_dir: &Path) -> Option<Dialect> {
        recorded_dialect(&crate_dir.join(self.schema_dir()))
    }

    pub(crate) fn project(&self, crate_dir: &Path, dialect: Dialect) -> Result<Project, Failure> {
        let build = self.settings.iter().fold(Build::new(dialect), |build, (setting, value)| setting.set(build, value));
        build
            .project(crate_dir)
            .map_err(|error| Failure::new(format!("`{}` can't be read: {error}", crate_dir.display())))
    }
}

impl PlaceArgs {
    pub(crate) fn of(&self, crate_dir: &Path) -> Result<Places, Failure> {
        let written = self.meant(crate_dir, script(crate_dir)?)?;
        let given = self.given();
        let said = written.calls.into_iter().filter(|call| given.iter().all(|(setting, _)| *setting != call.setting));
        let (mut settings, mut findings) = (given.clone(), Vec::new());
        for call in said {
            match call.value {
                Some(value) => settings.push((call.setting, value)),
                None => findings.push(computed(call.setting, call.place)),
            }
        }
        if findings.is_empty() { Ok(Places { dialect: written.dialect, settings }) } else { Err(findings.into()) }
    }

    fn given(&self) -> Vec<(Setting, String)> {
        let with = |setting| move |value: &String| (setting, value.clone());
        let one = self.schema_dir.iter().map(with(Setting::SchemaDir));
        one.chain(self.migrations.iter().map(with(Setting::Migrations)))
            .chain(self.crate_roots.iter().map(with(Setting::CrateRoot)))
            .chain(self.modules.iter().map(with(Setting::Module)))
            .collect()
    }

    /// The one of a crate's databases that the options name, else the only one, else that in `schema/`.
    fn meant(&self, crate_dir: &Path, builds: Vec<Written>) -> Result<Written, Failure> {
        if builds.len() < 2 {
            return Ok(builds.into_iter().next().unwrap_or_default());
        }
        let wanted = crate_dir.join(self.schema_dir.as_deref().unwrap_or(SCHEMA_DIR));
        let of_folder =
            builds.iter().find(|build| folder(build).is_some_and(|folder| crate_dir.join(folder) == wanted));
        match of_folder {
            Some(build) => Ok(build.clone()),
            None if self.schema_dir.is_some() => Ok(Written::default()),
            None => {
                let folders = builds.iter().filter_map(folder).map(|folder| format!("--schema-dir {folder}"));
                let folders = folders.collect::<Vec<_>>().join(", or ");
                Err(Failure::new("the crate has several databases").help(format!("say which one is meant: {folders}")))
            }
        }
    }
}

/// Where a build step keeps its base, unless that is computed.
fn folder(build: &Written) -> Option<&str> {
    match build.calls.iter().find(|call| call.setting == Setting::SchemaDir) {
        Some(call) => call.value.as_deref(),
        None => Some(SCHEMA_DIR),
    }
}

fn computed(setting: Setting, place: Place) -> Finding {
    let message = format!("what `{}` gets is computed, and only the build knows it", setting.as_str());
    Finding::error(Some(place), message).help(format!("write it there as a string, or give {}", option(setting)))
}

fn option(setting: Setting) -> &'static str {
    match setting {
        Setting::Migrations => "--migrations",
        Setting::SchemaDir => "--schema-dir",
        Setting::CrateRoot => "--crate-root",
        Setting::Module => "--module",
    }
}

/// The build steps of the crate's build script; none where it has no script.
fn script(crate_dir: &Path) -> Result<Vec<Written>, Failure> {
    let file = script_file(crate_dir);
    match std::fs::read_to_string(crate_dir.join(&file)) {
        Ok(text) => written_builds(&text, file).map_err(|finding| vec![finding].into()),
        Err(_) => Ok(Vec::new()),
    }
}

pub(crate) fn has_script(crate_dir: &Path) -> bool {
    crate_dir.join(script_file(crate_dir)).is_file()
}

/// `build.rs`, unless the manifest names another.
fn script_file(crate_dir: &Path) -> PathBuf {
    let manifest = std::fs::read_to_string(crate_dir.join("Cargo.toml")).unwrap_or_default();
    let named = manifest.parse::<DocumentMut>().ok().and_then(|manifest| {
        let script = manifest.get("package")?.get("build")?.as_str()?;
        Some(PathBuf::from(script))
    });
    named.unwrap_or_else(|| PathBuf::from("build.rs"))
}
