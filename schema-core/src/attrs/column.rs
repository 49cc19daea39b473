//! `#[column(..)]` and sqlx's attributes on a field.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned as _;

use super::context::Context;
use super::entry::{self, Arg};
use super::reference::Site;
use super::{allow, conditional, constraint, index, sqlx, value};
use crate::decl::{FieldDecl, GeneratedDecl, IdentityOptionsDecl, Mark, RustType, Spanned};
use crate::ir::Identity;

const IDENTITIES: [(&str, Identity); 2] = [("always", Identity::Always), ("by_default", Identity::ByDefault)];

const STORAGES: [(&str, &str); 4] =
    [("plain", "plain"), ("external", "external"), ("extended", "extended"), ("main", "main")];

const COMPRESSIONS: [(&str, &str); 2] = [("pglz", "pglz"), ("lz4", "lz4")];

/// Reads one field; `None` when sqlx skips it.
pub(super) fn parse(cx: &Context, field: &syn::Field, ident: &Ident, derived_under: &[String]) -> Option<FieldDecl> {
    conditional::check_cfg(cx, &field.attrs, "field of a table");
    conditional::check_attrs(cx, &field.attrs, derived_under);
    for misplaced in conditional::named(&field.attrs, "table") {
        cx.error(path_span(&misplaced), "`#[table(..)]` stands on the struct; on a field write `#[column(..)]`");
    }
    let sqlx = sqlx::parse(cx, &field.attrs);
    let columns = conditional::named(&field.attrs, "column");
    let no_column = sqlx.skip.map(|_| "skips").or(sqlx.flatten.map(|_| "flattens"));
    if let (Some(does), Some(attribute)) = (no_column, columns.first()) {
        cx.error(path_span(attribute), format_args!("`#[column(..)]` on a field that sqlx {does}: it is no column"));
    }
    if sqlx.skip.is_some() {
        return None;
    }
    let mut reader = Reader::new(field, ident);
    for attribute in columns {
        for option in entry::of_attribute(cx, &attribute).iter().filter_map(|entry| entry.arg(cx)) {
            reader.read(cx, &option);
        }
    }
    Some(reader.finish(cx, sqlx))
}

/// Where a type starts, without spelling out a path's tokens, as `span` does.
fn start(ty: &syn::Type) -> Span {
    match ty {
        syn::Type::Path(ty) if ty.qself.is_none() && ty.path.leading_colon.is_none() => {
            ty.path.segments.first().map_or_else(|| ty.span(), |segment| segment.ident.span())
        }
        ty => ty.span(),
    }
}

fn path_span(attribute: &syn::Attribute) -> Span {
    syn::spanned::Spanned::span(attribute.path())
}

/// A field while its attributes are read.
struct Reader {
    decl: FieldDecl,
    foreign_key: constraint::ForeignKeyParts,
    generated: Option<Spanned<String>>,
    stored: Option<Mark>,
}

impl Reader {
    fn new(field: &syn::Field, ident: &Ident) -> Self {
        let decl = FieldDecl {
            ident: Spanned::name(ident),
            ty: Spanned::new(RustType::from(&field.ty), start(&field.ty)),
            flatten: None,
            name: None,
            sql_type: None,
            json: None,
            try_from: None,
            default: None,
            identity: None,
            sequence: None,
            storage: None,
            compression: None,
            statistics: None,
            generated: None,
            charset: None,
            collate: None,
            on_update: None,
            comment: None,
            renamed_from: None,
            online: None,
            backfill: None,
            primary_key: None,
            unique: None,
            index: None,
            checks: Vec::new(),
            references: None,
            allows: Vec::new(),
        };
        Self { decl, foreign_key: constraint::ForeignKeyParts::default(), generated: None, stored: None }
    }

    fn read(&mut self, cx: &Context, arg: &Arg) {
        let Self { decl, generated, stored, .. } = self;
        let name = &arg.name;
        match name.to_string().as_str() {
            "name" => cx.set(&mut decl.name, name, value::identifier(cx, arg)),
            // A column of SQLite may have none.
            "type" => cx.set(&mut decl.sql_type, name, value::any_text(cx, arg)),
            "default" => cx.set(&mut decl.default, name, value::text(cx, arg)),
            "identity" => {
                let identity = value::choice(cx, arg, Some(Identity::ByDefault), &IDENTITIES);
                cx.set(&mut decl.identity, name, identity);
            }
            "sequence" => cx.set(&mut decl.sequence, name, sequence(cx, arg)),
            "storage" => cx.set(&mut decl.storage, name, value::choice(cx, arg, None, &STORAGES).map(owned)),
            "compression" => {
                cx.set(&mut decl.compression, name, value::choice(cx, arg, None, &COMPRESSIONS).map(owned))
            }
            "statistics" => cx.set(&mut decl.statistics, name, statistics(cx, arg)),
            "generated" => cx.set(generated, name, value::text(cx, arg)),
            "stored" if value::no_value(cx, arg) => cx.raise(stored, name),
            "charset" => cx.set(&mut decl.charset, name, value::text(cx, arg)),
            "collate" => cx.set(&mut decl.collate, name, value::text(cx, arg)),
            "on_update" if value::is_text(arg) => cx.set(&mut decl.on_update, name, value::text(cx, arg)),
            "comment" => cx.set(&mut decl.comment, name, value::text(cx, arg)),
            "renamed_from" => cx.set(&mut decl.renamed_from, name, value::text(cx, arg)),
            "backfill" => cx.set(&mut decl.backfill, name, value::text(cx, arg)),
            "online" if value::no_value(cx, arg) => cx.raise(&mut decl.online, name),
            "primary_key" if value::no_value(cx, arg) => cx.raise(&mut decl.primary_key, name),
            "stored" | "online" | "primary_key" => {}
            "unique" => cx.set(&mut decl.unique, name, constraint::unique(cx, arg, true)),
            "index" => cx.set(&mut decl.index, name, index::on_field(cx, arg, &decl.ident)),
            "check" => decl.checks.extend(constraint::check(cx, arg)),
            "allow" => decl.allows.extend(allow::parse(cx, arg, Site::Column)),
            _ if self.foreign_key.read(cx, arg) => {}
            _ => cx.unknown_name(name, Site::Column),
        }
    }

    fn finish(self, cx: &Context, sqlx: sqlx::Sqlx) -> FieldDecl {
        let Self { mut decl, foreign_key, generated, stored } = self;
        decl.references = foreign_key.on_field(cx);
        if let (None, Some(stored)) = (&generated, stored) {
            cx.error(stored, "`stored` needs `generated = \"..\"` beside it");
        }
        decl.generated = generated.map(|expression| {
            Spanned::new(GeneratedDecl { expression: expression.value, stored: stored.is_some() }, expression.span)
        });
        if decl.name.is_none() {
            decl.name = sqlx.rename.and_then(|name| value::fitting(cx, name));
        }
        decl.flatten = sqlx.flatten;
        decl.json = sqlx.json;
        decl.try_from = sqlx.try_from;
        check_source_of_values(cx, &decl);
        if let (Some(sequence), None) = (&decl.sequence, &decl.identity) {
            cx.error(sequence.span, "`sequence` needs `identity` beside it");
        }
        decl
    }
}

fn owned(word: Spanned<&str>) -> Spanned<String> {
    Spanned::new(word.value.to_owned(), word.span)
}

/// `sequence(start = 10, cycle)`.
fn sequence(cx: &Context, arg: &Arg) -> Option<Spanned<IdentityOptionsDecl>> {
    let mut parts = value::SequenceParts::default();
    for option in value::list(cx, arg)?.iter().filter_map(|entry| entry.arg(cx)) {
        if !value::sequence_option(cx, &mut parts, &option) {
            cx.unknown_name(&option.name, Site::Sequence);
        }
    }
    Some(Spanned::new(IdentityOptionsDecl(parts.finish(cx)), arg.name.span()))
}

/// PostgreSQL's own limit.
const MAX_STATISTICS: i32 = 10_000;

fn statistics(cx: &Context, arg: &Arg) -> Option<Spanned<i32>> {
    let target = value::number::<i32>(cx, arg)?;
    if !(0..=MAX_STATISTICS).contains(&target.value) {
        cx.error(target.span, format_args!("`statistics` is between 0 and {MAX_STATISTICS}"));
        return None;
    }
    Some(target)
}

/// A column's values come from one source: a default, an identity or a generated expression.
fn check_source_of_values(cx: &Context, decl: &FieldDecl) {
    let sources = [
        ("generated", decl.generated.as_ref().map(|generated| generated.span)),
        ("identity", decl.identity.as_ref().map(|identity| identity.span)),
        ("default", decl.default.as_ref().map(|default| default.span)),
    ];
    let mut given = sources.iter().filter_map(|(name, span)| span.map(|span| (name, span)));
    if let Some((first, _)) = given.next() {
        for (name, span) in given {
            cx.error(span, format_args!("a column can't have both `{first}` and `{name}`"));
        }
    }
    if let (Some(online), None) = (decl.online, &decl.renamed_from) {
        cx.error(online, "`online` needs `renamed_from = \"..\"` beside it: it keeps both names alive for a while");
    }
    if let (Some(backfill), Some(_)) = (&decl.backfill, &decl.generated) {
        cx.error(backfill.span, "a generated column computes its values and can't have a `backfill`");
    }
}
