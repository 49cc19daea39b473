//! Values by type, as the texts that the database reads them from.

mod mysql;

use schema_core::ir::{Dialect, Schema, SqlType};

/// The value of that number. Numbers below the count of a type's known values give those, edge values soon after a plain
/// one; beyond, values are counted up where the type has enough.
pub(super) fn value(schema: &Schema, ty: &SqlType, number: usize) -> String {
    match schema.dialect {
        Dialect::Sqlite => sqlite(ty, number),
        Dialect::Postgres => postgres(schema, ty, number),
        Dialect::MariaDb | Dialect::MySql => mysql::value(schema, ty, number),
    }
}

/// How many values of a type are worth trying, one after the other.
pub(super) const WORTH_TRYING: usize = 12;

/// The ends of the years that have four digits among them, and days on which clocks change in Europe and North America.
const DATES: &[&str] =
    &["2024-02-29", "9999-12-31", "0001-01-01", "2024-03-31", "2024-10-27", "1970-01-01", "2024-03-10", "2024-11-03"];

/// The same with times that a clock skips or shows twice, somewhere.
const TIMESTAMPS: &[&str] = &[
    "2024-02-29 12:00:00.123456",
    "2024-03-31 02:30:00",
    "9999-12-31 23:59:59.999999",
    "0001-01-01 00:00:00",
    "2024-10-27 02:30:00",
    "1970-01-01 00:00:00",
    "2024-03-10 02:30:00",
    "2024-11-03 01:30:00",
];

/// The longest text of a column that says how long it may be; beyond, it is only large.
const LONGEST: usize = 10_000;

fn postgres(schema: &Schema, ty: &SqlType, number: usize) -> String {
    match ty {
        SqlType::Builtin(text) => builtin(text, number),
        SqlType::Array(element) => array(schema, element, number),
        SqlType::Named(name) => {
            if let Some(ty) = schema.enums.get(name) {
                one_of(&ty.labels, number)
            } else if let Some(domain) = schema.domains.get(name) {
                postgres(schema, &domain.ty, number)
            } else if let Some(composite) = schema.composites.get(name) {
                let fields = composite.attributes.iter().map(|it| element(&postgres(schema, &it.ty, number)));
                format!("({})", fields.collect::<Vec<_>>().join(","))
            } else {
                unknown(number)
            }
        }
    }
}

fn one_of<T: AsRef<str>>(texts: &[T], number: usize) -> String {
    let at = number.checked_rem(texts.len()).unwrap_or_default();
    texts.get(at).map(|text| text.as_ref().to_owned()).unwrap_or_default()
}

/// Quoted for an array or a composite value.
fn element(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn array(schema: &Schema, ty: &SqlType, number: usize) -> String {
    let at = |number| element(&postgres(schema, ty, number));
    match number {
        0 => format!("{{{}}}", at(0)),
        1 => "{}".to_owned(),
        2 => format!("{{{},{}}}", at(0), at(1)),
        _ => format!("{{{}}}", at(number)),
    }
}

/// A type's name and the numbers in its parentheses.
fn modifiers(text: &str) -> (String, Vec<usize>) {
    let Some((head, rest)) = text.split_once('(') else { return (text.to_owned(), Vec::new()) };
    let (numbers, tail) = rest.split_once(')').unwrap_or((rest, ""));
    let numbers = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    (format!("{}{tail}", head.trim_end()), numbers)
}

fn builtin(text: &str, number: usize) -> String {
    let (name, numbers) = modifiers(text);
    let limit = numbers.first().copied();
    match name.trim_matches('"') {
        "smallint" => edges(&["1", "32767", "-32768", "0", "-1", "42", "2", "3"], number, |n| n.to_string()),
        "integer" => edges(&["1", "2147483647", "-2147483648", "0", "-1", "42", "2", "3"], number, |n| n.to_string()),
        "bigint" => {
            edges(&["1", "9223372036854775807", "-9223372036854775808", "0", "-1", "42", "2", "3"], number, |n| {
                n.to_string()
            })
        }
        "numeric" => numeric(&numbers, number),
        "real" => edges(&["1", "3.4e38", "0", "-1.5", "3.25", "1e10", "NaN", "2"], number, |n| n.to_string()),
        "double precision" => {
            let largest = "1.7976931348623157e308";
            edges(&["1", largest, "0", "-1.5", "3.25", "1e10", "NaN", "2"], number, |n| n.to_string())
        }
        "money" => edges(&["1.00", "0", "-1.50"], number, |n| n.to_string()),
        "boolean" => one_of(&["true", "false"], number),
        "text" | "character varying" | "citext" | "name" => string(limit, number),
        "character" => string(Some(limit.unwrap_or(1)), number),
        "char" => string(Some(1), number),
        "uuid" => format!("00000000-0000-4000-8000-{number:012}"),
        "json" | "jsonb" => edges(&["{}", "{\"a\": 1}", "[]", "[1, \"b\", null]", "\"text\"", "1"], number, |n| {
            format!("{{\"number\": {n}}}")
        }),
        "bytea" => edges(&["\\x00ff", "\\x"], number, |n| format!("\\x{n:08x}")),
        "date" => edges(DATES, number, day),
        "time without time zone" | "time" => {
            edges(&["00:00:00", "23:59:59.999999"], number, |n| format!("{:02}:{:02}:00", n % 24, n / 24 % 60))
        }
        "time with time zone" => format!("{:02}:{:02}:00+02", number % 24, number / 24 % 60),
        "timestamp without time zone" => edges(TIMESTAMPS, number, |n| format!("{} 01:02:03", day(n))),
        "timestamp with time zone" => {
            let at = TIMESTAMPS
                .get(number)
                .map_or_else(|| format!("{} 01:02:03", day(number + 1000)), |at| (*at).to_owned());
            format!("{at}+00")
        }
        "interval" => edges(&["1 day", "0", "1 mon 2 days 03:04:05", "-1 hour"], number, |n| format!("{n} minutes")),
        "inet" => format!("10.0.{}.{}", number / 256 % 256, number % 256),
        "cidr" => format!("10.{}.{}.0/24", number / 256 % 256, number % 256),
        "macaddr" => format!("08:00:2b:01:{:02x}:{:02x}", number / 256 % 256, number % 256),
        "macaddr8" => format!("08:00:2b:01:02:03:{:02x}:{:02x}", number / 256 % 256, number % 256),
        "bit" => bits(limit.unwrap_or(1), number),
        "bit varying" => bits(limit.unwrap_or(8).min(8), number),
        "xml" => format!("<a n=\"{number}\"/>"),
        "point" => format!("({number},1)"),
        "line" => format!("{{1,2,{number}}}"),
        "lseg" | "box" => format!("(({number},1),(0,0))"),
        "path" | "polygon" => format!("((0,0),(1,1),({number},0))"),
        "circle" => format!("<(0,0),{}>", number + 1),
        "tsvector" | "tsquery" => format!("word{number}"),
        "int4range" | "int8range" | "numrange" => format!("[{},{})", number * 10, number * 10 + 5),
        "daterange" => format!("[{},{})", day(number * 2), day(number * 2 + 1)),
        "tsrange" => format!("[{} 00:00,{} 00:00)", day(number * 2), day(number * 2 + 1)),
        "tstzrange" => format!("[{} 00:00+00,{} 00:00+00)", day(number * 2), day(number * 2 + 1)),
        "int4multirange" | "int8multirange" | "nummultirange" => format!("{{[{},{})}}", number * 10, number * 10 + 5),
        "datemultirange" => format!("{{[{},{})}}", day(number * 2), day(number * 2 + 1)),
        "tsmultirange" => format!("{{[{} 00:00,{} 00:00)}}", day(number * 2), day(number * 2 + 1)),
        "tstzmultirange" => format!("{{[{} 00:00+00,{} 00:00+00)}}", day(number * 2), day(number * 2 + 1)),
        "hstore" => format!("key=>{number}"),
        "ltree" | "lquery" | "ltxtquery" => format!("top.l{number}"),
        "oid" | "xid" | "cid" => (number + 1).to_string(),
        "regclass" => "pg_class".to_owned(),
        "regtype" => "integer".to_owned(),
        "pg_lsn" => format!("0/{:X}", number + 1),
        _ => unknown(number),
    }
}

/// Texts that one or the other type may take: the trial tells.
fn unknown(number: usize) -> String {
    one_of(&["1", "a", "[1,2)", "{}", "(1,2)", "[1,2,3]", "2024-01-01", "(1,a)"], number)
}

fn edges(edges: &[&str], number: usize, beyond: impl Fn(usize) -> String) -> String {
    // Beyond the edges, counted from where no edge lies.
    edges.get(number).map_or_else(|| beyond(number + 1000), |text| (*text).to_owned())
}

fn numeric(modifiers: &[usize], number: usize) -> String {
    let scale = modifiers.get(1).copied().unwrap_or(if modifiers.is_empty() { 2 } else { 0 });
    let whole = modifiers.first().map_or(9, |precision| precision.saturating_sub(scale));
    let largest = 10_usize.saturating_pow(u32::try_from(whole.min(15)).unwrap_or(15)).saturating_sub(1);
    let digits = match number {
        0 => 1.min(largest),
        1 => largest,
        2 => 0,
        3 => largest,
        n => n % (largest + 1),
    };
    let sign = if number == 1 { "-" } else { "" };
    if scale == 0 { format!("{sign}{digits}") } else { format!("{sign}{digits}.{}", number % 10) }
}

fn string(limit: Option<usize>, number: usize) -> String {
    const KNOWN: &[&str] = &[
        "a",
        "",
        "żółw ☃ 𝄞",
        "it's \"quoted\" \\ and\nbroken",
        "b",
        "someone@example.com",
        "https://example.com/a?b=c",
        "12345",
        "A",
        "{}",
        "2024-01-01",
        "true",
    ];
    let mut fitting: Vec<&str> =
        KNOWN.iter().copied().filter(|text| limit.is_none_or(|limit| text.chars().count() <= limit)).collect();
    // Of characters that take four bytes: a limit counts characters.
    let longest = "𝄞".repeat(limit.unwrap_or(500).min(LONGEST));
    fitting.insert(fitting.len().min(1), &longest);
    match fitting.get(number) {
        Some(text) => (*text).to_owned(),
        None => numbered(limit, number),
    }
}

/// `v17`; where that is too long, the letters by number.
fn numbered(limit: Option<usize>, number: usize) -> String {
    let text = format!("v{number}");
    if limit.is_none_or(|limit| text.len() <= limit) {
        return text;
    }
    let mut rest = number;
    let letters = (0..limit.unwrap_or(1)).map(|_| {
        let letter = char::from(b'a' + u8::try_from(rest % 26).unwrap_or_default());
        rest /= 26;
        letter
    });
    letters.collect()
}

fn bits(length: usize, number: usize) -> String {
    (0..length).rev().map(|at| if at < 32 && number >> at & 1 == 1 { '1' } else { '0' }).collect()
}

fn day(number: usize) -> String {
    format!("{}-{:02}-{:02}", 2001 + number / 336 % 7000, number / 28 % 12 + 1, number % 28 + 1)
}

/// By the affinity of the declared type (SQLite manual, "Datatypes In SQLite", 3.1).
fn sqlite(ty: &SqlType, number: usize) -> String {
    let SqlType::Builtin(text) = ty else { return string(None, number) };
    let upper = text.to_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
    if has(&["INT"]) {
        edges(&["1", "9223372036854775807", "-9223372036854775808", "0", "-1", "42", "2", "3"], number, |n| {
            n.to_string()
        })
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        string(modifiers(text).1.first().copied(), number)
    } else if upper.is_empty() || has(&["BLOB"]) {
        format!("\0blob{number}")
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        edges(&["1.5", "0.25", "-1.5"], number, |n| format!("{n}.5"))
    } else if has(&["BOOL"]) {
        one_of(&["1", "0"], number)
    } else if has(&["DATE", "TIME"]) {
        edges(TIMESTAMPS, number, |n| format!("{} 01:02:03", day(n)))
    } else {
        edges(&["1", "2.5", "0", "-1"], number, |n| n.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_as_many_values_as_there_are_rows() {
        let schema = Schema::empty(Dialect::Postgres);
        for ty in
            ["integer", "bigint", "text", "character varying(5)", "uuid", "date", "numeric(10,2)", "bytea", "inet"]
        {
            let ty = SqlType::builtin(ty);
            let values: std::collections::BTreeSet<String> = (0..40).map(|n| value(&schema, &ty, n)).collect();
            assert_eq!(values.len(), 40, "{ty}");
        }
    }

    #[test]
    fn edges_are_among_the_first_values() {
        let schema = Schema::empty(Dialect::Postgres);
        let first = |ty: &str| (0..8).map(|n| value(&schema, &SqlType::builtin(ty), n)).collect::<Vec<_>>();
        assert!(first("character varying(20)").contains(&"𝄞".repeat(20)) && first("text").contains(&String::new()));
        assert!(
            first("bigint").contains(&i64::MIN.to_string())
                && first("numeric(4,1)").iter().any(|n| n.starts_with("999."))
        );
        assert!(first("date").iter().any(|day| day == "9999-12-31"));
        assert!(first("timestamp with time zone").iter().any(|at| at == "2024-03-31 02:30:00+00"));
    }

    #[test]
    fn texts_keep_to_their_length() {
        let schema = Schema::empty(Dialect::Postgres);
        for number in 0..60 {
            assert!(value(&schema, &SqlType::builtin("character varying(2)"), number).chars().count() <= 2);
        }
    }

    #[test]
    fn arrays_quote_their_elements() {
        let schema = Schema::empty(Dialect::Postgres);
        let ty = SqlType::Array(Box::new(SqlType::builtin("text")));
        assert_eq!(value(&schema, &ty, 3), "{\"żółw ☃ 𝄞\"}");
        assert_eq!(
            value(&schema, &ty, 4),
            r#"{"it's \"quoted\" \\ and
broken"}"#
        );
    }
}
