//! Attributes behind `cfg`: the schema must not depend on features or targets (BUGS.md B30).

use std::borrow::Cow;

use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use super::context::Context;

/// The attributes whose content makes the schema.
const OURS: [&str; 8] = ["table", "column", "sqlx", "sql_enum", "label", "domain", "composite", "view"];

/// An attribute, and the condition of the `cfg_attr` it stands in.
struct Conditional<'a> {
    attribute: Cow<'a, Attribute>,
    condition: Option<String>,
}

/// True when the attributes hold `derive(name)`, by whatever path, also behind `cfg_attr`.
#[must_use]
pub fn derives(attrs: &[Attribute], name: &str) -> bool {
    derived(attrs).iter().any(|derived| derived == name)
}

/// The last names of everything in `derive(..)`, also behind `cfg_attr`.
pub(crate) fn derived(attrs: &[Attribute]) -> Vec<String> {
    opened(attrs, is_derive).iter().flat_map(|conditional| derives_of(&conditional.attribute)).collect()
}

/// The attributes that make the schema, with those behind `cfg_attr` opened.
///
/// A derive sees `cfg_attr` resolved already; the scan doesn't, and both must see the same.
pub(crate) fn unconditional(attrs: &[Attribute]) -> Vec<Cow<'_, Attribute>> {
    opened(attrs, is_ours).into_iter().map(|conditional| conditional.attribute).collect()
}

/// The attributes named `name`.
pub(super) fn named<'a>(attrs: &'a [Attribute], name: &str) -> Vec<Cow<'a, Attribute>> {
    let opened = opened(attrs, |attribute| attribute.path().is_ident(name));
    opened.into_iter().map(|conditional| conditional.attribute).collect()
}

/// The conditions under which one of these derives is there.
pub(super) fn derive_conditions(attrs: &[Attribute], name: &str) -> Vec<String> {
    let derives = opened(attrs, is_derive).into_iter().filter(|it| it.condition.is_some());
    let derives = derives.filter(|it| derives_of(&it.attribute).iter().any(|derived| derived == name));
    derives.filter_map(|conditional| conditional.condition).collect()
}

/// Reports attributes of ours under another condition than the derive's.
pub(super) fn check_attrs(cx: &Context, attrs: &[Attribute], derived_under: &[String]) {
    if !attrs.iter().any(is_conditional) {
        return;
    }
    for Conditional { attribute, condition } in opened(attrs, is_ours) {
        let Some(condition) = condition.filter(|condition| !derived_under.contains(condition)) else { continue };
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

fn is_derive(attribute: &Attribute) -> bool {
    attribute.path().is_ident("derive")
}

fn is_conditional(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg_attr")
}

fn derives_of(attribute: &Attribute) -> Vec<String> {
    let paths = attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated);
    let paths = paths.into_iter().flatten();
    paths.filter_map(|path| path.segments.last().map(|last| last.ident.to_string())).collect()
}

/// The attributes of one kind, those behind `cfg_attr` too.
fn opened(attrs: &[Attribute], is_wanted: impl Fn(&Attribute) -> bool) -> Vec<Conditional<'_>> {
    let mut found = Vec::new();
    for attribute in attrs {
        if is_conditional(attribute) {
            found.extend(open(attribute, None).into_iter().filter(|it| is_wanted(&it.attribute)));
        } else if is_wanted(attribute) {
            found.push(Conditional { attribute: Cow::Borrowed(attribute), condition: None });
        }
    }
    found
}

/// `cfg_attr(a, cfg_attr(b, x))` is `x` under `a, b`. What isn't well-formed is the compiler's to report.
fn open(attribute: &Attribute, outer: Option<&str>) -> Vec<Conditional<'static>> {
    let Ok(metas) = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return Vec::new();
    };
    let mut metas = metas.into_iter();
    let Some(own) = metas.next().map(|meta| meta.to_token_stream().to_string()) else { return Vec::new() };
    let condition = outer.map_or(own.clone(), |outer| format!("{outer}, {own}"));
    let inner = metas.map(|meta| Attribute { meta, ..attribute.clone() });
    let within = |inner: Attribute| {
        if is_conditional(&inner) {
            return open(&inner, Some(&condition));
        }
        vec![Conditional { attribute: Cow::Owned(inner), condition: Some(condition.clone()) }]
    };
    inner.flat_map(within).collect()
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
