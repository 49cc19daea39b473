//! Values of MariaDB's and MySQL's types.

use schema_core::dialect::mysql::types::labels_of;
use schema_core::ir::{Schema, SqlType};

use super::{DATES, day, edges, modifiers, numeric, one_of, string, unknown};

/// The ends of what a `datetime` holds; a `timestamp` ends sooner.
const EARLIEST: &str = "1000-01-01";

/// Seconds since 1970 in 32 bits.
const TIMESTAMPS: &[&str] = &[
    "2024-02-29 12:00:00.123456",
    "2024-03-31 02:30:00",
    "2038-01-19 03:14:07",
    "1970-01-01 00:00:01",
    "2024-10-27 02:30:00",
];

const DATETIMES: &[&str] = &[
    "2024-02-29 12:00:00.123456",
    "2024-03-31 02:30:00",
    "9999-12-31 23:59:59",
    "1000-01-01 00:00:00",
    "2024-10-27 02:30:00",
    "1970-01-01 00:00:00",
];

pub(super) fn value(schema: &Schema, ty: &SqlType, number: usize) -> String {
    match ty {
        SqlType::Builtin(text) => builtin(text, number),
        SqlType::Named(name) => schema.enums.get(name).map_or_else(|| unknown(number), |it| one_of(&it.labels, number)),
        SqlType::Array(_) => unknown(number),
    }
}

fn builtin(text: &str, number: usize) -> String {
    if let Some((base, labels)) = labels_of(text) {
        return if base == "set" { set(&labels, number) } else { one_of(&labels, number) };
    }
    let (name, numbers) = modifiers(text);
    let limit = numbers.first().copied();
    let is_unsigned = name.contains(" unsigned");
    let base = name.split(' ').next().unwrap_or_default();
    match base {
        "tinyint" if limit == Some(1) => one_of(&["1", "0"], number),
        "tinyint" => whole(is_unsigned, ["-128", "127", "255"], number),
        "smallint" => whole(is_unsigned, ["-32768", "32767", "65535"], number),
        "mediumint" => whole(is_unsigned, ["-8388608", "8388607", "16777215"], number),
        "int" => whole(is_unsigned, ["-2147483648", "2147483647", "4294967295"], number),
        "bigint" => whole(is_unsigned, ["-9223372036854775808", "9223372036854775807", "18446744073709551615"], number),
        "decimal" => {
            let text = numeric(if numbers.is_empty() { &[10, 0] } else { &numbers }, number);
            if is_unsigned { text.trim_start_matches('-').to_owned() } else { text }
        }
        // Six digits of a float are shown.
        "float" => positive(is_unsigned, edges(&["1", "0", "-1.5", "3.25", "1e10", "2"], number, |n| n.to_string())),
        "double" => {
            let known = &["1", "1.7976931348623157e308", "0", "-1.5", "3.25", "1e10", "2"];
            positive(is_unsigned, edges(known, number, |n| n.to_string()))
        }
        "char" => string(Some(limit.unwrap_or(1)), number),
        "varchar" => string(limit, number),
        "tinytext" => string(Some(60), number),
        "text" | "mediumtext" | "longtext" => string(None, number),
        "json" => edges(&["{}", "{\"a\": 1}", "[]", "[1, \"b\", null]", "\"text\"", "1"], number, |n| {
            format!("{{\"number\": {n}}}")
        }),
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => bytes(base, limit, number),
        "bit" => bit(limit.unwrap_or(1), number),
        "date" => edges(
            &[DATES, &[EARLIEST]].concat().into_iter().filter(|it| *it != "0001-01-01").collect::<Vec<_>>(),
            number,
            day,
        ),
        "datetime" => edges(DATETIMES, number, |n| format!("{} 01:02:03", day(n))),
        "timestamp" => edges(TIMESTAMPS, number, |n| format!("{} 01:02:03", day(n % 10_000))),
        "time" => edges(&["12:30:00", "838:59:59", "-838:59:59", "00:00:00"], number, |n| {
            format!("{:02}:{:02}:{:02}", n / 3600 % 800, n / 60 % 60, n % 60)
        }),
        "year" => edges(&["2024", "2155", "1901"], number, |n| (1902 + n % 250).to_string()),
        "uuid" => format!("00000000-0000-4000-8000-{number:012}"),
        "inet4" => format!("10.0.{}.{}", number / 256 % 256, number % 256),
        "inet6" => format!("2001:db8::{number:x}"),
        "point" | "geometry" => point(number),
        _ => unknown(number),
    }
}

fn whole(is_unsigned: bool, [least, most, most_unsigned]: [&str; 3], number: usize) -> String {
    let beyond = |n: usize| (10 + n % 100).to_string();
    if is_unsigned {
        edges(&["1", most_unsigned, "0", "42", "2", "3"], number, beyond)
    } else {
        edges(&["1", most, least, "0", "-1", "42", "2", "3"], number, beyond)
    }
}

fn positive(is_unsigned: bool, text: String) -> String {
    if is_unsigned { text.trim_start_matches('-').to_owned() } else { text }
}

fn set(labels: &[String], number: usize) -> String {
    match number % (labels.len() + 2) {
        0 => labels.first().cloned().unwrap_or_default(),
        1 => String::new(),
        2 => labels.join(","),
        n => labels.get(n - 2).cloned().unwrap_or_default(),
    }
}

fn bytes(base: &str, limit: Option<usize>, number: usize) -> String {
    let limit = if base == "binary" { limit.unwrap_or(1) } else { limit.unwrap_or(200) };
    let text = if number == 1 && base != "binary" { String::new() } else { format!("{number}\u{1}\0bytes") };
    format!("\0{}", text.chars().take(limit).collect::<String>())
}

fn bit(length: usize, number: usize) -> String {
    let byte = number % (1 << length.min(7));
    format!("\0{}", char::from(u8::try_from(byte).unwrap_or_default()))
}

/// As the server stores it: no reference system, then well-known binary. Coordinates are such that each byte is below 128.
fn point(number: usize) -> String {
    let low = char::from(u8::try_from(number % 128).unwrap_or_default());
    let coordinate = |low: char| format!("{low}\0\0\0\0\0\0@");
    format!("\0\0\0\0\0\u{1}\u{1}\0\0\0{}{}", coordinate(low), coordinate('\0'))
}
