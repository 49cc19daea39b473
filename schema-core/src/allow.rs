//! `-- schema: allow(H35, reason = "..")`: what the author of a file or query knows and means.

/// What such a comment starts with, behind its dashes or slashes.
const START: &str = "schema:";

/// What can be allowed somewhere.
pub(crate) struct Language {
    /// The code as it is listed.
    pub(crate) find: fn(&str) -> Option<&'static str>,
    /// What a code is one of: `hazard`.
    pub(crate) of: &'static str,
    /// Where the codes are listed.
    pub(crate) listed: &'static str,
    /// What a comment looks like.
    pub(crate) form: &'static str,
}

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Allow {
    /// Line and column, from 1.
    pub(crate) place: (usize, usize),
    /// Codes, or what is wrong and what to write.
    pub(crate) codes: Result<Vec<&'static str>, (String, String)>,
}

/// What a comment to the end of a line allows; `None` for one about something else.
pub(crate) fn allow(language: &Language, text: &str, place: (usize, usize)) -> Option<Allow> {
    let rest = text.trim().strip_prefix(START)?.trim();
    Some(Allow { place, codes: codes(language, rest) })
}

fn codes(language: &Language, text: &str) -> Result<Vec<&'static str>, (String, String)> {
    let malformed = || (format!("`schema: {text}` can't be read"), language.form.to_owned());
    let inner = text.strip_prefix("allow(").and_then(|rest| rest.strip_suffix(')')).ok_or_else(malformed)?;
    let (listed, reason) = match inner.split_once("reason") {
        Some((listed, rest)) => (listed, Some(reason(rest).ok_or_else(malformed)?)),
        None => (inner, None),
    };
    if reason.is_none_or(|reason| reason.trim().is_empty()) {
        return Err(("an allow needs a reason".to_owned(), language.form.to_owned()));
    }
    let listed = listed.split(',').map(str::trim).filter(|code| !code.is_empty());
    let codes: Vec<&'static str> = listed.map(|text| code(language, text)).collect::<Result<_, _>>()?;
    if codes.is_empty() { Err(malformed()) } else { Ok(codes) }
}

/// `= "text"`
fn reason(text: &str) -> Option<&str> {
    text.trim().strip_prefix('=')?.trim().strip_prefix('"')?.strip_suffix('"')
}

fn code(language: &Language, text: &str) -> Result<&'static str, (String, String)> {
    (language.find)(text).ok_or_else(|| (format!("`{text}` is no code of {}", language.of), language.listed.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGE: Language = Language {
        find: |text| ["H3", "H12", "H35"].into_iter().find(|code| code.eq_ignore_ascii_case(text)),
        of: "a hazard",
        listed: "",
        form: "",
    };

    fn read(text: &str) -> Result<Vec<&'static str>, String> {
        allow(&LANGUAGE, text, (1, 1)).unwrap().codes.map_err(|(message, _)| message)
    }

    #[test]
    fn codes_and_a_reason_are_read_and_what_is_wrong_is_said() {
        assert_eq!(read(r#"schema: allow(H35, reason = "checked (by hand), see #12")"#), Ok(vec!["H35"]));
        assert_eq!(read(r#" schema:allow( h3 ,H12,reason="because") "#), Ok(vec!["H3", "H12"]));
        assert_eq!(allow(&LANGUAGE, "schema of things", (1, 1)), None);
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
