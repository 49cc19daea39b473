//! Mermaid's text, held against the rules of its lexer (erDiagram.jison).

use schema_core::diff::{Renames, diff};
use schema_core::ir::{Dialect, Schema};
use schema_runtime::diagram::{Diagram, Format};

use crate::schemas::{example, hostile, large};

fn drawn(schema: &Schema) -> String {
    Diagram::of(schema, "models").draw(Format::Mermaid)
}

#[test]
fn an_example_reads_as_one_would_write_it() {
    let text = drawn(&example("quickstart", Dialect::Sqlite));
    assert!(text.starts_with("erDiagram\n    t0[\"loan\"] {\n        INTEGER id PK \"NOT NULL\"\n"), "{text}");
    assert!(text.contains("        INTEGER germination\n"), "{text}");
    assert!(text.contains("    t1 ||--o{ t0 : \"loan_lot_id_fkey\"\n"), "{text}");
    assert!(text.contains("    t4[\"lot_state (enum)\"] {\n        _ fresh\n"), "{text}");
}

/// A line of a block, an opening, an end, a link or a comment; nothing else.
fn assert_accepted(text: &str) {
    let is_word = |word: &str| {
        let rest = |c: char| c.is_ascii_alphanumeric() || "-_[]()".contains(c) || c >= '\u{C0}';
        let first = |c: char| c.is_ascii_alphabetic() || c == '_' || c >= '\u{C0}';
        word.starts_with(first) && word.chars().all(rest)
    };
    let is_quoted = |text: &str| {
        let inner = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        inner.is_some_and(|it| !it.is_empty() && !it.contains(['"', '%', '\\', '#', ';', '<', '{', '}']))
    };
    let is_number = |text: &str| text.strip_prefix('t').is_some_and(|it| it.parse::<usize>().is_ok());
    for line in text.lines().skip(1) {
        let accepted = if let Some(row) = line.strip_prefix("        ") {
            let (row, note) = row.split_once(" \"").map_or((row, None), |(row, note)| (row, Some(format!("\"{note}"))));
            let (words, keys) = row.split_at(row.match_indices(' ').nth(1).map_or(row.len(), |(at, _)| at));
            let words: Vec<&str> = words.split(' ').collect();
            let is_key = |key: &str| ["PK", "FK", "UK"].contains(&key.trim());
            words.len() == 2
                && words.iter().all(|word| is_word(word) && !is_key(word))
                && (keys.is_empty() || keys.split(',').all(is_key))
                && note.is_none_or(|note| is_quoted(&note))
        } else if let Some(open) = line.trim().strip_suffix("] {") {
            open.split_once('[').is_some_and(|(id, name)| is_number(id) && is_quoted(name))
        } else if let Some((ends, label)) = line.trim().split_once(" : ") {
            let ends: Vec<&str> = ends.split(' ').collect();
            ends.len() == 3 && is_number(ends[0]) && is_number(ends[2]) && is_quoted(label)
        } else {
            line == "    }" || line.starts_with("    %% ")
        };
        assert!(accepted, "{line:?}");
    }
}

#[test]
fn no_name_breaks_the_text() {
    assert_accepted(&drawn(&hostile()));
    assert_accepted(&drawn(&large(40)));
    assert_eq!(drawn(&Schema::empty(Dialect::Sqlite)), "erDiagram\n    %% no tables\n");
}

#[test]
fn a_difference_is_told_by_signs() {
    let (from, to) = (large(9), large(10));
    let text = Diagram::between(&to, &diff(&from, &to, &Renames::default()), "x").draw(Format::Mermaid);
    assert_accepted(&text);
    assert!(text.contains("[\"+ part_1.table_0009\"]") && text.contains("\"+ NOT NULL\""), "{text}");
    assert!(text.contains("%% not drawn: 8 unchanged tables"), "{text}");
}
