//! PostgreSQL: a `DO` can commit where it is not within a transaction (manual, section 43.8).

use super::{AND, Backfill, COMMENT, SET, UPDATE, WHERE};
use crate::dialect::postgres::guard::do_block;

pub(super) fn block(fill: &Backfill) -> String {
    let Backfill { table, prefix, .. } = fill;
    let declared = |word: &str| {
        let of = |(variable, key): (String, &String)| format!("    {variable} {table}.{key}%TYPE;\n");
        fill.variables(word).into_iter().zip(&fill.key).map(of).collect::<String>()
    };
    let (columns, backwards) = (fill.key_list(), fill.key_backwards());
    let (from, to) = (fill.variables("from").join(", "), fill.variables("to").join(", "));
    do_block(
        "fill",
        &format!(
            "\n{COMMENT}\
             DECLARE\n    {prefix}rows integer := 1000;\n    {prefix}began timestamptz;\n{}{}BEGIN\n    \
             SELECT {columns} INTO {from} FROM {table} ORDER BY {columns} LIMIT 1;\n    \
             WHILE {prefix}from_1 IS NOT NULL LOOP\n        \
             {prefix}began := clock_timestamp();\n        \
             SELECT {columns} INTO {to} FROM {table} WHERE ({columns}) >= ({from})\n            \
             ORDER BY {columns} OFFSET {prefix}rows - 1 LIMIT 1;\n        \
             IF {prefix}to_1 IS NULL THEN\n            \
             SELECT {columns} INTO {to} FROM {table} ORDER BY {backwards} LIMIT 1;\n        END IF;{UPDATE}{table}{SET}{}{WHERE}{}{AND}({columns}) >= ({from}) AND ({columns}) <= ({to});\n        COMMIT;\n        \
             {prefix}rows := greatest(100, least(2.0 * {prefix}rows, 100000,\n            \
             0.03 * {prefix}rows / greatest(extract(epoch FROM clock_timestamp() - {prefix}began), 0.001)));\n        \
             SELECT {columns} INTO {from} FROM {table} WHERE ({columns}) > ({to}) ORDER BY {columns} LIMIT 1;\n    \
             END LOOP;\nEND\n",
            declared("from"),
            declared("to"),
            fill.assignment(),
            fill.filter(),
        ),
    )
}
