//! Text that GitHub shows as it is: names, SQL and messages, in which everything may stand that means something there.

/// A span of code.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A backtick at an end would join the fence; blanks there are taken off again.
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.is_empty() { String::new() } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

/// Text within a line. What stands between backticks stays code.
pub(super) fn inline(text: &str) -> String {
    let text = one_line(text);
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return plain(&text);
    }
    let piece = |(at, piece): (usize, &&str)| match (at % 2, piece.is_empty()) {
        (1, false) => code(piece),
        (1, true) => "\\`\\`".to_owned(),
        _ => plain(piece),
    };
    pieces.iter().enumerate().map(piece).collect()
}

/// What [`code`] and [`inline`] made, within a cell of a table: a bar would end it, in code too.
pub(super) fn cell(markdown: &str) -> String {
    markdown.replace('|', "\\|")
}

fn plain(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    for (at, c) in characters.iter().enumerate() {
        let next = characters.get(at + 1).copied().unwrap_or(' ');
        let before = if at == 0 { ' ' } else { characters.get(at - 1).copied().unwrap_or(' ') };
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Neither calls somebody nor points to an issue.
            '@' | '#' if next.is_alphanumeric() => out.extend([*c].into_iter().chain("<!-- -->".chars())),
            '_' if before.is_alphanumeric() && next.is_alphanumeric() => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => out.extend(['\\', *c]),
            '-' | '+' | '#' | '=' if at == 0 => out.extend(['\\', *c]),
            _ => out.push(*c),
        }
    }
    out
}

/// At most that many characters.
pub(super) fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some(_) => text.chars().take(length.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_fenced_whatever_it_holds() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\n  b"), "`a b`");
        assert_eq!(code(" "), "");
    }

    #[test]
    fn text_means_nothing_but_itself() {
        assert_eq!(
            inline("a *b* _c_ d_e <b> & #12 @me $x$ [l](u)"),
            "a \\*b\\* \\_c\\_ d_e &lt;b&gt; &amp; #<!-- -->12 @<!-- -->me \\$x\\$ \\[l\\](u)"
        );
        assert_eq!(inline("column `a_b*` is"), "column `a_b*` is");
        assert_eq!(inline("an odd ` stays"), "an odd \\` stays");
        assert_eq!(inline("- no list"), "\\- no list");
    }

    #[test]
    fn a_bar_ends_no_cell() {
        assert_eq!(cell(&code("a || b")), "`a \\|\\| b`");
        assert_eq!(cell(&inline("a | `b|c`")), "a \\| `b\\|c`");
        assert_eq!(cell(&code("a\\|b")), "`a\\\\|b`");
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!((cut("äöü", 3), cut("äöüß", 3)), ("äöü".to_owned(), "äö…".to_owned()));
    }
}
