//! What the build step hands to the macros: each item's findings, and what its derive needs to know.
//!
//! The build step writes one file into its OUT_DIR and names it in the environment variable [`ENV`]; a macro
//! looks up its own item by [`fingerprint`] and emits the findings at their tokens.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::sync::{Mutex, PoisonError};

use proc_macro2::{Delimiter, Ident, LineColumn, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote_spanned};

use crate::attrs;
use crate::diag::Finding;
use crate::quick_hash::quick_hash;

/// The environment variable that holds the gate file's path.
pub const ENV: &str = "SCHEMA_GATE";

/// The gate file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// By [`fingerprint`].
    pub items: BTreeMap<String, GateItem>,
}

/// What one item's macro needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateItem {
    /// Findings within the item; their places are absolute lines and columns of its file.
    pub findings: Vec<Finding>,
    /// Field name to the Rust type the scan took it for, to be asserted ([`crate::model::Declared::field_types`]).
    pub field_types: Vec<(String, String)>,
}

/// The items of a gate file that was read, each as the text of its [`GateItem`].
type Lines = BTreeMap<String, String>;

/// The gate file that this process read last. A compiler runs one derive after the other, each of which asks for its item;
/// a file's name follows from its content.
static LAST: Mutex<Option<(OsString, Lines)>> = Mutex::new(None);

/// What the build step of this crate says of an item. Nothing without a build step or its file: an editor that runs no
/// build scripts must still see its code compile.
#[must_use]
pub fn item_from_env(tokens: &TokenStream) -> GateItem {
    let Some(path) = std::env::var_os(ENV) else { return GateItem::default() };
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.as_ref().is_none_or(|(read, _)| *read != path) {
        let lines = fs::read_to_string(&path).map(|text| lines(&text)).unwrap_or_default();
        *last = Some((path, lines));
    }
    let lines = last.as_ref().map(|(_, lines)| lines);
    let line = lines.and_then(|lines| lines.get(&fingerprint(tokens.clone())));
    line.map(|line| GateItem::read(line)).unwrap_or_default()
}

fn lines(text: &str) -> Lines {
    let pairs = text.lines().filter_map(|line| line.split_once(' '));
    pairs.map(|(fingerprint, item)| (fingerprint.to_owned(), item.to_owned())).collect()
}

impl Gate {
    /// Adds what another database's build step found.
    pub(crate) fn merge(&mut self, other: Self) {
        for (fingerprint, item) in other.items {
            let own = self.items.entry(fingerprint).or_default();
            let new: Vec<Finding> = item.findings.into_iter().filter(|it| !own.findings.contains(it)).collect();
            own.findings.extend(new);
            if own.field_types.is_empty() {
                own.field_types = item.field_types;
            }
        }
    }

    /// The file's text: a line for each item, so that a macro reads its own alone.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (fingerprint, item) in &self.items {
            text.push_str(fingerprint);
            text.push(' ');
            item.write(&mut text);
            text.push('\n');
        }
        text
    }
}

impl GateItem {
    /// The findings as JSON, which has no tab in it, then the fields, each after a tab: name, space, type. Findings are
    /// rare, and there are many fields.
    fn write(&self, text: &mut String) {
        if !self.findings.is_empty() {
            // Strings, numbers and lists: nothing in it can fail to be written.
            text.push_str(&serde_json::to_string(&self.findings).unwrap_or_default());
        }
        for (name, ty) in &self.field_types {
            for part in ["\t", name, " ", ty] {
                text.push_str(part);
            }
        }
    }

    fn read(line: &str) -> Self {
        let mut parts = line.split('\t');
        let findings = parts.next().and_then(|findings| serde_json::from_str(findings).ok()).unwrap_or_default();
        let fields = parts.filter_map(|field| field.split_once(' '));
        Self { findings, field_types: fields.map(|(name, ty)| (name.to_owned(), ty.to_owned())).collect() }
    }
}

/// What identifies an item to both the scan, which reads its file, and its derive, which gets its tokens.
///
/// Only what both see the same is hashed: name, fields and the attributes that make the schema, without `cfg_attr`,
/// fields behind `cfg`, documentation, other derives' attributes, visibility and invisible groups. Tokens that are no item (the body of
/// `schema!`) are hashed as they are.
#[must_use]
pub fn fingerprint(tokens: TokenStream) -> String {
    match syn::parse2::<syn::DeriveInput>(tokens.clone()) {
        Ok(syn::DeriveInput { attrs, ident, data: syn::Data::Struct(data), .. }) => {
            fingerprint_of_struct(&attrs, &ident, &data.fields)
        }
        Ok(syn::DeriveInput { attrs, ident, data: syn::Data::Enum(data), .. }) => {
            fingerprint_of_enum(&attrs, &ident, data.variants.iter())
        }
        _ => {
            let mut print = Print::default();
            print.feed(tokens);
            print.digest()
        }
    }
}

/// [`fingerprint`] of a parsed struct.
pub(crate) fn fingerprint_of_struct(attrs: &[syn::Attribute], ident: &Ident, fields: &syn::Fields) -> String {
    let mut print = Print::default();
    print.add(attrs, ident);
    for field in fields.iter().filter(|field| is_always_there(&field.attrs)) {
        match &field.ident {
            Some(ident) => print.add(&field.attrs, ident),
            None => print.attributes(&field.attrs),
        }
        print.ty(&field.ty);
    }
    print.digest()
}

/// [`fingerprint`] of a parsed enum.
pub(crate) fn fingerprint_of_enum<'a>(
    attrs: &[syn::Attribute],
    ident: &Ident,
    variants: impl Iterator<Item = &'a syn::Variant>,
) -> String {
    let mut print = Print::default();
    print.add(attrs, ident);
    for variant in variants.filter(|variant| is_always_there(&variant.attrs)) {
        print.add(&variant.attrs, &variant.ident);
    }
    print.digest()
}

/// A field behind `cfg` is an error, which must reach the derive whether the derive sees the field or not.
fn is_always_there(attrs: &[syn::Attribute]) -> bool {
    !attrs.iter().any(|attribute| attribute.path().is_ident("cfg"))
}

/// What is hashed, token by token, since the compiler and syn space tokens differently.
#[derive(Default)]
struct Print(String);

impl Print {
    fn add(&mut self, attrs: &[syn::Attribute], ident: &Ident) {
        self.attributes(attrs);
        self.leaf(ident);
    }

    fn attributes(&mut self, attrs: &[syn::Attribute]) {
        attrs::unconditional(attrs).iter().for_each(|attribute| self.attribute(attribute));
    }

    /// What [`feed`](Self::feed) makes of its tokens, which it does not copy out: attributes are many.
    fn attribute(&mut self, attribute: &syn::Attribute) {
        self.punct("#");
        self.0.push('[');
        match &attribute.meta {
            syn::Meta::Path(path) => self.path(path),
            syn::Meta::List(list) => {
                self.path(&list.path);
                let (open, close) = match list.delimiter {
                    syn::MacroDelimiter::Paren(_) => ("(", ")"),
                    syn::MacroDelimiter::Brace(_) => ("{", "}"),
                    syn::MacroDelimiter::Bracket(_) => ("[", "]"),
                };
                self.0.push_str(open);
                self.feed(list.tokens.clone());
                self.0.push_str(close);
            }
            meta @ syn::Meta::NameValue(_) => self.feed(meta.to_token_stream()),
        }
        self.0.push(']');
    }

    fn ty(&mut self, ty: &syn::Type) {
        match ty {
            syn::Type::Path(syn::TypePath { attrs, qself: None, path }) if attrs.is_empty() => self.path(path),
            ty => self.feed(ty.to_token_stream()),
        }
    }

    fn path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_some() {
            self.colons();
        }
        for (index, segment) in path.segments.iter().enumerate() {
            if index > 0 {
                self.colons();
            }
            self.leaf(&segment.ident);
            match &segment.arguments {
                syn::PathArguments::None => {}
                syn::PathArguments::AngleBracketed(arguments) => self.arguments(arguments),
                arguments @ syn::PathArguments::Parenthesized(_) => self.feed(arguments.to_token_stream()),
            }
        }
    }

    fn arguments(&mut self, arguments: &syn::AngleBracketedGenericArguments) {
        if arguments.colon2_token.is_some() {
            self.colons();
        }
        self.punct("<");
        for pair in arguments.args.pairs() {
            match pair.value() {
                syn::GenericArgument::Type(ty) => self.ty(ty),
                argument => self.feed(argument.to_token_stream()),
            }
            if pair.punct().is_some() {
                self.punct(",");
            }
        }
        self.punct(">");
    }

    fn feed(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    self.0.push_str(open);
                    self.feed(group.stream());
                    self.0.push_str(close);
                }
                TokenTree::Punct(punct) => {
                    self.0.push(punct.as_char());
                    self.0.push('\0');
                }
                token => self.leaf(&token),
            }
        }
    }

    /// An identifier or a literal.
    fn leaf(&mut self, token: &impl std::fmt::Display) {
        // A String takes whatever is written.
        let _ = write!(self.0, "{token}\0");
    }

    fn colons(&mut self) {
        self.punct(":");
        self.punct(":");
    }

    fn punct(&mut self, punct: &str) {
        self.0.push_str(punct);
        self.0.push('\0');
    }

    fn digest(&self) -> String {
        quick_hash(&self.0)
    }
}

/// The findings as the compiler shows them: errors as `compile_error!`, warnings as uses of a deprecated constant,
/// each at the token of `item` that starts at its place, or else at `fallback`.
///
/// `shown` are errors that the macro emits anyway; the same finding is not repeated.
#[must_use]
pub fn emit(item: &TokenStream, fallback: Span, findings: &[Finding], shown: Option<&syn::Error>) -> TokenStream {
    let shown: Vec<(LineColumn, String)> =
        shown.into_iter().flatten().map(|error| (error.span().start(), error.to_string())).collect();
    let mut emitted = TokenStream::new();
    for finding in findings {
        let span = finding.place.as_ref().and_then(|place| token_at(item, place.line, place.column));
        let span = span.unwrap_or(fallback);
        let text = finding.text();
        if shown.contains(&(span.start(), text.clone())) {
            continue;
        }
        emitted.extend(if finding.is_error() {
            syn::Error::new(span, text).to_compile_error()
        } else {
            warning(span, &text)
        });
    }
    emitted
}

/// Line and column count from 1.
fn token_at(tokens: &TokenStream, line: usize, column: usize) -> Option<Span> {
    let wanted = LineColumn { line, column: column.checked_sub(1)? };
    tokens.clone().into_iter().find_map(|token| match &token {
        _ if token.span().start() == wanted => Some(match &token {
            TokenTree::Group(group) if group.delimiter() != Delimiter::None => group.span_open(),
            token => token.span(),
        }),
        TokenTree::Group(group) => token_at(&group.stream(), line, column),
        _ => None,
    })
}

/// Stable Rust lets no macro warn; it does warn where a deprecated item is used.
fn warning(span: Span, text: &str) -> TokenStream {
    let name: Ident = format_ident!("schema_warning", span = span);
    quote_spanned! {span=>
        const _: () = {
            #[deprecated(note = #text)]
            #[allow(non_upper_case_globals)]
            const #name: () = ();
            #name
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    fn print(source: &str) -> String {
        fingerprint(source.parse().unwrap())
    }

    #[test]
    fn the_source_and_the_derives_input_have_one_fingerprint() {
        let source = r#"
            /// Documented.
            #[derive(Debug, Table)]
            #[cfg_attr(feature = "ssr", derive(Other), sqlx(default))]
            #[table(name = "t", index(a, expr = "x"))]
            pub struct T { #[serde(default)] #[column(unique)] pub(crate) a: Vec< Option<i64> >, b : i64, }
        "#;
        let derived = r#"
            #[doc = " Documented."] #[sqlx(default)]
            #[table(name="t",index(a,expr="x"))]
            struct T{#[column(unique)]a:Vec<Option<i64>>,b:i64}
        "#;
        assert_eq!(print(source), print(derived));
        let parsed: syn::ItemStruct = syn::parse_str(source).unwrap();
        assert_eq!(fingerprint_of_struct(&parsed.attrs, &parsed.ident, &parsed.fields), print(derived));
        assert_eq!(print(source).len(), 32);
    }

    #[test]
    fn what_is_not_copied_out_is_hashed_as_its_tokens_are() {
        let types = [
            "::core::option::Option<std::vec::Vec<u8>>",
            "a::B<'static, i64, 3, C = D,>",
            "Vec::<u8>",
            "Box<dyn Fn(u8) -> u8>",
            "(i64, [u8; 4])",
            "<A as B>::C",
            "&'static r#type::T",
            "Box<dyn A + 'a>",
        ];
        let attributes =
            ["table(name = \"t\")", "table[a, b = 1.5]", "::table", "table{a}", "table", "table = \"x\"", "a::table"];
        let types = types.map(|ty| format!("struct T {{ a: {ty} }}"));
        let attributes = attributes.map(|attribute| format!("#[{attribute}] struct T(u8);"));
        for source in types.iter().chain(&attributes) {
            let item: syn::ItemStruct = syn::parse_str(source).unwrap();
            let (mut quick, mut plain) = (Print::default(), Print::default());
            for attribute in &item.attrs {
                quick.attribute(attribute);
                plain.feed(attribute.to_token_stream());
            }
            for field in &item.fields {
                quick.ty(&field.ty);
                plain.feed(field.ty.to_token_stream());
            }
            assert_eq!(quick.0, plain.0, "{source}");
        }
    }

    #[test]
    fn a_field_behind_cfg_leaves_the_fingerprint_as_it_is() {
        assert_eq!(print("struct T { a: i64, #[cfg(windows)] b: i64 }"), print("struct T { a: i64 }"));
    }

    #[test]
    fn whatever_makes_the_schema_changes_the_fingerprint() {
        let base = r#"#[table(name = "t")] struct T { a: i64 }"#;
        for other in [
            r#"#[table(name = "u")] struct T { a: i64 }"#,
            r#"#[table(name = "t")] struct U { a: i64 }"#,
            r#"#[table(name = "t")] struct T { b: i64 }"#,
            r#"#[table(name = "t")] struct T { a: i32 }"#,
            r#"#[table(name = "t")] struct T { #[sqlx(skip)] a: i64 }"#,
        ] {
            assert_ne!(print(base), print(other), "{other}");
        }
        assert_ne!(print("schema app;"), print("schema ap; p"));
    }

    #[test]
    fn invisible_groups_do_not_count() {
        let inner: TokenStream = "i64".parse().unwrap();
        let grouped = TokenTree::Group(proc_macro2::Group::new(Delimiter::None, inner));
        assert_eq!(fingerprint(quote::quote!(struct T { a: #grouped })), print("struct T { a: i64 }"));
    }

    #[test]
    fn a_gate_survives_its_file() {
        let finding = Finding::error(None, "table `t` is\t\"odd\"").help("do\nthis");
        let types = ["::core::primitive::i64", "[u8 ; 4]"].map(|ty| ("a".to_owned(), ty.to_owned()));
        let plain = GateItem { findings: Vec::new(), field_types: types.to_vec() };
        let odd = GateItem { findings: vec![finding], ..plain.clone() };
        let items = BTreeMap::from([
            ("f".to_owned(), odd.clone()),
            ("g".to_owned(), GateItem::default()),
            ("h".to_owned(), plain.clone()),
        ]);
        let read = lines(&Gate { items }.to_text());
        assert_eq!(GateItem::read(&read["f"]), odd);
        assert_eq!(GateItem::read(&read["g"]), GateItem::default());
        assert_eq!(GateItem::read(&read["h"]), plain);
    }

    #[test]
    fn findings_are_emitted_once_and_at_their_tokens() {
        let item: TokenStream = "struct T {\n    #[column(unique)]\n    a: i64,\n}".parse().unwrap();
        let place = |line, column| Some(Place { file: "src/lib.rs".into(), line, column });
        let starts = |findings: &[Finding], shown: Option<&syn::Error>| {
            let emitted = emit(&item, Span::call_site(), findings, shown).to_string();
            (emitted.matches("compile_error").count(), emitted.matches("deprecated").count())
        };
        let unique = Finding::error(place(2, 14), "a");
        assert_eq!(token_at(&item, 2, 14).map(|span| span.start()), Some(LineColumn { line: 2, column: 13 }));
        assert_eq!(token_at(&item, 2, 15).map(|span| span.start()), None);
        assert_eq!(starts(&[unique.clone(), Finding::warning(place(9, 9), "b")], None), (1, 1));
        let same = syn::Error::new(token_at(&item, 2, 14).unwrap(), "a");
        assert_eq!(starts(&[unique], Some(&same)), (0, 0));
    }
}
