//! Sequences as PostgreSQL's SQL, and the value they go on with.

use super::guard;
use crate::dialect::{literal, qualified, quote};
use crate::ir::{Column, ObjectName, Sequence, SequenceOptions};

/// CREATE SEQUENCE, without its owner, which may not exist yet.
pub(super) fn create(sequence: &Sequence) -> String {
    let ty = sequence.ty.iter().map(|ty| format!("AS {ty}"));
    let words: Vec<String> = ty.chain(stated(&sequence.options)).collect();
    format!("CREATE SEQUENCE {} {}", qualified(&sequence.name), words.join(" ")).trim_end().to_owned()
}

/// CREATE SEQUENCE with its comment.
pub(super) fn whole(sequence: &Sequence) -> Vec<String> {
    let comment = sequence.comment.as_deref().map(|text| comment_on(&sequence.name, Some(text)));
    std::iter::once(create(sequence)).chain(comment).collect()
}

pub(super) fn comment_on(name: &ObjectName, text: Option<&str>) -> String {
    let text = text.map_or_else(|| "NULL".to_owned(), literal);
    format!("COMMENT ON SEQUENCE {} IS {text}", qualified(name))
}

/// `ALTER SEQUENCE .. OWNED BY`; what is owned goes with its column.
pub(super) fn owned_by(name: &ObjectName, owner: Option<&(ObjectName, String)>) -> String {
    let owner =
        owner.map_or_else(|| "NONE".to_owned(), |(table, column)| format!("{}.{}", qualified(table), quote(column)));
    format!("ALTER SEQUENCE {} OWNED BY {owner}", qualified(name))
}

/// ` (START WITH 10)` behind AS IDENTITY; nothing where every option is the default.
pub(super) fn in_parentheses(options: &SequenceOptions) -> String {
    if options.is_default() { String::new() } else { format!(" ({})", stated(options).join(" ")) }
}

fn stated(options: &SequenceOptions) -> Vec<String> {
    let number = |word: &str, value: Option<i64>| value.map(|value| format!("{word} {value}"));
    let numbers = [
        number("INCREMENT BY", options.increment),
        number("MINVALUE", options.min),
        number("MAXVALUE", options.max),
        number("START WITH", options.start),
        number("CACHE", options.cache),
    ];
    numbers.into_iter().flatten().chain(options.cycle.then(|| "CYCLE".to_owned())).collect()
}

/// `ALTER SEQUENCE` from one set of options to another: its value stays. `None` when they are the same.
pub(super) fn alter(from: &Sequence, to: &Sequence) -> Option<String> {
    let ty = (from.ty != to.ty).then(|| format!("AS {}", to.ty.as_deref().unwrap_or("bigint")));
    let words: Vec<String> = ty.iter().cloned().chain(changed(&from.options, &to.options, ty.is_some())).collect();
    (!words.is_empty()).then(|| {
        let alter = |words: &[String]| format!("ALTER SEQUENCE {} {}", qualified(&to.name), words.join(" "));
        within_bounds(&literal(&qualified(&to.name)), (&from.options, &to.options), &words, alter)
    })
}

/// A change of options. PostgreSQL refuses bounds that the value lies outside of (manual, ALTER SEQUENCE); a value that
/// lies before them has nothing to count on from, so the sequence starts anew. One that lies behind them stays refused:
/// its numbers are given out. `sequence` is an expression.
pub(super) fn within_bounds(
    sequence: &str,
    (from, to): (&SequenceOptions, &SequenceOptions),
    words: &[String],
    alter: impl Fn(&[String]) -> String,
) -> String {
    let lowest = |options: &SequenceOptions| options.min.unwrap_or(1);
    let highest = |options: &SequenceOptions| options.max.unwrap_or(-1);
    let (before, bound, is_narrower) = match (is_descending(from), is_descending(to)) {
        (false, false) => ("<", lowest(to), lowest(to) > lowest(from)),
        (true, true) => (">", highest(to), highest(to) < highest(from)),
        _ => return alter(words),
    };
    if !is_narrower {
        return alter(words);
    }
    let restarted: Vec<String> = words.iter().cloned().chain([format!("RESTART WITH {}", start(to))]).collect();
    guard::do_block(
        "check",
        &format!(
            "\nDECLARE\n    reached bigint;\nBEGIN\n    EXECUTE 'SELECT last_value FROM ' || {sequence} INTO reached;\n    \
         IF reached {before} {bound} THEN\n        {};\n    ELSE\n        {};\n    END IF;\nEND\n",
            alter(&restarted),
            alter(words)
        ),
    )
}

/// The options to be stated for a change. Bounds that are defaults depend on the type and the direction.
pub(super) fn changed(from: &SequenceOptions, to: &SequenceOptions, is_retyped: bool) -> Vec<String> {
    let mut words = Vec::new();
    let turned = is_retyped || is_descending(from) != is_descending(to);
    let bound =
        |word: &str, value: Option<i64>| value.map_or_else(|| format!("NO {word}"), |value| format!("{word} {value}"));
    if from.increment != to.increment {
        words.push(format!("INCREMENT BY {}", to.increment.unwrap_or(1)));
    }
    if turned || from.min != to.min {
        words.push(bound("MINVALUE", to.min));
    }
    if turned || from.max != to.max {
        words.push(bound("MAXVALUE", to.max));
    }
    if start(from) != start(to) {
        words.push(format!("START WITH {}", start(to)));
    }
    if from.cache != to.cache {
        words.push(format!("CACHE {}", to.cache.unwrap_or(1)));
    }
    if from.cycle != to.cycle {
        words.push(if to.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    words
}

fn is_descending(options: &SequenceOptions) -> bool {
    options.increment.is_some_and(|step| step < 0)
}

/// The first value.
pub(super) fn start(options: &SequenceOptions) -> i64 {
    let bound = if is_descending(options) { options.max.unwrap_or(-1) } else { options.min.unwrap_or(1) };
    options.start.unwrap_or(bound)
}

/// Where a sequence's value is read from, beside the rows.
pub(super) enum Counter<'a> {
    /// A sequence by its name.
    Named(&'a ObjectName, &'a SequenceOptions),
    /// The sequence of a table's identity column. Nothing but `nextval` tells its next value where its name is not known,
    /// and it goes anyway. One that is at its start has given nothing.
    Identity(&'a ObjectName, &'a Column),
}

/// `SELECT setval(..)`: the sequence goes on after the rows' values, and after what another counter has reached
/// (BUGS.md B17). `sequence` is an expression.
pub(super) fn go_on(
    sequence: &str,
    (table, column): (&ObjectName, &str),
    options: &SequenceOptions,
    counter: Option<Counter<'_>>,
) -> String {
    let (most, extreme, reaches) =
        if is_descending(options) { ("LEAST", "min", "<=") } else { ("GREATEST", "max", ">=") };
    let step = options.increment.unwrap_or(1);
    let mut values = vec![format!("{extreme}({}) + {step}", quote(column)), start(options).to_string()];
    values.extend(counter.map(|counter| match counter {
        Counter::Named(name, options) => format!(
            "(SELECT CASE WHEN is_called THEN last_value + {} ELSE last_value END FROM {})",
            options.increment.unwrap_or(1),
            qualified(name)
        ),
        Counter::Identity(table, column) => {
            let first = start(&column.identity_options);
            format!("nullif(nextval({}), {first})", of_column(table, &column.name))
        }
    }));
    // Behind the last number there is no next one to set.
    let last = format!("(SELECT seq{extreme} FROM pg_catalog.pg_sequence WHERE seqrelid = {sequence}::regclass)");
    format!(
        "SELECT CASE WHEN {extreme}({column}) {reaches} {last} THEN setval({sequence}, {last}, true) \
         ELSE setval({sequence}, {most}({}), false) END FROM {}",
        values.join(", "),
        qualified(table),
        column = quote(column)
    )
}

/// The sequence that a column owns, as an expression.
pub(super) fn of_column(table: &ObjectName, column: &str) -> String {
    format!("pg_get_serial_sequence({}, {})", literal(&qualified(table)), literal(column))
}
