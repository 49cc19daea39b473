//! Rust source text: literals and attribute lists.

/// Longest line of an attribute.
const WIDTH: usize = 100;

/// A string literal that reads as the text does.
pub(super) fn literal(text: &str) -> String {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return format!("{text:?}");
    }
    if !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
}

/// `name = "value"`.
pub(super) fn pair(name: &str, value: &str) -> String {
    format!("{name} = {}", literal(value))
}

/// `name(a, b)`, or `name` alone when there is nothing to list.
pub(super) fn call(name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() { name.to_owned() } else { format!("{name}({})", arguments.join(", ")) }
}

/// `#[name(a, b)]` on a line of its own, or on several when it is long; nothing for an empty list.
pub(super) fn list(name: &str, entries: &[impl AsRef<str>], indent: &str) -> String {
    if entries.is_empty() {
        return String::new();
    }
    let entries: Vec<&str> = entries.iter().map(AsRef::as_ref).collect();
    let line = format!("{indent}#[{name}({})]\n", entries.join(", "));
    if line.chars().count() <= WIDTH && !line.trim_end().contains('\n') {
        return line;
    }
    let lines: String = entries.iter().map(|entry| format!("{indent}    {entry},\n")).collect();
    format!("{indent}#[{name}(\n{lines}{indent})]\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_reads_back_as_its_text() {
        for text in ["plain", "a \"b\"", "c\\d", "\"# and \"## here", "two\nlines", "tab\t\r\0", "имя", ""] {
            let parsed: syn::LitStr = syn::parse_str(&literal(text)).unwrap();
            assert_eq!(parsed.value(), text);
        }
    }

    #[test]
    fn a_long_list_has_an_entry_a_line() {
        assert_eq!(list("table", &["a", "b"], "    "), "    #[table(a, b)]\n");
        let long = "x".repeat(60);
        assert_eq!(list("table", &[&long, &long], ""), format!("#[table(\n    {long},\n    {long},\n)]\n"));
        assert_eq!(list("table", &[] as &[&str], ""), "");
    }
}
