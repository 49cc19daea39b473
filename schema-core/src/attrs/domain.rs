//! `#[domain(..)]` on a struct with one unnamed field.

use syn::spanned::Spanned as _;

use super::context::Context;
use super::entry::{self, Arg};
use super::reference::Site;
use super::{conditional, constraint, sqlx, value};
use crate::decl::{DomainDecl, RustType, Spanned};

pub(super) fn parse(item: &syn::ItemStruct) -> syn::Result<DomainDecl> {
    let cx = Context::default();
    let derived_under = conditional::derive_conditions(&item.attrs, "Domain");
    conditional::check_attrs(&cx, &item.attrs, &derived_under);
    if let Some(parameter) = item.generics.params.first() {
        cx.error(syn::spanned::Spanned::span(parameter), "a domain's struct can't be generic");
    }
    let mut fields = item.fields.iter();
    let (syn::Fields::Unnamed(_), Some(field), None) = (&item.fields, fields.next(), fields.next()) else {
        let message = "a domain's struct has one unnamed field: `struct Email(pub String);`";
        cx.error(item.ident.span(), message);
        return Err(cx.finish(()).err().unwrap_or_else(|| syn::Error::new(item.ident.span(), message)));
    };
    conditional::check_cfg(&cx, &field.attrs, "field of a domain");
    let mut decl = DomainDecl {
        ident: Spanned::name(&item.ident),
        ty: Spanned::new(RustType::from(&field.ty), field.ty.span()),
        name: None,
        schema: None,
        sql_type: None,
        not_null: None,
        default: None,
        collate: None,
        renamed_from: None,
        checks: Vec::new(),
        comment: None,
    };
    for attribute in conditional::named(&item.attrs, "domain") {
        for option in entry::of_attribute(&cx, &attribute).iter().filter_map(|entry| entry.arg(&cx)) {
            read(&cx, &mut decl, &option);
        }
    }
    let sqlx = sqlx::parse(&cx, &item.attrs);
    sqlx::adopt_type_name(&cx, sqlx.type_name.as_ref(), &mut decl.name, &mut decl.schema);
    cx.finish(decl)
}

fn read(cx: &Context, decl: &mut DomainDecl, arg: &Arg) {
    let name = &arg.name;
    match name.to_string().as_str() {
        "name" => cx.set(&mut decl.name, name, value::identifier(cx, arg)),
        "schema" => cx.set(&mut decl.schema, name, value::identifier(cx, arg)),
        "type" => cx.set(&mut decl.sql_type, name, value::text(cx, arg)),
        "not_null" if value::no_value(cx, arg) => cx.raise(&mut decl.not_null, name),
        "not_null" => {}
        "default" => cx.set(&mut decl.default, name, value::text(cx, arg)),
        "collate" => cx.set(&mut decl.collate, name, value::text(cx, arg)),
        "renamed_from" => cx.set(&mut decl.renamed_from, name, value::text(cx, arg)),
        "comment" => cx.set(&mut decl.comment, name, value::text(cx, arg)),
        "check" => {
            let check = constraint::check(cx, arg);
            for flag in check.iter().flat_map(|check| [check.value.no_inherit, check.value.not_enforced]).flatten() {
                cx.error(flag, "a domain's check has neither `no_inherit` nor `not_enforced`");
            }
            decl.checks.extend(check);
        }
        _ => cx.unknown_name(name, Site::Domain),
    }
}
