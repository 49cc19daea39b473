//! `#[table(..)]` on a struct.

use std::collections::BTreeSet;

use syn::ext::IdentExt as _;

use super::context::Context;
use super::entry::{self, Arg};
use super::reference::Site;
use super::{allow, column, conditional, constraint, index, sqlx, value};
use crate::decl::{FieldDecl, IndexTargetDecl, Spanned, TableDecl};
use crate::{gate, names};

pub(super) fn parse(item: &syn::ItemStruct) -> syn::Result<TableDecl> {
    let cx = Context::default();
    let sqlx = sqlx::parse(&cx, &item.attrs);
    let derived_under = conditional::derive_conditions(&item.attrs, "Table");
    conditional::check_attrs(&cx, &item.attrs, &derived_under);
    let mut decl = TableDecl {
        ident: item.ident.unraw(),
        fingerprint: gate::fingerprint_of(&item.clone().into()),
        name: None,
        schema: None,
        comment: None,
        renamed_from: None,
        strict: None,
        without_rowid: None,
        primary_key: None,
        uniques: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        allows: Vec::new(),
        rename_all: sqlx.rename_all,
        fields: fields(&cx, item, &derived_under),
    };
    for misplaced in conditional::named(&item.attrs, "column") {
        let span = syn::spanned::Spanned::span(misplaced.path());
        cx.error(span, "`#[column(..)]` stands on a field; on the struct write `#[table(..)]`");
    }
    for attribute in conditional::named(&item.attrs, "table") {
        for option in entry::of_attribute(&cx, &attribute).iter().filter_map(|entry| entry.arg(&cx)) {
            read(&cx, &mut decl, &option);
        }
    }
    check_primary_key(&cx, &decl);
    check_fields_exist(&cx, &decl, item);
    check_foreign_key_lengths(&cx, &decl);
    cx.finish(decl)
}

pub(super) fn parse_flattened(item: &syn::ItemStruct) -> syn::Result<Vec<FieldDecl>> {
    let cx = Context::default();
    let rule = sqlx::parse(&cx, &item.attrs).rename_all;
    let mut fields = fields(&cx, item, &[]);
    if let Some(Spanned { value: rule, .. }) = rule {
        for field in fields.iter_mut().filter(|field| field.name.is_none()) {
            field.name = Some(Spanned::new(super::rename(&field.ident.to_string(), rule), field.ident.span()));
        }
    }
    cx.finish(fields)
}

fn read(cx: &Context, decl: &mut TableDecl, arg: &Arg) {
    let name = &arg.name;
    match name.to_string().as_str() {
        "name" => cx.set(&mut decl.name, name, value::identifier(cx, arg)),
        "schema" => cx.set(&mut decl.schema, name, value::identifier(cx, arg)),
        "comment" => cx.set(&mut decl.comment, name, value::text(cx, arg)),
        "renamed_from" => cx.set(&mut decl.renamed_from, name, value::text(cx, arg)),
        "strict" if value::no_value(cx, arg) => cx.raise(&mut decl.strict, name),
        "without_rowid" if value::no_value(cx, arg) => cx.raise(&mut decl.without_rowid, name),
        "strict" | "without_rowid" => {}
        "primary_key" => cx.set(&mut decl.primary_key, name, constraint::primary_key(cx, arg)),
        "unique" => decl.uniques.extend(constraint::unique(cx, arg, false)),
        "check" => decl.checks.extend(constraint::check(cx, arg)),
        "foreign_key" => decl.foreign_keys.extend(constraint::foreign_key(cx, arg)),
        "index" => decl.indexes.extend(index::on_struct(cx, arg)),
        "allow" => decl.allows.extend(allow::parse(cx, arg, Site::Table)),
        _ => cx.unknown_name(name, Site::Table),
    }
}

/// The columns of a struct with named fields; any other struct is an error.
fn fields(cx: &Context, item: &syn::ItemStruct, derived_under: &[String]) -> Vec<FieldDecl> {
    if let Some(parameter) = item.generics.params.first() {
        let span = syn::spanned::Spanned::span(parameter);
        cx.error(span, "a table's struct can't be generic: its columns must be known");
    }
    let named = match &item.fields {
        syn::Fields::Named(fields) => &fields.named,
        syn::Fields::Unnamed(fields) => {
            let span = fields.paren_token.span.open();
            cx.error(span, "a table's struct needs named fields: their names are the columns'");
            return Vec::new();
        }
        syn::Fields::Unit => {
            cx.error(item.ident.span(), "a table's struct needs named fields: their names are the columns'");
            return Vec::new();
        }
    };
    let parsed = named.iter().filter_map(|field| column::parse(cx, field, field.ident.as_ref()?, derived_under));
    parsed.collect()
}

fn check_primary_key(cx: &Context, decl: &TableDecl) {
    let mut marked = decl.fields.iter().filter_map(|field| field.primary_key.map(|span| (field, span)));
    let Some((first, span)) = marked.next() else { return };
    if decl.primary_key.is_some() {
        cx.error(span, "the struct states `primary_key(..)` already");
    }
    for (second, span) in marked {
        cx.error_with_help(
            span,
            "a table has one primary key",
            format_args!("for one of several columns write `#[table(primary_key({}, {}))]`", first.ident, second.ident),
        );
    }
}

fn check_foreign_key_lengths(cx: &Context, decl: &TableDecl) {
    for Spanned { value: key, span } in &decl.foreign_keys {
        let (here, there) = (key.columns.len(), key.referenced_columns.len());
        if there != 0 && here != there {
            let counts = format_args!("`foreign_key` has {here} fields here and {there} in the referenced struct");
            cx.error(*span, counts);
        }
    }
}

/// Reports fields that table-level attributes name but the struct lacks, and repeated ones. With a flattened field
/// only the scan knows all names, and checks them.
fn check_fields_exist(cx: &Context, decl: &TableDecl, item: &syn::ItemStruct) {
    let known: Vec<String> = decl.fields.iter().map(|field| field.ident.to_string()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let all_known = decl.fields.iter().all(|field| field.flatten.is_none());
    for list in field_lists(decl) {
        let mut seen = BTreeSet::new();
        for Spanned { value: name, span } in list {
            if !seen.insert(name) {
                cx.error(*span, format_args!("`{name}` is listed twice"));
            } else if all_known && !known.contains(&name.as_str()) {
                let near = names::nearest(name, known.iter().copied());
                let guess = near.map(|near| format!("\n  help: did you mean `{near}`?")).unwrap_or_default();
                cx.error(*span, format_args!("`{}` has no column for a field `{name}`{guess}", item.ident));
            }
        }
    }
}

fn field_lists(decl: &TableDecl) -> Vec<Vec<&Spanned<String>>> {
    let mut lists: Vec<Vec<&Spanned<String>>> = Vec::new();
    lists.extend(decl.primary_key.iter().map(|key| key.value.columns.iter().collect()));
    lists.extend(decl.uniques.iter().map(|unique| unique.value.columns.iter().collect()));
    lists.extend(decl.foreign_keys.iter().map(|key| key.value.columns.iter().collect()));
    let of_fields = decl.fields.iter().filter_map(|field| field.index.as_ref());
    for index in decl.indexes.iter().chain(of_fields) {
        lists.push(index.value.include.iter().collect());
        let keys = index.value.keys.iter().filter_map(|key| match &key.target {
            IndexTargetDecl::Column(name) => Some(name),
            IndexTargetDecl::Expression(_) => None,
        });
        lists.push(keys.collect());
    }
    lists
}
