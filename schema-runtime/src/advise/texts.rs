//! The texts of the crate's queries.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use schema_core::advise::Asked;
use schema_core::build::Project;
use schema_core::diag::Finding;
use schema_core::queries::{in_record, in_source};
use schema_core::scan::shown;

/// The queries of source files, of the SQL files that they name, and of the records of `cargo sqlx prepare` in the crate's
/// `.sqlx` folder that are none of these; with what can't be read. `files` are those that a scan found, so tests are not
/// among them.
#[must_use]
pub fn asked(project: &Project, files: &[PathBuf]) -> (Asked, Vec<Finding>) {
    let (mut asked, mut findings) = (Asked::default(), Vec::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|it| it == "rs")) {
        let label = shown(&project.crate_dir, file);
        // The scan has said what is wrong with a file that it couldn't read.
        let Ok(text) = fs::read_to_string(file) else { continue };
        for named in asked.add(in_source(project.dialect, &label, &text)) {
            let path = crate_of(file).unwrap_or(&project.crate_dir).join(&named.path);
            match fs::read_to_string(&path) {
                Ok(text) => {
                    let label = shown(&project.crate_dir, &path);
                    asked.queries.push(named.query(project.dialect, &label, text));
                }
                Err(error) => findings.push(named.unreadable(&error)),
            }
        }
    }
    let known: BTreeSet<String> = asked.queries.iter().map(|query| query.sql.clone()).collect();
    for path in records(&project.crate_dir.join(".sqlx")) {
        let label = shown(&project.crate_dir, &path);
        let record = match fs::read_to_string(&path) {
            Ok(text) => in_record(project.dialect, &label, &text),
            Err(error) => Err(unreadable(&label, &error)),
        };
        match record {
            Ok(query) if known.contains(&query.sql) => {}
            Ok(query) => asked.queries.push(query),
            Err(finding) => findings.push(finding),
        }
    }
    (asked, findings)
}

fn unreadable(label: &Path, error: &io::Error) -> Finding {
    Finding::error(None, format!("`{}` can't be read: {error}", label.display()))
        .help("`cargo sqlx prepare` writes it anew")
}

/// The folder of the crate with this file.
fn crate_of(file: &Path) -> Option<&Path> {
    file.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").is_file())
}

/// None where there is no such folder.
fn records(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    paths.sort();
    paths
}
