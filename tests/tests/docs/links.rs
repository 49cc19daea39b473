//! Links, the table of contents, and kinds of blocks.

use std::collections::BTreeSet;

use crate::page::{Page, all, root};

/// `[text](target)` of a line, without those to other sites.
fn targets(line: &str) -> Vec<&str> {
    let behind = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    behind.filter(|target| !target.contains("://") && !target.is_empty()).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in all() {
        for target in page.prose().into_iter().flat_map(targets) {
            let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
            let path = if file.is_empty() { page.path.clone() } else { page.path.parent().unwrap().join(file) };
            if !path.exists() {
                wrong.push(format!("{}: `{target}` is no file", page.name()));
            } else if let Some(anchor) = anchor {
                let other = Page { text: std::fs::read_to_string(&path).unwrap(), path };
                if !other.anchors().iter().any(|known| known == anchor) {
                    wrong.push(format!("{}: `{target}` is no heading", page.name()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let contents = Page::read("docs/SUMMARY.md");
    let listed: Vec<&str> = contents.prose().into_iter().flat_map(targets).collect();
    let once: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(once.len(), listed.len());
    let pages: BTreeSet<String> = all().iter().map(Page::name).collect();
    let expected: BTreeSet<&str> =
        pages.iter().map(String::as_str).filter(|name| !matches!(*name, "SUMMARY.md" | "README.md")).collect();
    assert_eq!(once, expected);
}

/// What runs each kind: rustdoc (tests/src/guide.rs), `docs/sql.rs`, `docs/recipes.rs`, the parser of the command line
/// (schema-cli). The rest shows what programs print.
const KINDS: [&str; 12] = [
    "rust",
    "rust,no_run",
    "rust before",
    "rust after",
    "sql",
    "sql sqlite",
    "sh",
    "yaml",
    "toml",
    "console",
    "markdown",
    "text",
];

#[test]
fn every_block_is_of_a_kind_that_something_runs() {
    for page in all() {
        for block in page.blocks() {
            let (name, line) = (page.name(), block.lines.0 + 1);
            assert!(KINDS.contains(&block.info.as_str()), "{name}:{line}: nothing runs a block of `{}`", block.info);
        }
    }
}

#[test]
fn every_page_with_rust_is_compiled() {
    let compiled = std::fs::read_to_string(root().join("tests/src/guide.rs")).unwrap();
    for page in all() {
        let has_rust = page.blocks().iter().any(|block| block.info.starts_with("rust"));
        assert!(!has_rust || compiled.contains(&format!("/{}\"", page.name())), "{}", page.name());
    }
}
