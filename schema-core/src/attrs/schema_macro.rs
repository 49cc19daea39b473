//! `schema! { schema app; allow(..); }`.

use proc_macro2::{TokenStream, TokenTree};

use super::context::Context;
use super::entry::{self, Arg, Cursor, Value};
use super::reference::Site;
use super::{allow, value};
use crate::decl::{SchemaDecl, Spanned};
use crate::gate;

pub(super) fn parse(body: TokenStream) -> syn::Result<SchemaDecl> {
    let cx = Context::default();
    let fingerprint = gate::fingerprint(body.clone());
    let tokens = entry::flat(body);
    let mut decl =
        SchemaDecl { span: Cursor::new(&tokens).span(), fingerprint, namespaces: Vec::new(), allows: Vec::new() };
    let mut statements = tokens.split(is_semicolon).peekable();
    while let Some(statement) = statements.next() {
        let Some(first) = statement.first() else { continue };
        if statements.peek().is_none() {
            cx.error(first.span(), "a semicolon is missing after this");
        }
        read(&cx, &mut decl, &mut Cursor::new(statement));
    }
    cx.finish(decl)
}

fn is_semicolon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')
}

fn read(cx: &Context, decl: &mut SchemaDecl, cursor: &mut Cursor<'_>) {
    let place = cursor.span();
    let Some(name) = cursor.ident() else {
        cx.error(place, "`schema ..;` or `allow(..);` is expected here");
        return;
    };
    match name.to_string().as_str() {
        "schema" => decl.namespaces.extend(namespace(cx, cursor)),
        "allow" => {
            let value = cursor.group().map_or(Value::Flag, |group| Value::List(group.clone()));
            if ends(cx, cursor) {
                decl.allows.extend(allow::parse(cx, &Arg { name, value }, Site::SchemaMacro));
            }
        }
        _ => cx.unknown_name(&name, Site::SchemaMacro),
    }
}

fn ends(cx: &Context, cursor: &Cursor<'_>) -> bool {
    if !cursor.is_empty() {
        cx.error(cursor.span(), "a semicolon is expected before this");
    }
    cursor.is_empty()
}

fn namespace(cx: &Context, cursor: &mut Cursor<'_>) -> Option<Spanned<String>> {
    let name = value::word_at(cx, "schema", cursor)?;
    if !ends(cx, cursor) {
        return None;
    }
    if name.value == "public" {
        cx.error(name.span, "the schema `public` is always there and is never created");
        return None;
    }
    value::fitting(cx, name)
}
