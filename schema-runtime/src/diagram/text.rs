//! Text in boxes: how wide it is, how it is cut, and how it is escaped.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Pixels that one cell of a fixed-width font takes at 12 px. None of the fonts that are asked for is wider.
pub(super) const CELL: f64 = 7.3;

/// Columns of a terminal that the text takes.
pub(super) fn cells(text: &str) -> usize {
    text.width()
}

/// The text, cut to so many cells; the last one is then an ellipsis.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if cells(text) <= limit {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut room = limit.saturating_sub(1);
    for character in text.chars() {
        let width = character.width().unwrap_or(0);
        if width > room {
            break;
        }
        room -= width;
        cut.push(character);
    }
    cut + "\u{2026}"
}

/// The text without what can't be seen or would turn the direction of the line, line breaks among it.
pub(super) fn printable(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars().map(|c| if is_hidden(c) { '\u{FFFD}' } else { c }).collect()
}

/// The text as XML and HTML want it, between tags and within quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A length in pixels, to a tenth: the same text on every machine.
pub(super) fn px(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    let mut text = String::new();
    let _ = write!(text, "{}", if rounded == 0.0 { 0.0 } else { rounded });
    text
}
