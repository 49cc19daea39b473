//! Arguments of functions as `pg_get_function_identity_arguments` prints them.

use super::tokens::{Token, tokens};
use crate::dialect::{parse_type, quote};
use crate::ir::{Dialect, ObjectKind};

const MODES: [&str; 4] = ["IN", "OUT", "INOUT", "VARIADIC"];

/// Types whose first word does not say all.
const WORDY: [&str; 9] = ["double", "character", "char", "bit", "timestamp", "time", "interval", "national", "nchar"];

/// The arguments with names and canonical types, without defaults. `text` is what the parentheses hold.
pub(super) fn identity(kind: ObjectKind, text: &str) -> Result<String, String> {
    if kind == ObjectKind::Aggregate && text.trim() == "*" {
        return Ok("*".to_owned());
    }
    let tokens = tokens(Dialect::Postgres, text)?;
    let mut arguments = Vec::new();
    for part in split_at_commas(&tokens) {
        arguments.push(argument(kind, text, part)?);
    }
    Ok(arguments.join(", "))
}

/// The parts between the commas that are in no parentheses.
pub(crate) fn split_at_commas(tokens: &[Token]) -> Vec<&[Token]> {
    if tokens.is_empty() {
        return Vec::new();
    }
    let mut depth = 0_i32;
    let is_comma = |token: &Token| {
        depth += i32::from(token.is_symbol("(") || token.is_symbol("["));
        depth -= i32::from(token.is_symbol(")") || token.is_symbol("]"));
        depth == 0 && token.is_symbol(",")
    };
    tokens.split(is_comma).collect()
}

fn argument(kind: ObjectKind, text: &str, tokens: &[Token]) -> Result<String, String> {
    let default = tokens.iter().position(|token| token.is("DEFAULT") || token.is_symbol("=") || token.is_symbol(":="));
    let mut tokens = tokens.get(..default.unwrap_or(tokens.len())).unwrap_or_default();
    let mut mode = tokens.first().and_then(|first| MODES.into_iter().find(|mode| first.is(mode)));
    if mode.is_some() {
        tokens = tokens.get(1..).unwrap_or_default();
        if mode == Some("IN") && tokens.first().is_some_and(|token| token.is("OUT")) {
            mode = Some("INOUT");
            tokens = tokens.get(1..).unwrap_or_default();
        }
    }
    let name = tokens.first().and_then(Token::identifier).filter(|_| has_name(tokens)).map(str::to_owned);
    if name.is_some() {
        tokens = tokens.get(1..).unwrap_or_default();
    }
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Err("an argument has no type".to_owned());
    };
    let ty = type_text(text.get(first.start..last.end).unwrap_or_default())?;
    // Only procedures say IN: their OUT arguments count, too.
    let mode = mode.or(Some("IN")).filter(|mode| *mode != "IN" || kind == ObjectKind::Procedure);
    let words = [mode.map(str::to_owned), name.map(|name| shown(&name)), Some(ty)];
    Ok(words.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

fn has_name(tokens: &[Token]) -> bool {
    let [first, second, ..] = tokens else { return false };
    let goes_on = ["(", "[", ".", "%"].into_iter().any(|symbol| second.is_symbol(symbol)) || second.is("ARRAY");
    let is_wordy = WORDY.into_iter().any(|word| first.is(word))
        && [
            "precision",
            "varying",
            "with",
            "without",
            "character",
            "char",
            "year",
            "month",
            "day",
            "hour",
            "minute",
            "second",
        ]
        .into_iter()
        .any(|word| second.is(word));
    !goes_on && !is_wordy
}

/// A type as the server prints it where `public` is on the search path, without modifiers: signatures have none.
pub(super) fn type_text(text: &str) -> Result<String, String> {
    let text = text.trim();
    let ty = parse_type(Dialect::Postgres, text)?.to_string();
    let local = ty.strip_prefix("public.").or_else(|| ty.strip_prefix("\"public\".")).unwrap_or(&ty);
    let bare = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|name| is_plain(name));
    Ok(without_modifiers(bare.unwrap_or(local)))
}

fn without_modifiers(ty: &str) -> String {
    match (ty.split_once('('), ty.split_once(')')) {
        (Some((head, _)), Some((_, tail))) if !ty.starts_with('"') => format!("{head}{tail}"),
        _ => ty.to_owned(),
    }
}

fn shown(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { quote(name) }
}

/// Whether the name needs no quotes, keywords apart.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}
