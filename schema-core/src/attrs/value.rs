use proc_macro2::{Literal, TokenStream, TokenTree};

use super::context::Context;
use super::entry::{self, Arg, Cursor, Entry, Value};
use crate::decl::{Mark, RustPath, Spanned};
use crate::ir::SequenceOptions;
use crate::names::MAX_BYTES;

/// A flag: nothing may follow its name.
pub(super) fn no_value(cx: &Context, arg: &Arg) -> bool {
    if !matches!(arg.value, Value::Flag) {
        cx.error(arg.name.span(), format_args!("`{}` takes no value", arg.name));
    }
    matches!(arg.value, Value::Flag)
}

/// `name = ".."`, not empty: SQL text, a comment, a former name.
pub(super) fn text(cx: &Context, arg: &Arg) -> Option<Spanned<String>> {
    filled(cx, &arg.name, any_text(cx, arg)?)
}

/// `name = ".."`, possibly empty.
pub(super) fn any_text(cx: &Context, arg: &Arg) -> Option<Spanned<String>> {
    let value = match &arg.value {
        Value::Equals(tokens) => tokens,
        Value::Flag | Value::List(_) => {
            cx.error(arg.name.span(), format_args!("`{name}` needs a string: `{name} = \"..\"`", name = arg.name));
            return None;
        }
    };
    let mut cursor = Cursor::new(value);
    let text = cursor.literal().and_then(string);
    match text {
        Some(text) => cursor.end(cx).then_some(text).and_then(|text| without_nul(cx, text)),
        None => {
            let place = Cursor::new(value).span();
            cx.error(place, format_args!("`{name}` needs a string: `{name} = \"..\"`", name = arg.name));
            None
        }
    }
}

/// `name = ".."` where the string becomes an identifier (BUGS.md B18).
pub(super) fn identifier(cx: &Context, arg: &Arg) -> Option<Spanned<String>> {
    fitting(cx, text(cx, arg)?)
}

/// The text, unless it is longer than an identifier may be.
pub(super) fn fitting(cx: &Context, text: Spanned<String>) -> Option<Spanned<String>> {
    let bytes = text.value.len();
    if bytes <= MAX_BYTES {
        return Some(text);
    }
    cx.error_with_help(
        text.span,
        format_args!("the name `{}` has {bytes} bytes, and PostgreSQL cuts names after {MAX_BYTES}", text.value),
        "choose a shorter name",
    );
    None
}

fn filled(cx: &Context, name: impl std::fmt::Display, text: Spanned<String>) -> Option<Spanned<String>> {
    if text.value.trim().is_empty() {
        cx.error(text.span, format_args!("`{name}` is empty"));
        return None;
    }
    Some(text)
}

fn without_nul(cx: &Context, text: Spanned<String>) -> Option<Spanned<String>> {
    if text.value.contains('\0') {
        cx.error(text.span, "a NUL character can't be stored in any database");
        return None;
    }
    Some(text)
}

/// A string literal's value.
pub(super) fn string(literal: &Literal) -> Option<Spanned<String>> {
    match syn::Lit::new(literal.clone()) {
        syn::Lit::Str(text) => Some(Spanned::new(text.value(), literal.span())),
        _ => None,
    }
}

/// A whole entry that is a string: `check("age > 0")`.
pub(super) fn bare_string(cx: &Context, what: &str, entry: &Entry) -> Option<Spanned<String>> {
    let mut cursor = entry.cursor();
    let place = cursor.span();
    let Some(text) = cursor.literal().and_then(string) else {
        cx.error(place, format_args!("`{what}` needs a string: `{what}(\"..\")`"));
        return None;
    };
    if !cursor.end(cx) {
        return None;
    }
    filled(cx, what, without_nul(cx, text)?)
}

/// `name = word`, or a string where the word is no Rust identifier (`opclass = "public.gin_trgm_ops"`).
pub(super) fn word(cx: &Context, arg: &Arg) -> Option<Spanned<String>> {
    let Value::Equals(tokens) = &arg.value else {
        cx.error(arg.name.span(), format_args!("`{name}` needs a word: `{name} = ..`", name = arg.name));
        return None;
    };
    let mut cursor = Cursor::new(tokens);
    let word = word_at(cx, &arg.name.to_string(), &mut cursor)?;
    cursor.end(cx).then_some(word)
}

/// A word or a string at the cursor.
pub(super) fn word_at(cx: &Context, name: &str, cursor: &mut Cursor<'_>) -> Option<Spanned<String>> {
    let place = cursor.span();
    if let Some(ident) = cursor.ident() {
        return Some(Spanned::new(ident.to_string(), ident.span()));
    }
    if let Some(text) = cursor.literal().and_then(string) {
        return filled(cx, name, without_nul(cx, text)?);
    }
    cx.error(place, format_args!("`{name}` needs a word: `{name} = ..`"));
    None
}

/// `name = word`, one of these; `bare` is what the name alone means, if anything.
pub(super) fn choice<T: Copy>(cx: &Context, arg: &Arg, bare: Option<T>, choices: &[(&str, T)]) -> Option<Spanned<T>> {
    let valid: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    if let (Value::Flag, Some(meaning)) = (&arg.value, bare) {
        return Some(Spanned::new(meaning, arg.name.span()));
    }
    let Value::Equals(tokens) = &arg.value else {
        let help = super::context::listed(&valid);
        cx.error_with_help(
            arg.name.span(),
            format_args!("`{name}` needs a value: `{name} = ..`", name = arg.name),
            format_args!("valid are {help}"),
        );
        return None;
    };
    let mut cursor = Cursor::new(tokens);
    let place = cursor.span();
    let Some(word) = cursor.ident() else {
        cx.error_with_help(
            place,
            format_args!("`{}` needs a word", arg.name),
            format_args!("valid are {}", super::context::listed(&valid)),
        );
        return None;
    };
    if !cursor.end(cx) {
        return None;
    }
    let chosen = choices.iter().find(|(name, _)| word == name);
    if chosen.is_none() {
        cx.unknown(place, format_args!("unknown value `{word}` of `{}`", arg.name), &word.to_string(), &valid);
    }
    chosen.map(|(_, value)| Spanned::new(*value, place))
}

/// `name(..)`.
pub(super) fn list(cx: &Context, arg: &Arg) -> Option<Vec<Entry>> {
    match &arg.value {
        Value::List(group) => Some(entry::of(cx, group.stream())),
        Value::Flag | Value::Equals(_) => {
            cx.error(arg.name.span(), format_args!("`{name}` needs a list: `{name}(..)`", name = arg.name));
            None
        }
    }
}

/// `name(..)` whose entries are fields.
pub(super) fn fields(cx: &Context, arg: &Arg) -> Option<Vec<Spanned<String>>> {
    let mut fields = Vec::new();
    for entry in list(cx, arg)? {
        match entry.bare_ident() {
            Some(field) => fields.push(Spanned::new(field.to_string(), field.span())),
            None => cx.error(entry.cursor().span(), format_args!("`{}` lists fields of the struct", arg.name)),
        }
    }
    if fields.is_empty() {
        cx.error(arg.name.span(), format_args!("`{}` lists no field", arg.name));
        return None;
    }
    Some(fields)
}

/// A struct, and fields of it.
pub(super) type Target = (Spanned<RustPath>, Vec<Spanned<String>>);

/// A path, and the fields in parentheses after it: `Member(org_id, id)`.
pub(super) fn path_with_fields(cx: &Context, arg: &Arg) -> Option<Target> {
    let Value::Equals(tokens) = &arg.value else {
        cx.error(arg.name.span(), format_args!("`{name}` needs a struct: `{name} = Org`", name = arg.name));
        return None;
    };
    let (path, group) = match tokens.split_last() {
        Some((TokenTree::Group(group), path)) if !path.is_empty() => (path, Some(group)),
        _ => (tokens.as_slice(), None),
    };
    let place = Cursor::new(path).span();
    let stream: TokenStream = path.iter().cloned().collect();
    let Ok(path) = syn::parse::Parser::parse2(syn::Path::parse_mod_style, stream) else {
        cx.error(place, format_args!("`{name}` needs a struct: `{name} = Org` or `{name} = Org(id)`", name = arg.name));
        return None;
    };
    let fields = match group {
        None => Vec::new(),
        Some(group) => {
            let list = Arg { name: arg.name.clone(), value: Value::List(group.clone()) };
            fields(cx, &list)?
        }
    };
    Some((Spanned::new(RustPath::from(&path), place), fields))
}

/// `name = Parent`.
pub(super) fn path(cx: &Context, arg: &Arg) -> Option<Spanned<RustPath>> {
    let Value::Equals(tokens) = &arg.value else {
        cx.error(arg.name.span(), format_args!("`{name}` needs a struct: `{name} = Parent`", name = arg.name));
        return None;
    };
    path_of(cx, &arg.name, tokens)
}

/// `name(Parent, other::Parent)`.
pub(super) fn paths(cx: &Context, arg: &Arg) -> Vec<Spanned<RustPath>> {
    let entries = list(cx, arg).unwrap_or_default();
    entries.iter().filter_map(|entry| path_of(cx, &arg.name, entry.cursor().rest())).collect()
}

fn path_of(cx: &Context, name: &proc_macro2::Ident, tokens: &[TokenTree]) -> Option<Spanned<RustPath>> {
    let place = Cursor::new(tokens).span();
    let stream: TokenStream = tokens.iter().cloned().collect();
    let path = syn::parse::Parser::parse2(syn::Path::parse_mod_style, stream).ok();
    if path.is_none() {
        cx.error(place, format_args!("`{name}` needs the path of a struct"));
    }
    path.map(|path| Spanned::new(RustPath::from(&path), place))
}

/// Whether the value is a literal, as opposed to a word.
pub(super) fn is_text(arg: &Arg) -> bool {
    matches!(&arg.value, Value::Equals(tokens) if matches!(tokens.first(), Some(TokenTree::Literal(_))))
}

/// `name = 500`, possibly negative.
pub(super) fn number<N: std::str::FromStr>(cx: &Context, arg: &Arg) -> Option<Spanned<N>> {
    let tokens = match &arg.value {
        Value::Equals(tokens) => tokens.as_slice(),
        Value::Flag | Value::List(_) => &[],
    };
    let mut cursor = Cursor::new(tokens);
    let place = if tokens.is_empty() { arg.name.span() } else { cursor.span() };
    let sign = if cursor.eat('-') { "-" } else { "" };
    let digits = cursor.literal().map(|literal| literal.to_string().replace('_', ""));
    let number = digits.and_then(|digits| format!("{sign}{digits}").parse().ok()).filter(|_| cursor.is_empty());
    if number.is_none() {
        cx.error(
            place,
            format_args!("`{name}` needs a whole number within its range: `{name} = 100`", name = arg.name),
        );
    }
    number.map(|number| Spanned::new(number, place))
}

/// The options of a sequence; true when the name is one of them.
pub(super) fn sequence_option(cx: &Context, options: &mut SequenceParts, arg: &Arg) -> bool {
    let slot = match arg.name.to_string().as_str() {
        "start" => &mut options.start,
        "increment" => &mut options.increment,
        "min" => &mut options.min,
        "max" => &mut options.max,
        "cache" => &mut options.cache,
        "cycle" => {
            if no_value(cx, arg) {
                cx.raise(&mut options.cycle, &arg.name);
            }
            return true;
        }
        _ => return false,
    };
    cx.set(slot, &arg.name, number(cx, arg));
    true
}

/// A sequence's options while they are read.
#[derive(Default)]
pub(super) struct SequenceParts {
    start: Option<Spanned<i64>>,
    increment: Option<Spanned<i64>>,
    min: Option<Spanned<i64>>,
    max: Option<Spanned<i64>>,
    cache: Option<Spanned<i64>>,
    cycle: Option<Mark>,
}

impl SequenceParts {
    /// The options, checked against each other.
    pub(super) fn finish(self, cx: &Context) -> SequenceOptions {
        if let Some(increment) = self.increment.as_ref().filter(|increment| increment.value == 0) {
            cx.error(increment.span, "a sequence's `increment` can't be 0");
        }
        if let Some(cache) = self.cache.as_ref().filter(|cache| cache.value < 1) {
            cx.error(cache.span, "a sequence's `cache` is at least 1");
        }
        if let (Some(min), Some(max)) = (&self.min, &self.max)
            && min.value >= max.value
        {
            cx.error(max.span, "a sequence's `max` must be above its `min`");
        }
        let value = |number: Option<Spanned<i64>>| number.map(|number| number.value);
        SequenceOptions {
            start: value(self.start),
            increment: value(self.increment),
            min: value(self.min),
            max: value(self.max),
            cache: value(self.cache),
            cycle: self.cycle.is_some(),
        }
    }
}
