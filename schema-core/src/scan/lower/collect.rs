//! The declarations of the whole tree, each item once.

use std::collections::BTreeSet;

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::spanned::Spanned as _;

use crate::attrs;
use crate::decl::{CompositeDecl, DomainDecl, EnumDecl, SchemaDecl, TableDecl, ViewDecl};
use crate::diag::Finding;
use crate::gate;
use crate::scan::choice::Choice;
use crate::scan::resolve::{ItemRef, items};
use crate::scan::source::SourceFile;
use crate::scan::summary::is_declaration;
use crate::scan::tree::Tree;

/// An item that declares something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'t> {
    pub(super) at: ItemRef<'t>,
    /// The whole item, attributes included.
    pub(super) span: Span,
    /// Its number among the declarations.
    pub(super) order: usize,
}

/// What the attributes say, by kind, in source order.
#[derive(Default)]
pub(super) struct Declarations<'t> {
    pub(super) tables: Vec<(Item<'t>, TableDecl)>,
    pub(super) enums: Vec<(Item<'t>, EnumDecl)>,
    pub(super) domains: Vec<(Item<'t>, DomainDecl)>,
    pub(super) composites: Vec<(Item<'t>, CompositeDecl)>,
    pub(super) views: Vec<(Item<'t>, ViewDecl)>,
    pub(super) macros: Vec<(Item<'t>, SchemaDecl)>,
    /// Items whose attributes are wrong: known to be tables or enums, not what of.
    pub(super) unreadable: BTreeSet<*const syn::Item>,
    /// Every item, in source order.
    pub(super) all: Vec<Item<'t>>,
    /// Items in modules that don't count.
    pub(super) left_out: Vec<Item<'t>>,
}

/// Reads the attributes of every declaration. A file that two modules share counts once.
pub(super) fn collect<'t>(tree: &'t Tree, choice: &Choice<'_>, findings: &mut Vec<Finding>) -> Declarations<'t> {
    let mut found = Declarations::default();
    let mut seen = BTreeSet::new();
    for (module, part) in
        tree.modules.iter().enumerate().flat_map(|(id, module)| module.parts.iter().map(move |part| (id, part)))
    {
        let Some(file) = tree.files.get(part.file).filter(|file| file.declares) else { continue };
        for item in items(tree, part).filter(|item| is_declaration(item)) {
            if seen.insert(std::ptr::from_ref(item)) {
                let at = ItemRef { module, file: part.file, item };
                let item = Item { at, span: item.span(), order: seen.len() };
                if !choice.counts(module) {
                    found.left_out.push(item);
                    continue;
                }
                found.all.push(item);
                if let Err(errors) = found.read(item) {
                    found.unreadable.insert(std::ptr::from_ref(at.item));
                    findings.extend(errors.into_iter().map(|error| finding(file, &error)));
                }
            }
        }
    }
    found
}

impl Item<'_> {
    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self.at.item {
            syn::Item::Struct(syntax) => syntax.ident.to_string(),
            syn::Item::Enum(syntax) => syntax.ident.to_string(),
            _ => "schema!".to_owned(),
        }
    }

    /// [`gate::fingerprint`] of the tokens that the item's macro gets.
    pub(super) fn fingerprint(&self) -> String {
        match self.at.item {
            syn::Item::Macro(syntax) => gate::fingerprint(syntax.mac.tokens.clone()),
            item => gate::fingerprint(item.to_token_stream()),
        }
    }
}

impl<'t> Declarations<'t> {
    fn read(&mut self, item: Item<'t>) -> syn::Result<()> {
        match item.at.item {
            syn::Item::Struct(syntax) => {
                let derives = |name| attrs::derives(&syntax.attrs, name);
                if derives("Table") {
                    self.tables.push((item, attrs::table(syntax)?));
                } else if derives("Domain") {
                    self.domains.push((item, attrs::domain(syntax)?));
                } else if derives("Composite") {
                    self.composites.push((item, attrs::composite(syntax)?));
                } else {
                    self.views.push((item, attrs::view(syntax)?));
                }
            }
            syn::Item::Enum(syntax) => self.enums.push((item, attrs::sql_enum(syntax)?)),
            syn::Item::Macro(syntax) => self.macros.push((item, attrs::schema_macro(syntax.mac.tokens.clone())?)),
            _ => {}
        }
        Ok(())
    }
}

/// An attribute's error, whose message holds its ways out as [`Finding::text`] lays them out.
pub(super) fn finding(file: &SourceFile, error: &syn::Error) -> Finding {
    let text = error.to_string();
    let mut lines = text.split("\n  help: ");
    let finding = Finding::error(Some(file.place(error.span())), lines.next().unwrap_or_default());
    lines.fold(finding, Finding::help)
}
