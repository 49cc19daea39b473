//! Which modules count: a crate may hold the tables of several databases.

use std::collections::BTreeSet;
use std::path::Path;

use super::ScanOptions;
use super::tree::{ModuleId, Tree};
use crate::diag::Finding;
use crate::names::nearest;

/// The modules whose declarations count.
pub(super) struct Choice<'a> {
    named: &'a [String],
    counting: BTreeSet<ModuleId>,
}

impl<'a> Choice<'a> {
    pub(super) fn new(tree: &Tree, options: &'a ScanOptions) -> Self {
        let named = options.modules.as_slice();
        let counts = |id: &ModuleId| {
            if named.is_empty() {
                return true;
            }
            let is_further = tree.modules.get(*id).is_some_and(|module| !is_own(tree, module.root, &options.crate_dir));
            let path = path_of(tree, *id);
            is_further || named.iter().any(|name| is_within(&path, name))
        };
        Self { named, counting: (0..tree.modules.len()).filter(counts).collect() }
    }

    pub(super) fn counts(&self, module: ModuleId) -> bool {
        self.counting.contains(&module)
    }

    /// Names that no module has.
    pub(super) fn unknown(&self, tree: &Tree) -> Vec<Finding> {
        let paths: BTreeSet<String> = (0..tree.modules.len()).map(|id| path_of(tree, id)).collect();
        let unknown = self.named.iter().filter(|name| !paths.contains(*name));
        let said = unknown.map(|name| {
            let finding =
                Finding::error(None, format!("the build step names the module `{name}`, and the crate has none"));
            match nearest(name, paths.iter().map(String::as_str).filter(|path| !path.is_empty())) {
                Some(near) => finding.help(format!("did you mean `{near}`?")),
                None => finding.help("write its path within the crate: `analytics`, `store::tables`"),
            }
        });
        said.collect()
    }
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether a root is the crate's own, and not that of a further one.
fn is_own(tree: &Tree, root: ModuleId, crate_dir: &Path) -> bool {
    let part = tree.modules.get(root).and_then(|module| module.parts.first());
    let Some(file) = part.and_then(|part| tree.files.get(part.file)) else { return true };
    let folder = file.path.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").is_file());
    folder.is_none_or(|folder| folder == crate_dir)
}

/// `a::b`; nothing for a root.
fn path_of(tree: &Tree, id: ModuleId) -> String {
    let mut names = Vec::new();
    let mut at = id;
    while let Some(parent) = tree.modules.get(at).and_then(|module| module.parent) {
        let children = tree.modules.get(parent).map(|module| module.children.as_slice()).unwrap_or_default();
        names.extend(children.iter().find(|(_, _, child)| *child == at).map(|(name, ..)| name.as_str()));
        at = parent;
    }
    names.reverse();
    names.join("::")
}
