//! `allow(.., reason = "..")`.

use proc_macro2::{Ident, Span};

use super::context::Context;
use super::entry::{self, Arg, Entry, Value};
use super::reference::Site;
use super::value;
use crate::advise;
use crate::decl::{AllowCode, AllowDecl, Mark, Spanned};

/// Reads the consents of one `allow(..)`. A reason stands with each code, or once for all of them.
pub(super) fn parse(cx: &Context, arg: &Arg, site: Site) -> Vec<AllowDecl> {
    let entries = value::list(cx, arg).unwrap_or_default();
    let mut shared = None;
    let mut consents = Vec::new();
    for option in entries.iter().filter_map(|entry| entry.arg(cx)) {
        if option.name == "reason" {
            cx.set(&mut shared, &option.name, value::text(cx, &option));
        } else if let Some(code) = code(cx, &option.name, site) {
            consents.extend(consent(cx, &option, code, site));
        }
    }
    if entries.is_empty() {
        cx.error(arg.name.span(), "`allow` allows nothing: name what it is about");
    }
    let shared_given = entries.iter().any(starts_with_reason);
    consents.into_iter().filter_map(|consent| consent.with_reason(cx, shared.as_ref(), shared_given)).collect()
}

fn starts_with_reason(entry: &Entry) -> bool {
    entry.cursor().ident().is_some_and(|name| name == "reason")
}

/// Where a code may stand.
fn site_of(code: AllowCode) -> Site {
    match code {
        AllowCode::DropTable
        | AllowCode::DropEnum
        | AllowCode::DropSequence
        | AllowCode::DropDomain
        | AllowCode::DropType
        | AllowCode::DropObject => Site::SchemaMacro,
        AllowCode::DropLabel => Site::SqlEnum,
        AllowCode::NarrowType | AllowCode::DropNotNull | AllowCode::AssumeEmpty => Site::Column,
        AllowCode::DropColumn
        | AllowCode::DropPrimaryKey
        | AllowCode::DropUnique
        | AllowCode::DropForeignKey
        | AllowCode::DropCheck
        | AllowCode::DropExclusion
        | AllowCode::DropRowSecurity
        | AllowCode::Advice => Site::Table,
    }
}

fn code(cx: &Context, name: &Ident, site: Site) -> Option<AllowCode> {
    let Some(code) = AllowCode::ALL.into_iter().find(|code| name == code.as_str()) else {
        let here = AllowCode::ALL.into_iter().filter(|code| site_of(*code) == site);
        let valid: Vec<&str> = here.map(AllowCode::as_str).chain(["reason"]).collect();
        cx.unknown(name.span(), format_args!("unknown consent `{name}`"), &name.to_string(), &valid);
        return None;
    };
    let home = site_of(code);
    if home != site {
        cx.error(name.span(), format_args!("`{name}` is allowed in `{}`, not here", home.allow_written()));
        return None;
    }
    Some(code)
}

/// A consent that may still lack its reason.
struct Unreasoned {
    code: Spanned<AllowCode>,
    name: Option<Spanned<String>>,
    reason: Option<Spanned<String>>,
    reason_given: bool,
    map_to: Option<Spanned<String>>,
    restore: Option<Spanned<String>>,
    keep: Option<Mark>,
}

impl Unreasoned {
    fn with_reason(self, cx: &Context, shared: Option<&Spanned<String>>, shared_given: bool) -> Option<AllowDecl> {
        let reason = self.reason.as_ref().or(shared).map(|reason| reason.value.clone());
        if reason.is_none() && !self.reason_given && !shared_given {
            let code = self.code.value.as_str();
            cx.error(self.code.span, format_args!("`{code}` needs a reason: `reason = \"..\"`"));
        }
        Some(AllowDecl {
            code: self.code,
            name: self.name,
            reason: reason?,
            map_to: self.map_to,
            restore: self.restore,
            keep: self.keep.is_some(),
        })
    }
}

fn consent(cx: &Context, option: &Arg, code: AllowCode, site: Site) -> Option<Unreasoned> {
    let span = option.name.span();
    let entries = match &option.value {
        Value::Flag => Vec::new(),
        Value::List(group) => entry::of(cx, group.stream()),
        Value::Equals(_) => {
            cx.error(span, format_args!("`{}` takes a list, not a value", option.name));
            return None;
        }
    };
    let mut consent = Unreasoned {
        code: Spanned::new(code, span),
        name: None,
        reason: None,
        reason_given: false,
        map_to: None,
        restore: None,
        keep: None,
    };
    let mut options = entries.as_slice();
    if let Some((first, rest)) = entries.split_first().filter(|(first, _)| first.cursor().literal().is_some()) {
        consent.name = value::bare_string(cx, code.as_str(), first);
        if let Some(name) =
            consent.name.as_ref().filter(|name| code == AllowCode::Advice && advise::find(&name.value).is_none())
        {
            let known: Vec<&str> = advise::RULES.iter().map(|rule| rule.code).collect();
            cx.unknown(name.span, format_args!("there is no advice `{}`", name.value), &name.value, &known);
        }
        options = rest;
        if !code.takes_name() {
            cx.error(first.cursor().span(), format_args!("`{}` takes no name", option.name));
        }
    } else if code.takes_name() {
        needs_name(cx, span, code, site);
        return None;
    }
    for option in options.iter().filter_map(|entry| entry.arg(cx)) {
        consent.read(cx, &option);
    }
    Some(consent)
}

impl Unreasoned {
    fn read(&mut self, cx: &Context, option: &Arg) {
        let name = &option.name;
        match name.to_string().as_str() {
            "reason" => {
                self.reason_given = true;
                cx.set(&mut self.reason, name, value::text(cx, option));
            }
            "map_to" if self.code.value == AllowCode::DropLabel => {
                cx.set(&mut self.map_to, name, value::any_text(cx, option));
            }
            "restore" if self.code.value == AllowCode::DropColumn => {
                cx.set(&mut self.restore, name, value::text(cx, option));
            }
            "keep" if self.code.value.can_keep() => {
                if value::no_value(cx, option) {
                    cx.raise(&mut self.keep, name);
                }
            }
            "map_to" => cx.error(name.span(), "`map_to` belongs to `drop_label`"),
            "restore" => cx.error(name.span(), "`restore` belongs to `drop_column`"),
            "keep" => cx.error(name.span(), format_args!("`keep` belongs to {}", codes_that_can_keep())),
            _ => cx.unknown_name(name, Site::Consent),
        }
    }
}

fn codes_that_can_keep() -> String {
    let codes: Vec<String> =
        AllowCode::ALL.iter().filter(|code| code.can_keep()).map(|code| format!("`{}`", code.as_str())).collect();
    codes.join(", ")
}

fn needs_name(cx: &Context, span: Span, code: AllowCode, site: Site) {
    let what = match code {
        AllowCode::DropTable => "table",
        AllowCode::DropEnum => "enum",
        AllowCode::DropColumn => "column",
        AllowCode::DropLabel => "label",
        AllowCode::DropSequence => "sequence",
        AllowCode::DropDomain => "domain",
        AllowCode::DropType => "type",
        AllowCode::DropObject => "object, with its kind",
        AllowCode::Advice => "advice",
        _ => "constraint",
    };
    let code = code.as_str();
    let written = site.allow_written();
    cx.error_with_help(
        span,
        format_args!("`{code}` needs the name of the {what}"),
        format_args!("write `{}`", written.replace("..", &format!("{code}(\"..\", reason = \"..\")"))),
    );
}
