//! From a crate's source to its [`Model`]: follow the module tree, find the declarations, resolve names and types.

mod bodies;
mod cfg;
mod choice;
mod lower;
mod outline;
mod parse;
mod resolve;
mod source;
mod tree;
mod types;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::diag::{Finding, Place};
use crate::ir::Dialect;
use crate::memory::{Memory, file_name};
use crate::model::Model;

pub(crate) use outline::is_plain;
pub use source::shown;

/// What to scan.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// The crate's directory; places are relative to it.
    pub crate_dir: PathBuf,
    /// Root files: `src/lib.rs`, `src/main.rs`, those of further crates that feed the same database.
    pub roots: Vec<PathBuf>,
    /// The database.
    pub dialect: Dialect,
    /// Where to remember what files hold, so that a warm scan parses few of them.
    pub cache_dir: Option<PathBuf>,
    /// Modules of the crate, `a::b`, whose declarations and those below them count; all where none is named. Those of
    /// further crates count always.
    pub modules: Vec<String>,
}

/// What a scan found.
#[derive(Clone, Debug)]
pub struct Scan {
    /// What the crate declares, as far as it could be understood.
    pub model: Model,
    /// Every file read: cargo must watch them.
    pub files: Vec<PathBuf>,
    /// Those of the files that were parsed: no earlier scan remembered what they hold.
    pub parsed: Vec<PathBuf>,
    /// Those of the files that hold nothing: neither declarations nor modules, and no name was looked up in them.
    pub plain: Vec<PathBuf>,
    /// Every directory in which a module's file or SQL files were looked for: cargo must watch them too.
    pub dirs: Vec<PathBuf>,
    /// What is wrong in attributes, names and types, sorted by place. With an error among them the model is
    /// incomplete and must not be compared with anything.
    pub findings: Vec<Finding>,
    /// Declarations in other modules than those that count.
    pub left_out: Vec<LeftOut>,
}

/// A declaration that isn't in a module that counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Where it is.
    pub place: Place,
    /// What it is called; `schema!` for the macro.
    pub name: String,
}

/// Scans a crate.
///
/// # Errors
/// When a root can't be read, so that nothing can be said of the crate.
pub fn scan(options: &ScanOptions) -> Result<Scan, Vec<Finding>> {
    let mut walk = tree::Walk::new(&options.crate_dir, memory_of(options));
    let (mut crates, mut unreadable) = (BTreeMap::new(), Vec::new());
    for root in &options.roots {
        match walk.root(root) {
            Ok(module) => crates.extend(crate_name(&options.crate_dir.join(root)).map(|name| (name, module))),
            Err(finding) => unreadable.push(finding),
        }
    }
    if !unreadable.is_empty() {
        return Err(unreadable);
    }
    let (tree, mut findings, memory) = walk.finish();
    let scopes = resolve::Scopes::new(&tree, crates);
    let choice = choice::Choice::new(&tree, options);
    findings.extend(choice.unknown(&tree));
    let lower::Lowered { model, findings: problems, sql, left_out } =
        lower::lower(&tree, &scopes, &options.crate_dir, options.dialect, &choice);
    findings.extend(problems);
    findings.extend(tree.files.iter().filter_map(|file| file.problem().cloned()));
    let parsed = remember(&tree, memory);
    findings.sort();
    findings.dedup();
    let files: BTreeSet<PathBuf> = tree.files.iter().map(|file| file.path.clone()).chain(sql.files).collect();
    let dirs: BTreeSet<PathBuf> = tree.dirs.iter().cloned().chain(sql.dirs).collect();
    let plain = tree.files.iter().filter(|file| file.is_plain()).map(|file| file.path.clone()).collect();
    let (files, dirs) = (files.into_iter().collect(), dirs.into_iter().collect());
    Ok(Scan { model, files, parsed, plain, dirs, findings, left_out })
}

/// Remembers the files that had to be parsed, also those in which only a name was looked up, and lists them.
fn remember(tree: &tree::Tree, mut memory: Memory) -> Vec<PathBuf> {
    let mut parsed = Vec::new();
    for file in &tree.files {
        if let Some(outline) = file.parsed_outline() {
            memory.remember(&file.path.to_string_lossy(), file.text(), outline.to_vec());
            parsed.push(file.path.clone());
        }
    }
    memory.store();
    parsed
}

/// Scans from other roots, of another database, have a memory of their own.
fn memory_of(options: &ScanOptions) -> Memory {
    let roots: Vec<String> = options.roots.iter().map(|root| root.display().to_string()).collect();
    Memory::load(options.cache_dir.as_deref(), &file_name("scan", &roots.join("\n")))
}

/// The name by which other crates know the one with this root; a program has none.
fn crate_name(root: &Path) -> Option<String> {
    if root.file_name()? == "main.rs" {
        return None;
    }
    let manifest = root.ancestors().skip(1).map(|dir| dir.join("Cargo.toml")).find(|manifest| manifest.is_file())?;
    let text = std::fs::read_to_string(manifest).ok()?;
    let name = manifest_name(&text, "[lib]").or_else(|| manifest_name(&text, "[package]"))?;
    Some(name.replace('-', "_"))
}

/// `name` in a section of a manifest. Cargo has parsed the file already, so this needs to know its usual form only.
fn manifest_name(text: &str, section: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).skip_while(|line| *line != section).skip(1);
    let pairs = lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    let value = pairs.into_iter().find(|(key, _)| key.trim() == "name")?.1;
    value.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests;
