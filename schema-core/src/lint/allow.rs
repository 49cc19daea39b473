//! `-- schema: allow(H35, reason = "..")`: what the author of a file knows and means.

use crate::hazard;

/// What such a comment starts with, behind its dashes.
const START: &str = "schema:";

const FORM: &str = "write `-- schema: allow(H12, reason = \"why it is safe here\")`";

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Allow {
    /// Line and column, from 1.
    pub(super) place: (usize, usize),
    /// Codes of hazards, or what is wrong and what to write.
    pub(super) codes: Result<Vec<&'static str>, (String, String)>,
}

/// What a comment to the end of a line allows; `None` for one about something else.
pub(super) fn allow(text: &str, place: (usize, usize)) -> Option<Allow> {
    let rest = text.trim().strip_prefix(START)?.trim();
    Some(Allow { place, codes: codes(rest) })
}

fn codes(text: &str) -> Result<Vec<&'static str>, (String, String)> {
    let malformed = || (format!("`schema: {text}` can't be read"), FORM.to_owned());
    let inner = text.strip_prefix("allow(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(malformed)?;
    let (listed, reason) = match inner.split_once("reason") {
        Some((listed, rest)) => (listed, Some(reason(rest).ok_or_else(malformed)?)),
        None => (inner, None),
    };
    if reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(("an allow needs a reason".to_owned(), FORM.to_owned()));
    }
    let listed = listed.split(',').map(str::trim).filter(|code| !code.is_empty());
    let codes: Vec<&'static str> = listed.map(code).collect::<Result<_, _>>()?;
    if codes.is_empty() { Err(malformed()) } else { Ok(codes) }
}

/// `= "text"`
fn reason(text: &str) -> Option<&str> {
    text.trim().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
}

fn code(text: &str) -> Result<&'static str, (String, String)> {
    let found = hazard::all().find(|hazard| hazard.code.eq_ignore_ascii_case(text));
    found.map(|hazard| hazard.code).ok_or_else(|| {
        (format!("`{text}` is no code of a hazard"), "`cargo schema explain` lists them: `H1` to `H71`".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<&'static str>, String> {
        allow(text, (1, 1)).unwrap().codes.map_err(|(message, _)| message)
    }

    #[test]
    fn codes_and_a_reason_are_read_and_what_is_wrong_is_said() {
        assert_eq!(read(r#"schema: allow(H35, reason = "checked (by hand), see #12")"#), Ok(vec!["H35"]));
        assert_eq!(read(r#" schema:allow( h3 ,H12,reason="because") "#), Ok(vec!["H3", "H12"]));
        assert_eq!(allow("schema of things", (1, 1)), None);
        for (text, message) in [
            ("schema: allow(H35)", "an allow needs a reason"),
            (r#"schema: allow(H35, reason = " ")"#, "an allow needs a reason"),
            (r#"schema: allow(H99, reason = "x")"#, "`H99` is no code of a hazard"),
            (r#"schema: allow(reason = "x")"#, "`schema: allow(reason = \"x\")` can't be read"),
            ("schema: allow H35", "`schema: allow H35` can't be read"),
            ("schema: allow(H35, reason = x)", "`schema: allow(H35, reason = x)` can't be read"),
        ] {
            assert_eq!(read(text), Err(message.to_owned()));
        }
    }
}
