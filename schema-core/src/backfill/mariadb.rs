//! MariaDB: a compound statement outside a routine can commit (Knowledge Base, "BEGIN END").

use super::{AND, Backfill, COMMENT, SET, UPDATE, WHERE};

/// A comparison of rows, spelled out: an index serves it so, and not the comparison itself.
pub(super) fn compared(key: &[String], sign: &str, values: &[String]) -> String {
    let pairs: Vec<(&String, &String)> = key.iter().zip(values).collect();
    let strict = sign.trim_end_matches('=');
    let alternative = |at: usize| {
        let equal = pairs.iter().take(at).map(|(column, value)| format!("{column} = {value}"));
        let sign = if at + 1 == pairs.len() { sign } else { strict };
        let last = pairs.get(at).map(|(column, value)| format!("{column} {sign} {value}"));
        equal.chain(last).collect::<Vec<_>>().join(" AND ")
    };
    let alternatives: Vec<String> = (0..pairs.len()).map(alternative).collect();
    match (alternatives.as_slice(), pairs.first()) {
        ([only], _) => only.clone(),
        (several, Some((column, value))) => format!("{column} {strict}= {value} AND ({})", several.join(" OR ")),
        (_, None) => "TRUE".to_owned(),
    }
}

pub(super) fn block(fill: &Backfill) -> String {
    let Backfill { table, prefix, .. } = fill;
    let declared = |word: &str| {
        let of = |(variable, key): (String, &String)| format!("    DECLARE {variable} TYPE OF {table}.{key};\n");
        fill.variables(word).into_iter().zip(&fill.key).map(of).collect::<String>()
    };
    let (columns, backwards) = (fill.key_list(), fill.key_backwards());
    let [from, to] = ["from", "to"].map(|word| fill.variables(word));
    let (range, behind) = (format!("{} AND {}", fill.behind(&from, true), fill.up_to(&to)), fill.behind(&to, false));
    let starting = fill.behind(&from, true);
    let [from, to] = [from, to].map(|variables| variables.join(", "));
    // An INTO without a row leaves its variables as they are.
    format!(
        "BEGIN NOT ATOMIC\n{COMMENT}    \
         DECLARE {prefix}rows INT DEFAULT 1000;\n    DECLARE {prefix}before INT;\n    DECLARE {prefix}began DATETIME(6);\n{}{}    \
         DECLARE CONTINUE HANDLER FOR NOT FOUND BEGIN END;\n    \
         SELECT {columns} INTO {from} FROM {table} ORDER BY {columns} LIMIT 1;\n    \
         WHILE {prefix}from_1 IS NOT NULL DO\n        \
         SET {prefix}began = SYSDATE(6), {prefix}before = {prefix}rows - 1, {prefix}to_1 = NULL;\n        \
         SELECT {columns} INTO {to} FROM {table} WHERE {starting}\n            \
         ORDER BY {columns} LIMIT {prefix}before, 1;\n        \
         IF {prefix}to_1 IS NULL THEN\n            \
         SELECT {columns} INTO {to} FROM {table} ORDER BY {backwards} LIMIT 1;\n        END IF;{UPDATE}{table}{SET}{}{WHERE}{}{AND}{range};\n        COMMIT;\n        \
         SET {prefix}rows = GREATEST(100, LEAST(2 * {prefix}rows, 100000,\n            \
         30000 * {prefix}rows / GREATEST(TIMESTAMPDIFF(MICROSECOND, {prefix}began, SYSDATE(6)), 1000)));\n        \
         SET {prefix}from_1 = NULL;\n        \
         SELECT {columns} INTO {from} FROM {table} WHERE {behind} ORDER BY {columns} LIMIT 1;\n    \
         END WHILE;\nEND",
        declared("from"),
        declared("to"),
        fill.assignment(),
        fill.filter(),
    )
}
