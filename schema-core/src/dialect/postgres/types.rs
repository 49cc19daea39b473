//! PostgreSQL's types: every accepted spelling, the one that `format_type` prints, and what a change of type does.

use crate::dialect::TypeChange;
use crate::ir::{Schema, SqlType};

/// A type in the spelling of `format_type`. Types of extensions are kept in lower case, quoted and schema-qualified
/// names as they are written.
///
/// # Errors
/// Says what is wrong with the text.
pub fn parse(text: &str) -> Result<SqlType, String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (element, array) = split_array(&text)?;
    let element = SqlType::Builtin(scalar(element)?);
    Ok(if array { SqlType::Array(Box::new(element)) } else { element })
}

/// Cuts `[]`, `[3][]` or ` array` off; PostgreSQL keeps neither bounds nor the number of dimensions.
fn split_array(text: &str) -> Result<(&str, bool), String> {
    let mut rest = text.trim_end();
    let mut array = false;
    while let Some(inner) = rest.strip_suffix(']') {
        let (head, bound) = inner.rsplit_once('[').ok_or_else(|| format!("`{text}` has a `]` without its `[`"))?;
        if !bound.trim().chars().all(|c| c.is_ascii_digit()) {
            return Err(format!("`[{bound}]` in `{text}` is no array bound"));
        }
        rest = head.trim_end();
        array = true;
    }
    let keyword = rest.len().checked_sub(6).filter(|at| rest.is_char_boundary(*at));
    if let Some((head, tail)) = keyword.map(|at| rest.split_at(at))
        && tail.eq_ignore_ascii_case(" array")
    {
        return Ok((head, true));
    }
    Ok((rest, array))
}

/// A type's words, its modifiers, and the words behind those: `time`, `3`, `with time zone`.
struct Spelling {
    head: String,
    modifiers: Vec<String>,
    tail: String,
}

fn scalar(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("the type is empty".to_owned());
    }
    if text.contains('"') || qualified_elsewhere(text) {
        return Ok(text.to_owned());
    }
    let Spelling { head, modifiers, tail } = split(text)?;
    let whole = if tail.is_empty() { head.clone() } else { format!("{head} {tail}") };
    match whole.as_str() {
        "int" | "int4" | "integer" => plain(text, "integer", &modifiers),
        "int2" | "smallint" => plain(text, "smallint", &modifiers),
        "int8" | "bigint" => plain(text, "bigint", &modifiers),
        "float4" | "real" => plain(text, "real", &modifiers),
        "float8" | "double precision" => plain(text, "double precision", &modifiers),
        "bool" | "boolean" => plain(text, "boolean", &modifiers),
        "float" => float(text, &modifiers),
        "serial" | "serial4" | "bigserial" | "serial8" | "smallserial" | "serial2" => {
            Err(format!("`{whole}` is no type but a shorthand: use an integer type with `identity`"))
        }
        "varchar"
        | "character varying"
        | "char varying"
        | "nchar varying"
        | "national character varying"
        | "national char varying" => lengths(text, "character varying", &modifiers, 1),
        "bpchar" if modifiers.is_empty() => Ok("bpchar".to_owned()),
        "char" | "character" | "nchar" | "national character" | "national char" | "bpchar" => {
            one_length(text, "character", &modifiers)
        }
        "bit" => one_length(text, "bit", &modifiers),
        "varbit" | "bit varying" => lengths(text, "bit varying", &modifiers, 1),
        "dec" | "decimal" | "numeric" => numeric(text, &modifiers),
        "timestamp" | "timestamp without time zone" => precision(text, "timestamp", " without time zone", &modifiers),
        "timestamptz" | "timestamp with time zone" => precision(text, "timestamp", " with time zone", &modifiers),
        "time" | "time without time zone" => precision(text, "time", " without time zone", &modifiers),
        "timetz" | "time with time zone" => precision(text, "time", " with time zone", &modifiers),
        "interval" => precision(text, "interval", "", &modifiers),
        _ if modifiers.is_empty() => Ok(whole),
        _ if tail.is_empty() => Ok(format!("{head}({})", modifiers.join(","))),
        _ => Ok(format!("{head}({}) {tail}", modifiers.join(","))),
    }
}

/// True for `schema.type`, apart from `pg_catalog.`, which [`split`] leaves out.
fn qualified_elsewhere(text: &str) -> bool {
    let name = text.split('(').next().unwrap_or(text);
    name.contains('.') && !name.to_ascii_lowercase().starts_with("pg_catalog.")
}

fn split(text: &str) -> Result<Spelling, String> {
    let lower = text.to_lowercase();
    let lower = lower.strip_prefix("pg_catalog.").unwrap_or(&lower);
    let (head, modifiers, tail) = match lower.split_once('(') {
        None => (lower, Vec::new(), ""),
        Some((head, rest)) => {
            let (inside, tail) = rest.split_once(')').ok_or_else(|| format!("`{text}` has a `(` without its `)`"))?;
            // Extensions have words as modifiers, in their own case: geometry(Point,4326).
            let start = text.len() - rest.len();
            let original = text.get(start..start + inside.len()).unwrap_or(inside);
            (head, original.split(',').map(|part| part.trim().to_owned()).collect(), tail)
        }
    };
    if modifiers.iter().any(String::is_empty) {
        return Err(format!("`{text}` has an empty modifier"));
    }
    let (head, tail) = (head.trim().to_owned(), tail.trim().to_owned());
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ' ' | '$');
    let starts_well = head.starts_with(|c: char| c.is_alphabetic() || c == '_');
    // `interval day to second(3)` has its modifier at the end, `interval(3)` in the middle.
    if !starts_well || !head.chars().chain(tail.chars()).all(word) {
        return Err(format!("`{text}` is no type"));
    }
    Ok(Spelling { head, modifiers, tail })
}

fn plain(text: &str, name: &str, modifiers: &[String]) -> Result<String, String> {
    if modifiers.is_empty() { Ok(name.to_owned()) } else { Err(format!("`{text}`: `{name}` takes no length")) }
}

fn number(text: &str, modifier: &str) -> Result<i32, String> {
    modifier.parse().map_err(|_| format!("`{text}`: `{modifier}` is no number"))
}

fn lengths(text: &str, name: &str, modifiers: &[String], most: usize) -> Result<String, String> {
    if modifiers.len() > most {
        return Err(format!("`{text}` has too many modifiers"));
    }
    match modifiers {
        [] => Ok(name.to_owned()),
        [length] => match number(text, length)? {
            1.. => Ok(format!("{name}({length})")),
            _ => Err(format!("`{text}`: the length must be at least 1")),
        },
        _ => Ok(format!("{name}({})", modifiers.join(","))),
    }
}

/// `char` and `bit` alone mean a length of 1.
fn one_length(text: &str, name: &str, modifiers: &[String]) -> Result<String, String> {
    if modifiers.is_empty() { Ok(format!("{name}(1)")) } else { lengths(text, name, modifiers, 1) }
}

fn float(text: &str, modifiers: &[String]) -> Result<String, String> {
    match modifiers {
        [] => Ok("double precision".to_owned()),
        [bits] => match number(text, bits)? {
            1..=24 => Ok("real".to_owned()),
            25..=53 => Ok("double precision".to_owned()),
            _ => Err(format!("`{text}`: the precision must be 1 to 53")),
        },
        _ => Err(format!("`{text}` has too many modifiers")),
    }
}

fn numeric(text: &str, modifiers: &[String]) -> Result<String, String> {
    let numbers = modifiers.iter().map(|modifier| number(text, modifier)).collect::<Result<Vec<_>, _>>()?;
    match numbers.as_slice() {
        [] => Ok("numeric".to_owned()),
        [precision @ 1..=1000] => Ok(format!("numeric({precision},0)")),
        [precision @ 1..=1000, scale @ -1000..=1000] => Ok(format!("numeric({precision},{scale})")),
        _ => Err(format!("`{text}`: write `numeric(precision, scale)` with a precision of 1 to 1000")),
    }
}

fn precision(text: &str, name: &str, zone: &str, modifiers: &[String]) -> Result<String, String> {
    match modifiers {
        [] => Ok(format!("{name}{zone}")),
        [digits] => match number(text, digits)? {
            digits @ 0..=6 => Ok(format!("{name}({digits}){zone}")),
            _ => Err(format!("`{text}`: the precision must be 0 to 6")),
        },
        _ => Err(format!("`{text}` has too many modifiers")),
    }
}

/// What changing a column's type does to its values (HAZARDS.md rows 14 to 17 and 19).
#[must_use]
pub fn change(from: &SqlType, to: &SqlType) -> TypeChange {
    match (from, to) {
        _ if from == to => TypeChange::Same,
        (SqlType::Builtin(from), SqlType::Builtin(to)) => builtin_change(from, to),
        // Not measured to be free: arrays are converted element by element.
        (SqlType::Array(from), SqlType::Array(to)) => match change(from, to) {
            TypeChange::Free => TypeChange::Rewrite,
            other => other,
        },
        (SqlType::Named(_), SqlType::Builtin(to)) if Form::of(to).is_unbounded_text() => TypeChange::Rewrite,
        _ => TypeChange::Narrowing,
    }
}

/// The same where the schemas are at hand: a domain is judged by what it stands on, and by what it refuses.
///
/// Measured on PostgreSQL 15: from a domain to its base type, and back where the domain refuses nothing, the table is
/// not rewritten.
#[must_use]
pub fn change_in((before, from): (&Schema, &SqlType), (after, to): (&Schema, &SqlType)) -> TypeChange {
    if from == to {
        return TypeChange::Same;
    }
    match change(&based(before, from), &based(after, to)) {
        _ if refuses(after, to) => TypeChange::Narrowing,
        TypeChange::Same => TypeChange::Free,
        other => other,
    }
}

/// The type with what its domains stand on in their place.
pub(crate) fn based(schema: &Schema, ty: &SqlType) -> SqlType {
    match ty {
        SqlType::Builtin(_) => ty.clone(),
        SqlType::Array(element) => SqlType::Array(Box::new(based(schema, element))),
        SqlType::Named(name) => schema.domains.get(name).map_or_else(|| ty.clone(), |domain| based(schema, &domain.ty)),
    }
}

/// Whether a domain in the type refuses values that what it stands on lets in.
fn refuses(schema: &Schema, ty: &SqlType) -> bool {
    ty.named()
        .and_then(|name| schema.domains.get(name))
        .is_some_and(|domain| domain.not_null || !domain.checks.is_empty() || refuses(schema, &domain.ty))
}

/// Whether the type is one that sequences count in.
pub(super) fn is_integer(ty: &SqlType) -> bool {
    matches!(ty, SqlType::Builtin(text) if matches!(text.as_str(), "smallint" | "integer" | "bigint"))
}

/// A built-in type taken apart: `timestamp with time zone` and `[3]`.
pub(super) struct Form {
    /// The type without modifiers.
    pub(super) base: String,
    modifiers: Vec<i32>,
}

impl Form {
    pub(super) fn of(text: &str) -> Self {
        let Some((head, rest)) = text.split_once('(') else {
            return Self { base: text.to_owned(), modifiers: Vec::new() };
        };
        let (inside, tail) = rest.split_once(')').unwrap_or((rest, ""));
        let modifiers = inside.split(',').map_while(|part| part.trim().parse().ok()).collect();
        Self { base: format!("{head}{tail}"), modifiers }
    }

    pub(super) fn length(&self) -> Option<i32> {
        self.modifiers.first().copied()
    }

    /// Digits behind the point, where they are limited.
    pub(super) fn scale(&self) -> Option<i32> {
        self.modifiers.get(1).copied()
    }

    fn is_unbounded_text(&self) -> bool {
        matches!(self.base.as_str(), "text" | "character varying") && self.modifiers.is_empty()
    }

    /// Digits of fractional seconds, of types that have them.
    fn precision(&self) -> i32 {
        self.length().unwrap_or(6)
    }

    /// Digits before and behind the point; `None` is without limit.
    fn digits(&self) -> Option<(i32, i32)> {
        match self.modifiers.as_slice() {
            [precision, scale] => Some((precision - scale, *scale)),
            _ => None,
        }
    }
}

fn builtin_change(from: &str, to: &str) -> TypeChange {
    use TypeChange::{Free, Narrowing, Rewrite};
    let (a, b) = (Form::of(from), Form::of(to));
    let grows = || match (a.length(), b.length()) {
        (_, None) => true,
        (Some(old), Some(new)) => new >= old,
        (None, Some(_)) => false,
    };
    let pick = |fits: bool, change: TypeChange| if fits { change } else { Narrowing };
    match (a.base.as_str(), b.base.as_str()) {
        ("character varying" | "text", "character varying") | ("bit" | "bit varying", "bit varying") => {
            pick(grows(), Free)
        }
        ("character varying", "text") | ("cidr", "inet") => Free,
        ("character", "character" | "character varying") => pick(grows(), Rewrite),
        ("numeric", "numeric") => numeric_change(a.digits(), b.digits()),
        ("timestamp without time zone", "timestamp without time zone")
        | ("timestamp with time zone", "timestamp with time zone")
        | ("time without time zone", "time without time zone")
        | ("time with time zone", "time with time zone")
        | ("interval", "interval") => pick(b.precision() >= a.precision(), Free),
        ("timestamp without time zone", "timestamp with time zone")
        | ("timestamp with time zone", "timestamp without time zone") => pick(b.precision() >= a.precision(), Rewrite),
        ("date", "timestamp without time zone" | "timestamp with time zone") => Rewrite,
        ("smallint", "integer" | "bigint" | "real" | "double precision")
        | ("integer", "bigint" | "double precision")
        | ("real", "double precision")
        | ("boolean", "smallint" | "integer" | "bigint")
        | ("jsonb", "json") => Rewrite,
        // Only the comparison changes; indexes are built anew (row 17).
        ("text", "citext") | ("citext", "text") => Rewrite,
        ("smallint" | "integer" | "bigint", "numeric") => {
            pick(b.digits().is_none_or(|(whole, _)| whole >= integer_digits(&a.base)), Rewrite)
        }
        _ if b.is_unbounded_text() && has_exact_text(&a.base) => Rewrite,
        _ => Narrowing,
    }
}

fn numeric_change(from: Option<(i32, i32)>, to: Option<(i32, i32)>) -> TypeChange {
    match (from, to) {
        (_, None) => TypeChange::Free,
        (Some((whole, scale)), Some((new_whole, new_scale))) if new_whole >= whole && new_scale >= scale => {
            if new_scale == scale { TypeChange::Free } else { TypeChange::Rewrite }
        }
        _ => TypeChange::Narrowing,
    }
}

fn integer_digits(base: &str) -> i32 {
    match base {
        "smallint" => 5,
        "integer" => 10,
        _ => 19,
    }
}

/// Types whose values can be read back from the text they are cast to.
fn has_exact_text(base: &str) -> bool {
    const TYPES: &[&str] = &[
        "bigint",
        "boolean",
        "bpchar",
        "bytea",
        "character",
        "cidr",
        "citext",
        "date",
        "inet",
        "integer",
        "json",
        "jsonb",
        "macaddr",
        "name",
        "numeric",
        "oid",
        "smallint",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
        "uuid",
        "xml",
    ];
    TYPES.contains(&base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}")).to_string()
    }

    #[test]
    fn every_spelling_becomes_that_of_format_type() {
        for (text, canonical) in [
            ("int", "integer"),
            ("INT4", "integer"),
            ("int2", "smallint"),
            ("pg_catalog.int8", "bigint"),
            ("varchar", "character varying"),
            ("VARCHAR( 50 )", "character varying(50)"),
            ("character varying (50)", "character varying(50)"),
            ("char", "character(1)"),
            ("bpchar", "bpchar"),
            ("\"char\"", "\"char\""),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("timestamp (3)  without time zone", "timestamp(3) without time zone"),
            ("timetz", "time with time zone"),
            ("numeric(10, 2)", "numeric(10,2)"),
            ("decimal(10)", "numeric(10,0)"),
            ("decimal", "numeric"),
            ("float", "double precision"),
            ("float(24)", "real"),
            ("double  precision", "double precision"),
            ("bool", "boolean"),
            ("bit", "bit(1)"),
            ("varbit(8)", "bit varying(8)"),
            ("interval", "interval"),
            ("INTERVAL day to second(3)", "interval day to second(3)"),
            ("text[]", "text[]"),
            ("int[3][]", "integer[]"),
            ("int array", "integer[]"),
            ("CITEXT", "citext"),
            ("hstore", "hstore"),
            ("geometry(Point, 4326)", "geometry(Point,4326)"),
            ("app.\"Lvl\"[]", "app.\"Lvl\"[]"),
            ("app.Money", "app.Money"),
        ] {
            assert_eq!(spelled(text), canonical, "{text}");
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "",
            "  ",
            "varchar(50",
            "varchar(0)",
            "varchar(x)",
            "int(11)",
            "text]",
            "text[a]",
            "numeric(1,2,3)",
            "timestamp(9)",
            "bigserial",
            "a; drop table b",
            "varchar()",
            "7",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn changes_are_what_was_measured() {
        use TypeChange::{Free, Narrowing, Rewrite, Same};
        for (from, to, expected) in [
            ("int", "integer", Same),
            ("varchar(50)", "varchar(80)", Free),
            ("varchar(80)", "varchar(50)", Narrowing),
            ("varchar(80)", "text", Free),
            ("text", "varchar", Free),
            ("text", "varchar(10)", Narrowing),
            ("char(3)", "char(5)", Rewrite),
            ("int", "bigint", Rewrite),
            ("bigint", "int", Narrowing),
            ("int", "numeric(10,2)", Narrowing),
            ("int", "numeric(12,2)", Rewrite),
            ("numeric(10,2)", "numeric(12,2)", Free),
            ("numeric(10,2)", "numeric(12,4)", Rewrite),
            ("numeric(10,2)", "numeric(11,4)", Narrowing),
            ("numeric(10,2)", "numeric", Free),
            ("timestamp(1)", "timestamp", Free),
            ("timestamp", "timestamp(1)", Narrowing),
            ("timestamp", "timestamptz", Rewrite),
            ("timestamptz", "date", Narrowing),
            ("cidr", "inet", Free),
            ("inet", "cidr", Narrowing),
            ("json", "jsonb", Narrowing),
            ("jsonb", "json", Rewrite),
            ("uuid", "text", Rewrite),
            ("double precision", "text", Narrowing),
            ("varchar(5)[]", "varchar(9)[]", Rewrite),
            ("text", "text[]", Narrowing),
        ] {
            assert_eq!(change(&parse(from).unwrap(), &parse(to).unwrap()), expected, "{from} -> {to}");
        }
    }
}
