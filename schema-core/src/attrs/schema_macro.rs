//! `schema! { schema app; allow(..); }`.

use proc_macro2::{TokenStream, TokenTree};

use super::context::Context;
use super::entry::{self, Arg, Cursor, Value};
use super::reference::Site;
use super::{allow, value};
use crate::decl::{ExtensionDecl, RawDecl, SchemaDecl, SequenceDecl, Spanned};
use crate::ir::SequenceOptions;

pub(super) fn parse(body: TokenStream) -> syn::Result<SchemaDecl> {
    let cx = Context::default();
    let tokens = entry::flat(body);
    let mut decl = SchemaDecl {
        span: Cursor::new(&tokens).span().into(),
        namespaces: Vec::new(),
        extensions: Vec::new(),
        sequences: Vec::new(),
        sql: Vec::new(),
        files: Vec::new(),
        raws: Vec::new(),
        allows: Vec::new(),
    };
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
        cx.error(place, "a statement such as `schema ..;` or `allow(..);` is expected here");
        return;
    };
    match name.to_string().as_str() {
        "schema" => decl.namespaces.extend(namespace(cx, cursor)),
        "allow" | "extension" | "sequence" | "sql" | "files" | "raw" => {
            let value = cursor.group().map_or(Value::Flag, |group| Value::List(group.clone()));
            if !ends(cx, cursor) {
                return;
            }
            let statement = Arg { name, value };
            match statement.name.to_string().as_str() {
                "extension" => decl.extensions.extend(extension(cx, &statement)),
                "sequence" => decl.sequences.extend(sequence(cx, &statement)),
                "sql" => decl.sql.extend(texts(cx, &statement)),
                "files" => decl.files.extend(texts(cx, &statement)),
                "raw" => decl.raws.extend(raw(cx, &statement)),
                _ => decl.allows.extend(allow::parse(cx, &statement, Site::SchemaMacro)),
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

/// `statement("..", "..")`
fn texts(cx: &Context, statement: &Arg) -> Vec<Spanned<String>> {
    let what = statement.name.to_string();
    let entries = value::list(cx, statement);
    if entries.as_ref().is_some_and(Vec::is_empty) {
        cx.error(statement.name.span(), format_args!("`{what}` needs a string: `{what}(\"..\")`"));
    }
    entries.iter().flatten().filter_map(|entry| value::bare_string(cx, &what, entry)).collect()
}

/// `statement("name", options)`: the name, and the options.
fn named(cx: &Context, statement: &Arg) -> Option<(Spanned<String>, Vec<Arg>)> {
    let what = statement.name.to_string();
    let entries = value::list(cx, statement)?;
    let Some((first, rest)) = entries.split_first().filter(|(first, _)| first.cursor().literal().is_some()) else {
        cx.error(statement.name.span(), format_args!("`{what}` needs its name first: `{what}(\"..\")`"));
        return None;
    };
    let name = value::bare_string(cx, &what, first)?;
    Some((name, rest.iter().filter_map(|entry| entry.arg(cx)).collect()))
}

fn extension(cx: &Context, statement: &Arg) -> Option<ExtensionDecl> {
    let (name, options) = named(cx, statement)?;
    let mut decl = ExtensionDecl { name, schema: None };
    for option in options {
        match option.name.to_string().as_str() {
            "schema" => cx.set(&mut decl.schema, &option.name, value::identifier(cx, &option)),
            _ => cx.unknown_name(&option.name, Site::Extension),
        }
    }
    Some(decl)
}

fn sequence(cx: &Context, statement: &Arg) -> Option<SequenceDecl> {
    let (name, options) = named(cx, statement)?;
    let mut decl = SequenceDecl { name, ty: None, options: SequenceOptions::default(), owned_by: None, comment: None };
    let mut parts = value::SequenceParts::default();
    for option in options {
        match option.name.to_string().as_str() {
            "type" => cx.set(&mut decl.ty, &option.name, value::text(cx, &option)),
            "owned_by" => cx.set(&mut decl.owned_by, &option.name, value::text(cx, &option)),
            "comment" => cx.set(&mut decl.comment, &option.name, value::text(cx, &option)),
            _ if value::sequence_option(cx, &mut parts, &option) => {}
            _ => cx.unknown_name(&option.name, Site::SequenceObject),
        }
    }
    decl.options = parts.finish(cx);
    Some(decl)
}

fn raw(cx: &Context, statement: &Arg) -> Option<RawDecl> {
    let (name, options) = named(cx, statement)?;
    let (mut create, mut drop) = (None, None);
    let mut all_known = true;
    for option in options {
        match option.name.to_string().as_str() {
            "create" => cx.set(&mut create, &option.name, value::text(cx, &option)),
            "drop" => cx.set(&mut drop, &option.name, value::text(cx, &option)),
            _ => {
                all_known = false;
                cx.unknown_name(&option.name, Site::Raw);
            }
        }
    }
    if all_known && (create.is_none() || drop.is_none()) {
        let message = "`raw` needs both directions: `raw(\"name\", create = \"..\", drop = \"..\")`";
        cx.error(statement.name.span(), message);
    }
    Some(RawDecl { name, create: create?, drop: drop? })
}
