//! sqlx's own attributes, where they decide what the schema is. Those that don't are sqlx's to check.

use syn::Attribute;

use super::conditional;
use super::context::Context;
use super::entry::{self, Arg, Value};
use super::rename::RULES;
use super::value;
use crate::decl::{JsonDecl, Mark, RenameRule, RustType, Spanned};

/// `#[sqlx(..)]` on a struct, an enum, a field or a variant.
#[derive(Default)]
pub(super) struct Sqlx {
    pub(super) rename: Option<Spanned<String>>,
    pub(super) rename_all: Option<Spanned<RenameRule>>,
    pub(super) type_name: Option<Spanned<String>>,
    pub(super) flatten: Option<Mark>,
    pub(super) skip: Option<Mark>,
    pub(super) json: Option<Spanned<JsonDecl>>,
    pub(super) try_from: Option<Spanned<RustType>>,
}

/// Reads them. Unknown names are left to sqlx, whose next version may know them.
pub(super) fn parse(cx: &Context, attrs: &[Attribute]) -> Sqlx {
    let mut sqlx = Sqlx::default();
    for attribute in conditional::named(attrs, "sqlx") {
        for entry in entry::of_attribute(cx, &attribute) {
            if let Some(arg) = entry.arg(cx) {
                sqlx.read(cx, &arg);
            }
        }
    }
    sqlx
}

impl Sqlx {
    fn read(&mut self, cx: &Context, arg: &Arg) {
        match arg.name.to_string().as_str() {
            "rename" => cx.set(&mut self.rename, &arg.name, value::any_text(cx, arg)),
            "rename_all" => cx.set(&mut self.rename_all, &arg.name, rename_all(cx, arg)),
            "type_name" => cx.set(&mut self.type_name, &arg.name, value::text(cx, arg)),
            "flatten" => self.flatten = Some(arg.name.span().into()),
            "skip" => self.skip = Some(arg.name.span().into()),
            "json" => cx.set(&mut self.json, &arg.name, json(cx, arg)),
            "try_from" => cx.set(&mut self.try_from, &arg.name, try_from(cx, arg)),
            _ => {}
        }
    }
}

/// `rename_all = "snake_case"`, which `#[sql_enum(..)]` has too.
pub(super) fn rename_all(cx: &Context, arg: &Arg) -> Option<Spanned<RenameRule>> {
    let text = value::text(cx, arg)?;
    let rule = RULES.iter().find(|(name, _)| text.value == *name);
    if rule.is_none() {
        let message = format_args!("unknown rule `{}`", text.value);
        cx.unknown(text.span, message, &text.value, &RULES.map(|(name, _)| name));
    }
    rule.map(|(_, rule)| Spanned::new(*rule, text.span))
}

fn json(cx: &Context, arg: &Arg) -> Option<Spanned<JsonDecl>> {
    let span = arg.name.span();
    match &arg.value {
        Value::Flag => Some(Spanned::new(JsonDecl::NotNull, span)),
        Value::List(group) if group.stream().to_string() == "nullable" => Some(Spanned::new(JsonDecl::Nullable, span)),
        Value::List(_) | Value::Equals(_) => {
            cx.error(span, "sqlx's `json` is written `json` or `json(nullable)`");
            None
        }
    }
}

fn try_from(cx: &Context, arg: &Arg) -> Option<Spanned<RustType>> {
    let text = value::text(cx, arg)?;
    let literal = syn::LitStr::new(&text.value, text.span.into());
    match literal.parse::<syn::Type>() {
        Ok(ty) => Some(Spanned::new(RustType::from(&ty), text.span)),
        Err(_) => {
            cx.error(text.span, format_args!("`{}` is no Rust type", text.value));
            None
        }
    }
}

/// sqlx's `type_name` as PostgreSQL reads it (`'..'::regtype`): split at the dot, folded to lower case unless quoted.
fn type_name(name: &Spanned<String>) -> (Option<Spanned<String>>, Spanned<String>) {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut chars = name.value.chars().peekable();
    while let Some(c) = chars.next() {
        let part = parts.len() - 1;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                parts[part].push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c if quoted => parts[part].push(c),
            c => parts[part].extend(c.to_lowercase()),
        }
    }
    let last = parts.pop().unwrap_or_default();
    let schema = parts.pop().map(|schema| Spanned::new(schema, name.span));
    (schema, Spanned::new(last, name.span))
}

/// A type's name and schema where only sqlx's `type_name` states them.
pub(super) fn adopt_type_name(
    cx: &Context,
    stated: Option<&Spanned<String>>,
    name: &mut Option<Spanned<String>>,
    schema: &mut Option<Spanned<String>>,
) {
    if let (None, Some(stated)) = (&name, stated) {
        let (stated_schema, stated_name) = type_name(stated);
        *name = value::fitting(cx, stated_name);
        *schema = schema.take().or(stated_schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_name_is_read_as_the_server_reads_it() {
        let read = |text: &str| {
            let (schema, name) = type_name(&Spanned::new(text.to_owned(), proc_macro2::Span::call_site()));
            (schema.map(|schema| schema.value), name.value)
        };
        assert_eq!(read("Mood"), (None, "mood".to_owned()));
        assert_eq!(read("auth.mood"), (Some("auth".to_owned()), "mood".to_owned()));
        assert_eq!(read(r#""My.Type""#), (None, "My.Type".to_owned()));
        assert_eq!(read(r#"app."a""b""#), (Some("app".to_owned()), r#"a"b"#.to_owned()));
    }
}
