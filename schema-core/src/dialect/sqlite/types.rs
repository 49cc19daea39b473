//! SQLite's types: declared text, and the affinity that it stands for.

use crate::dialect::TypeChange;
use crate::ir::SqlType;

/// What a column makes of values stored in it ("Datatypes in SQLite", section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affinity {
    /// INTEGER
    Integer,
    /// TEXT
    Text,
    /// BLOB, which converts nothing
    Blob,
    /// REAL
    Real,
    /// NUMERIC
    Numeric,
}

impl Affinity {
    /// The affinity of a declared type, by the rules of section 3.1 in their order.
    pub(crate) fn of(declared: &str) -> Self {
        let upper = declared.to_ascii_uppercase();
        let has = |word: &str| upper.contains(word);
        if has("INT") {
            Self::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Self::Text
        } else if has("BLOB") || upper.is_empty() {
            Self::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Self::Real
        } else {
            Self::Numeric
        }
    }

    /// The affinity of a column's type; enums are TEXT.
    pub(crate) fn of_type(ty: &SqlType) -> Self {
        match ty {
            SqlType::Builtin(text) => Self::of(text),
            SqlType::Named(_) | SqlType::Array(_) => Self::Text,
        }
    }

    /// A declared type that has this affinity.
    pub(crate) fn as_sql(self) -> &'static str {
        match self {
            Self::Integer => "INTEGER",
            Self::Text => "TEXT",
            Self::Blob => "BLOB",
            Self::Real => "REAL",
            Self::Numeric => "NUMERIC",
        }
    }
}

/// Words that start a column constraint, so no type name holds them.
const NOT_TYPES: [&str; 13] = [
    "AS",
    "CHECK",
    "COLLATE",
    "CONSTRAINT",
    "DEFAULT",
    "FOREIGN",
    "GENERATED",
    "NOT",
    "NULL",
    "ON",
    "PRIMARY",
    "REFERENCES",
    "UNIQUE",
];

/// The canonical spelling of a declared type: upper case, single spaces, `DECIMAL(10, 2)`.
///
/// SQLite compares type names without case and keeps them as written, so one spelling serves both. An empty text is
/// a column without a type.
///
/// ```
/// use schema_core::{dialect::sqlite::types::parse, ir::SqlType};
/// assert_eq!(parse(" varchar( 50 )"), Ok(SqlType::builtin("VARCHAR(50)")));
/// assert!(parse("TEXT NOT NULL").is_err());
/// ```
///
/// # Errors
/// When SQLite's grammar has no such type name, or it says more than a type.
pub fn parse(text: &str) -> Result<SqlType, String> {
    let (words, arguments) = match text.split_once('(') {
        None => (text, None),
        Some((words, rest)) => {
            let inner = rest.trim_end().strip_suffix(')').ok_or_else(|| not_a_type(text))?;
            (words, Some(inner))
        }
    };
    let words = words.split_whitespace().map(str::to_ascii_uppercase).collect::<Vec<_>>();
    if let Some(word) = words.iter().find(|word| NOT_TYPES.contains(&word.as_str())) {
        return Err(format!("`{}` says more than a type: `{word}` has an attribute of its own", text.trim()));
    }
    if text.trim_end().ends_with("[]") {
        return Err(format!("`{}`: SQLite has no arrays", text.trim()));
    }
    if !words.iter().all(|word| is_word(word)) {
        return Err(not_a_type(text));
    }
    let name = words.join(" ");
    match arguments {
        None => Ok(SqlType::Builtin(name)),
        Some(_) if name.is_empty() => Err(not_a_type(text)),
        Some(inner) => {
            let numbers = inner.split(',').map(str::trim).collect::<Vec<_>>();
            if numbers.len() > 2 || !numbers.iter().all(|number| is_signed_number(number)) {
                return Err(not_a_type(text));
            }
            Ok(SqlType::Builtin(format!("{name}({})", numbers.join(", "))))
        }
    }
}

fn not_a_type(text: &str) -> String {
    format!("`{}` is not a SQLite type, such as `TEXT`, `INTEGER` or `VARCHAR(50)`", text.trim())
}

fn is_word(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii())
}

fn is_signed_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']).trim_start();
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// What another declared type does to stored values. Within one affinity they stay as they are, since the type is
/// otherwise only text (HAZARDS.md row 15); STRICT tables take only types that differ in affinity.
#[must_use]
pub fn change(from: &SqlType, to: &SqlType) -> TypeChange {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    if from == to {
        return TypeChange::Same;
    }
    if matches!(to, SqlType::Named(_)) {
        return TypeChange::Narrowing;
    }
    match (Affinity::of_type(from), Affinity::of_type(to)) {
        (before, after) if before == after => TypeChange::Free,
        (Integer, Text | Numeric) | (Real, Numeric) | (Text, Blob) => TypeChange::Rewrite,
        _ => TypeChange::Narrowing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affinity_follows_the_manual_and_its_oddities() {
        // The last two are the manual's own surprises.
        for (declared, affinity) in [
            ("BIGINT", Affinity::Integer),
            ("VARCHAR(255)", Affinity::Text),
            ("", Affinity::Blob),
            ("DOUBLE PRECISION", Affinity::Real),
            ("DATETIME", Affinity::Numeric),
            ("BOOLEAN", Affinity::Numeric),
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("STRING", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of(declared), affinity, "{declared}");
        }
    }

    #[test]
    fn declared_types_have_one_spelling() {
        for (text, canonical) in [
            ("integer", "INTEGER"),
            ("  double   precision ", "DOUBLE PRECISION"),
            ("decimal(10,2)", "DECIMAL(10, 2)"),
            ("varchar( 50 )", "VARCHAR(50)"),
            ("", ""),
        ] {
            assert_eq!(parse(text), Ok(SqlType::builtin(canonical)), "{text}");
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for text in [
            "TEXT; DROP TABLE t",
            "TEXT NOT NULL",
            "integer primary key",
            "VARCHAR(50",
            "(3)",
            "a(1,2,3)",
            "text[]",
            "a\"b",
            "VARCHAR(x)",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn type_changes_are_narrowing_where_a_value_can_change() {
        let change = |from: &str, to: &str| change(&SqlType::builtin(from), &SqlType::builtin(to));
        assert_eq!(change("TEXT", "TEXT"), TypeChange::Same);
        assert_eq!(change("VARCHAR(50)", "VARCHAR(10)"), TypeChange::Free);
        assert_eq!(change("TEXT", "INTEGER"), TypeChange::Narrowing);
        assert_eq!(change("INTEGER", "TEXT"), TypeChange::Rewrite);
        assert_eq!(change("INTEGER", "REAL"), TypeChange::Narrowing);
    }

    #[test]
    fn a_text_column_turned_enum_narrows_and_back_is_free() {
        let mood = SqlType::Named(crate::ir::ObjectName::bare("mood"));
        assert_eq!(change(&SqlType::builtin("TEXT"), &mood), TypeChange::Narrowing);
        assert_eq!(change(&mood, &SqlType::builtin("TEXT")), TypeChange::Free);
    }
}
