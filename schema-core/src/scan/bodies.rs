//! Source text without the bodies of functions, `impl` blocks, traits and `macro_rules!`.
//!
//! The scan looks into none of them, and they are most of a program: to leave them out before parsing takes a fraction of
//! the time that parsing them does. Tokens are told apart as the reference says ("Comments", "Literal expressions", "Tokens").

use std::borrow::Cow;

/// A text without any of them has no such body; to search it takes next to nothing.
const BODIED: [&str; 4] = ["fn", "impl", "trait", "macro_rules"];

/// The text with nothing between the braces of such bodies. What is left stands in the lines and columns where it stood. A
/// text that doesn't end as it should is left as it is, for the parser to report.
pub(super) fn without_bodies(text: &str) -> Cow<'_, str> {
    if !BODIED.iter().any(|word| text.contains(word)) {
        return Cow::Borrowed(text);
    }
    let mut reader = Reader { text, at: 0 };
    let bodies = reader.bodies().filter(|bodies| !bodies.is_empty());
    bodies.map_or(Cow::Borrowed(text), |bodies| Cow::Owned(cut(text, &bodies)))
}

fn cut(text: &str, bodies: &[(usize, usize)]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in bodies {
        kept.push_str(text.get(done..*start).unwrap_or_default());
        let body = text.get(*start..*end).unwrap_or_default();
        let last = body.rfind('\n').map_or(body, |newline| body.get(newline + 1..).unwrap_or_default());
        kept.extend(std::iter::repeat_n('\n', body.matches('\n').count()));
        kept.extend(std::iter::repeat_n(' ', last.chars().count()));
        done = *end;
    }
    kept.push_str(text.get(done..).unwrap_or_default());
    kept
}

/// What the first words of an item say of its braces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    /// Only words that may stand before any item.
    Open,
    /// What is in them is left out.
    Body,
    /// They hold items.
    Module,
    /// They are kept.
    Kept,
}

impl Head {
    fn then(self, word: &str) -> Self {
        match (self, word) {
            (Self::Open, "pub" | "default" | "const" | "async" | "unsafe" | "safe" | "extern" | "auto") => Self::Open,
            (Self::Open, word) if BODIED.contains(&word) => Self::Body,
            (Self::Open, "mod") => Self::Module,
            (Self::Open, _) => Self::Kept,
            (head, _) => head,
        }
    }
}

enum Token<'a> {
    Word(&'a str),
    Open,
    Brace,
    Close,
    Semicolon,
    /// Punctuation, a literal, a lifetime.
    Other,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// Where each body starts and ends; nothing when brackets, literals or comments are left open.
    fn bodies(&mut self) -> Option<Vec<(usize, usize)>> {
        if self.text.starts_with("#!") && !self.text.starts_with("#![") {
            self.to("\n");
        }
        let (mut bodies, mut modules, mut head) = (Vec::new(), 0_usize, Head::Open);
        while let Some(token) = self.next()? {
            match token {
                Token::Word(word) => head = head.then(word),
                Token::Open => _ = self.group()?,
                Token::Brace if head == Head::Module => (modules, head) = (modules + 1, Head::Open),
                Token::Brace => {
                    let start = self.at;
                    let end = self.group()?;
                    if head == Head::Body {
                        bodies.push((start, end));
                    }
                    head = Head::Open;
                }
                Token::Close => (modules, head) = (modules.checked_sub(1)?, Head::Open),
                Token::Semicolon => head = Head::Open,
                Token::Other => {}
            }
        }
        (modules == 0).then_some(bodies)
    }

    /// Goes behind the group that was opened; where its closing bracket is.
    fn group(&mut self) -> Option<usize> {
        let mut depth = 1;
        loop {
            match self.next()?? {
                Token::Open | Token::Brace => depth += 1,
                Token::Close if depth == 1 => return Some(self.at - 1),
                Token::Close => depth -= 1,
                _ => {}
            }
        }
    }

    /// The next token; the inner `None` at the end, the outer one when something is left open.
    #[allow(clippy::option_option, reason = "the end is no fault")]
    fn next(&mut self) -> Option<Option<Token<'a>>> {
        loop {
            let Some(byte) = self.peek(0) else { return Some(None) };
            let start = self.at;
            self.at += 1;
            let token = match byte {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'/' if self.peek(0) == Some(b'/') => {
                    self.to("\n");
                    continue;
                }
                b'/' if self.peek(0) == Some(b'*') => {
                    self.block_comment()?;
                    continue;
                }
                b'(' | b'[' => Token::Open,
                b'{' => Token::Brace,
                b')' | b']' | b'}' => Token::Close,
                b';' => Token::Semicolon,
                b'"' => self.string()?,
                b'\'' => self.quote()?,
                byte if is_word(byte) => self.word(start)?,
                _ => Token::Other,
            };
            return Some(Some(token));
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    /// Goes behind the next place of a text, or to the end.
    fn to(&mut self, end: &str) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let found = rest.find(end);
        self.at += found.map_or(rest.len(), |found| found + end.len());
        found.is_some()
    }

    fn block_comment(&mut self) -> Option<()> {
        self.at += 1;
        let mut depth = 1;
        while depth > 0 {
            match (self.peek(0)?, self.peek(1)) {
                (b'/', Some(b'*')) => (depth, self.at) = (depth + 1, self.at + 2),
                (b'*', Some(b'/')) => (depth, self.at) = (depth - 1, self.at + 2),
                _ => self.at += 1,
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<Token<'a>> {
        loop {
            let byte = self.peek(0)?;
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return Some(Token::Other);
            }
        }
    }

    /// A character, or a lifetime.
    fn quote(&mut self) -> Option<Token<'a>> {
        let mut characters = self.text.get(self.at..)?.chars();
        match (characters.next()?, characters.next()) {
            ('\\', Some(escaped)) => {
                self.at += 1 + escaped.len_utf8();
                self.to("'").then_some(Token::Other)
            }
            (character, Some('\'')) => {
                self.at += character.len_utf8() + 1;
                Some(Token::Other)
            }
            _ => Some(Token::Other),
        }
    }

    fn word(&mut self, start: usize) -> Option<Token<'a>> {
        while self.peek(0).is_some_and(is_word) {
            self.at += 1;
        }
        let word = self.text.get(start..self.at)?;
        if matches!(word, "r" | "br" | "cr") && matches!(self.peek(0), Some(b'"' | b'#')) {
            return self.raw(word);
        }
        Some(Token::Word(word))
    }

    /// `r"…"`, `r#"…"#`, or `r#word`.
    fn raw(&mut self, word: &'a str) -> Option<Token<'a>> {
        let mut hashes = 0;
        while self.peek(hashes) == Some(b'#') {
            hashes += 1;
        }
        if self.peek(hashes) != Some(b'"') {
            return Some(Token::Word(word));
        }
        self.at += hashes + 1;
        self.to(&format!("\"{}", "#".repeat(hashes))).then_some(Token::Other)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::outline::outline;

    #[test]
    fn bodies_go_and_the_rest_stays_where_it_is() {
        let text = "impl A {\n    fn a() {}\n} struct B;\nfn c() -> [u8; { 3 }] { x } type É = fn();\n";
        assert_eq!(without_bodies(text), "impl A {\n\n} struct B;\nfn c() -> [u8; { 3 }] {   } type É = fn();\n");
        let text = "fn a() { 'é' } struct B;";
        assert_eq!(without_bodies(text), "fn a() {     } struct B;");
    }

    #[test]
    fn what_declares_is_kept_whatever_stands_around_it() {
        for text in [
            "#[derive(Table)]\n#[table(check(\"a > '{'\"))]\npub struct A { pub a: i64 }",
            "pub(crate) enum A { B { c: i64 } }",
            "use a::{b, c};\nconst F: fn() = { f };\nstatic S: T = T { a: 1 };",
            "extern crate a;\nextern \"C\" { fn a(); }\nunion U { a: u8 }",
            "schema! { extension(\"x\") }\nmod a { struct B { c: i64 } mod d; }",
        ] {
            assert_eq!(without_bodies(text), text);
        }
    }

    #[test]
    fn modules_are_entered() {
        let text = "mod a { impl B { x } pub mod c { pub const unsafe extern \"C\" fn d() { x } } struct E { f: G } }";
        let kept = "mod a { impl B {   } pub mod c { pub const unsafe extern \"C\" fn d() {   } } struct E { f: G } }";
        assert_eq!(without_bodies(text), kept);
    }

    #[test]
    fn braces_in_literals_and_comments_are_none() {
        for body in [
            "'}'",
            "'\\''",
            "'\\u{7d}'",
            "b'}'",
            "\"}\"",
            "\"\\\"}\"",
            "r\"}\\\"",
            "r#\"}\"}\"#",
            "br##\"}\"#}\"##",
            "c\"}\"",
            "// }\n",
            "/* } /* } */ } */",
            "loop { 'a: loop { break 'a } }",
            "r#fn()",
            "m!({ [ }",
        ] {
            let text = format!("fn a() {{ {body} }} struct B {{ c: D }}");
            let kept = without_bodies(&text);
            if body == "m!({ [ }" {
                assert_eq!(kept, text, "what is left open is for the parser");
                continue;
            }
            let parsed = syn::parse_file(&kept).unwrap_or_else(|error| panic!("{kept}: {error}"));
            assert_eq!(parsed.items.len(), 2, "{kept}");
            assert!(kept.ends_with("} struct B { c: D }") && !kept.contains("loop") && !kept.contains('"'), "{kept}");
        }
    }

    #[test]
    fn what_ends_too_soon_is_left_to_the_parser() {
        for text in
            ["fn a() {", "fn a() { \"", "fn a() { /*", "fn a() { r#\"\" }", "} fn a() {x}", "mod a { fn b() {x}"]
        {
            assert_eq!(without_bodies(text), text);
        }
    }

    #[test]
    fn a_shebang_is_no_item() {
        assert_eq!(without_bodies("#!/usr/bin/env it's {\nfn a() { x }"), "#!/usr/bin/env it's {\nfn a() {   }");
        assert_eq!(without_bodies("#![doc = \"'\"]\nfn a() { x }"), "#![doc = \"'\"]\nfn a() {   }");
    }

    #[test]
    fn the_outline_of_a_file_is_the_same_without_them() {
        let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut shorter = 0;
        for path in rust_files(&crates.join("schema-core/src")).chain(rust_files(&crates.join("examples"))) {
            let text = std::fs::read_to_string(&path).unwrap();
            let outlined = |text: &str| postcard::to_allocvec(&outline(&syn::parse_file(text).unwrap())).unwrap();
            let kept = without_bodies(&text);
            assert!(outlined(&kept) == outlined(&text), "{}", path.display());
            shorter += usize::from(kept.len() < text.len());
        }
        assert!(shorter > 100, "{shorter}");
    }

    fn rust_files(folder: &std::path::Path) -> impl Iterator<Item = std::path::PathBuf> {
        let entries = walkdir(folder);
        entries.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
    }

    fn walkdir(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        paths.flat_map(|path| if path.is_dir() { walkdir(&path) } else { vec![path] }).collect()
    }
}
