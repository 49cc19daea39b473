//! What a path means in a module: an item of the crate, a module, or something of another crate.
//!
//! Follows `use` with renames, groups and globs, re-exports, `crate`, `self` and `super` as rustc does for types.
//! A module's file is parsed only when a name is looked up in it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};

use syn::ext::IdentExt as _;

use super::cfg;
use super::summary::{child_items, is_public};
use super::tree::{FileId, ModuleId, Part, Tree};
use crate::dialect::rust_types::canonical;

/// An item and the module and file it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct ItemRef<'t> {
    pub(super) module: ModuleId,
    pub(super) file: FileId,
    pub(super) item: &'t syn::Item,
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

/// A path as it is written.
#[derive(Clone, Debug)]
struct Written {
    segments: Vec<String>,
    /// Starts with `::`.
    absolute: bool,
}

#[derive(Debug)]
struct Scope<'t> {
    names: BTreeMap<String, Vec<Entry<'t>>>,
    globs: Vec<(Written, bool)>,
    /// `extern crate a as b`: at the crate's root these are names of crates everywhere in it.
    crates: BTreeMap<String, String>,
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
    Import(Written),
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
    pub(super) fn resolve(&self, module: ModuleId, path: &syn::Path) -> Found<'t> {
        let written = Written {
            segments: path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect(),
            absolute: path.leading_colon.is_some(),
        };
        self.path(module, &written, &Asked::default())
    }

    fn path(&self, module: ModuleId, path: &Written, asked: &Asked<'t>) -> Found<'t> {
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
        let name = self.scope(root)?.crates.get(name).map_or(name, String::as_str);
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
                scope.add(name.clone(), *public, Target::Module(*child));
            }
            for part in &tree.parts {
                for item in items(self.tree, part) {
                    scope.add_item(ItemRef { module, file: part.file, item });
                }
            }
            scope
        }))
    }
}

impl<'t> Scope<'t> {
    fn add(&mut self, name: String, public: bool, target: Target<'t>) {
        self.names.entry(name).or_default().push(Entry { target, public });
    }

    fn add_item(&mut self, at: ItemRef<'t>) {
        let (ident, visibility) = match at.item {
            syn::Item::Struct(item) => (&item.ident, &item.vis),
            syn::Item::Enum(item) => (&item.ident, &item.vis),
            syn::Item::Type(item) => (&item.ident, &item.vis),
            syn::Item::Union(item) => (&item.ident, &item.vis),
            syn::Item::Trait(item) => (&item.ident, &item.vis),
            syn::Item::Use(item) => return self.add_use(item),
            syn::Item::ExternCrate(item) => return self.add_extern_crate(item),
            _ => return,
        };
        self.add(ident.unraw().to_string(), is_public(visibility), Target::Item(at));
    }

    fn add_extern_crate(&mut self, item: &syn::ItemExternCrate) {
        let Some((_, name)) = &item.rename else { return };
        let krate = item.ident.unraw().to_string();
        self.crates.insert(name.unraw().to_string(), krate.clone());
        let path = match krate.as_str() {
            "self" => Written { segments: vec!["crate".to_owned()], absolute: false },
            _ => Written { segments: vec![krate], absolute: true },
        };
        self.add(name.unraw().to_string(), is_public(&item.vis), Target::Import(path));
    }

    fn add_use(&mut self, item: &syn::ItemUse) {
        let start = Written { segments: Vec::new(), absolute: item.leading_colon.is_some() };
        self.add_tree(&item.tree, start, is_public(&item.vis));
    }

    fn add_tree(&mut self, tree: &syn::UseTree, mut path: Written, public: bool) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.segments.push(tree.ident.unraw().to_string());
                self.add_tree(&tree.tree, path, public);
            }
            syn::UseTree::Name(tree) => self.import(&tree.ident, None, path, public),
            syn::UseTree::Rename(tree) => self.import(&tree.ident, Some(&tree.rename), path, public),
            syn::UseTree::Glob(_) => self.globs.push((path, public)),
            syn::UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.add_tree(tree, path.clone(), public)),
        }
    }

    /// `use a::b`, `use a::{self}`, `use a::b as c`.
    fn import(&mut self, ident: &syn::Ident, rename: Option<&syn::Ident>, mut path: Written, public: bool) {
        if ident != "self" || path.segments.is_empty() {
            path.segments.push(ident.unraw().to_string());
        }
        let name = rename.map(|rename| rename.unraw().to_string()).or_else(|| path.segments.last().cloned());
        if let Some(name) = name.filter(|name| name != "_") {
            self.add(name, public, Target::Import(path));
        }
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

/// The items of a part, without those of tests.
pub(super) fn items<'t>(tree: &'t Tree, part: &Part) -> impl Iterator<Item = &'t syn::Item> + use<'t> {
    let whole = tree.files.get(part.file).and_then(|file| file.ast()).map_or(&[][..], |file| file.items.as_slice());
    let own = part.inline.iter().try_fold(whole, |items, position| child_items(items).nth(*position)?.1);
    own.unwrap_or_default().iter().filter(|item| !cfg::is_test(cfg::attrs(item)))
}
