//! Attributes behind `cfg`: the schema must not depend on features or targets (BUGS.md B30).

use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use super::context::Context;

/// The attributes whose content makes the schema.
const OURS: [&str; 8] = ["table", "column", "sqlx", "sql_enum", "label", "domain", "composite", "view"];

/// An attribute, and the condition of the `cfg_attr` it stands in.
struct Conditional {
    attribute: Attribute,
    condition: Option<String>,
}

/// True when the attributes hold `derive(name)`, by whatever path, also behind `cfg_attr`.
#[must_use]
pub fn derives(attrs: &[Attribute], name: &str) -> bool {
    opened(attrs).iter().any(|conditional| names_derive(&conditional.attribute, name))
}

/// The attributes that make the schema, with those behind `cfg_attr` opened.
///
/// A derive sees `cfg_attr` resolved already; the scan doesn't, and both must see the same.
pub(crate) fn unconditional(attrs: &[Attribute]) -> Vec<Attribute> {
    opened(attrs).into_iter().map(|conditional| conditional.attribute).filter(is_ours).collect()
}

/// The attributes named `name`.
pub(super) fn named(attrs: &[Attribute], name: &str) -> Vec<Attribute> {
    unconditional(attrs).into_iter().filter(|attribute| attribute.path().is_ident(name)).collect()
}

/// The conditions under which one of these derives is there.
pub(super) fn derive_conditions(attrs: &[Attribute], name: &str) -> Vec<String> {
    let derives = opened(attrs).into_iter().filter(|conditional| names_derive(&conditional.attribute, name));
    derives.filter_map(|conditional| conditional.condition).collect()
}

/// Reports attributes of ours under another condition than the derive's.
pub(super) fn check_attrs(cx: &Context, attrs: &[Attribute], derived_under: &[String]) {
    for Conditional { attribute, condition } in opened(attrs) {
        let Some(condition) = condition.filter(|condition| is_ours(&attribute) && !derived_under.contains(condition))
        else {
            continue;
        };
        let name = attribute.path().to_token_stream();
        cx.error_with_help(
            span(&attribute),
            format_args!(
                "`{name}` behind `cfg_attr({condition}, ..)`: the schema must not depend on features or targets"
            ),
            "write it without `cfg_attr`, or put the derive behind the same condition",
        );
    }
}

/// Reports `#[cfg(..)]` on a field or variant.
pub(super) fn check_cfg(cx: &Context, attrs: &[Attribute], what: &str) {
    for attribute in attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        cx.error_with_help(
            span(attribute),
            format_args!("`cfg` on a {what}: the schema must not depend on features or targets"),
            "remove the `cfg`",
        );
    }
}

fn span(attribute: &Attribute) -> proc_macro2::Span {
    let first = attribute.path().segments.first();
    first.map_or_else(proc_macro2::Span::call_site, |segment| segment.ident.span())
}

fn is_ours(attribute: &Attribute) -> bool {
    OURS.iter().any(|name| attribute.path().is_ident(name))
}

fn names_derive(attribute: &Attribute, name: &str) -> bool {
    if !attribute.path().is_ident("derive") {
        return false;
    }
    let Ok(paths) = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated) else {
        return false;
    };
    paths.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == name))
}

fn opened(attrs: &[Attribute]) -> Vec<Conditional> {
    attrs.iter().flat_map(|attribute| open(attribute.clone(), None)).collect()
}

/// `cfg_attr(a, cfg_attr(b, x))` is `x` under `a, b`. What isn't well-formed is the compiler's to report.
fn open(attribute: Attribute, condition: Option<String>) -> Vec<Conditional> {
    if !attribute.path().is_ident("cfg_attr") {
        return vec![Conditional { attribute, condition }];
    }
    let Ok(metas) = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return Vec::new();
    };
    let mut metas = metas.into_iter();
    let Some(own) = metas.next().map(|meta| meta.to_token_stream().to_string()) else { return Vec::new() };
    let condition = condition.map_or(own.clone(), |outer| format!("{outer}, {own}"));
    let inner = metas.map(|meta| Attribute { meta, ..attribute.clone() });
    inner.flat_map(|inner| open(inner, Some(condition.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attrs(text: &str) -> Vec<Attribute> {
        syn::parse_str::<syn::ItemStruct>(&format!("{text} struct S;")).unwrap().attrs
    }

    #[test]
    fn a_derive_is_recognised_by_its_last_segment_and_behind_cfg_attr() {
        assert!(derives(&attrs("#[derive(Debug, Table)]"), "Table"));
        assert!(derives(&attrs("#[derive(Clone)] #[derive(schema_runtime::Table)]"), "Table"));
        assert!(derives(
            &attrs(r#"#[cfg_attr(feature = "ssr", derive(::schema_runtime::Table), table(name = "t"))]"#),
            "Table"
        ));
        assert!(!derives(&attrs("#[derive(Tables, TableX)] #[table(name = \"t\")]"), "Table"));
    }
}
