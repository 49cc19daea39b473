use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use schema_core::build::drafted_files;
use schema_core::diag::Finding;
use schema_core::ir::Dialect;
use schema_core::lint::{self, File, Report as Linted, Way};
use serde::Serialize;

use crate::args::Global;
use crate::database::parse_dialect;
use crate::failure::Failure;
use crate::output::{Outcome, QUIET, Report, Styled, count, paint};

/// Judge hand-written SQL by the catalogue of hazards
///
/// Only texts are read, no database. `-- schema: allow(H12, reason = "..")` above a statement allows what it names.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Files, or folders of migrations [default: the crate's migrations, but for an unedited draft]
    paths: Vec<PathBuf>,
    /// The database that they are for [default: what schema/ says, else the features of sqlx in Cargo.toml]
    #[arg(long, value_parser = parse_dialect)]
    dialect: Option<Dialect>,
    /// Say nothing of migrations up to this version, such as the newest that is applied
    #[arg(long, value_name = "VERSION")]
    after: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    dialect: Dialect,
    #[serde(flatten)]
    report: Linted,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Judged, Failure> {
        let dialect = self.dialect(global)?;
        let mut groups = Vec::new();
        if self.paths.is_empty() {
            groups.push(self.migrations(global, dialect)?);
        }
        for (folder, files) in by_folder(&self.paths)? {
            groups.push(self.named(&folder, files)?);
        }
        let mut report = Linted::default();
        for (files, findings) in groups {
            report.add(lint::lint(dialect, &files));
            report.findings.extend(findings);
        }
        Ok(Judged { dialect, report })
    }

    fn dialect(&self, global: &Global) -> Result<Dialect, Failure> {
        let of_crate = || {
            let crate_dir = global.crate_dir().ok()?;
            let stated = global.stated_dialect(&crate_dir).ok().flatten();
            stated.or_else(|| dialect_of_sqlx(&crate_dir.join("Cargo.toml")))
        };
        self.dialect.or_else(of_crate).ok_or_else(|| {
            Failure::new("nothing says which database the files are for")
                .help("give --dialect postgres, sqlite, mariadb or mysql")
        })
    }

    fn is_late(&self, version: i64) -> bool {
        self.after.is_none_or(|after| version > after)
    }

    fn migrations(&self, global: &Global, dialect: Dialect) -> Result<(Vec<File>, Vec<Finding>), Failure> {
        let project = global.project_of(&global.crate_dir()?, dialect)?;
        let drafted = drafted_files(&project)?;
        let label = project.migrations.strip_prefix(&project.crate_dir).unwrap_or(&project.migrations);
        let judged = |version: i64, path: &Path| self.is_late(version) && !drafted.iter().any(|draft| draft == path);
        Ok(lint::folder(&project.migrations, label, |migration, path| judged(migration.version, path)))
    }

    /// The folder, or the files of it that are named, after what runs before them.
    fn named(&self, folder: &Path, names: Option<BTreeSet<PathBuf>>) -> Result<(Vec<File>, Vec<Finding>), Failure> {
        let Some(names) = names else {
            return Ok(lint::folder(folder, folder, |migration, _| self.is_late(migration.version)));
        };
        let (mut files, _) = lint::folder(folder, folder, |migration, path| {
            self.is_late(migration.version) && names.iter().any(|name| name.file_name() == path.file_name())
        });
        for path in names
            .iter()
            .filter(|path| !files.iter().any(|file| file.label.file_name() == path.file_name()))
            .collect::<Vec<_>>()
        {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::new(format!("`{}` can't be read: {error}", path.display())))?;
            files.push(File { label: path.clone(), text, way: Way::Up, judged: true });
        }
        Ok((files, Vec::new()))
    }
}

type Folders = Vec<(PathBuf, Option<BTreeSet<PathBuf>>)>;

/// Folders as they are named, and named files by their folders.
fn by_folder(paths: &[PathBuf]) -> Result<Folders, Failure> {
    let mut folders = Folders::new();
    for path in paths {
        if path.is_dir() {
            folders.push((path.clone(), None));
            continue;
        }
        if !path.exists() {
            return Err(Failure::new(format!("`{}` does not exist", path.display())));
        }
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        match folders.iter_mut().find_map(|(known, files)| files.as_mut().filter(|_| *known == folder)) {
            Some(files) => {
                files.insert(path.clone());
            }
            None => folders.push((folder, Some([path.clone()].into()))),
        }
    }
    Ok(folders)
}

/// The one database among the features of sqlx.
fn dialect_of_sqlx(manifest: &Path) -> Option<Dialect> {
    let document: toml_edit::DocumentMut = std::fs::read_to_string(manifest).ok()?.parse().ok()?;
    let features = document.get("dependencies")?.get("sqlx")?.get("features")?.as_array()?;
    let has = |dialect: &Dialect| features.iter().any(|feature| feature.as_str() == Some(dialect.as_str()));
    let mut found = [Dialect::Postgres, Dialect::Sqlite].into_iter().filter(has);
    found.next().filter(|_| found.next().is_none())
}

impl Report for Judged {
    fn outcome(&self) -> Outcome {
        Outcome::differences_if(!self.report.is_clean())
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = &self.report;
        let hazards = report.hazards.iter().map(|met| met.finding());
        let mut findings: Vec<Finding> = hazards.chain(report.findings.iter().cloned()).collect();
        findings.sort_by(|a, b| a.place.cmp(&b.place));
        findings.iter().try_for_each(|finding| writeln!(f, "{}\n", Styled(finding)))?;
        let seen = format!("{} in {}", count(report.statements, "statement"), count(report.files, "file"));
        writeln!(f, "{seen}: {}", count(findings.len(), "finding"))?;
        if let Some(first) = report.passed_over.first() {
            let number = count(report.passed_over.len(), "statement");
            let note = format!(
                "{number} could not be judged, the first at {first}; `cargo schema verify --locks` measures what they do"
            );
            writeln!(f, "{}", paint(QUIET, note))?;
        }
        Ok(())
    }
}
