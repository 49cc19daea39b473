//! `#[table(..)]` on a struct.

use std::collections::BTreeSet;

use super::context::Context;
use super::entry::{self, Arg, Cursor, Value};
use super::reference::Site;
use super::{allow, column, conditional, constraint, index, sqlx, value};
use crate::decl::{FieldDecl, IndexKeyDecl, IndexTargetDecl, RenameRule, Spanned, TableDecl};
use crate::ir::ReplicaIdentity;
use crate::names;

pub(super) fn parse(item: &syn::ItemStruct) -> syn::Result<TableDecl> {
    let cx = Context::default();
    let sqlx = sqlx::parse(&cx, &item.attrs);
    let derived_under = conditional::derive_conditions(&item.attrs, "Table");
    conditional::check_attrs(&cx, &item.attrs, &derived_under);
    let mut decl = TableDecl {
        ident: Spanned::name(&item.ident),
        name: None,
        schema: None,
        comment: None,
        renamed_from: None,
        strict: None,
        without_rowid: None,
        unlogged: None,
        small: None,
        charset: None,
        collate: None,
        partitioning: None,
        storage: Vec::new(),
        inherits: Vec::new(),
        partition_by: None,
        partition_of: None,
        bound: None,
        row_security: None,
        force_row_security: None,
        replica_identity: None,
        exclusions: Vec::new(),
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
    check_partition(&cx, &decl, item);
    check_primary_key(&cx, &decl);
    check_fields_exist(&cx, &decl, item);
    check_foreign_key_lengths(&cx, &decl);
    cx.finish(decl)
}

pub(super) fn parse_flattened(item: &syn::ItemStruct) -> syn::Result<(Vec<FieldDecl>, Option<RenameRule>)> {
    let cx = Context::default();
    let rule = sqlx::parse(&cx, &item.attrs).rename_all;
    let fields = fields(&cx, item, &[]);
    cx.finish((fields, rule.map(|rule| rule.value)))
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
        "unlogged" if value::no_value(cx, arg) => cx.raise(&mut decl.unlogged, name),
        "small" if value::no_value(cx, arg) => cx.raise(&mut decl.small, name),
        "row_security" if value::no_value(cx, arg) => cx.raise(&mut decl.row_security, name),
        "force_row_security" if value::no_value(cx, arg) => cx.raise(&mut decl.force_row_security, name),
        "strict" | "without_rowid" | "unlogged" | "small" | "row_security" | "force_row_security" => {}
        "charset" => cx.set(&mut decl.charset, name, value::text(cx, arg)),
        "collate" => cx.set(&mut decl.collate, name, value::text(cx, arg)),
        "partitioning" => cx.set(&mut decl.partitioning, name, value::text(cx, arg)),
        "with" => decl.storage.extend(index::storage(cx, arg)),
        "inherits" => decl.inherits.extend(value::paths(cx, arg)),
        "partition_by" => cx.set(&mut decl.partition_by, name, index::partition_by(cx, arg)),
        "partition_of" => cx.set(&mut decl.partition_of, name, value::path(cx, arg)),
        "bound" => cx.set(&mut decl.bound, name, value::text(cx, arg)),
        "replica_identity" => cx.set(&mut decl.replica_identity, name, replica_identity(cx, arg)),
        "exclude" => decl.exclusions.extend(index::exclusion(cx, arg)),
        "primary_key" => cx.set(&mut decl.primary_key, name, constraint::primary_key(cx, arg)),
        "unique" => decl.uniques.extend(constraint::unique(cx, arg, false)),
        "check" => decl.checks.extend(constraint::check(cx, arg)),
        "foreign_key" => decl.foreign_keys.extend(constraint::foreign_key(cx, arg)),
        "index" => decl.indexes.extend(index::on_struct(cx, arg)),
        "allow" => decl.allows.extend(allow::parse(cx, arg, Site::Table)),
        _ => cx.unknown_name(name, Site::Table),
    }
}

/// `replica_identity = full`, `= nothing`, `= index("name")`.
fn replica_identity(cx: &Context, arg: &Arg) -> Option<Spanned<ReplicaIdentity>> {
    let valid = ["full", "nothing", "index(\"..\")"];
    let Value::Equals(tokens) = &arg.value else {
        let help = format_args!("valid are {}", super::context::listed(&valid));
        cx.error_with_help(arg.name.span(), "`replica_identity` needs a value: `replica_identity = ..`", help);
        return None;
    };
    let mut cursor = Cursor::new(tokens);
    let place = cursor.span();
    let word = cursor.ident().map(|word| word.to_string()).unwrap_or_default();
    let identity = match (word.as_str(), cursor.group()) {
        ("full", None) => ReplicaIdentity::Full,
        ("nothing", None) => ReplicaIdentity::Nothing,
        ("index", Some(group)) => {
            let entries = entry::of(cx, group.stream());
            let [name] = entries.as_slice() else {
                cx.error(place, "`index` needs the name of one index: `index(\"..\")`");
                return None;
            };
            ReplicaIdentity::Index(value::bare_string(cx, "index", name)?.value)
        }
        _ => {
            cx.unknown(place, format_args!("unknown value of `{}`", arg.name), &word, &valid);
            return None;
        }
    };
    cursor.end(cx).then_some(Spanned::new(identity, place))
}

/// A partition says of what and which part of it; one without the other is an error.
fn check_partition(cx: &Context, decl: &TableDecl, item: &syn::ItemStruct) {
    match (&decl.partition_of, &decl.bound) {
        (Some(of), None) => cx.error_with_help(
            of.span,
            "`partition_of` needs `bound = \"..\"` beside it: the rows that the partition holds",
            "`bound = \"FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')\"`, or `bound = \"DEFAULT\"`",
        ),
        (None, Some(bound)) => cx.error(bound.span, "`bound` needs `partition_of = ..` beside it"),
        _ => {}
    }
    if let (Some(of), Some(_)) = (&decl.partition_of, decl.inherits.first()) {
        cx.error(of.span, "a partition can't inherit from other tables: leave `inherits` out");
    }
    if matches!(item.fields, syn::Fields::Unit) && decl.partition_of.is_none() {
        cx.error_with_help(
            item.ident.span(),
            "a table's struct needs named fields: their names are the columns'",
            "only a partition may do without: `#[table(partition_of = Parent, bound = \"..\")]`",
        );
    }
}

/// The columns of a struct with named fields, or none of a unit struct; any other struct is an error.
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
        syn::Fields::Unit => return Vec::new(),
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
            format_args!(
                "for one of several columns write `#[table(primary_key({}, {}))]`",
                first.ident.value, second.ident.value
            ),
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

/// Reports fields that table-level attributes name but the struct lacks, and repeated ones. With a flattened field,
/// or in a unit struct, whose columns are its parent's, only the scan knows all names, and checks them.
fn check_fields_exist(cx: &Context, decl: &TableDecl, item: &syn::ItemStruct) {
    let known: Vec<&str> = decl.fields.iter().map(|field| field.ident.value.as_str()).collect();
    let is_unit = matches!(item.fields, syn::Fields::Unit);
    let all_known = !is_unit && decl.fields.iter().all(|field| field.flatten.is_none());
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
    if let Some(Spanned { value: key, .. }) = &decl.primary_key {
        lists.extend([key.columns.iter().collect(), key.include.iter().collect()]);
    }
    for Spanned { value: unique, .. } in &decl.uniques {
        lists.extend([unique.columns.iter().collect(), unique.include.iter().collect()]);
    }
    for Spanned { value: key, .. } in &decl.foreign_keys {
        lists.extend([key.columns.iter().collect(), key.set_columns.iter().collect()]);
    }
    lists.extend(decl.partition_by.iter().map(|by| key_fields(&by.value.keys).collect()));
    for Spanned { value: exclusion, .. } in &decl.exclusions {
        lists.push(exclusion.include.iter().collect());
    }
    let of_fields = decl.fields.iter().filter_map(|field| field.index.as_ref());
    for index in decl.indexes.iter().chain(of_fields) {
        lists.push(index.value.include.iter().collect());
        lists.push(key_fields(&index.value.keys).collect());
    }
    // An exclusion constraint may compare a field in several ways.
    let elements = decl.exclusions.iter().flat_map(|exclusion| &exclusion.value.elements);
    lists.extend(elements.map(|(key, _)| key_fields(std::slice::from_ref(key)).collect()));
    lists
}

fn key_fields(keys: &[IndexKeyDecl]) -> impl Iterator<Item = &Spanned<String>> {
    keys.iter().filter_map(|key| match &key.target {
        IndexTargetDecl::Column(name) => Some(name),
        IndexTargetDecl::Expression(_) => None,
    })
}
