//! What the server changes in values without a word when their column gets another type: strict mode refuses what is out of
//! range or too long, but rounds numbers and times (tried on MariaDB 10.11; its manual, "Strict Mode").

use super::change::Type;
use crate::dialect::{INTEGER, NUMBER};

/// The condition under which a value, which is not NULL, would be another one afterwards; `None` where the server refuses such
/// values itself, or there are none. Both types are in canonical spelling.
pub(super) fn changes(from: &str, to: &str, value: &str) -> Option<String> {
    let (from, to) = (Type::of(from), Type::of(to));
    let differs = |value: &str, cast: &str| Some(format!("{value} <> CAST({value} AS {cast})"));
    let is_text = from.text().is_some();
    match to.base {
        _ if to.integer().is_some() && is_text => Some(not_like(value, INTEGER)),
        _ if to.integer().is_some() && is_fraction(&from) => Some(format!("{value} <> ROUND({value})")),
        "decimal" if is_fraction(&from) => differs(value, &decimal(&to)),
        "decimal" if is_text => {
            let number = format!("CAST({value} AS DECIMAL(65,30))");
            Some(format!("({} OR {number} <> CAST({number} AS {}))", not_like(value, NUMBER), decimal(&to)))
        }
        "float" | "double" if is_text => Some(not_like(value, NUMBER)),
        "float" if from.base == "double" => differs(value, "FLOAT"),
        "float" | "double" if from.integer().is_some() || from.base == "decimal" => {
            let digits = if from.base == "decimal" { from.number(1) } else { 0 };
            Some(format!("{value} <> CAST(CAST({value} AS {}) AS DECIMAL(65,{digits}))", to.base.to_uppercase()))
        }
        "date" | "datetime" | "timestamp" if from.base == "time" => Some("TRUE".to_owned()),
        "time" if is_moment(&from) => Some("TRUE".to_owned()),
        "time" if from.base == "time" && from.number(0) > to.number(0) => {
            differs(value, &format!("TIME({})", to.number(0)))
        }
        "date" if is_moment(&from) || is_text => differs(&moment(&from, value), "DATE"),
        "datetime" | "timestamp" if is_text || is_moment(&from) && from.number(0) > to.number(0) => {
            differs(&moment(&from, value), &format!("DATETIME({})", to.number(0)))
        }
        "year" if from.integer().is_some() => Some(format!("{value} BETWEEN 1 AND 99")),
        "char" if is_text && from.base != "char" => Some(format!("{value} LIKE '% '")),
        "binary" if from.bytes().is_some() => Some(format!("LENGTH({value}) <> {}", to.number(0))),
        _ => None,
    }
}

fn not_like(value: &str, pattern: &str) -> String {
    format!("{value} NOT REGEXP '{pattern}'")
}

fn decimal(to: &Type<'_>) -> String {
    format!("DECIMAL({},{})", to.number(0), to.number(1))
}

fn is_fraction(ty: &Type<'_>) -> bool {
    matches!(ty.base, "decimal" | "float" | "double")
}

fn is_moment(ty: &Type<'_>) -> bool {
    matches!(ty.base, "datetime" | "timestamp")
}

fn moment(from: &Type<'_>, value: &str) -> String {
    if is_moment(from) { value.to_owned() } else { format!("CAST({value} AS DATETIME(6))") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rounded_is_asked_for_and_what_is_refused_or_fits_is_not() {
        let changes = |from: &str, to: &str| changes(from, to, "c");
        assert_eq!(changes("double", "int").unwrap(), "c <> ROUND(c)");
        assert_eq!(changes("decimal(10,3)", "decimal(10,1)").unwrap(), "c <> CAST(c AS DECIMAL(10,1))");
        assert_eq!(changes("bigint", "double").unwrap(), "c <> CAST(CAST(c AS DOUBLE) AS DECIMAL(65,0))");
        assert_eq!(changes("datetime(6)", "datetime").unwrap(), "c <> CAST(c AS DATETIME(0))");
        assert_eq!(changes("varchar(9)", "int").unwrap(), "c NOT REGEXP '^(0|-?[1-9][0-9]*)$'");
        assert_eq!(changes("text", "double").unwrap(), "c NOT REGEXP '^-?(0|[1-9][0-9]*)([.][0-9]+)?$'");
        assert_eq!(changes("datetime", "date").unwrap(), "c <> CAST(c AS DATE)");
        assert_eq!(
            changes("varchar(9)", "date").unwrap(),
            "CAST(c AS DATETIME(6)) <> CAST(CAST(c AS DATETIME(6)) AS DATE)"
        );
        assert_eq!(changes("varbinary(4)", "binary(4)").unwrap(), "LENGTH(c) <> 4");
        for (from, to) in
            [("datetime", "datetime(3)"), ("bigint", "int"), ("text", "varchar(9)"), ("int", "varchar(11)")]
        {
            assert_eq!(changes(from, to), None, "{from} to {to}");
        }
    }
}
