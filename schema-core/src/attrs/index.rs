//! `index(..)`, on a struct and on a field.

use proc_macro2::{Ident, TokenTree};

use super::context::Context;
use super::entry::{Arg, Cursor, Entry, Value};
use super::reference::{self, Site};
use super::value;
use crate::decl::{IndexDecl, IndexKeyDecl, IndexTargetDecl, Spanned};
use crate::ir::NullsOrder;

/// `index(status, created_at desc, where = "..")` on a struct.
pub(super) fn on_struct(cx: &Context, arg: &Arg) -> Option<Spanned<IndexDecl>> {
    let mut index = IndexDecl::default();
    let mut has_key = false;
    for entry in value::list(cx, arg)? {
        if let Some(key) = key(cx, &entry) {
            has_key = true;
            index.keys.extend(key.read(cx));
        } else if let Some(option) = entry.arg(cx) {
            read_option(cx, &mut index, &option);
        }
    }
    if !has_key {
        cx.error(arg.name.span(), "`index` has no key: name a field, or `expr = \"..\"`");
    }
    Some(Spanned::new(index, arg.name.span()))
}

/// `index` or `index(desc, where = "..")` on a field.
pub(super) fn on_field(cx: &Context, arg: &Arg, field: &Ident) -> Option<Spanned<IndexDecl>> {
    let mut index = IndexDecl::default();
    if matches!(arg.value, Value::Flag) {
        return Some(Spanned::new(index, arg.name.span()));
    }
    let mut key = new_key(IndexTargetDecl::Column(Spanned::new(field.to_string(), field.span())));
    let mut ordered = false;
    for entry in value::list(cx, arg)? {
        if starts_with_modifier(&entry) {
            ordered = true;
            read_modifiers(cx, &mut key, &mut entry.cursor());
        } else if let Some(option) = entry.arg(cx) {
            read_option(cx, &mut index, &option);
        }
    }
    if ordered {
        index.keys.push(key);
    }
    Some(Spanned::new(index, arg.name.span()))
}

fn read_option(cx: &Context, index: &mut IndexDecl, option: &Arg) {
    let name = &option.name;
    match name.to_string().as_str() {
        "name" => cx.set(&mut index.name, name, value::identifier(cx, option)),
        "unique" if value::no_value(cx, option) => cx.raise(&mut index.unique, name),
        "nulls_not_distinct" if value::no_value(cx, option) => cx.raise(&mut index.nulls_not_distinct, name),
        "unique" | "nulls_not_distinct" => {}
        "using" => cx.set(&mut index.using, name, value::word(cx, option)),
        "where" => cx.set(&mut index.predicate, name, value::text(cx, option)),
        "include" => index.include.extend(value::fields(cx, option).unwrap_or_default()),
        "with" => index.storage.extend(storage(cx, option)),
        _ => cx.unknown_name(name, Site::Index),
    }
}

/// A key while it is read.
struct Key<'a> {
    /// `None` when it is wrong, and reported.
    target: Option<IndexTargetDecl>,
    rest: Cursor<'a>,
}

impl Key<'_> {
    fn read(mut self, cx: &Context) -> Option<IndexKeyDecl> {
        let mut key = new_key(self.target?);
        read_modifiers(cx, &mut key, &mut self.rest).then_some(key)
    }
}

fn new_key(target: IndexTargetDecl) -> IndexKeyDecl {
    IndexKeyDecl { target, collate: None, opclass: None, descending: false, nulls: None }
}

/// The entry as a key: a field, or `expr = ".."`. Options are followed by `=` or a list, or are known flags.
fn key<'a>(cx: &Context, entry: &'a Entry) -> Option<Key<'a>> {
    let mut cursor = entry.cursor();
    let name = cursor.ident()?;
    if name == "expr" && cursor.eat('=') {
        let place = cursor.span();
        let expression = cursor.literal().and_then(value::string);
        if expression.is_none() {
            cx.error(place, "`expr` needs a string: `expr = \"lower(email)\"`");
        }
        return Some(Key { target: expression.map(IndexTargetDecl::Expression), rest: cursor });
    }
    let is_flag = cursor.is_empty() && (name == "unique" || name == "nulls_not_distinct");
    if is_flag || cursor.sees('=') || cursor.sees_group() {
        return None;
    }
    Some(Key { target: Some(IndexTargetDecl::Column(Spanned::new(name.to_string(), name.span()))), rest: cursor })
}

fn starts_with_modifier(entry: &Entry) -> bool {
    let name = entry.cursor().ident();
    name.is_some_and(|name| reference::names(Site::IndexKey).contains(&name.to_string().as_str()))
}

/// What follows a key's target. False when something was wrong.
fn read_modifiers(cx: &Context, key: &mut IndexKeyDecl, cursor: &mut Cursor<'_>) -> bool {
    while !cursor.is_empty() {
        let place = cursor.span();
        let Some(word) = cursor.ident() else {
            cx.error(place, "a comma, or a word about this key, is expected here");
            return false;
        };
        match word.to_string().as_str() {
            "desc" if key.descending => cx.error(place, "`desc` is given twice"),
            "desc" => key.descending = true,
            "nulls_first" => cx.set(&mut key.nulls, &word, Some(Spanned::new(NullsOrder::First, place))),
            "nulls_last" => cx.set(&mut key.nulls, &word, Some(Spanned::new(NullsOrder::Last, place))),
            "opclass" | "collate" => {
                if !cursor.eat('=') {
                    cx.error(place, format_args!("`{word}` needs a value: `{word} = ..`"));
                    return false;
                }
                let text = value::word_at(cx, &word.to_string(), cursor);
                let slot = if word == "opclass" { &mut key.opclass } else { &mut key.collate };
                cx.set(slot, &word, text);
            }
            unknown => {
                let message = format_args!("unknown word `{unknown}` after an index key");
                cx.unknown(place, message, unknown, &reference::names(Site::IndexKey));
                return false;
            }
        }
    }
    true
}

/// `with(fillfactor = 80, fastupdate = off)`.
fn storage(cx: &Context, option: &Arg) -> Vec<(Spanned<String>, String)> {
    let entries = value::list(cx, option).unwrap_or_default();
    entries.iter().filter_map(|entry| storage_parameter(cx, entry)).collect()
}

fn storage_parameter(cx: &Context, entry: &Entry) -> Option<(Spanned<String>, String)> {
    let parameter = entry.arg(cx)?;
    let text = match &parameter.value {
        Value::Equals(tokens) => match tokens.as_slice() {
            [TokenTree::Ident(word)] => Some(word.to_string()),
            [TokenTree::Literal(literal)] => {
                Some(value::string(literal).map_or_else(|| literal.to_string(), |text| text.value))
            }
            _ => None,
        },
        Value::Flag | Value::List(_) => None,
    };
    let name = &parameter.name;
    if text.is_none() {
        cx.error(name.span(), format_args!("the storage parameter `{name}` needs a value: `{name} = 80`"));
    }
    Some((Spanned::new(name.to_string(), name.span()), text?))
}
