//! From a file's syntax tree to its outline.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::{
    Child, ChildKind, Decl, Declaration, Fault, Flattened, Import, Item, ItemKind, Newtype, Outline, Parameter, Struct,
};
use crate::attrs;
use crate::decl::{Mark, RustPath, RustType};
use crate::gate;
use crate::scan::cfg;

/// True when the text can't hold a module, an included file or a declaration, which saves parsing it.
pub(crate) fn is_plain(text: &str) -> bool {
    !(may_declare(text) || text.contains("include") || has_word(text, "mod"))
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

/// The outline of a parsed file.
pub(in crate::scan) fn outline(file: &syn::File) -> Outline {
    if cfg::is_test(&file.attrs) { Outline::default() } else { of_items(&file.items) }
}

fn of_items(items: &[syn::Item]) -> Outline {
    let mut outline = Outline::default();
    for item in items.iter().filter(|item| !cfg::is_test(cfg::attrs(item))) {
        outline.add(item);
    }
    outline
}

impl Outline {
    fn add(&mut self, item: &syn::Item) {
        match item {
            syn::Item::Struct(syntax) => self.add_struct(item, syntax),
            syn::Item::Enum(syntax) => {
                let declares = attrs::derives(&syntax.attrs, "SqlEnum");
                let declaration = declares.then(|| declaration(item, || attrs::sql_enum(syntax).map(Decl::Enum)));
                let kind = ItemKind::Enum(stored_integer(&syntax.attrs));
                self.add_item(&syntax.ident, &syntax.vis, kind, declaration);
            }
            syn::Item::Type(syntax) => {
                let kind =
                    ItemKind::Alias { generics: parameters(&syntax.generics), ty: RustType::from(syntax.ty.as_ref()) };
                self.add_item(&syntax.ident, &syntax.vis, kind, None);
            }
            syn::Item::Union(syntax) => self.add_item(&syntax.ident, &syntax.vis, ItemKind::Other, None),
            syn::Item::Trait(syntax) => self.add_item(&syntax.ident, &syntax.vis, ItemKind::Other, None),
            syn::Item::Use(syntax) => {
                let start =
                    RustPath { absolute: syntax.leading_colon.is_some(), segments: Vec::new(), arguments: Vec::new() };
                self.add_use(&syntax.tree, start, is_public(&syntax.vis));
            }
            syn::Item::ExternCrate(syntax) => self.add_extern_crate(syntax),
            syn::Item::Mod(syntax) => self.children.push(module(syntax)),
            syn::Item::Macro(syntax) if is_macro(syntax, &["schema_runtime", "schema_macros"], "schema") => {
                let read = || attrs::schema_macro(syntax.mac.tokens.clone()).map(Decl::Schema);
                let declaration = Some(declaration(item, read));
                self.items.push(Item { name: None, public: false, kind: ItemKind::Macro, declaration });
            }
            syn::Item::Macro(syntax) => self.children.extend(included(syntax)),
            _ => {}
        }
    }

    fn add_item(
        &mut self,
        ident: &syn::Ident,
        visibility: &syn::Visibility,
        kind: ItemKind,
        declaration: Option<Declaration>,
    ) {
        let name = Some(ident.unraw().to_string());
        self.items.push(Item { name, public: is_public(visibility), kind, declaration });
    }

    fn add_struct(&mut self, item: &syn::Item, syntax: &syn::ItemStruct) {
        let derived = attrs::derived(&syntax.attrs);
        let derive = DERIVES.into_iter().find(|name| derived.iter().any(|derived| derived == name));
        let read = || match derive {
            Some("Table") => attrs::table(syntax).map(Box::new).map(Decl::Table),
            Some("Domain") => attrs::domain(syntax).map(Box::new).map(Decl::Domain),
            Some("Composite") => attrs::composite(syntax).map(Decl::Composite),
            _ => attrs::view(syntax).map(Box::new).map(Decl::View),
        };
        let declaration = derive.map(|_| declaration(item, read));
        let flattened = match (derive, &syntax.fields) {
            (Some("Table"), _) | (_, syn::Fields::Unnamed(_) | syn::Fields::Unit) => Ok(Flattened::default()),
            _ => attrs::flattened(syntax)
                .map(|(fields, rename_all)| Flattened { fields, rename_all })
                .map_err(|error| faults(&error)),
        };
        let shape = Struct {
            generics: parameters(&syntax.generics),
            is_unit: matches!(syntax.fields, syn::Fields::Unit),
            newtype: newtype(syntax, &derived),
            flattened,
        };
        self.add_item(&syntax.ident, &syntax.vis, ItemKind::Struct(Box::new(shape)), declaration);
    }

    fn add_extern_crate(&mut self, item: &syn::ItemExternCrate) {
        let Some((_, name)) = &item.rename else { return };
        let (name, krate) = (name.unraw().to_string(), item.ident.unraw().to_string());
        self.crates.push((name.clone(), krate.clone()));
        let (absolute, segment) = if krate == "self" { (false, "crate".to_owned()) } else { (true, krate) };
        let path = RustPath { absolute, segments: vec![segment], arguments: Vec::new() };
        self.add_import(name, path, is_public(&item.vis));
    }

    fn add_use(&mut self, tree: &syn::UseTree, mut path: RustPath, public: bool) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.segments.push(tree.ident.unraw().to_string());
                self.add_use(&tree.tree, path, public);
            }
            syn::UseTree::Name(tree) => self.import(&tree.ident, None, path, public),
            syn::UseTree::Rename(tree) => self.import(&tree.ident, Some(&tree.rename), path, public),
            syn::UseTree::Glob(_) => self.globs.push((path, public)),
            syn::UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.add_use(tree, path.clone(), public)),
        }
    }

    /// `use a::b`, `use a::{self}`, `use a::b as c`.
    fn import(&mut self, ident: &syn::Ident, rename: Option<&syn::Ident>, mut path: RustPath, public: bool) {
        if ident != "self" || path.segments.is_empty() {
            path.segments.push(ident.unraw().to_string());
        }
        let name = rename.map(|rename| rename.unraw().to_string()).or_else(|| path.segments.last().cloned());
        if let Some(name) = name.filter(|name| name != "_") {
            self.add_import(name, path, public);
        }
    }

    fn add_import(&mut self, name: String, path: RustPath, public: bool) {
        self.imports.push(Import { name, path, public });
    }
}

fn declaration(item: &syn::Item, read: impl FnOnce() -> syn::Result<Decl>) -> Declaration {
    let fingerprint = match item {
        syn::Item::Struct(item) => gate::fingerprint_of_struct(&item.attrs, &item.ident, &item.fields),
        syn::Item::Enum(item) => gate::fingerprint_of_enum(&item.attrs, &item.ident, item.variants.iter()),
        syn::Item::Macro(item) => gate::fingerprint(item.mac.tokens.clone()),
        item => gate::fingerprint(quote::ToTokens::to_token_stream(item)),
    };
    let (start, end) = extent(item);
    Declaration {
        start: Mark::from(start),
        end: Mark::end_of(end),
        fingerprint,
        conditional: cfg::removes_any(item),
        read: read().map_err(|error| faults(&error)),
    }
}

/// The first token and the last one.
fn extent(item: &syn::Item) -> (Span, Span) {
    match item {
        syn::Item::Struct(item) => {
            let end = match (&item.fields, &item.semi_token) {
                (_, Some(semicolon)) => semicolon.span,
                (syn::Fields::Named(fields), None) => fields.brace_token.span.close(),
                (_, None) => item.ident.span(),
            };
            (start(&item.attrs, &item.vis, item.struct_token.span), end)
        }
        syn::Item::Enum(item) => (start(&item.attrs, &item.vis, item.enum_token.span), item.brace_token.span.close()),
        item => (item.span(), item.span()),
    }
}

fn start(attrs: &[syn::Attribute], visibility: &syn::Visibility, keyword: Span) -> Span {
    match (attrs.first(), visibility) {
        (Some(attribute), _) => attribute.pound_token.span,
        (None, syn::Visibility::Public(word)) => word.span,
        (None, syn::Visibility::Restricted(restricted)) => restricted.pub_token.span,
        (None, syn::Visibility::Inherited) => keyword,
    }
}

fn faults(error: &syn::Error) -> Vec<Fault> {
    error.into_iter().map(|error| Fault { mark: error.span().into(), text: error.to_string() }).collect()
}

fn parameters(generics: &syn::Generics) -> Vec<Parameter> {
    let parameters = generics.type_params().map(|parameter| Parameter {
        name: parameter.ident.unraw().to_string(),
        default: parameter.default.as_ref().map(|(_, ty)| RustType::from(ty)),
    });
    parameters.collect()
}

/// A struct with one field that sqlx takes for that field.
fn newtype(item: &syn::ItemStruct, derived: &[String]) -> Option<Newtype> {
    let mut fields = item.fields.iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let options = SqlxType::of(&item.attrs);
    let derives = derived.iter().any(|name| name == "Type") && matches!(item.fields, syn::Fields::Unnamed(_));
    if !derives && !options.transparent {
        return None;
    }
    let type_name = options.type_name.filter(|_| !options.transparent);
    Some(Newtype { inner: RustType::from(&field.ty), type_name })
}

/// What `#[sqlx(..)]` says of a newtype.
#[derive(Default)]
struct SqlxType {
    transparent: bool,
    type_name: Option<String>,
}

impl SqlxType {
    fn of(attrs: &[syn::Attribute]) -> Self {
        let mut found = Self::default();
        for attr in attrs::unconditional(attrs).iter().filter(|attr| attr.path().is_ident("sqlx")) {
            // What sqlx does not understand it reports itself.
            let _ = attr.parse_nested_meta(|meta| {
                if meta.path.is_ident("transparent") {
                    found.transparent = true;
                } else if meta.path.is_ident("type_name") {
                    found.type_name = Some(meta.value()?.parse::<syn::LitStr>()?.value());
                }
                Ok(())
            });
        }
        found
    }
}

/// `#[repr(i32)]`, by which sqlx stores an enum that derives `Type` as a number.
fn stored_integer(attrs: &[syn::Attribute]) -> Option<String> {
    let repr = attrs.iter().find(|attr| attr.path().is_ident("repr")).filter(|_| attrs::derives(attrs, "Type"))?;
    let name = repr.parse_args::<syn::Ident>().ok()?.to_string();
    name.starts_with(['i', 'u']).then_some(name)
}

/// `name!` or `owner::name!`.
fn is_macro(item: &syn::ItemMacro, owners: &[&str], name: &str) -> bool {
    let mut segments = item.mac.path.segments.iter().rev();
    let named = segments.next().is_some_and(|segment| segment.ident == name);
    item.ident.is_none() && named && segments.next().is_none_or(|owner| owners.iter().any(|known| owner.ident == known))
}

fn module(item: &syn::ItemMod) -> Child {
    Child {
        kind: if item.content.is_some() { ChildKind::Inline } else { ChildKind::File },
        name: item.ident.unraw().to_string(),
        path: path_attribute(&item.attrs),
        conditional: cfg::is_conditional(&item.attrs),
        public: is_public(&item.vis),
        mark: item.ident.span().into(),
        inner: item.content.as_ref().map(|(_, items)| of_items(items)).unwrap_or_default(),
    }
}

/// `include!("x.rs")` with a plain literal; what a build script generates (`concat!(env!("OUT_DIR"), ..)`) is no source.
fn included(item: &syn::ItemMacro) -> Option<Child> {
    if !is_macro(item, &["std", "core"], "include") {
        return None;
    }
    let literal: syn::LitStr = syn::parse2(item.mac.tokens.clone()).ok()?;
    Some(Child {
        kind: ChildKind::Include,
        name: String::new(),
        path: Some(literal.value()),
        conditional: cfg::is_conditional(&item.attrs),
        public: true,
        mark: item.mac.span().into(),
        inner: Outline::default(),
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
fn is_public(visibility: &syn::Visibility) -> bool {
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
        assert!(is_plain("use a::b;\npub fn model() {}\n"));
        assert!(!is_plain("#[derive(Table)] struct A;") && !is_plain("schema! {}"));
    }

    #[test]
    fn an_items_extent_is_that_of_its_tokens() {
        for text in [
            "/// Said.\n#[derive(Table)]\npub struct A {\n    a: i64,\n}",
            "pub(crate) struct A(i64);",
            "struct A;",
            "  pub struct A<T>\nwhere\n    T: B,\n{ a: T }",
            "#[repr(i8)] enum A { B = 1 }",
            "enum A { B }",
            "schema! { extension(\"a\") }",
        ] {
            let item: syn::Item = syn::parse_str(text).unwrap();
            let (start, end) = extent(&item);
            assert_eq!((start.start(), end.end()), (item.span().start(), item.span().end()), "{text}");
        }
    }
}
