//! `docs/errors.md`: every error and warning that the sources can say, with its ways out. `UPDATE_DOCS=1` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::page::root;

/// Where the sources of each part are.
const PARTS: [(&str, &[&str]); 7] = [
    ("In attributes", &["schema-core/src/attrs", "schema-macros/src"]),
    ("In structs", &["schema-core/src/scan", "schema-core/src/check"]),
    (
        "In what changes",
        &[
            "schema-core/src/consent",
            "schema-core/src/consent.rs",
            "schema-core/src/diff",
            "schema-core/src/dialect",
            "schema-core/src/objects",
            "schema-core/src/plan",
            "schema-core/src/renames.rs",
        ],
    ),
    (
        "In the base, the draft and the migrations folder",
        &[
            "schema-core/src/build",
            "schema-core/src/migration.rs",
            "schema-core/src/snapshot",
            "schema-core/src/snapshot.rs",
            "schema-core/src/stats",
            "schema-core/src/stats.rs",
            "schema-core/src/locks",
        ],
    ),
    (
        "In SQL files and queries",
        &["schema-core/src/lint", "schema-core/src/advise", "schema-core/src/released", "schema-core/src/report"],
    ),
    ("At run time", &["schema-runtime/src"]),
    ("On the command line", &["schema-cli/src"]),
];

/// Messages, with the ways out that some place gives with them.
type Messages = BTreeMap<String, BTreeSet<String>>;

fn sources(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let is_test = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == "tests" || stem == "testing");
    let own = entries.into_iter().filter(|path| !is_test(path));
    own.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// A literal's text as people see it: what is filled in is `…`.
fn template(literal: &str) -> Option<String> {
    let text = syn::parse_str::<syn::LitStr>(literal).ok()?.value();
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => out.extend(rest.next()),
            '{' => {
                rest.by_ref().take_while(|c| *c != '}').for_each(drop);
                out.push('…');
            }
            c => out.push(c),
        }
    }
    Some(out)
}

/// The sentences among the literals of some tokens: what is no sentence is a name or a piece of one.
fn sentences(tokens: &[TokenTree]) -> Vec<String> {
    let mut found = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => found.extend(template(&literal.to_string())),
            TokenTree::Group(group) => found.extend(sentences(&group.stream().into_iter().collect::<Vec<_>>())),
            _ => {}
        }
    }
    found.retain(|text| text.trim().contains(' ') && text.chars().any(char::is_alphabetic));
    found
}

fn is_ident(token: Option<&TokenTree>, names: &[&str]) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if names.iter().any(|name| ident == name))
}

fn is_punct(token: Option<&TokenTree>, punct: char) -> bool {
    matches!(token, Some(TokenTree::Punct(found)) if found.as_char() == punct)
}

fn arguments(group: &Group) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    tokens.split(|token| is_punct(Some(token), ',')).map(<[TokenTree]>::to_vec).collect()
}

#[derive(Default)]
struct Reader {
    messages: Messages,
}

impl Reader {
    fn file(&mut self, text: &str) {
        self.stream(TokenStream::from_str(text).unwrap(), &BTreeMap::new());
    }

    /// `lets` are the sentences of variables that a message may be named by.
    fn stream(&mut self, stream: TokenStream, outer: &BTreeMap<String, Vec<String>>) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut lets = outer.clone();
        let mut at = 0;
        while at < tokens.len() {
            if is_punct(tokens.get(at), '#')
                && let Some(TokenTree::Group(group)) = tokens.get(at + 1)
            {
                let attribute = group.stream().to_string();
                if attribute.starts_with("error") {
                    let said = sentences(&group.stream().into_iter().collect::<Vec<_>>());
                    said.into_iter().take(1).for_each(|text| self.add(&text, Vec::new()));
                }
                at += 2;
                // The tests of a file say nothing to users.
                if attribute == "cfg (test)" {
                    let skip = tokens[at..].iter().position(|token| {
                        is_punct(Some(token), ';')
                            || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
                    });
                    at += skip.map_or(0, |skip| skip + 1);
                }
                continue;
            }
            if is_ident(tokens.get(at), &["let"])
                && let Some(TokenTree::Ident(name)) = tokens.get(at + 1)
            {
                let end = tokens[at..].iter().position(|token| is_punct(Some(token), ';')).map_or(at, |end| at + end);
                lets.insert(name.to_string(), sentences(&tokens[at..end]));
            }
            if let Some(TokenTree::Group(group)) = tokens.get(at) {
                if group.delimiter() == Delimiter::Parenthesis && is_saying(&tokens, at) {
                    self.call(group, &tokens[at + 1..], &lets);
                }
                self.stream(group.stream(), &lets);
            }
            at += 1;
        }
    }

    fn call(&mut self, group: &Group, behind: &[TokenTree], lets: &BTreeMap<String, Vec<String>>) {
        let said = |argument: &[TokenTree]| -> Vec<String> {
            let named = argument.iter().filter_map(|token| match token {
                TokenTree::Ident(ident) => lets.get(&ident.to_string()).cloned(),
                _ => None,
            });
            let own = sentences(argument);
            if own.is_empty() { named.flatten().collect() } else { own }
        };
        let mut arguments = arguments(group).into_iter().map(|argument| said(&argument)).filter(|all| !all.is_empty());
        let Some(messages) = arguments.next() else { return };
        let mut help: Vec<String> = arguments.flatten().collect();
        let mut behind = behind;
        while is_punct(behind.first(), '.') && is_ident(behind.get(1), &["help"]) {
            if let Some(TokenTree::Group(group)) = behind.get(2) {
                help.extend(said(&group.stream().into_iter().collect::<Vec<_>>()));
            }
            behind = behind.get(3..).unwrap_or_default();
        }
        messages.iter().for_each(|message| self.add(message, help.clone()));
    }

    fn add(&mut self, text: &str, help: Vec<String>) {
        let mut lines = text.split("\n  help: ");
        let message = lines.next().unwrap_or_default().trim().to_owned();
        let ways = self.messages.entry(message).or_default();
        ways.extend(lines.map(str::to_owned).chain(help).map(|line| line.trim().to_owned()));
    }
}

/// `Finding::error(..)`, `Failure::new(..)`, `self.error(..)` and their like.
fn is_saying(tokens: &[TokenTree], at: usize) -> bool {
    let back = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
    let path = |name: &[&str], call: &[&str]| {
        is_ident(back(1), call) && is_punct(back(2), ':') && is_punct(back(3), ':') && is_ident(back(4), name)
    };
    let is_method = is_ident(back(1), &["error", "warning", "error_with_help"]) && is_punct(back(2), '.');
    path(&["Finding"], &["error", "warning"]) || path(&["Failure", "Error"], &["new"]) || is_method
}

fn page() -> String {
    let mut text = String::from(
        "# Errors\n\nEverything that a build, a macro, the runner and the command line refuse or warn of, with the ways out that they name. \
         What stands for a name, a place or a value is `…`. Each is shown with its file, line and column, or with the statement.\n\n\
         Hazards of a change have a page of their own: [hazards](hazards.md). This page is made from the sources.\n",
    );
    for (title, places) in PARTS {
        let mut reader = Reader::default();
        for file in places.iter().flat_map(|place| sources(&root().join(place))) {
            reader.file(&fs::read_to_string(file).unwrap());
        }
        let _ = write!(text, "\n## {title}\n\n");
        for (message, help) in reader.messages {
            let _ = writeln!(text, "- {}", quoted(&message));
            for line in help {
                let _ = writeln!(text, "  - {}", quoted(&line));
            }
        }
    }
    text
}

/// On one line, and no Markdown by accident.
fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.replace('<', "&lt;").replace("](", "] (").replace('*', "\\*")
}

#[test]
fn the_page_of_errors_is_what_the_sources_say() {
    let path = root().join("docs/errors.md");
    let expected = page();
    assert!(expected.lines().filter(|line| line.starts_with("- ")).count() > 200, "{expected}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/errors.md is not what the sources say: run this test with UPDATE_DOCS=1");
}
