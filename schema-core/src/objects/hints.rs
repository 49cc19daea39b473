//! Comments of MariaDB and MySQL that the server runs: `/*!40101 SET NAMES utf8 */`.

use std::borrow::Cow;

/// The text with blanks where such comments open and close, so that what they hold stands where it stood. What is for
/// other versions of the server is taken for what runs.
pub(super) fn opened(text: &str) -> Cow<'_, str> {
    if !text.contains("/*!") && !text.contains("/*M!") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_open = false;
    while let Some(first) = rest.chars().next() {
        let (taken, is_mark) = match opening(rest) {
            Some(length) => (length, true),
            None if is_open && rest.starts_with("*/") => (2, true),
            None => (skipped(rest).unwrap_or(first.len_utf8()), false),
        };
        let (part, after) = rest.split_at(taken);
        if is_mark {
            is_open = !part.ends_with('/');
            out.extend(part.chars().map(|_| ' '));
        } else {
            out.push_str(part);
        }
        rest = after;
    }
    Cow::Owned(out)
}

/// Bytes of `/*!40101`, or of MariaDB's `/*M!100500`.
fn opening(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("/*!").or_else(|| text.strip_prefix("/*M!"))?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some(text.len() - rest.len() + digits)
}

/// Bytes of a quoted text or a comment, in which nothing opens.
fn skipped(text: &str) -> Option<usize> {
    let until = |start: usize, end: &str| {
        let found = text.get(start..)?.find(end);
        Some(found.map_or(text.len(), |at| start + at + end.len()))
    };
    match text.as_bytes() {
        [b'/', b'*', ..] => until(2, "*/"),
        [b'#', ..] | [b'-', b'-', b' ' | b'\t', ..] => until(1, "\n"),
        [quote @ (b'\'' | b'"' | b'`'), rest @ ..] => {
            let mut escaped = false;
            let closes = |byte: &u8| {
                let is_end = byte == quote && !escaped;
                escaped = *byte == b'\\' && !escaped && *quote != b'`';
                is_end
            };
            Some(rest.iter().position(closes).map_or(text.len(), |at| at + 2))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_stays_in_its_place() {
        assert_eq!(opened("/*!40101 SET a = 1 */; x"), "         SET a = 1   ; x");
        assert_eq!(opened("a /*M!100401 b */ c"), "a            b    c");
        assert_eq!(opened("CREATE é /*!x*/"), "CREATE é    x  ");
    }

    #[test]
    fn other_comments_and_texts_stay() {
        for text in ["SELECT '/*! it\\'s */' /*!*/", "/* /*! */ a /*!*/", "-- /*! \n/*!*/", "`/*!`/*!*/", "2*/*!*/3"] {
            let kept = text.replace("/*!*/", "     ");
            assert_eq!(opened(text), kept, "{text}");
        }
    }
}
