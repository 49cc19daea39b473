//! How a value of one type becomes one of another, and what to check before.

use super::ddl::type_name;
use super::guard;
use super::types::{Form, change};
use crate::dialect::{INTEGER, NUMBER, TypeChange, quote};
use crate::ir::{ObjectName, SqlType};
use crate::plan::Step;

/// The expression for USING; `None` where PostgreSQL's own assignment cast is right.
///
/// No explicit cast goes to a type with a length: that would cut values without a word, where the assignment cast
/// refuses them (BUGS.md B04). The two timestamps meet at UTC, whatever the session's zone is (BUGS.md B47).
pub(super) fn using(column: &str, from: &SqlType, to: &SqlType) -> Option<String> {
    using_value(&quote(column), from, to)
}

/// The same for an expression.
pub(super) fn using_value(value: &str, from: &SqlType, to: &SqlType) -> Option<String> {
    let target = type_name(to);
    match (from, to) {
        _ if from == to => None,
        (SqlType::Builtin(a), SqlType::Builtin(b)) => builtin(value, &Form::of(a).base, &Form::of(b).base, &target),
        (SqlType::Array(a), SqlType::Array(b)) => match (element_base(a), element_base(b)) {
            (Some(a), Some(b)) if is_assignable(&a, &b) => None,
            _ => Some(format!("{value}::text[]::{target}")),
        },
        _ => Some(format!("{value}::text::{target}")),
    }
}

fn element_base(element: &SqlType) -> Option<String> {
    match element {
        SqlType::Builtin(text) => Some(Form::of(text).base),
        SqlType::Named(_) | SqlType::Array(_) => None,
    }
}

fn builtin(value: &str, from: &str, to: &str, target: &str) -> Option<String> {
    const ZONED: &str = "timestamp with time zone";
    const LOCAL: &str = "timestamp without time zone";
    match (from, to) {
        (ZONED, LOCAL) | (LOCAL, ZONED) => Some(format!("{value} AT TIME ZONE 'UTC'")),
        (ZONED, "date" | "time without time zone") => Some(format!("({value} AT TIME ZONE 'UTC')::{target}")),
        ("date", ZONED) => Some(format!("{value}::timestamp AT TIME ZONE 'UTC'")),
        ("boolean", "smallint" | "bigint") => Some(format!("{value}::integer::{target}")),
        ("smallint" | "bigint", "boolean") => Some(format!("({value} <> 0)")),
        ("boolean", "integer") | ("integer", "boolean") => Some(format!("{value}::{target}")),
        _ if is_assignable(from, to) => None,
        _ => Some(format!("{value}::text::{target}")),
    }
}

/// Whether PostgreSQL casts by itself in ALTER COLUMN TYPE: within families, and anything to text.
fn is_assignable(from: &str, to: &str) -> bool {
    const TEXTS: &[&str] = &["text", "character varying", "character", "bpchar", "name", "citext"];
    const FAMILIES: &[&[&str]] = &[
        &["smallint", "integer", "bigint", "numeric", "real", "double precision"],
        &["bit", "bit varying"],
        &["json", "jsonb"],
        &["cidr", "inet"],
        &["timestamp without time zone", "date"],
        &["timestamp without time zone", "time without time zone"],
        &["time without time zone", "interval"],
    ];
    from == to || TEXTS.contains(&to) || FAMILIES.iter().any(|family| family.contains(&from) && family.contains(&to))
}

/// Whether a value that survives may come back in another spelling: `yes` becomes true, and true `true`.
pub(super) fn respells(from: &SqlType, to: &SqlType) -> bool {
    let (SqlType::Builtin(from), SqlType::Builtin(to)) = (from, to) else { return false };
    let (from, to) = (Form::of(from).base, Form::of(to).base);
    let is_number = matches!(Family::of(&to), Some(Family::Integer | Family::Number));
    match from.as_str() {
        "json" => to == "jsonb",
        from => is_text(from) && !is_text(&to) && to != "name" && !is_number,
    }
}

/// Whether values of the type are texts.
pub(super) fn is_text(ty: &str) -> bool {
    ["text", "character varying", "character", "bpchar", "citext"].contains(&Form::of(ty).base.as_str())
}

/// The step says so.
pub(super) fn respelled(step: Step, column: &str) -> Step {
    step.hazard("H68").impact(format!("down: values of `{column}` come back as the server spells them"))
}

/// Stops before a value is rounded or cut.
pub(super) fn guard(table: &ObjectName, column: &str, from: &SqlType, to: &SqlType) -> Option<String> {
    Some(refused(table, column, to, &silent_loss(&quote(column), from, to)?))
}

pub(super) fn refused(table: &ObjectName, column: &str, to: &SqlType, condition: &str) -> String {
    let what = format!("hold a value in `{column}` that does not fit {to}: change them first");
    guard::no_rows(table, condition, &what)
}

/// A condition that holds for rows whose value would be rounded, cut or spelled in another way without an error; `None`
/// where PostgreSQL refuses by itself, where nothing can be lost, and from one floating point to the other, whose nature
/// is to round.
pub(super) fn silent_loss(value: &str, from: &SqlType, to: &SqlType) -> Option<String> {
    let (SqlType::Builtin(a), SqlType::Builtin(b)) = (from, to) else { return None };
    if change(from, to) != TypeChange::Narrowing {
        return None;
    }
    let (old, new) = (Form::of(a), Form::of(b));
    match (Family::of(&old.base)?, new.base.as_str()) {
        // The assignment cast refuses longer values, but cuts trailing blanks.
        (Family::Text, "character varying") => new.length().map(|length| format!("char_length({value}) > {length}")),
        (Family::Text, "character") => Some(format!("{value} <> rtrim({value})")),
        (Family::Text, "smallint" | "integer" | "bigint") => Some(not_like(value, INTEGER)),
        (Family::Text, base) if Family::of(base) == Some(Family::Number) => {
            let number = format!("{value}::numeric");
            let shape = not_like(value, NUMBER);
            Some(match silent_loss(&number, &SqlType::Builtin("numeric".to_owned()), to) {
                Some(loss) => format!("(CASE WHEN {shape} THEN true ELSE {loss} END)"),
                None => shape,
            })
        }
        (Family::Integer, "boolean") => Some(format!("{value} NOT IN (0, 1)")),
        (Family::Integer | Family::Number, "real" | "double precision") if !is_float(&old.base) => {
            // By way of text, since the cast to numeric keeps fewer digits than the value has.
            Some(format!("{value} <> {value}::{}::text::numeric", new.base))
        }
        (Family::Number, "smallint" | "integer" | "bigint") => Some(format!("{value} <> trunc({value})")),
        (Family::Number, "numeric") => {
            new.scale().map(|scale| format!("{value}::numeric <> round({value}::numeric, {scale})"))
        }
        (Family::Time, base) if Family::of(base) == Some(Family::Time) => {
            new.length().map(|digits| format!("{value} <> {value}::{}", with_precision(&old.base, digits)))
        }
        (Family::Time, "date") if old.base == "timestamp with time zone" => {
            Some(format!("date_trunc('day', {value} AT TIME ZONE 'UTC') <> {value} AT TIME ZONE 'UTC'"))
        }
        (Family::Time, "date") => Some(format!("date_trunc('day', {value}) <> {value}")),
        (Family::Address, "cidr") => Some(format!("{value} <> {value}::cidr::inet")),
        _ => None,
    }
}

/// In the collation `C`: no pattern goes with one that isn't deterministic (manual, section 24.2.2.4).
fn not_like(value: &str, pattern: &str) -> String {
    format!("{value} COLLATE \"C\" !~ '{pattern}'")
}

fn is_float(base: &str) -> bool {
    matches!(base, "real" | "double precision")
}

#[derive(PartialEq, Eq)]
enum Family {
    Text,
    Integer,
    Number,
    Time,
    Address,
}

impl Family {
    fn of(base: &str) -> Option<Self> {
        match base {
            "text" | "character varying" => Some(Self::Text),
            "smallint" | "integer" | "bigint" => Some(Self::Integer),
            "numeric" | "real" | "double precision" => Some(Self::Number),
            "timestamp with time zone"
            | "timestamp without time zone"
            | "time with time zone"
            | "time without time zone"
            | "interval" => Some(Self::Time),
            "inet" => Some(Self::Address),
            _ => None,
        }
    }
}

/// `timestamp(3) with time zone`.
fn with_precision(base: &str, digits: i32) -> String {
    match base.split_once(' ') {
        Some((head, tail)) => format!("{head}({digits}) {tail}"),
        None => format!("{base}({digits})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_become_another_value_is_asked_for() {
        let loss =
            |from: &str, to: &str| silent_loss("c", &SqlType::Builtin(from.into()), &SqlType::Builtin(to.into()));
        assert_eq!(loss("text", "integer").unwrap(), r#"c COLLATE "C" !~ '^(0|-?[1-9][0-9]*)$'"#);
        assert_eq!(loss("text", "numeric").unwrap(), r#"c COLLATE "C" !~ '^-?(0|[1-9][0-9]*)([.][0-9]+)?$'"#);
        assert_eq!(
            loss("text", "numeric(9,2)").unwrap(),
            r#"(CASE WHEN c COLLATE "C" !~ '^-?(0|[1-9][0-9]*)([.][0-9]+)?$' THEN true ELSE c::numeric::numeric <> round(c::numeric::numeric, 2) END)"#
        );
        assert_eq!(loss("bigint", "double precision").unwrap(), "c <> c::double precision::text::numeric");
        assert_eq!(loss("numeric", "real").unwrap(), "c <> c::real::text::numeric");
        assert_eq!(loss("integer", "boolean").unwrap(), "c NOT IN (0, 1)");
        let respelled = |from: &str, to: &str| respells(&SqlType::Builtin(from.into()), &SqlType::Builtin(to.into()));
        assert!(
            respelled("text", "boolean") && respelled("character varying(9)", "date") && respelled("json", "jsonb")
        );
        assert!(!respelled("text", "integer") && !respelled("text", "citext") && !respelled("jsonb", "json"));
        for (from, to) in [
            ("integer", "bigint"),
            ("bigint", "integer"),
            ("double precision", "real"),
            ("boolean", "integer"),
            ("text", "boolean"),
        ] {
            assert_eq!(loss(from, to), None, "{from} to {to}");
        }
    }
}
