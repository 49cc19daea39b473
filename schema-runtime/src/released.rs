//! A released version of a crate, as git holds it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schema_core::build::Project;
use schema_core::diag::{Finding, Place};
use schema_core::ir::Dialect;
use schema_core::queries::{Query, in_record, in_source};
use schema_core::released::Release;
use schema_core::scan::{ScanOptions, scan};

use crate::checkout::{Checkout, git};

/// Reads what the crate's version at a tag, branch or commit knows of the database: its structs, the literals of its
/// queries, the records of `cargo sqlx prepare` and its SQL files outside `migrations/`. Neither the checkout nor git's index
/// is touched.
///
/// # Errors
/// No git checkout, no such tag, structs or records that can't be read.
///
/// ```no_run
/// # fn main() -> Result<(), Vec<schema_core::diag::Finding>> {
/// use schema_core::build::Project;
/// use schema_core::ir::Dialect;
/// let project = Project::new(std::path::Path::new("."), Dialect::Postgres).expect("a folder");
/// let release = schema_runtime::released::release(&project, "v1.4.0")?;
/// println!("{} queries", release.queries.len());
/// # Ok(()) }
/// ```
pub fn release(project: &Project, tag: &str) -> Result<Release, Vec<Finding>> {
    let failed = |error: io::Error| vec![Finding::error(None, format!("{tag} can't be taken out of git: {error}"))];
    let checkout = Checkout::of(&project.crate_dir, tag).map_err(|message| {
        vec![Finding::error(None, message).help("name a tag, branch or commit of this checkout: `git tag` lists them")]
    })?;
    let tree = checkout.tree();
    let crate_dir = checkout.there(&project.crate_dir).unwrap_or_else(|| tree.clone());
    let roots = project.roots.iter().filter_map(|root| checkout.there(root));
    let roots: Vec<PathBuf> = roots.filter(|it| it.is_file()).collect();
    if roots.is_empty() {
        let message = format!("{tag} holds no `src/lib.rs` or `src/main.rs` of this crate");
        return Err(vec![Finding::error(None, message).help("was the crate elsewhere then? it can't be checked")]);
    }
    let label = |path: &Path| {
        let relative = path.strip_prefix(&crate_dir).or_else(|_| path.strip_prefix(&tree)).unwrap_or(path);
        PathBuf::from(format!("{tag}:{}", relative.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")))
    };
    let options = ScanOptions {
        crate_dir: crate_dir.clone(),
        roots: roots.clone(),
        dialect: project.dialect,
        cache_dir: None,
        modules: project.modules.clone(),
    };
    let relabelled = |finding: Finding| Finding {
        place: finding.place.map(|place| Place { file: label(&crate_dir.join(&place.file)), ..place }),
        ..finding
    };
    let scan = scan(&options).map_err(|findings| findings.into_iter().map(relabelled).collect::<Vec<_>>())?;
    let mut findings: Vec<Finding> = scan.findings.into_iter().filter(Finding::is_error).map(relabelled).collect();
    let mut model = scan.model;
    model.places.relabel(|file| label(&crate_dir.join(file)));
    let mut texts = Texts { dialect: project.dialect, label: &label, queries: Vec::new(), findings: Vec::new() };
    let mut folders: Vec<&Path> = roots.iter().filter_map(|root| crate_of(root)).chain([crate_dir.as_path()]).collect();
    folders.sort();
    folders.dedup();
    for folder in folders {
        texts.folder(folder).map_err(failed)?;
    }
    texts.records(&tree.join(".sqlx")).map_err(failed)?;
    findings.append(&mut texts.findings);
    let queries = texts.queries;
    if findings.is_empty() { Ok(Release { name: tag.to_owned(), model, queries }) } else { Err(findings) }
}

/// The versions of the migration files that a tag, branch or commit has.
///
/// # Errors
/// No git checkout, no such commit.
pub fn versions_at(project: &Project, commit: &str) -> Result<BTreeSet<i64>, Vec<Finding>> {
    let names = || {
        let revision = format!("{commit}^{{commit}}");
        let asked = ["rev-parse", "--verify", "--end-of-options", &revision].map(OsStr::new);
        let id = git(&project.crate_dir, None, &asked)??;
        let folder = if project.migrations.is_dir() { &project.migrations } else { &project.crate_dir };
        git(folder, None, &["ls-tree", "--name-only", &id, "./"].map(OsStr::new))?
    };
    let names = names().map_err(|message| {
        let message = format!("git knows no `{commit}` here: {message}");
        let help = "name a tag, branch or commit of this checkout; a shallow one may have to fetch it first";
        vec![Finding::error(None, message).help(help)]
    })?;
    let version = |name: &str| name.split_once('_')?.0.parse().ok();
    Ok(names.lines().filter_map(version).collect())
}

/// The folder of the crate with this root file.
fn crate_of(root: &Path) -> Option<&Path> {
    root.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").is_file())
}

struct Texts<'a> {
    dialect: Dialect,
    label: &'a dyn Fn(&Path) -> PathBuf,
    queries: Vec<Query>,
    findings: Vec<Finding>,
}

impl Texts<'_> {
    /// The queries of a crate: its sources and SQL files, but no tests, and no migrations, which are no release's queries.
    fn folder(&mut self, folder: &Path) -> io::Result<()> {
        const OTHERS: [&str; 6] = ["benches", "examples", "migrations", "schema", "target", "tests"];
        self.records(&folder.join(".sqlx"))?;
        for path in sorted(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir()
                && !OTHERS.contains(&name.as_str())
                && !name.starts_with('.')
                && !path.join("Cargo.toml").is_file()
            {
                self.below(&path)?;
            }
        }
        Ok(())
    }

    fn below(&mut self, folder: &Path) -> io::Result<()> {
        for path in sorted(folder)? {
            if path.is_dir() {
                self.below(&path)?;
            } else if let Some(extension) = path.extension().filter(|it| *it == "rs" || *it == "sql") {
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let label = (self.label)(&path);
                if extension == "rs" {
                    self.queries.extend(in_source(self.dialect, &label, &text).queries);
                } else {
                    self.queries.push(Query::new(self.dialect, Place { file: label, line: 1, column: 1 }, text));
                }
            }
        }
        Ok(())
    }

    fn records(&mut self, folder: &Path) -> io::Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        for path in sorted(folder)?.into_iter().filter(|path| path.extension().is_some_and(|it| it == "json")) {
            match in_record(self.dialect, &(self.label)(&path), &fs::read_to_string(&path)?) {
                Ok(query) => self.queries.push(query),
                Err(finding) => self.findings.push(finding),
            }
        }
        Ok(())
    }
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}
