//! `index(..)`, on a struct and on a field; `exclude(..)` and `partition_by(..)`, whose keys are written alike.

use proc_macro2::TokenTree;

use super::context::Context;
use super::entry::{Arg, Cursor, Entry, Value};
use super::reference::{self, Site};
use super::{constraint, value};
use crate::decl::{ExclusionDecl, IndexDecl, IndexKeyDecl, IndexTargetDecl, PartitionByDecl, Spanned};
use crate::ir::{NullsOrder, PartitionStrategy};

/// `index(status, created_at desc, where = "..")` on a struct.
pub(super) fn on_struct(cx: &Context, arg: &Arg) -> Option<Spanned<IndexDecl>> {
    let mut index = IndexDecl::default();
    let mut has_key = false;
    for entry in value::list(cx, arg)? {
        if let Some(key) = key(cx, &entry, &["unique", "nulls_not_distinct"]) {
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
pub(super) fn on_field(cx: &Context, arg: &Arg, field: &Spanned<String>) -> Option<Spanned<IndexDecl>> {
    let mut index = IndexDecl::default();
    if matches!(arg.value, Value::Flag) {
        return Some(Spanned::new(index, arg.name.span()));
    }
    let mut key = new_key(IndexTargetDecl::Column(field.clone()));
    let mut ordered = false;
    for entry in value::list(cx, arg)? {
        if starts_with_modifier(&entry) {
            ordered = true;
            read_modifiers(cx, &mut key, &mut entry.cursor(), Site::IndexKey);
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
        read_modifiers(cx, &mut key, &mut self.rest, Site::IndexKey).then_some(key)
    }

    /// A key of an exclusion constraint, with its operator.
    fn read_element(mut self, cx: &Context) -> Option<(IndexKeyDecl, Spanned<String>)> {
        let mut key = new_key(self.target?);
        let start = self.rest.span();
        if !read_modifiers(cx, &mut key, &mut self.rest, Site::ExclusionKey) {
            return None;
        }
        if self.rest.is_empty() {
            cx.error(start, "an operator is missing: `room with \"=\"`");
            return None;
        }
        // `read_modifiers` stops at `with`.
        self.rest.ident();
        let operator = value::word_at(cx, "with", &mut self.rest)?;
        self.rest.end(cx).then_some((key, operator))
    }
}

/// `exclude(using = gist, room with "=", during with "&&")`.
pub(super) fn exclusion(cx: &Context, arg: &Arg) -> Option<Spanned<ExclusionDecl>> {
    let mut exclusion = ExclusionDecl::default();
    let mut has_element = false;
    for entry in value::list(cx, arg)? {
        if let Some(key) = key(cx, &entry, &["deferrable"]) {
            has_element = true;
            exclusion.elements.extend(key.read_element(cx));
        } else if let Some(option) = entry.arg(cx) {
            read_exclusion_option(cx, &mut exclusion, &option);
        }
    }
    if !has_element {
        cx.error(arg.name.span(), "`exclude` compares nothing: write `exclude(using = gist, room with \"=\")`");
    }
    Some(Spanned::new(exclusion, arg.name.span()))
}

fn read_exclusion_option(cx: &Context, exclusion: &mut ExclusionDecl, option: &Arg) {
    let name = &option.name;
    match name.to_string().as_str() {
        "name" => cx.set(&mut exclusion.name, name, value::identifier(cx, option)),
        "using" => cx.set(&mut exclusion.using, name, value::word(cx, option)),
        "where" => cx.set(&mut exclusion.predicate, name, value::text(cx, option)),
        "deferrable" => cx.set(&mut exclusion.deferrable, name, constraint::deferrable(cx, option)),
        "include" => exclusion.include.extend(value::fields(cx, option).unwrap_or_default()),
        "with" => exclusion.storage.extend(storage(cx, option)),
        _ => cx.unknown_name(name, Site::Exclusion),
    }
}

const STRATEGIES: [(&str, PartitionStrategy); 3] =
    [("range", PartitionStrategy::Range), ("list", PartitionStrategy::List), ("hash", PartitionStrategy::Hash)];

/// `partition_by(range(created_at))`.
pub(super) fn partition_by(cx: &Context, arg: &Arg) -> Option<Spanned<PartitionByDecl>> {
    let entries = value::list(cx, arg)?;
    let [entry] = entries.as_slice() else {
        cx.error(arg.name.span(), "`partition_by` needs one strategy with its keys: `partition_by(range(created_at))`");
        return None;
    };
    let by = entry.arg(cx)?;
    let Some((_, strategy)) = STRATEGIES.iter().find(|(name, _)| by.name == name) else {
        let message = format_args!("unknown way to partition: `{}`", by.name);
        cx.unknown(by.name.span(), message, &by.name.to_string(), &STRATEGIES.map(|(name, _)| name));
        return None;
    };
    let mut keys = Vec::new();
    for entry in value::list(cx, &by)? {
        let place = entry.cursor().span();
        match key(cx, &entry, &[]).map(|key| key.read(cx)) {
            Some(Some(key)) if key.descending || key.nulls.is_some() => {
                cx.error(place, "a partition key has no order: leave `desc`, `nulls_first` and `nulls_last` out");
            }
            Some(key) => keys.extend(key),
            None => cx.error(place, "a partition key is a field, or `expr = \"..\"`"),
        }
    }
    if keys.is_empty() {
        cx.error(by.name.span(), format_args!("`{}` lists no key", by.name));
    }
    Some(Spanned::new(PartitionByDecl { strategy: *strategy, keys }, arg.name.span()))
}

fn new_key(target: IndexTargetDecl) -> IndexKeyDecl {
    IndexKeyDecl { target, prefix: None, collate: None, opclass: None, descending: false, nulls: None }
}

/// The entry as a key: a field, or `expr = ".."`. Options are followed by `=` or a list, or are known flags.
fn key<'a>(cx: &Context, entry: &'a Entry, flags: &[&str]) -> Option<Key<'a>> {
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
    let is_flag = cursor.is_empty() && flags.iter().any(|flag| name == flag);
    if is_flag || cursor.sees('=') || cursor.sees_group() {
        return None;
    }
    Some(Key { target: Some(IndexTargetDecl::Column(Spanned::new(name.to_string(), name.span()))), rest: cursor })
}

fn starts_with_modifier(entry: &Entry) -> bool {
    let name = entry.cursor().ident();
    name.is_some_and(|name| reference::names(Site::IndexKey).contains(&name.to_string().as_str()))
}

/// What follows a key's target, up to the operator of an exclusion constraint. False when something was wrong.
fn read_modifiers(cx: &Context, key: &mut IndexKeyDecl, cursor: &mut Cursor<'_>, site: Site) -> bool {
    while !cursor.is_empty() {
        if site == Site::ExclusionKey && cursor.sees_ident("with") {
            return true;
        }
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
            "prefix" if site == Site::IndexKey => {
                let length = if cursor.eat('=') { cursor.literal() } else { None };
                let length = length.and_then(|length| length.to_string().replace('_', "").parse().ok());
                if length.is_none_or(|length: u32| length == 0) {
                    cx.error(place, "`prefix` needs a number above 0: `prefix = 20`");
                    return false;
                }
                cx.set(&mut key.prefix, &word, length.map(|length| Spanned::new(length, place)));
            }
            unknown => {
                let message = format_args!("unknown word `{unknown}` after an index key");
                cx.unknown(place, message, unknown, &reference::names(site));
                return false;
            }
        }
    }
    true
}

/// `with(fillfactor = 80, fastupdate = off)`.
pub(super) fn storage(cx: &Context, option: &Arg) -> Vec<(Spanned<String>, String)> {
    let entries = value::list(cx, option).unwrap_or_default();
    entries.iter().filter_map(|entry| storage_parameter(cx, entry)).collect()
}

fn storage_parameter(cx: &Context, entry: &Entry) -> Option<(Spanned<String>, String)> {
    let mut cursor = entry.cursor();
    let place = cursor.span();
    let Some(name) = cursor.ident() else {
        cx.error(place, "a name is expected here");
        return None;
    };
    let mut written = name.to_string();
    // `toast.autovacuum_enabled`
    while cursor.eat('.') {
        written.push('.');
        written.extend(cursor.ident().map(|part| part.to_string()));
    }
    let text = if cursor.eat('=') { parameter_value(cursor.rest()) } else { None };
    if text.is_none() {
        cx.error(name.span(), format_args!("the storage parameter `{written}` needs a value: `{written} = 80`"));
    }
    Some((Spanned::new(written, name.span()), text?))
}

fn parameter_value(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Ident(word)] => Some(word.to_string()),
        [TokenTree::Literal(literal)] => {
            Some(value::string(literal).map_or_else(|| literal.to_string(), |text| text.value))
        }
        [TokenTree::Punct(minus), TokenTree::Literal(literal)] if minus.as_char() == '-' => Some(format!("-{literal}")),
        _ => None,
    }
}
