//! A page of the guide, as lines, blocks and headings.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// A file of Markdown.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Behind the opening fence: `rust before`.
    pub(crate) info: String,
    pub(crate) text: String,
    /// The lines of its fences, from 0.
    pub(crate) lines: (usize, usize),
}

/// README.md and all pages of `docs/`.
pub(crate) fn all() -> Vec<Page> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|it| it == "md")).collect();
    paths.push(root().join("README.md"));
    paths.sort();
    paths.into_iter().map(|path| Page { text: fs::read_to_string(&path).unwrap(), path }).collect()
}

impl Page {
    pub(crate) fn read(name: &str) -> Self {
        let path = root().join(name);
        Self { text: fs::read_to_string(&path).unwrap(), path }
    }

    pub(crate) fn name(&self) -> String {
        self.path.file_name().unwrap().to_string_lossy().into_owned()
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<(usize, String, String)> = None;
        let mut text = String::new();
        for (number, line) in self.text.lines().enumerate() {
            let bare = line.trim_start();
            let fence: String = bare.chars().take_while(|c| *c == '`').collect();
            open = match open {
                None if fence.len() >= 3 => {
                    text.clear();
                    Some((number, fence.clone(), bare[fence.len()..].trim().to_owned()))
                }
                Some((start, opening, info)) if bare == opening => {
                    blocks.push(Block { info, text: text.clone(), lines: (start, number) });
                    None
                }
                Some(still) => {
                    text.push_str(line);
                    text.push('\n');
                    Some(still)
                }
                None => None,
            };
        }
        assert!(open.is_none(), "{}: a block is not closed", self.name());
        blocks
    }

    /// Its lines outside of blocks.
    pub(crate) fn prose(&self) -> Vec<&str> {
        let blocks = self.blocks();
        let within = |number: usize| blocks.iter().any(|block| (block.lines.0..=block.lines.1).contains(&number));
        self.text.lines().enumerate().filter(|(number, _)| !within(*number)).map(|(_, line)| line).collect()
    }

    /// The names by which links reach its headings, as GitHub and mdBook make them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let headings = self.prose().into_iter().filter_map(|line| line.strip_prefix('#'));
        let anchor = |heading: &str| {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        };
        headings.map(anchor).collect()
    }
}
