//! What a file holds, as far as the module tree needs it: child modules, and whether it declares anything.

use serde::{Deserialize, Serialize};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::cfg;

/// A file in short. Remembered from scan to scan by the file's hash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Summary {
    /// Whether a table, a type, a view or a `schema! {}` stands in it.
    pub(super) declares: bool,
    /// Its child modules and included files, in order, without those of tests.
    pub(super) children: Vec<Child>,
}

/// A child module or an included file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Child {
    pub(super) kind: ChildKind,
    /// The module's name without `r#`; empty for an included file.
    pub(super) name: String,
    /// `#[path = ".."]`, or the included file.
    pub(super) path: Option<String>,
    /// Behind a cfg, so that its file may be missing.
    pub(super) conditional: bool,
    pub(super) public: bool,
    /// Where it is declared, both from 1.
    pub(super) line: usize,
    pub(super) column: usize,
    /// Of an inline module.
    pub(super) children: Vec<Child>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ChildKind {
    /// `mod x;`
    File,
    /// `mod x { .. }`
    Inline,
    /// `include!("x.rs");`
    Include,
}

/// True when the text may hold a module, an included file or a declaration; false saves parsing it.
pub(super) fn is_worth_parsing(text: &str) -> bool {
    may_declare(text) || text.contains("include") || has_word(text, "mod")
}

/// The derives on structs.
const DERIVES: [&str; 4] = ["Table", "Domain", "Composite", "View"];

fn may_declare(text: &str) -> bool {
    DERIVES.iter().any(|name| text.contains(name)) || text.contains("SqlEnum") || has_word(text, "schema")
}

fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text.get(..start).and_then(|head| head.chars().next_back());
        let after = text.get(start + word.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

impl Summary {
    /// Of a parsed file.
    pub(super) fn of(file: &syn::File) -> Self {
        if cfg::is_test(&file.attrs) {
            return Self::default();
        }
        Self { declares: declares(&file.items), children: children(&file.items) }
    }
}

fn declares(items: &[syn::Item]) -> bool {
    items.iter().filter(|item| !cfg::is_test(cfg::attrs(item))).any(|item| match item {
        syn::Item::Mod(module) => module.content.as_ref().is_some_and(|(_, items)| declares(items)),
        item => is_declaration(item),
    })
}

/// True for an item that the scan lowers.
pub(super) fn is_declaration(item: &syn::Item) -> bool {
    match item {
        syn::Item::Struct(item) => DERIVES.iter().any(|name| crate::attrs::derives(&item.attrs, name)),
        syn::Item::Enum(item) => crate::attrs::derives(&item.attrs, "SqlEnum"),
        syn::Item::Macro(item) => is_macro(item, &["schema_runtime", "schema_macros"], "schema"),
        _ => false,
    }
}

/// `name!` or `owner::name!`.
fn is_macro(item: &syn::ItemMacro, owners: &[&str], name: &str) -> bool {
    let mut segments = item.mac.path.segments.iter().rev();
    let named = segments.next().is_some_and(|segment| segment.ident == name);
    item.ident.is_none() && named && segments.next().is_none_or(|owner| owners.iter().any(|known| owner.ident == known))
}

/// The child modules and included files among items, each with the items that an inline module holds.
pub(super) fn child_items(items: &[syn::Item]) -> impl Iterator<Item = (Child, Option<&[syn::Item]>)> {
    items.iter().filter(|item| !cfg::is_test(cfg::attrs(item))).filter_map(|item| match item {
        syn::Item::Mod(item) => Some((module(item), item.content.as_ref().map(|(_, items)| items.as_slice()))),
        syn::Item::Macro(item) => Some((included(item)?, None)),
        _ => None,
    })
}

fn children(items: &[syn::Item]) -> Vec<Child> {
    child_items(items)
        .map(|(child, inner)| Child { children: inner.map(children).unwrap_or_default(), ..child })
        .collect()
}

fn module(item: &syn::ItemMod) -> Child {
    let start = item.ident.span().start();
    Child {
        kind: if item.content.is_some() { ChildKind::Inline } else { ChildKind::File },
        name: item.ident.unraw().to_string(),
        path: path_attribute(&item.attrs),
        conditional: cfg::is_conditional(&item.attrs),
        public: is_public(&item.vis),
        line: start.line,
        column: start.column + 1,
        children: Vec::new(),
    }
}

/// `include!("x.rs")` with a plain literal; what a build script generates (`concat!(env!("OUT_DIR"), ..)`) is no source.
fn included(item: &syn::ItemMacro) -> Option<Child> {
    if !is_macro(item, &["std", "core"], "include") {
        return None;
    }
    let literal: syn::LitStr = syn::parse2(item.mac.tokens.clone()).ok()?;
    let start = item.mac.span().start();
    Some(Child {
        kind: ChildKind::Include,
        name: String::new(),
        path: Some(literal.value()),
        conditional: cfg::is_conditional(&item.attrs),
        public: true,
        line: start.line,
        column: start.column + 1,
        children: Vec::new(),
    })
}

fn path_attribute(attrs: &[syn::Attribute]) -> Option<String> {
    attrs.iter().find_map(|attr| match &attr.meta {
        syn::Meta::NameValue(syn::MetaNameValue { path, value: syn::Expr::Lit(value), .. })
            if path.is_ident("path") =>
        {
            match &value.lit {
                syn::Lit::Str(text) => Some(text.value()),
                _ => None,
            }
        }
        _ => None,
    })
}

/// Whether other modules than the item's own and those within it see it.
pub(super) fn is_public(visibility: &syn::Visibility) -> bool {
    match visibility {
        syn::Visibility::Public(_) => true,
        syn::Visibility::Restricted(restricted) => !restricted.path.is_ident("self"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_only_whole() {
        assert!(has_word("pub mod x;", "mod") && has_word("mod", "mod") && has_word("a;mod\tx;", "mod"));
        assert!(!has_word("model modify r_mod mod2 modж", "mod"));
    }

    #[test]
    fn a_file_of_plain_code_needs_no_parse() {
        assert!(!is_worth_parsing("use a::b;\npub fn model() {}\n"));
        assert!(is_worth_parsing("#[derive(Table)] struct A;") && is_worth_parsing("schema! {}"));
    }
}
