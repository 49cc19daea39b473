//! `#[composite(..)]` on a struct and `#[column(..)]` on its fields.

use proc_macro2::Ident;
use syn::spanned::Spanned as _;

use super::context::Context;
use super::entry::{self, Arg};
use super::reference::Site;
use super::{conditional, sqlx, value};
use crate::decl::{AttributeDecl, CompositeDecl, RustType, Spanned};

pub(super) fn parse(item: &syn::ItemStruct) -> syn::Result<CompositeDecl> {
    let cx = Context::default();
    let derived_under = conditional::derive_conditions(&item.attrs, "Composite");
    conditional::check_attrs(&cx, &item.attrs, &derived_under);
    if let Some(parameter) = item.generics.params.first() {
        cx.error(syn::spanned::Spanned::span(parameter), "a composite type's struct can't be generic");
    }
    if !matches!(item.fields, syn::Fields::Named(_)) {
        let message = "a composite type's struct needs named fields: their names are the attributes'";
        cx.error(item.ident.span(), message);
    }
    let named = item.fields.iter().filter_map(|field| Some((field, field.ident.as_ref()?)));
    let sqlx = sqlx::parse(&cx, &item.attrs);
    let mut decl = CompositeDecl {
        ident: Spanned::name(&item.ident),
        name: None,
        schema: None,
        comment: None,
        renamed_from: None,
        rename_all: sqlx.rename_all,
        fields: named.map(|(field, ident)| attribute(&cx, field, ident, &derived_under)).collect(),
    };
    for attribute in conditional::named(&item.attrs, "composite") {
        for option in entry::of_attribute(&cx, &attribute).iter().filter_map(|entry| entry.arg(&cx)) {
            read(&cx, &mut decl, &option);
        }
    }
    sqlx::adopt_type_name(&cx, sqlx.type_name.as_ref(), &mut decl.name, &mut decl.schema);
    cx.finish(decl)
}

fn read(cx: &Context, decl: &mut CompositeDecl, arg: &Arg) {
    let name = &arg.name;
    match name.to_string().as_str() {
        "name" => cx.set(&mut decl.name, name, value::identifier(cx, arg)),
        "schema" => cx.set(&mut decl.schema, name, value::identifier(cx, arg)),
        "comment" => cx.set(&mut decl.comment, name, value::text(cx, arg)),
        "renamed_from" => cx.set(&mut decl.renamed_from, name, value::text(cx, arg)),
        _ => cx.unknown_name(name, Site::Composite),
    }
}

fn attribute(cx: &Context, field: &syn::Field, ident: &Ident, derived_under: &[String]) -> AttributeDecl {
    conditional::check_cfg(cx, &field.attrs, "field of a composite type");
    conditional::check_attrs(cx, &field.attrs, derived_under);
    let mut decl = AttributeDecl {
        ident: Spanned::name(ident),
        ty: Spanned::new(RustType::from(&field.ty), field.ty.span()),
        name: None,
        sql_type: None,
        collate: None,
        renamed_from: None,
    };
    for attribute in conditional::named(&field.attrs, "column") {
        for option in entry::of_attribute(cx, &attribute).iter().filter_map(|entry| entry.arg(cx)) {
            let name = &option.name;
            match name.to_string().as_str() {
                "name" => cx.set(&mut decl.name, name, value::identifier(cx, &option)),
                "type" => cx.set(&mut decl.sql_type, name, value::text(cx, &option)),
                "collate" => cx.set(&mut decl.collate, name, value::text(cx, &option)),
                "renamed_from" => cx.set(&mut decl.renamed_from, name, value::text(cx, &option)),
                _ => cx.unknown_name(name, Site::CompositeField),
            }
        }
    }
    if decl.name.is_none() {
        decl.name = sqlx::parse(cx, &field.attrs).rename.and_then(|name| value::fitting(cx, name));
    }
    decl
}
