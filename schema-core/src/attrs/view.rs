//! `#[view(..)]` on a struct whose fields are the row of a view.

use std::collections::BTreeMap;

use syn::ext::IdentExt as _;

use super::context::Context;
use super::entry;
use super::reference::Site;
use super::{conditional, index, rename, sqlx, value};
use crate::decl::{Mark, Spanned, ViewDecl};

pub(super) fn parse(item: &syn::ItemStruct) -> syn::Result<ViewDecl> {
    let cx = Context::default();
    let derived_under = conditional::derive_conditions(&item.attrs, "View");
    conditional::check_attrs(&cx, &item.attrs, &derived_under);
    let (mut name, mut schema, mut sql, mut comment) = (None, None, None, None);
    let (mut materialized, mut options, mut sql_given): (Option<Mark>, _, _) = (None, Vec::new(), false);
    for attribute in conditional::named(&item.attrs, "view") {
        for option in entry::of_attribute(&cx, &attribute).iter().filter_map(|entry| entry.arg(&cx)) {
            let key = &option.name;
            match key.to_string().as_str() {
                "name" => cx.set(&mut name, key, value::identifier(&cx, &option)),
                "schema" => cx.set(&mut schema, key, value::identifier(&cx, &option)),
                "sql" => {
                    sql_given = true;
                    cx.set(&mut sql, key, value::text(&cx, &option));
                }
                "materialized" if value::no_value(&cx, &option) => cx.raise(&mut materialized, key),
                "materialized" => {}
                "with" => options.extend(index::storage(&cx, &option)),
                "comment" => cx.set(&mut comment, key, value::text(&cx, &option)),
                _ => cx.unknown_name(key, Site::View),
            }
        }
    }
    if !sql_given {
        let help = "`#[view(sql = \"SELECT ..\")]`";
        cx.error_with_help(item.ident.span(), "a view needs its query", help);
    }
    columns(&cx, item);
    cx.finish(ViewDecl {
        ident: Spanned::name(&item.ident),
        name,
        schema,
        sql: sql.unwrap_or_else(|| Spanned::new(String::new(), item.ident.span())),
        materialized,
        options,
        comment,
    })
}

/// Two fields of one column would both be read from it.
fn columns(cx: &Context, item: &syn::ItemStruct) {
    let rule = sqlx::parse(cx, &item.attrs).rename_all;
    let mut seen = BTreeMap::new();
    for field in &item.fields {
        let Some(ident) = &field.ident else { continue };
        let sqlx = sqlx::parse(cx, &field.attrs);
        if sqlx.flatten.or(sqlx.skip).is_some() {
            continue;
        }
        let column = rename::stated(sqlx.rename.as_ref(), || rename::ruled(&ident.unraw().to_string(), rule.as_ref()));
        if let Some(first) = seen.insert(column.clone(), ident) {
            cx.error(ident.span(), format_args!("column `{column}` is that of field `{}` already", first.unraw()));
        }
    }
}
