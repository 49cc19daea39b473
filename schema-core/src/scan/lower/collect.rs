//! The declarations of the whole tree, each item once.

use std::collections::BTreeSet;

use crate::decl::{CompositeDecl, DomainDecl, EnumDecl, SchemaDecl, TableDecl, ViewDecl};
use crate::diag::Finding;
use crate::scan::choice::Choice;
use crate::scan::outline::{self, Decl, Declaration, Fault};
use crate::scan::resolve::ItemRef;
use crate::scan::source::SourceFile;
use crate::scan::tree::Tree;

/// An item that declares something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'t> {
    pub(super) at: ItemRef<'t>,
    pub(super) declaration: &'t Declaration,
    /// Its number among the declarations.
    pub(super) order: usize,
}

/// What the attributes say, by kind, in source order.
#[derive(Default)]
pub(super) struct Declarations<'t> {
    pub(super) tables: Vec<(Item<'t>, &'t TableDecl)>,
    pub(super) enums: Vec<(Item<'t>, &'t EnumDecl)>,
    pub(super) domains: Vec<(Item<'t>, &'t DomainDecl)>,
    pub(super) composites: Vec<(Item<'t>, &'t CompositeDecl)>,
    pub(super) views: Vec<(Item<'t>, &'t ViewDecl)>,
    pub(super) macros: Vec<(Item<'t>, &'t SchemaDecl)>,
    /// Items whose attributes are wrong: known to be tables or enums, not what of.
    pub(super) unreadable: BTreeSet<*const outline::Item>,
    /// Every item, in source order.
    pub(super) all: Vec<Item<'t>>,
    /// Items in modules that don't count.
    pub(super) left_out: Vec<Item<'t>>,
}

/// Takes every declaration. A file that two modules share counts once.
pub(super) fn collect<'t>(tree: &'t Tree, choice: &Choice<'_>, findings: &mut Vec<Finding>) -> Declarations<'t> {
    let mut found = Declarations::default();
    let mut seen = BTreeSet::new();
    for (module, part) in
        tree.modules.iter().enumerate().flat_map(|(id, module)| module.parts.iter().map(move |part| (id, part)))
    {
        let Some(file) = tree.files.get(part.file) else { continue };
        // What declares something is worth parsing, and known.
        let outline = file.known_outline().and_then(|outline| outline.within(&part.inline));
        for item in outline.iter().flat_map(|outline| &outline.items) {
            let Some(declaration) = item.declaration.as_ref().filter(|_| seen.insert(std::ptr::from_ref(item))) else {
                continue;
            };
            let at = ItemRef { module, file: part.file, item };
            let item = Item { at, declaration, order: seen.len() };
            if !choice.counts(module) {
                found.left_out.push(item);
                continue;
            }
            found.all.push(item);
            match &declaration.read {
                Ok(decl) => found.add(item, decl),
                Err(faults) => {
                    found.unreadable.insert(std::ptr::from_ref(at.item));
                    findings.extend(faults.iter().map(|fault| finding(file, fault)));
                }
            }
        }
    }
    found
}

impl<'t> Declarations<'t> {
    fn add(&mut self, item: Item<'t>, decl: &'t Decl) {
        match decl {
            Decl::Table(decl) => self.tables.push((item, decl)),
            Decl::Enum(decl) => self.enums.push((item, decl)),
            Decl::Domain(decl) => self.domains.push((item, decl)),
            Decl::Composite(decl) => self.composites.push((item, decl)),
            Decl::View(decl) => self.views.push((item, decl)),
            Decl::Schema(decl) => self.macros.push((item, decl)),
        }
    }
}

/// An attribute's error, whose message holds its ways out as [`Finding::text`] lays them out.
pub(super) fn finding(file: &SourceFile, fault: &Fault) -> Finding {
    let mut lines = fault.text.split("\n  help: ");
    let finding = Finding::error(Some(file.place(fault.mark)), lines.next().unwrap_or_default());
    lines.fold(finding, Finding::help)
}
