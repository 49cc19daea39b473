//! `#[sql_enum(..)]` on an enum and `#[label(..)]` on its variants.

use super::context::Context;
use super::entry::{self, Arg};
use super::reference::Site;
use super::{allow, conditional, sqlx, value};
use crate::decl::{EnumDecl, LabelDecl, Spanned};

pub(super) fn parse(item: &syn::ItemEnum) -> syn::Result<EnumDecl> {
    let cx = Context::default();
    let derived_under = conditional::derive_conditions(&item.attrs, "SqlEnum");
    conditional::check_attrs(&cx, &item.attrs, &derived_under);
    if let Some(parameter) = item.generics.params.first() {
        cx.error(syn::spanned::Spanned::span(parameter), "a SQL enum can't be generic");
    }
    let mut decl = EnumDecl {
        ident: Spanned::name(&item.ident),
        name: None,
        schema: None,
        comment: None,
        renamed_from: None,
        rename_all: None,
        labels: item.variants.iter().map(|variant| label(&cx, variant, &derived_under)).collect(),
        allows: Vec::new(),
    };
    for attribute in conditional::named(&item.attrs, "sql_enum") {
        for option in entry::of_attribute(&cx, &attribute).iter().filter_map(|entry| entry.arg(&cx)) {
            read(&cx, &mut decl, &option);
        }
    }
    let sqlx = sqlx::parse(&cx, &item.attrs);
    sqlx::adopt_type_name(&cx, sqlx.type_name.as_ref(), &mut decl.name, &mut decl.schema);
    decl.rename_all = decl.rename_all.or(sqlx.rename_all);
    cx.finish(decl)
}

fn read(cx: &Context, decl: &mut EnumDecl, arg: &Arg) {
    let name = &arg.name;
    match name.to_string().as_str() {
        "name" => cx.set(&mut decl.name, name, value::identifier(cx, arg)),
        "schema" => cx.set(&mut decl.schema, name, value::identifier(cx, arg)),
        "comment" => cx.set(&mut decl.comment, name, value::text(cx, arg)),
        "renamed_from" => cx.set(&mut decl.renamed_from, name, value::text(cx, arg)),
        "rename_all" => cx.set(&mut decl.rename_all, name, sqlx::rename_all(cx, arg)),
        "allow" => decl.allows.extend(allow::parse(cx, arg, Site::SqlEnum)),
        _ => cx.unknown_name(name, Site::SqlEnum),
    }
}

fn label(cx: &Context, variant: &syn::Variant, derived_under: &[String]) -> LabelDecl {
    conditional::check_cfg(cx, &variant.attrs, "variant of a SQL enum");
    conditional::check_attrs(cx, &variant.attrs, derived_under);
    if !matches!(variant.fields, syn::Fields::Unit) {
        let span = variant.ident.span();
        cx.error(span, format_args!("`{}` has fields: a label of a SQL enum has none", variant.ident));
    }
    let mut decl = LabelDecl { ident: Spanned::name(&variant.ident), name: None, renamed_from: None };
    for attribute in conditional::named(&variant.attrs, "label") {
        for option in entry::of_attribute(cx, &attribute).iter().filter_map(|entry| entry.arg(cx)) {
            read_label(cx, &mut decl, &option);
        }
    }
    if decl.name.is_none() {
        decl.name = sqlx::parse(cx, &variant.attrs).rename.and_then(|name| value::fitting(cx, name));
    }
    decl
}

fn read_label(cx: &Context, decl: &mut LabelDecl, arg: &Arg) {
    let name = &arg.name;
    match name.to_string().as_str() {
        "rename" => {
            let label = value::any_text(cx, arg).and_then(|label| value::fitting(cx, label));
            cx.set(&mut decl.name, name, label);
        }
        "renamed_from" => cx.set(&mut decl.renamed_from, name, value::any_text(cx, arg)),
        _ => cx.unknown_name(name, Site::Label),
    }
}
