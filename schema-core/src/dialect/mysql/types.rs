//! Types as the server prints them, without the display widths of integers.

pub use super::change::change;

use crate::ir::{Dialect, SqlType};

/// What a base type takes in parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// A display width, which is left out.
    Width,
    /// A length; without one it is the number, or it must be stated.
    Length(Option<u32>),
    /// Digits of a second, up to 6.
    Fraction,
    /// `decimal`: digits and scale.
    Decimal,
    /// `float` and `double`: digits and scale, or nothing.
    Digits,
    /// Labels of `enum` and `set`.
    Labels,
}

/// Base types by every name that the servers take for them.
const BASES: &[(&[&str], &str, Takes)] = &[
    (&["tinyint", "int1"], "tinyint", Takes::Width),
    (&["smallint", "int2"], "smallint", Takes::Width),
    (&["mediumint", "int3", "middleint"], "mediumint", Takes::Width),
    (&["int", "integer", "int4"], "int", Takes::Width),
    (&["bigint", "int8"], "bigint", Takes::Width),
    (&["decimal", "numeric", "dec", "fixed"], "decimal", Takes::Decimal),
    (&["float", "float4"], "float", Takes::Digits),
    (&["double", "double precision", "real", "float8"], "double", Takes::Digits),
    (&["bit"], "bit", Takes::Length(Some(1))),
    (&["char", "character"], "char", Takes::Length(Some(1))),
    (&["varchar", "character varying", "char varying", "varcharacter"], "varchar", Takes::Length(None)),
    (&["binary"], "binary", Takes::Length(Some(1))),
    (&["varbinary"], "varbinary", Takes::Length(None)),
    (&["tinytext"], "tinytext", Takes::Nothing),
    (&["text"], "text", Takes::Nothing),
    (&["mediumtext", "long", "long varchar"], "mediumtext", Takes::Nothing),
    (&["longtext"], "longtext", Takes::Nothing),
    (&["tinyblob"], "tinyblob", Takes::Nothing),
    (&["blob"], "blob", Takes::Nothing),
    (&["mediumblob", "long varbinary"], "mediumblob", Takes::Nothing),
    (&["longblob"], "longblob", Takes::Nothing),
    (&["json"], "json", Takes::Nothing),
    (&["date"], "date", Takes::Nothing),
    (&["time"], "time", Takes::Fraction),
    (&["datetime"], "datetime", Takes::Fraction),
    (&["timestamp"], "timestamp", Takes::Fraction),
    (&["year"], "year", Takes::Width),
    (&["enum"], "enum", Takes::Labels),
    (&["set"], "set", Takes::Labels),
    (&["geometry"], "geometry", Takes::Nothing),
    (&["point"], "point", Takes::Nothing),
    (&["linestring"], "linestring", Takes::Nothing),
    (&["polygon"], "polygon", Takes::Nothing),
    (&["multipoint"], "multipoint", Takes::Nothing),
    (&["multilinestring"], "multilinestring", Takes::Nothing),
    (&["multipolygon"], "multipolygon", Takes::Nothing),
    (&["geometrycollection", "geomcollection"], "geometrycollection", Takes::Nothing),
    (&["vector"], "vector", Takes::Length(None)),
    (&["uuid"], "uuid", Takes::Nothing),
    (&["inet4"], "inet4", Takes::Nothing),
    (&["inet6"], "inet6", Takes::Nothing),
];

/// What MySQL has not.
const MARIADB_ONLY: [&str; 3] = ["uuid", "inet4", "inet6"];

const NUMBERS: [&str; 8] = ["tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double"];

/// How wide ZEROFILL prints an integer without a width.
const ZEROFILL_WIDTHS: [(&str, &str); 5] =
    [("tinyint", "3"), ("smallint", "5"), ("mediumint", "8"), ("int", "10"), ("bigint", "20")];

/// Words behind a type that have an attribute of their own.
const ATTRIBUTES: [&str; 13] = [
    "as",
    "auto_increment",
    "character set",
    "charset",
    "check",
    "collate",
    "comment",
    "default",
    "generated",
    "not",
    "null",
    "primary",
    "unique",
];

/// The canonical spelling of a type: as `information_schema` prints it, in lower case, integers without their display
/// widths but for `tinyint(1)` and ZEROFILL.
///
/// ```
/// use schema_core::{dialect::mysql::types::parse, ir::{Dialect, SqlType}};
/// assert_eq!(parse(Dialect::MariaDb, "INT(11) UNSIGNED"), Ok(SqlType::builtin("int unsigned")));
/// assert_eq!(parse(Dialect::MySql, "bool"), Ok(SqlType::builtin("tinyint(1)")));
/// assert_eq!(parse(Dialect::MySql, "enum( 'a', 'it''s' )"), Ok(SqlType::builtin("enum('a','it''s')")));
/// assert!(parse(Dialect::MySql, "inet6").is_err());
/// ```
///
/// # Errors
/// When it is no type of that database, lacks what must be stated, or says more than a type.
pub fn parse(dialect: Dialect, text: &str) -> Result<SqlType, String> {
    let text = text.trim();
    let (name, arguments, rest) = parts(text).ok_or_else(|| not_a_type(dialect, text))?;
    if matches!(name.as_str(), "bool" | "boolean") && arguments.is_none() && rest.is_empty() {
        return Ok(SqlType::builtin("tinyint(1)"));
    }
    if name == "serial" {
        return Err("`serial` says more than a type: write `bigint unsigned` with `identity`".to_owned());
    }
    let said = format!(" {name} {rest} ");
    if let Some(word) = ATTRIBUTES.iter().find(|word| said.contains(&format!(" {word} "))) {
        return Err(format!("`{text}` says more than a type: `{word}` has an attribute of its own"));
    }
    let found = BASES.iter().find(|(names, ..)| names.contains(&name.as_str()));
    let (_, base, takes) = found.ok_or_else(|| unknown(dialect, text, &name))?;
    if dialect == Dialect::MySql && MARIADB_ONLY.contains(base) {
        return Err(format!("`{base}` is a type of MariaDB, and MySQL has none such"));
    }
    let modifiers = Modifiers::parse(base, &rest).ok_or_else(|| not_a_type(dialect, text))?;
    let problem = |what: String| format!("`{text}`: {what}");
    spelled(base, *takes, arguments, modifiers).map(SqlType::Builtin).map_err(problem)
}

/// Name, what is in the parentheses, and what is behind them; all but labels in lower case with single spaces.
fn parts(text: &str) -> Option<(String, Option<&str>, String)> {
    let lower = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    let (name, arguments, rest) = match text.find('(') {
        Some(open) => {
            let (inner, rest) = closed(text.get(open + 1..)?)?;
            (lower(text.get(..open)?), Some(inner), lower(rest))
        }
        None => {
            let name = lower(text);
            let start = [" unsigned", " signed", " zerofill"].iter().filter_map(|word| name.find(word)).min();
            let (name, rest) = name.split_at(start.unwrap_or(name.len()));
            (name.to_owned(), None, rest.trim().to_owned())
        }
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ' ';
    (!name.is_empty() && name.chars().all(is_word) && rest.chars().all(is_word)).then_some((name, arguments, rest))
}

/// What is before the closing parenthesis and behind it; one within a label does not close.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            ')' if !quoted => return Some((text.get(..at)?, text.get(at + 1..)?)),
            _ => {}
        }
    }
    None
}

#[derive(Clone, Copy, Default)]
struct Modifiers {
    unsigned: bool,
    zerofill: bool,
}

impl Modifiers {
    fn parse(base: &str, rest: &str) -> Option<Self> {
        let mut found = Self::default();
        for word in rest.split_whitespace() {
            match word {
                "unsigned" if NUMBERS.contains(&base) => found.unsigned = true,
                "zerofill" if NUMBERS.contains(&base) => found = Self { unsigned: true, zerofill: true },
                "signed" if NUMBERS.contains(&base) => {}
                _ => return None,
            }
        }
        Some(found)
    }

    fn sql(self) -> &'static str {
        match (self.unsigned, self.zerofill) {
            (_, true) => " unsigned zerofill",
            (true, false) => " unsigned",
            (false, false) => "",
        }
    }
}

fn spelled(base: &str, takes: Takes, arguments: Option<&str>, modifiers: Modifiers) -> Result<String, String> {
    let after = modifiers.sql();
    if takes == Takes::Labels {
        let labels = arguments.and_then(labels).ok_or("labels in single quotes are missing, such as `('a','b')`")?;
        return Ok(labelled(base, &labels));
    }
    let numbers = arguments.map(numbers).transpose()?.unwrap_or_default();
    let too_many = || format!("`{base}` does not take what is in the parentheses");
    Ok(match (takes, numbers.as_slice()) {
        (Takes::Nothing, []) | (Takes::Digits, []) => format!("{base}{after}"),
        (Takes::Width, [] | [_]) => integer(base, &numbers, modifiers),
        (Takes::Length(Some(default)), []) => format!("{base}({default})"),
        (Takes::Length(None), []) => return Err(format!("its length is missing: `{base}(255)`")),
        (Takes::Length(_), [length]) => format!("{base}({length})"),
        (Takes::Fraction, [] | [0]) => base.to_owned(),
        (Takes::Fraction, [digits @ 1..=6]) => format!("{base}({digits})"),
        (Takes::Fraction, [_]) => return Err("a second has 6 digits at most".to_owned()),
        (Takes::Decimal, []) => format!("decimal(10,0){after}"),
        (Takes::Decimal, [digits]) => format!("decimal({digits},0){after}"),
        (Takes::Decimal | Takes::Digits, [digits, scale]) if scale <= digits => {
            format!("{base}({digits},{scale}){after}")
        }
        (Takes::Decimal | Takes::Digits, [_, _]) => return Err("the scale is greater than the digits".to_owned()),
        (Takes::Digits, [digits]) if base == "float" => {
            format!("{}{after}", if *digits <= 24 { "float" } else { "double" })
        }
        _ => return Err(too_many()),
    })
}

/// ZEROFILL prints by the width. `tinyint(1)` is what drivers take for a boolean.
fn integer(base: &str, width: &[u32], modifiers: Modifiers) -> String {
    let after = modifiers.sql();
    let default = ZEROFILL_WIDTHS.iter().find(|(name, _)| *name == base).map_or("", |(_, width)| *width);
    match width {
        [1] if base == "tinyint" && !modifiers.unsigned => "tinyint(1)".to_owned(),
        [width] if modifiers.zerofill => format!("{base}({width}){after}"),
        [] if modifiers.zerofill => format!("{base}({default}){after}"),
        _ => format!("{base}{after}"),
    }
}

fn numbers(text: &str) -> Result<Vec<u32>, String> {
    text.split(',').map(|part| part.trim().parse().map_err(|_| format!("`{}` is no number", part.trim()))).collect()
}

/// Labels of `enum` or `set`, from what is in its parentheses: single quotes, doubled within.
fn labels(text: &str) -> Option<Vec<String>> {
    let mut labels = Vec::new();
    let mut rest = text.trim();
    loop {
        let mut label = String::new();
        rest = rest.strip_prefix('\'')?;
        loop {
            let (before, after) = rest.split_once('\'')?;
            label += before;
            rest = after;
            match rest.strip_prefix('\'') {
                Some(more) => {
                    label.push('\'');
                    rest = more;
                }
                None => break,
            }
        }
        // The server cuts spaces at the end.
        labels.push(label.trim_end_matches(' ').to_owned());
        rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(more) => rest = more.trim_start(),
            None => return rest.is_empty().then_some(labels),
        }
    }
}

/// `enum` or `set` with its labels.
pub(crate) fn labelled(base: &str, labels: &[impl AsRef<str>]) -> String {
    let labels: Vec<String> = labels.iter().map(|label| format!("'{}'", label.as_ref().replace('\'', "''"))).collect();
    format!("{base}({})", labels.join(","))
}

/// Whether the server takes two labels for one: it compares them under the column's collation.
pub(crate) fn is_same_label(one: &str, other: &str, collation: Option<&str>) -> bool {
    let tells_cases_apart = collation.is_some_and(|name| name.ends_with("_bin") || name.ends_with("_cs"));
    one == other || !tells_cases_apart && one.to_lowercase() == other.to_lowercase()
}

/// The labels of a canonical `enum(..)` or `set(..)`, with which of the two it is.
///
/// ```
/// use schema_core::dialect::mysql::types::labels_of;
/// assert_eq!(labels_of("enum('a','it''s')"), Some(("enum", vec!["a".to_owned(), "it's".to_owned()])));
/// ```
#[must_use]
pub fn labels_of(canonical: &str) -> Option<(&str, Vec<String>)> {
    let (base, rest) = canonical.split_once('(')?;
    matches!(base, "enum" | "set").then_some((base, labels(rest.strip_suffix(')')?)?))
}

fn not_a_type(dialect: Dialect, text: &str) -> String {
    format!("`{text}` is not a type of {dialect}, such as `bigint unsigned`, `varchar(255)` or `datetime(6)`")
}

fn unknown(dialect: Dialect, text: &str, name: &str) -> String {
    let known = BASES.iter().flat_map(|(names, ..)| names.iter().copied());
    match crate::names::nearest(name, known) {
        Some(near) => format!("`{text}` is not a type of {dialect}: did you mean `{near}`?"),
        None => not_a_type(dialect, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        parse(Dialect::MariaDb, text).unwrap().to_string()
    }

    #[test]
    fn every_spelling_leads_to_what_the_server_prints() {
        for (text, printed) in [
            ("INTEGER", "int"),
            ("int(11)", "int"),
            ("int ( 10 )  UNSIGNED", "int unsigned"),
            ("unsigned", ""),
            ("bigint signed", "bigint"),
            ("int(5) zerofill", "int(5) unsigned zerofill"),
            ("smallint zerofill", "smallint(5) unsigned zerofill"),
            ("boolean", "tinyint(1)"),
            ("tinyint(1)", "tinyint(1)"),
            ("tinyint(4)", "tinyint"),
            ("tinyint(1) unsigned", "tinyint unsigned"),
            ("dec", "decimal(10,0)"),
            ("numeric(8, 2) unsigned", "decimal(8,2) unsigned"),
            ("double precision", "double"),
            ("float(30)", "double"),
            ("float(10,2)", "float(10,2)"),
            ("character varying(20)", "varchar(20)"),
            ("char", "char(1)"),
            ("datetime(0)", "datetime"),
            ("timestamp(6)", "timestamp(6)"),
            ("year(4)", "year"),
            ("bit", "bit(1)"),
            ("long varchar", "mediumtext"),
            ("SET ('x', 'Y)') ", "set('x','Y)')"),
            ("enum('it''s ', '')", "enum('it''s','')"),
            ("uuid", "uuid"),
        ] {
            if printed.is_empty() {
                assert!(parse(Dialect::MariaDb, text).is_err(), "{text}");
            } else {
                assert_eq!(canonical(text), printed, "{text}");
                assert_eq!(canonical(printed), printed, "the same again");
            }
        }
    }

    #[test]
    fn what_is_no_type_says_why() {
        for (text, why) in [
            ("varchar", "length is missing"),
            ("serial", "identity"),
            ("int not null", "`not` has an attribute"),
            ("varchar(20) character set latin1", "`character set` has an attribute"),
            ("varchar(20) collate utf8mb4_bin", "`collate` has an attribute"),
            ("decimal(2,3)", "greater"),
            ("datetime(7)", "6 digits"),
            ("text(100)", "does not take"),
            ("enum(a)", "labels"),
            ("enum('a'", "not a type"),
            ("varchar(x)", "no number"),
            ("varchr(20)", "did you mean `varchar`"),
            ("text unsigned", "not a type"),
            ("int; drop table t", "not a type"),
            ("", "not a type"),
        ] {
            let error = parse(Dialect::MySql, text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn labels_are_read_back() {
        let labels = vec!["it's".to_owned(), "a,b".to_owned(), String::new()];
        let text = labelled("enum", &labels);
        assert_eq!(text, "enum('it''s','a,b','')");
        assert_eq!(labels_of(&text), Some(("enum", labels)));
    }
}
