//! What another type does to the values of a column.

use super::types::{labelled, labels_of};
use crate::dialect::TypeChange::{self, Free, Narrowing, Rewrite, Same};
use crate::ir::{Schema, SqlType};

/// What another type does to stored values, both in canonical spelling.
///
/// [`Free`] is what the server does without writing rows anew. Texts are taken for `utf8mb4`, whose characters have up
/// to four bytes.
#[must_use]
pub fn change(from: &SqlType, to: &SqlType) -> TypeChange {
    match (from, to) {
        _ if from == to => Same,
        (SqlType::Builtin(from), SqlType::Builtin(to)) => between(from, to),
        _ => Narrowing,
    }
}

/// The same where what an enum's name stands for is at hand.
#[must_use]
pub(crate) fn change_in(before: (&Schema, &SqlType), after: (&Schema, &SqlType)) -> TypeChange {
    change(&resolved(before.0, before.1), &resolved(after.0, after.1))
}

/// A type as the server has it: an enum is its labels.
pub(crate) fn resolved(schema: &Schema, ty: &SqlType) -> SqlType {
    let labels = ty.named().and_then(|name| schema.enums.get(name)).map(|found| &found.labels);
    labels.map_or_else(|| ty.clone(), |labels| SqlType::Builtin(labelled("enum", labels)))
}

/// A canonical type, taken apart.
pub(super) struct Type<'a> {
    pub(super) base: &'a str,
    numbers: Vec<u32>,
    unsigned: bool,
}

impl<'a> Type<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let (base, rest) = text.split_at(text.find(['(', ' ']).unwrap_or(text.len()));
        let inner = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or("", |(inner, _)| inner);
        let numbers = inner.split(',').filter_map(|part| part.parse().ok()).collect();
        Self { base, numbers, unsigned: rest.ends_with("unsigned") || rest.ends_with("zerofill") }
    }

    pub(super) fn number(&self, at: usize) -> u32 {
        self.numbers.get(at).copied().unwrap_or(0)
    }

    /// Bytes of an integer.
    pub(super) fn integer(&self) -> Option<u32> {
        Some(match self.base {
            "tinyint" => 1,
            "smallint" => 2,
            "mediumint" => 3,
            "int" => 4,
            "bigint" => 8,
            _ => return None,
        })
    }

    /// Characters that an integer takes at most, with its sign.
    fn printed(&self) -> Option<u32> {
        let digits = match self.integer()? {
            1 => 3,
            2 => 5,
            3 => 7 + u32::from(self.unsigned),
            4 => 10,
            _ => 19 + u32::from(self.unsigned),
        };
        Some(digits + u32::from(!self.unsigned))
    }

    /// Characters that a text type holds, whatever they are.
    pub(super) fn text(&self) -> Option<u64> {
        Some(if self.base.ends_with("char") { self.longest_text()? } else { self.longest_text()? / 4 })
    }

    /// Characters that a text type holds where each is one byte: the great types are bounded by bytes.
    fn longest_text(&self) -> Option<u64> {
        Some(match self.base {
            "char" | "varchar" => self.number(0).into(),
            "tinytext" => 255,
            "text" => 65_535,
            "mediumtext" => 16_777_215,
            "longtext" => u32::MAX.into(),
            _ => return None,
        })
    }

    /// Bytes that a binary type holds.
    pub(super) fn bytes(&self) -> Option<u64> {
        Some(match self.base {
            "binary" | "varbinary" => self.number(0).into(),
            "tinyblob" => 255,
            "blob" => 65_535,
            "mediumblob" => 16_777_215,
            "longblob" => u32::MAX.into(),
            _ => return None,
        })
    }
}

fn between(from: &str, to: &str) -> TypeChange {
    if let (Some(from), Some(to)) = (labels_of(from), labels_of(to)) {
        return label_lists(&from, &to);
    }
    let (before, after) = (Type::of(from), Type::of(to));
    let both_by_bytes = [&before, &after].into_iter().all(|ty| ty.base.ends_with("text"));
    let texts = (before.longest_text(), if both_by_bytes { after.longest_text() } else { after.text() });
    let bytes = (before.bytes(), after.bytes());
    let fits = |fits: bool| if fits { Rewrite } else { Narrowing };
    match (before.base, after.base) {
        _ if before.integer().is_some() => integers(&before, &after),
        ("decimal", "decimal") => decimals(&before, &after),
        ("float", "float") | ("double", "double") | ("float", "double") => {
            fits(after.numbers.is_empty() && (before.unsigned || !after.unsigned))
        }
        ("json", "longtext") | ("date", "datetime") | ("year", "smallint" | "int" | "bigint") => Rewrite,
        ("uuid", "char" | "varchar") => fits(after.number(0) >= 36),
        ("inet6" | "inet4", "char" | "varchar") => fits(after.number(0) >= 39),
        ("datetime", "datetime") | ("timestamp", "timestamp") | ("time", "time") => {
            fits(before.number(0) <= after.number(0))
        }
        ("bit", "bit") => fits(before.number(0) <= after.number(0)),
        ("varchar", "varchar") => lengths(before.number(0), after.number(0), 255 / 4),
        ("varbinary", "varbinary") => lengths(before.number(0), after.number(0), 255),
        // Its values lose spaces, or gain zero bytes, at their ends.
        (_, "binary") | ("varchar" | "tinytext" | "text" | "mediumtext" | "longtext", "char") => Narrowing,
        ("enum" | "set", _) => labels_of(from).map_or(Narrowing, |labels| fits(holds(&after, &labels))),
        (_, "geometry") if is_geometry(before.base) => Rewrite,
        ("multipoint" | "multilinestring" | "multipolygon", "geometrycollection") => Rewrite,
        _ => match (texts, bytes) {
            ((Some(before), Some(after)), _) | (_, (Some(before), Some(after))) => fits(before <= after),
            _ => Narrowing,
        },
    }
}

fn integers(from: &Type<'_>, to: &Type<'_>) -> TypeChange {
    let (Some(bytes), Some(digits)) = (from.integer(), from.printed()) else { return Narrowing };
    let negative = u32::from(!from.unsigned);
    let fits = match (to.base, to.integer()) {
        // Another display width or ZEROFILL.
        (_, Some(wider)) if wider == bytes && from.unsigned == to.unsigned => return Free,
        (_, Some(wider)) if from.unsigned == to.unsigned => wider > bytes,
        (_, Some(wider)) => from.unsigned && wider > bytes,
        ("decimal", _) => to.number(0) - to.number(1) >= digits - negative && (from.unsigned || !to.unsigned),
        ("float", _) => bytes < 3 && to.numbers.is_empty() && (from.unsigned || !to.unsigned),
        ("double", _) => bytes < 8 && to.numbers.is_empty() && (from.unsigned || !to.unsigned),
        _ => to.text().is_some_and(|length| length >= digits.into()),
    };
    if fits { Rewrite } else { Narrowing }
}

fn decimals(from: &Type<'_>, to: &Type<'_>) -> TypeChange {
    let whole = |ty: &Type<'_>| ty.number(0) - ty.number(1);
    let fits = whole(from) <= whole(to) && from.number(1) <= to.number(1) && (from.unsigned || !to.unsigned);
    if fits { Rewrite } else { Narrowing }
}

/// Up to `short` characters a value's length takes one byte, and two from there on.
fn lengths(from: u32, to: u32, short: u32) -> TypeChange {
    match (from <= short, to <= short) {
        _ if to < from => Narrowing,
        (before, after) if before == after => Free,
        _ => Rewrite,
    }
}

fn label_lists(from: &(&str, Vec<String>), to: &(&str, Vec<String>)) -> TypeChange {
    let ((kind, before), (other, after)) = (from, to);
    if kind != other || !before.iter().all(|label| after.contains(label)) {
        return Narrowing;
    }
    if after.starts_with(before) && stored(kind, before.len()) == stored(kind, after.len()) { Free } else { Rewrite }
}

/// Bytes of a value.
fn stored(kind: &str, labels: usize) -> usize {
    match (kind, labels) {
        ("enum", ..=255) => 1,
        ("enum", _) => 2,
        (_, ..=32) => labels.div_ceil(8),
        _ => 8,
    }
}

fn holds(text: &Type<'_>, (kind, labels): &(&str, Vec<String>)) -> bool {
    let lengths = labels.iter().map(|label| label.chars().count());
    let longest = if *kind == "enum" { lengths.max().unwrap_or(0) } else { lengths.map(|length| length + 1).sum() };
    text.text().is_some_and(|length| u64::try_from(longest).is_ok_and(|longest| longest <= length))
}

fn is_geometry(base: &str) -> bool {
    matches!(
        base,
        "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon" | "geometrycollection"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{EnumType, ObjectName};

    fn is(from: &str, to: &str, expected: TypeChange) {
        assert_eq!(change(&SqlType::builtin(from), &SqlType::builtin(to)), expected, "{from} to {to}");
    }

    #[test]
    fn numbers_grow_without_loss() {
        is("int", "int", Same);
        is("tinyint(1)", "tinyint", Free);
        is("int unsigned", "int(10) unsigned zerofill", Free);
        is("int", "bigint", Rewrite);
        is("int unsigned", "bigint", Rewrite);
        is("int", "bigint unsigned", Narrowing);
        is("int", "int unsigned", Narrowing);
        is("int unsigned", "int", Narrowing);
        is("bigint", "int", Narrowing);
        is("int", "decimal(10,0)", Rewrite);
        is("int", "decimal(10,2)", Narrowing);
        is("int", "double", Rewrite);
        is("bigint", "double", Narrowing);
        is("int", "varchar(11)", Rewrite);
        is("int", "varchar(10)", Narrowing);
        is("decimal(10,2)", "decimal(12,4)", Rewrite);
        is("decimal(10,2)", "decimal(11,4)", Narrowing);
        is("decimal(10,2) unsigned", "decimal(10,2)", Rewrite);
        is("float", "double", Rewrite);
        is("double", "float", Narrowing);
    }

    #[test]
    fn texts_grow_in_place_up_to_the_second_byte_of_their_length() {
        is("varchar(20)", "varchar(63)", Free);
        is("varchar(63)", "varchar(64)", Rewrite);
        is("varchar(64)", "varchar(500)", Free);
        is("varchar(80)", "varchar(50)", Narrowing);
        is("varchar(255)", "text", Rewrite);
        is("text", "varchar(255)", Narrowing);
        is("text", "longtext", Rewrite);
        is("longtext", "text", Narrowing);
        is("tinytext", "varchar(100)", Narrowing);
        is("tinytext", "varchar(255)", Rewrite);
        is("varchar(63)", "tinytext", Rewrite);
        is("varchar(64)", "tinytext", Narrowing);
        is("tinytext", "text", Rewrite);
        is("char(5)", "varchar(5)", Rewrite);
        is("varchar(5)", "char(5)", Narrowing);
        is("varbinary(200)", "varbinary(255)", Free);
        is("binary(4)", "binary(8)", Narrowing);
        is("blob", "longblob", Rewrite);
        is("longtext", "json", Narrowing);
    }

    #[test]
    fn times_keep_their_digits() {
        is("datetime", "datetime(6)", Rewrite);
        is("datetime(6)", "datetime(3)", Narrowing);
        is("timestamp", "datetime", Narrowing);
        is("datetime", "timestamp", Narrowing);
        is("date", "datetime", Rewrite);
    }

    #[test]
    fn labels_are_added_at_the_end_in_place() {
        is("enum('a','b')", "enum('a','b','c')", Free);
        is("enum('a','b')", "enum('a','c','b')", Rewrite);
        is("enum('a','b')", "enum('b')", Narrowing);
        is("enum('a','b')", "varchar(1)", Rewrite);
        is("enum('a','bb')", "varchar(1)", Narrowing);
        is("set('a','b')", "varchar(4)", Rewrite);
        is("varchar(1)", "enum('a')", Narrowing);
        let many = |count: usize| labelled("enum", &(0..count).map(|at| at.to_string()).collect::<Vec<_>>());
        is(&many(255), &many(256), Rewrite);
    }

    #[test]
    fn an_enum_is_its_labels() {
        let name = ObjectName::bare("mood");
        let mut before = Schema::empty(crate::ir::Dialect::MySql);
        let mood = EnumType { name: name.clone(), labels: vec!["sad".to_owned()], comment: None };
        before.enums.insert(name.clone(), mood.clone());
        let mut after = before.clone();
        after.enums.insert(name.clone(), EnumType { labels: vec!["sad".to_owned(), "ok".to_owned()], ..mood });
        let ty = SqlType::Named(name);
        assert_eq!(change_in((&before, &ty), (&after, &ty)), Free);
        assert_eq!(change_in((&before, &ty), (&after, &SqlType::builtin("text"))), Rewrite);
    }
}
