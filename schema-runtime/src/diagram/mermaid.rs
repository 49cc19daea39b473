//! A picture as Mermaid's `erDiagram`. Its words can't be escaped, so what its lexer or its pages would take for
//! something else is replaced by what looks like it.

use std::fmt::Write as _;

use super::picture::{Content, Entity, Kind, Link, Mark, Picture, Row};
use super::text::printable;

pub(super) fn document(picture: &Picture) -> String {
    let mut text = String::from("erDiagram\n");
    if picture.entities.is_empty() {
        text += "    %% no tables\n";
    }
    for what in &picture.left_out {
        let _ = writeln!(text, "    %% not drawn: {what}");
    }
    picture.entities.iter().enumerate().for_each(|(at, it)| entity(&mut text, at, it));
    picture.links.iter().for_each(|it| link(&mut text, it));
    text
}

/// Boxes go by number, and are called by name: names may be the same, or words of the language.
fn entity(text: &mut String, at: usize, entity: &Entity) {
    let sign = signed(entity.mark);
    let kind = if entity.kind == Kind::Enum { " (enum)" } else { "" };
    let _ = writeln!(text, "    t{at}[\"{sign}{}{kind}\"] {{", quotable(&entity.name.to_string()));
    entity.rows.iter().for_each(|row| self::row(text, row));
    text.push_str("    }\n");
}

fn row(text: &mut String, row: &Row) {
    let sign = row.mark.sign();
    let name = word(&row.name);
    let mut notes = Vec::new();
    if !sign.is_empty() {
        notes.push(sign.to_owned());
    }
    let (ty, keys) = match &row.content {
        Content::Column { ty, is_nullable, keys, .. } => {
            let short = word(ty);
            if short != *ty {
                notes.push(ty.clone());
            }
            if !is_nullable {
                notes.push("NOT NULL".to_owned());
            }
            (short, keys.words().join(", "))
        }
        Content::Text => ("_".to_owned(), String::new()),
    };
    if name != row.name {
        notes.push(row.name.clone());
    }
    let _ = write!(text, "        {ty} {name}");
    if !keys.is_empty() {
        let _ = write!(text, " {keys}");
    }
    if !notes.is_empty() {
        let _ = write!(text, " \"{}\"", quotable(&notes.join(" ")));
    }
    text.push('\n');
}

fn link(text: &mut String, link: &Link) {
    let parent = if link.is_optional { "|o" } else { "||" };
    let child = if link.is_single { "o|" } else { "o{" };
    let line = if link.mark == Mark::Removed { ".." } else { "--" };
    let (from, to) = (link.parent.entity, link.child.entity);
    let label = format!("{}{}", signed(link.mark), quotable(&link.name));
    let _ = writeln!(text, "    t{from} {parent}{line}{child} t{to} : \"{label}\"");
}

fn signed(mark: Mark) -> String {
    match mark {
        Mark::Same => String::new(),
        _ => format!("{} ", mark.sign()),
    }
}

/// What may stand in quotes: nothing that ends them, nothing that Mermaid reads as a directive, an entity or a tag.
fn quotable(text: &str) -> String {
    let wide = |c: char| match c {
        // The full-width forms of ASCII.
        '"' | '#' | '%' | '&' | ';' | '<' | '>' | '\\' | '`' | '{' | '}' | '[' | ']' => {
            char::from_u32(u32::from(c) + 0xFEE0).unwrap_or('_')
        }
        other => other,
    };
    let text: String = printable(text).chars().map(wide).collect();
    if text.trim().is_empty() { "_".to_owned() } else { text }
}

/// What may stand without quotes, as a type or the name of a column.
fn word(text: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '(' | ')' | '[' | ']');
    let mut word: String = text.chars().map(|c| if fits(c) || is_letter(c) { c } else { '_' }).collect();
    let starts_well = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || is_letter(c));
    if !starts_well {
        word.insert(0, '_');
    }
    // These are kinds of keys, whatever stands around them.
    if ["PK", "FK", "UK"].iter().any(|key| word.split(['(', ')', '[', ']']).any(|part| part == *key)) {
        word.insert(0, '_');
        word = word.replace(['(', ')', '[', ']'], "_");
    }
    word
}

/// Letters beyond ASCII that Mermaid takes.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && ('\u{C0}'..'\u{FF00}').contains(&c)
}
