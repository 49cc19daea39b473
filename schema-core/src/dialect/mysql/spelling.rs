//! Names and texts in statements.

/// An identifier in backticks, which hold whether ANSI_QUOTES is on or off.
pub(crate) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Quoted names, separated by commas.
pub(crate) fn quoted_list(names: &[impl AsRef<str>]) -> String {
    names.iter().map(|name| quote(name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A string literal that is the same text whether NO_BACKSLASH_ESCAPES is on or off.
pub(crate) fn literal(text: &str) -> String {
    if !text.contains('\\') {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let bytes: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
    format!("_utf8mb4 X'{bytes}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_mean_the_same_in_every_sql_mode() {
        assert_eq!(quote("a`b\"c"), "`a``b\"c`");
        assert_eq!(literal("it's\n"), "'it''s\n'");
        assert_eq!(literal(r"C:\é"), r"_utf8mb4 X'433A5CC3A9'");
    }
}
