//! Primary keys, unique constraints, checks and foreign keys, on a struct and on a field.

use proc_macro2::Ident;

use super::context::Context;
use super::entry::{Arg, Entry, Value};
use super::reference::{self, Site};
use super::{index, value};
use crate::decl::{CheckDecl, ForeignKeyDecl, Mark, PrimaryKeyDecl, Spanned, UniqueDecl};
use crate::ir::{Deferrable, ReferentialAction};

const ACTIONS: [(&str, ReferentialAction); 5] = [
    ("cascade", ReferentialAction::Cascade),
    ("restrict", ReferentialAction::Restrict),
    ("set_null", ReferentialAction::SetNull),
    ("set_default", ReferentialAction::SetDefault),
    ("no_action", ReferentialAction::NoAction),
];

const DEFERRABLE: [(&str, Deferrable); 2] =
    [("initially_immediate", Deferrable::InitiallyImmediate), ("initially_deferred", Deferrable::InitiallyDeferred)];

/// Options that stand alone. Any other bare word is a field, even one called `name`.
const FLAGS: [&str; 5] = ["nulls_not_distinct", "deferrable", "match_full", "not_valid", "not_enforced"];

/// A list such as `(org_id, id, name = "..")`, split into fields and options.
fn split(cx: &Context, entries: &[Entry], site: Site) -> (Vec<Spanned<String>>, Vec<Arg>) {
    let flags: Vec<&str> = reference::names(site).into_iter().filter(|name| FLAGS.contains(name)).collect();
    let (mut fields, mut args) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry.bare_ident() {
            Some(field) if !flags.contains(&field.to_string().as_str()) => {
                fields.push(Spanned::new(field.to_string(), field.span()));
            }
            _ => args.extend(entry.arg(cx)),
        }
    }
    (fields, args)
}

fn needs_fields(cx: &Context, name: &Ident, fields: &[Spanned<String>]) {
    if fields.is_empty() {
        cx.error(name.span(), format_args!("`{name}` lists no field"));
    }
}

/// `primary_key(org_id, id)` on a struct.
pub(super) fn primary_key(cx: &Context, arg: &Arg) -> Option<Spanned<PrimaryKeyDecl>> {
    let (columns, args) = split(cx, &value::list(cx, arg)?, Site::PrimaryKey);
    needs_fields(cx, &arg.name, &columns);
    let mut key = PrimaryKeyDecl { columns, ..PrimaryKeyDecl::default() };
    for option in args {
        match option.name.to_string().as_str() {
            "name" => cx.set(&mut key.name, &option.name, value::identifier(cx, &option)),
            "include" => key.include.extend(value::fields(cx, &option).unwrap_or_default()),
            "deferrable" => cx.set(&mut key.deferrable, &option.name, deferrable(cx, &option)),
            "with" => key.storage.extend(index::storage(cx, &option)),
            _ => cx.unknown_name(&option.name, Site::PrimaryKey),
        }
    }
    Some(Spanned::new(key, arg.name.span()))
}

/// `unique(org_id, email)` on a struct; on a field `unique` or `unique(options)`.
pub(super) fn unique(cx: &Context, arg: &Arg, on_field: bool) -> Option<Spanned<UniqueDecl>> {
    if on_field && matches!(arg.value, Value::Flag) {
        return Some(Spanned::new(UniqueDecl::default(), arg.name.span()));
    }
    let (columns, args) = split(cx, &value::list(cx, arg)?, Site::Unique);
    match columns.first() {
        Some(column) if on_field => cx.error_with_help(
            column.span,
            "`unique` on a field is about that field alone",
            "write `#[table(unique(..))]` on the struct for several",
        ),
        _ if on_field => {}
        _ => needs_fields(cx, &arg.name, &columns),
    }
    let mut unique = UniqueDecl { columns, ..UniqueDecl::default() };
    for option in args {
        match option.name.to_string().as_str() {
            "name" => cx.set(&mut unique.name, &option.name, value::identifier(cx, &option)),
            "nulls_not_distinct" if value::no_value(cx, &option) => {
                cx.raise(&mut unique.nulls_not_distinct, &option.name);
            }
            "nulls_not_distinct" => {}
            "deferrable" => cx.set(&mut unique.deferrable, &option.name, deferrable(cx, &option)),
            "include" => unique.include.extend(value::fields(cx, &option).unwrap_or_default()),
            "with" => unique.storage.extend(index::storage(cx, &option)),
            _ => cx.unknown_name(&option.name, Site::Unique),
        }
    }
    Some(Spanned::new(unique, arg.name.span()))
}

/// `check("age > 0", name = "..")`, or `check = "age > 0"`.
pub(super) fn check(cx: &Context, arg: &Arg) -> Option<Spanned<CheckDecl>> {
    let span = arg.name.span();
    if matches!(arg.value, Value::Equals(_)) {
        let expression = value::text(cx, arg)?;
        return Some(Spanned::new(new_check(expression), span));
    }
    let entries = value::list(cx, arg)?;
    let Some(first) = entries.first().filter(|first| first.cursor().literal().is_some()) else {
        cx.error(span, "`check` needs its condition first: `check(\"price >= 0\")`");
        return None;
    };
    let mut check = new_check(value::bare_string(cx, "check", first)?);
    for option in entries.iter().skip(1).filter_map(|entry| entry.arg(cx)) {
        let flag = match option.name.to_string().as_str() {
            "name" => {
                cx.set(&mut check.name, &option.name, value::identifier(cx, &option));
                continue;
            }
            "no_inherit" => &mut check.no_inherit,
            "not_valid" => &mut check.not_valid,
            "not_enforced" => &mut check.not_enforced,
            _ => {
                cx.unknown_name(&option.name, Site::Check);
                continue;
            }
        };
        if value::no_value(cx, &option) {
            cx.raise(flag, &option.name);
        }
    }
    Some(Spanned::new(check, span))
}

fn new_check(expression: Spanned<String>) -> CheckDecl {
    CheckDecl { expression, name: None, no_inherit: None, not_valid: None, not_enforced: None }
}

/// `foreign_key(org_id, owner_id, references = Member(org_id, id))` on a struct.
pub(super) fn foreign_key(cx: &Context, arg: &Arg) -> Option<Spanned<ForeignKeyDecl>> {
    let (columns, args) = split(cx, &value::list(cx, arg)?, Site::ForeignKey);
    needs_fields(cx, &arg.name, &columns);
    let mut parts = ForeignKeyParts { columns, ..ForeignKeyParts::default() };
    let mut all_known = true;
    for option in args {
        if !parts.read(cx, &option) {
            match option.name.to_string().as_str() {
                "name" => cx.set(&mut parts.name, &option.name, value::identifier(cx, &option)),
                _ => {
                    all_known = false;
                    cx.unknown_name(&option.name, Site::ForeignKey);
                }
            }
        }
    }
    if !parts.seen_references && all_known {
        cx.error(arg.name.span(), "`foreign_key` needs `references = ..`");
    }
    parts.finish().map(|decl| Spanned::new(decl.value, arg.name.span()))
}

/// A foreign key while its options are read: inside `foreign_key(..)`, or beside `references` on a field.
#[derive(Default)]
pub(super) struct ForeignKeyParts {
    columns: Vec<Spanned<String>>,
    references: Option<Spanned<value::Target>>,
    seen_references: bool,
    name: Option<Spanned<String>>,
    on_delete: Option<Spanned<ReferentialAction>>,
    on_update: Option<Spanned<ReferentialAction>>,
    match_full: Option<Mark>,
    deferrable: Option<Spanned<Deferrable>>,
    set_columns: Vec<Spanned<String>>,
    not_valid: Option<Mark>,
    not_enforced: Option<Mark>,
    first_option: Option<Ident>,
}

impl ForeignKeyParts {
    /// Takes an option of a foreign key; false when it is none.
    pub(super) fn read(&mut self, cx: &Context, arg: &Arg) -> bool {
        match arg.name.to_string().as_str() {
            "references" => {
                self.seen_references = true;
                let target = value::path_with_fields(cx, arg).map(|target| Spanned::new(target, arg.name.span()));
                cx.set(&mut self.references, &arg.name, target);
                return true;
            }
            "on_delete" => cx.set(&mut self.on_delete, &arg.name, value::choice(cx, arg, None, &ACTIONS)),
            "on_update" => cx.set(&mut self.on_update, &arg.name, value::choice(cx, arg, None, &ACTIONS)),
            "match_full" if value::no_value(cx, arg) => cx.raise(&mut self.match_full, &arg.name),
            "not_valid" if value::no_value(cx, arg) => cx.raise(&mut self.not_valid, &arg.name),
            "not_enforced" if value::no_value(cx, arg) => cx.raise(&mut self.not_enforced, &arg.name),
            "match_full" | "not_valid" | "not_enforced" => {}
            "set_columns" => self.set_columns.extend(value::fields(cx, arg).unwrap_or_default()),
            "deferrable" => cx.set(&mut self.deferrable, &arg.name, deferrable(cx, arg)),
            _ => return false,
        }
        self.first_option.get_or_insert_with(|| arg.name.clone());
        true
    }

    /// The foreign key of one field, if it has one.
    pub(super) fn on_field(self, cx: &Context) -> Option<Spanned<ForeignKeyDecl>> {
        if let (false, Some(option)) = (self.seen_references, &self.first_option) {
            cx.error(option.span(), format_args!("`{option}` needs `references = ..` beside it"));
        }
        let decl = self.finish()?;
        if let [_, second, ..] = decl.value.referenced_columns.as_slice() {
            cx.error_with_help(
                second.span,
                "one field can't reference several",
                "write `#[table(foreign_key(.., references = ..))]` on the struct",
            );
        }
        Some(decl)
    }

    fn finish(self) -> Option<Spanned<ForeignKeyDecl>> {
        let Spanned { value: (references, referenced_columns), span } = self.references?;
        let decl = ForeignKeyDecl {
            columns: self.columns,
            references,
            referenced_columns,
            name: self.name,
            on_delete: self.on_delete,
            on_update: self.on_update,
            match_full: self.match_full,
            deferrable: self.deferrable,
            set_columns: self.set_columns,
            not_valid: self.not_valid,
            not_enforced: self.not_enforced,
        };
        Some(Spanned::new(decl, span))
    }
}

pub(super) fn deferrable(cx: &Context, arg: &Arg) -> Option<Spanned<Deferrable>> {
    value::choice(cx, arg, Some(Deferrable::InitiallyImmediate), &DEFERRABLE)
}
