//! What a path means in a module: an item of the crate, a module, or something of another crate.
//!
//! Follows `use` with renames, groups and globs, re-exports, `crate`, `self` and `super` as rustc does for types.
//! A module's file is parsed only when a name is looked up in it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};

use super::outline::{Item, Outline};
use super::tree::{FileId, ModuleId, Part, Tree};
use crate::decl::RustPath;
use crate::dialect::rust_types::canonical;

/// An item and the module and file it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct ItemRef<'t> {
    pub(super) module: ModuleId,
    pub(super) file: FileId,
    pub(super) item: &'t Item,
}

/// What a path means.
#[derive(Clone, Debug)]
pub(super) enum Meaning<'t> {
    /// A struct, enum, alias or other type of the crate.
    Item(ItemRef<'t>),
    /// A module of the crate.
    Module(ModuleId),
    /// A path of another crate, or of the prelude.
    External(Vec<String>),
}

impl Meaning<'_> {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Item(a), Self::Item(b)) => std::ptr::eq(a.item, b.item),
            (Self::Module(a), Self::Module(b)) => a == b,
            (Self::External(a), Self::External(b)) => {
                a == b || canonical(&a.join("::")).is_some_and(|known| canonical(&b.join("::")) == Some(known))
            }
            _ => false,
        }
    }
}

/// Why a path means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// No such name.
    Unknown,
    /// It means different things under different cfgs.
    Ambiguous,
}

type Found<'t> = Result<Meaning<'t>, Miss>;

#[derive(Debug)]
struct Scope<'t> {
    names: BTreeMap<&'t str, Vec<Entry<'t>>>,
    globs: Vec<&'t (RustPath, bool)>,
    /// `extern crate a as b`: at the crate's root these are names of crates everywhere in it.
    crates: BTreeMap<&'t str, &'t str>,
}

#[derive(Debug)]
struct Entry<'t> {
    target: Target<'t>,
    public: bool,
}

#[derive(Debug)]
enum Target<'t> {
    Item(ItemRef<'t>),
    Module(ModuleId),
    Import(&'t RustPath),
}

/// The names of every module, made when they are first asked for.
pub(super) struct Scopes<'t> {
    tree: &'t Tree,
    scopes: Vec<OnceCell<Scope<'t>>>,
    /// Scanned crates by the name other crates use.
    crates: BTreeMap<String, ModuleId>,
}

/// Answers so far within one question; an unfinished one is `None`, which ends circles.
type Asked<'t> = RefCell<HashMap<(ModuleId, ModuleId, String), Option<Found<'t>>>>;

impl<'t> Scopes<'t> {
    pub(super) fn new(tree: &'t Tree, crates: BTreeMap<String, ModuleId>) -> Self {
        let scopes = tree.modules.iter().map(|_| OnceCell::new()).collect();
        Self { tree, scopes, crates }
    }

    /// What a path means where it is written.
    pub(super) fn resolve(&self, module: ModuleId, path: &RustPath) -> Found<'t> {
        self.path(module, path, &Asked::default())
    }

    fn path(&self, module: ModuleId, path: &RustPath, asked: &Asked<'t>) -> Found<'t> {
        let Some((first, rest)) = path.segments.split_first() else { return Err(Miss::Unknown) };
        let start = match first.as_str() {
            name if path.absolute => self.other_crate(module, name),
            "crate" | "$crate" => self.module(module).map(|module| Meaning::Module(module.root)),
            "self" => Ok(Meaning::Module(module)),
            "super" => self.parent(module),
            name => self.lexical(module, name, asked),
        }?;
        rest.iter().try_fold(start, |at, name| match at {
            Meaning::Module(inner) if name == "super" => self.parent(inner),
            Meaning::Module(inner) if name == "self" => Ok(Meaning::Module(inner)),
            Meaning::Module(inner) => self.member(inner, name, module, asked),
            Meaning::External(mut segments) => {
                segments.push(name.clone());
                Ok(Meaning::External(segments))
            }
            Meaning::Item(_) => Err(Miss::Unknown),
        })
    }

    fn module(&self, module: ModuleId) -> Result<&'t super::tree::Module, Miss> {
        self.tree.modules.get(module).ok_or(Miss::Unknown)
    }

    fn parent(&self, module: ModuleId) -> Found<'t> {
        self.module(module)?.parent.map(Meaning::Module).ok_or(Miss::Unknown)
    }

    fn other_crate(&self, module: ModuleId, name: &str) -> Found<'t> {
        let root = self.module(module)?.root;
        let name = self.scope(root)?.crates.get(name).copied().unwrap_or(name);
        Ok(match self.crates.get(name) {
            _ if name == "self" => Meaning::Module(root),
            Some(root) => Meaning::Module(*root),
            None => Meaning::External(vec![name.to_owned()]),
        })
    }

    /// A path's first name: of the module, else a crate, else of the prelude.
    fn lexical(&self, module: ModuleId, name: &str, asked: &Asked<'t>) -> Found<'t> {
        match self.member(module, name, module, asked) {
            Err(Miss::Unknown) => self.other_crate(module, name),
            found => found,
        }
    }

    /// A name of a module, as `viewer` sees it.
    fn member(&self, module: ModuleId, name: &str, viewer: ModuleId, asked: &Asked<'t>) -> Found<'t> {
        let key = (module, viewer, name.to_owned());
        if let Some(answer) = asked.borrow().get(&key) {
            return answer.clone().unwrap_or(Err(Miss::Unknown));
        }
        asked.borrow_mut().insert(key.clone(), None);
        let found = match self.named(module, name, viewer, asked) {
            Err(Miss::Unknown) => self.by_glob(module, name, viewer, asked),
            found => found,
        };
        asked.borrow_mut().insert(key, Some(found.clone()));
        found
    }

    fn named(&self, module: ModuleId, name: &str, viewer: ModuleId, asked: &Asked<'t>) -> Found<'t> {
        let scope = self.scope(module)?;
        let entries = scope.names.get(name).map(Vec::as_slice).unwrap_or_default();
        let visible = entries.iter().filter(|entry| entry.public || self.is_within(viewer, module));
        only(visible.map(|entry| match &entry.target {
            Target::Item(item) => Ok(Meaning::Item(*item)),
            Target::Module(inner) => Ok(Meaning::Module(*inner)),
            Target::Import(path) => self.path(module, path, asked),
        }))
    }

    fn by_glob(&self, module: ModuleId, name: &str, viewer: ModuleId, asked: &Asked<'t>) -> Found<'t> {
        let scope = self.scope(module)?;
        let visible = scope.globs.iter().filter(|(_, public)| *public || self.is_within(viewer, module));
        only(visible.map(|(path, _)| match self.path(module, path, asked)? {
            Meaning::Module(inner) => self.member(inner, name, module, asked),
            Meaning::External(mut segments) => {
                segments.push(name.to_owned());
                // What else another crate's module holds can't be known.
                canonical(&segments.join("::")).map(|_| Meaning::External(segments)).ok_or(Miss::Unknown)
            }
            Meaning::Item(_) => Err(Miss::Unknown),
        }))
    }

    fn is_within(&self, inner: ModuleId, outer: ModuleId) -> bool {
        let up = |module: &ModuleId| self.tree.modules.get(*module).and_then(|module| module.parent);
        std::iter::successors(Some(inner), up).any(|module| module == outer)
    }

    fn scope(&self, module: ModuleId) -> Result<&Scope<'t>, Miss> {
        let cell = self.scopes.get(module).ok_or(Miss::Unknown)?;
        let tree = self.module(module)?;
        Ok(cell.get_or_init(|| {
            let mut scope = Scope { names: BTreeMap::new(), globs: Vec::new(), crates: BTreeMap::new() };
            for (name, public, child) in &tree.children {
                scope.add(name, *public, Target::Module(*child));
            }
            for part in &tree.parts {
                if let Some(outline) = outline(self.tree, part) {
                    scope.add_all(module, part.file, outline);
                }
            }
            scope
        }))
    }
}

impl<'t> Scope<'t> {
    fn add(&mut self, name: &'t str, public: bool, target: Target<'t>) {
        self.names.entry(name).or_default().push(Entry { target, public });
    }

    fn add_all(&mut self, module: ModuleId, file: FileId, outline: &'t Outline) {
        for item in &outline.items {
            if let Some(name) = &item.name {
                self.add(name, item.public, Target::Item(ItemRef { module, file, item }));
            }
        }
        for import in &outline.imports {
            self.add(&import.name, import.public, Target::Import(&import.path));
        }
        self.globs.extend(&outline.globs);
        self.crates.extend(outline.crates.iter().map(|(name, krate)| (name.as_str(), krate.as_str())));
    }
}

/// The one thing that all that mean something mean.
fn only<'t>(found: impl Iterator<Item = Found<'t>>) -> Found<'t> {
    let mut answer = Err(Miss::Unknown);
    for next in found {
        match (&answer, next) {
            (_, Err(Miss::Ambiguous)) => return Err(Miss::Ambiguous),
            (_, Err(Miss::Unknown)) => {}
            (Ok(first), Ok(next)) if !next.same(first) => return Err(Miss::Ambiguous),
            (Ok(_), Ok(_)) => {}
            (Err(_), Ok(next)) => answer = Ok(next),
        }
    }
    answer
}

/// What a part holds; its file is parsed for it if need be.
fn outline<'t>(tree: &'t Tree, part: &Part) -> Option<&'t Outline> {
    tree.files.get(part.file)?.outline()?.within(&part.inline)
}
