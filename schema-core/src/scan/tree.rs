//! The crate's module tree: which files there are and which module each part of them belongs to.
//!
//! Where rustc looks for a module's file: the reference, "Module source filenames" and "The path attribute".

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::outline::{Child, ChildKind, is_plain};
use super::parse::parse_all;
use super::source::{SourceFile, clean};
use crate::diag::{Finding, Place};
use crate::memory::Memory;

pub(super) type FileId = usize;
pub(super) type ModuleId = usize;

/// Every file and module that the roots lead to.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Vec<SourceFile>,
    pub(super) modules: Vec<Module>,
    /// Existing directories in which a module's file was looked for.
    pub(super) dirs: BTreeSet<PathBuf>,
}

/// A module, or a crate's root.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) parent: Option<ModuleId>,
    pub(super) root: ModuleId,
    /// Where its items stand: its file or inline block, and files included into it.
    pub(super) parts: Vec<Part>,
    /// Child modules: name, visible outside, module.
    pub(super) children: Vec<(String, bool, ModuleId)>,
    /// Behind a cfg, its own or a parent's.
    pub(super) conditional: bool,
}

/// A run of items: those of a file, or of an inline module within it.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) file: FileId,
    /// Positions among the children, from the file's top to the inline module.
    pub(super) inline: Vec<usize>,
}

/// Where the files of a module's children are looked for.
#[derive(Clone)]
struct Directory {
    path: PathBuf,
    /// `x` for a module in `x.rs`, whose children stand in `x/`.
    relative: Option<String>,
}

impl Directory {
    fn of(file: &Path, relative: Option<String>) -> Self {
        Self { path: file.parent().map(Path::to_path_buf).unwrap_or_default(), relative }
    }

    fn for_files(&self) -> PathBuf {
        self.relative.as_ref().map_or_else(|| self.path.clone(), |relative| self.path.join(relative))
    }
}

/// Builds a [`Tree`].
pub(super) struct Walk<'a> {
    tree: Tree,
    crate_dir: &'a Path,
    memory: Memory,
    known: BTreeMap<PathBuf, FileId>,
    /// Files that were read before their turn, to be parsed together, with what they are known by.
    ahead: BTreeMap<PathBuf, (PathBuf, SourceFile)>,
    findings: Vec<Finding>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(crate_dir: &'a Path, memory: Memory) -> Self {
        Self {
            tree: Tree::default(),
            crate_dir,
            memory,
            known: BTreeMap::new(),
            ahead: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// Follows a root file.
    pub(super) fn root(&mut self, path: &Path) -> Result<ModuleId, Finding> {
        let path = clean(&self.crate_dir.join(path));
        let file = self.read(&path).map_err(|error| {
            Finding::error(None, format!("the crate's root `{}` can't be read: {error}", path.display()))
        })?;
        let root = self.tree.modules.len();
        self.tree.modules.push(Module {
            parent: None,
            root,
            parts: Vec::new(),
            children: Vec::new(),
            conditional: false,
        });
        self.fill(root, file, Directory::of(&path, None), false, &mut Vec::new());
        Ok(root)
    }

    /// The tree, what is wrong with it, and the memory that outlines yet to be made go to.
    pub(super) fn finish(self) -> (Tree, Vec<Finding>, Memory) {
        (self.tree, self.findings, self.memory)
    }

    fn read(&mut self, path: &Path) -> std::io::Result<FileId> {
        let ahead = self.ahead.remove(path);
        let key = ahead.as_ref().map_or_else(|| path.canonicalize(), |(key, _)| Ok(key.clone()))?;
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let file = match ahead {
            Some((_, file)) => file,
            None => {
                let file = SourceFile::read(self.crate_dir, path)?;
                self.outline(std::slice::from_ref(&file));
                file
            }
        };
        let id = self.tree.files.len();
        self.tree.files.push(file);
        self.known.insert(key, id);
        Ok(id)
    }

    /// Finds out what the files hold, but for those that declare nothing.
    fn outline(&mut self, files: &[SourceFile]) {
        let unknown: Vec<&SourceFile> = files
            .iter()
            .filter(|file| {
                let remembered = self.memory.recall(&file.path.to_string_lossy(), file.text());
                !remembered.is_some_and(|outline| file.recall(outline)) && !is_plain(file.text())
            })
            .collect();
        let texts: Vec<&str> = unknown.iter().map(|file| file.text()).collect();
        for (file, parsed) in unknown.iter().zip(parse_all(&texts)) {
            file.take(parsed);
        }
    }

    /// Reads the files of the modules that a part declares, which together takes less time than one by one. What can't be
    /// read is told in its turn.
    fn look_ahead(&mut self, children: &[Child], dir: &Directory) {
        let (mut keys, mut files) = (Vec::new(), Vec::new());
        for child in children.iter().filter(|child| child.kind == ChildKind::File) {
            let Some(path) = candidates(child, dir).into_iter().find(|path| path.is_file()) else { continue };
            let Some(key) = path.canonicalize().ok().filter(|key| !self.known.contains_key(key)) else { continue };
            if let Ok(file) = SourceFile::read(self.crate_dir, &path) {
                keys.push(key);
                files.push(file);
            }
        }
        self.outline(&files);
        let read = keys.into_iter().zip(files).map(|(key, file)| (file.path.clone(), (key, file)));
        self.ahead.extend(read);
    }

    /// Makes a file the items of a module, and follows its children.
    fn fill(&mut self, module: ModuleId, file: FileId, dir: Directory, conditional: bool, open: &mut Vec<FileId>) {
        if open.contains(&file) {
            // rustc reports the circle.
            return;
        }
        open.push(file);
        let part = Part { file, inline: Vec::new() };
        let outline = self.tree.files.get(file).and_then(SourceFile::known_outline).cloned().unwrap_or_default();
        self.add_part(module, part.clone());
        self.follow(module, &part, &outline.children, &dir, conditional, open);
        open.pop();
    }

    fn add_part(&mut self, module: ModuleId, part: Part) {
        if let Some(module) = self.tree.modules.get_mut(module) {
            module.parts.push(part);
        }
    }

    fn follow(
        &mut self,
        module: ModuleId,
        part: &Part,
        children: &[Child],
        dir: &Directory,
        conditional: bool,
        open: &mut Vec<FileId>,
    ) {
        self.look_ahead(children, dir);
        for (position, child) in children.iter().enumerate() {
            let conditional = conditional || child.conditional;
            match child.kind {
                ChildKind::Inline => {
                    let id = self.add_child(module, child);
                    let mut inner = part.clone();
                    inner.inline.push(position);
                    self.add_part(id, inner.clone());
                    self.follow(id, &inner, &child.inner.children, &inline_directory(dir, child), conditional, open);
                }
                ChildKind::File => {
                    if let Some((file, dir)) = self.module_file(part.file, child, dir, conditional) {
                        let id = self.add_child(module, child);
                        self.fill(id, file, dir, conditional, open);
                    }
                }
                ChildKind::Include => {
                    if let Some((file, dir)) = self.included_file(part.file, child, conditional) {
                        self.fill(module, file, dir, conditional, open);
                    }
                }
            }
        }
    }

    fn add_child(&mut self, parent: ModuleId, child: &Child) -> ModuleId {
        let id = self.tree.modules.len();
        let (mut root, mut conditional) = (id, child.conditional);
        if let Some(parent) = self.tree.modules.get_mut(parent) {
            root = parent.root;
            conditional |= parent.conditional;
            parent.children.push((child.name.clone(), child.public, id));
        }
        self.tree.modules.push(Module {
            parent: Some(parent),
            root,
            parts: Vec::new(),
            children: Vec::new(),
            conditional,
        });
        id
    }

    fn module_file(
        &mut self,
        from: FileId,
        child: &Child,
        dir: &Directory,
        conditional: bool,
    ) -> Option<(FileId, Directory)> {
        let candidates = candidates(child, dir);
        let (file, path) = self.open(from, child, &candidates, conditional)?;
        let is_beside = child.path.is_none() && candidates.first() == Some(&path);
        Some((file, Directory::of(&path, is_beside.then(|| child.name.clone()))))
    }

    fn included_file(&mut self, from: FileId, child: &Child, conditional: bool) -> Option<(FileId, Directory)> {
        let dir = self.tree.files.get(from)?.path.parent()?.to_path_buf();
        let path = clean(&dir.join(child.path.as_deref()?));
        self.open(from, child, &[path], conditional).map(|(file, path)| (file, Directory::of(&path, None)))
    }

    /// The first of the candidates that is there.
    fn open(
        &mut self,
        from: FileId,
        child: &Child,
        candidates: &[PathBuf],
        conditional: bool,
    ) -> Option<(FileId, PathBuf)> {
        for path in candidates {
            self.watch_parent(path);
            match self.read(path) {
                Ok(file) => return Some((file, path.clone())),
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                Err(error) => {
                    let message = format!("`{}` can't be read: {error}", self.shown(path));
                    self.findings.push(Finding::error(self.place(from, child), message));
                    return None;
                }
            }
        }
        if !conditional {
            let names: Vec<String> = candidates.iter().map(|path| format!("`{}`", self.shown(path))).collect();
            let what = match child.kind {
                ChildKind::Include => "included file".to_owned(),
                ChildKind::File | ChildKind::Inline => format!("file of module `{}`", child.name),
            };
            let message = format!("{what} is missing: {}", names.join(" or "));
            self.findings.push(Finding::error(self.place(from, child), message));
        }
        None
    }

    fn shown(&self, path: &Path) -> String {
        super::source::shown(self.crate_dir, path).display().to_string()
    }

    fn place(&self, file: FileId, child: &Child) -> Option<Place> {
        self.tree.files.get(file).map(|file| file.place(child.mark))
    }

    /// Cargo takes a path that isn't there for changed, so the nearest directory that is stands for it.
    fn watch_parent(&mut self, path: &Path) {
        if let Some(dir) = path.ancestors().skip(1).find(|dir| self.tree.dirs.contains(*dir) || dir.is_dir()) {
            self.tree.dirs.insert(dir.to_path_buf());
        }
    }
}

/// Where the file of a module may be.
fn candidates(child: &Child, dir: &Directory) -> Vec<PathBuf> {
    if let Some(path) = &child.path {
        return vec![clean(&dir.path.join(path))];
    }
    let within = dir.for_files();
    let beside = clean(&within.join(format!("{}.rs", child.name)));
    let inside = clean(&within.join(&child.name).join("mod.rs"));
    vec![beside, inside]
}

/// Where the children of an inline module stand. `#[path]` on it names a directory beside the file, whatever its name.
fn inline_directory(dir: &Directory, child: &Child) -> Directory {
    let path = match &child.path {
        Some(path) => dir.path.join(path),
        None => dir.for_files().join(&child.name),
    };
    Directory { path, relative: None }
}
