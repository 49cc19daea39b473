//! Which commits the two lines are: a merge or rebase of git that is under way, or a merge just made.

use std::ffi::OsStr;
use std::path::Path;

use schema_core::build::{Line, Lines, Project, State};
use schema_core::diag::{Finding, Place};

use crate::checkout::{Checkout, git};

/// Branches whose commits others have already, the likeliest first.
const SHARED: [&str; 5] = [
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
];

/// The commits by their hashes.
struct Commits {
    base: String,
    first: String,
    second: String,
}

/// Reads the two lines of a merge or rebase out of git. `onto` names the line that stays, where git can't tell.
///
/// # Errors
/// No merge, no telling which line others have already, or a line whose state is at fault.
pub fn lines(project: &Project, onto: Option<&str>) -> Result<Lines, Vec<Finding>> {
    let git = Git { folder: &project.crate_dir };
    let commits = git.commits(onto)?;
    let named = [&commits.base, &commits.first, &commits.second].map(|commit| (commit.clone(), git.name(commit)));
    let mut findings = Vec::new();
    let lines: Vec<Line> = named
        .into_iter()
        .filter_map(|(commit, name)| line(project, &commit, name).map_err(|errors| findings.extend(errors)).ok())
        .collect();
    match <[Line; 3]>::try_from(lines) {
        Ok([base, first, second]) => Ok(Lines { base, first, second }),
        Err(_) => Err(findings),
    }
}

fn line(project: &Project, commit: &str, name: String) -> Result<Line, Vec<Finding>> {
    let checkout = Checkout::of(&project.crate_dir, commit).map_err(|message| vec![Finding::error(None, message)])?;
    let place = |path: &Path| {
        checkout.there(path).ok_or_else(|| {
            let message = format!("`{}` is outside of the git checkout that the crate is in", path.display());
            vec![Finding::error(None, message)]
        })
    };
    let crate_dir = place(&project.crate_dir)?;
    // Where the lines part there may be no crate yet: the state is empty then.
    std::fs::create_dir_all(&crate_dir).map_err(|error| vec![Finding::error(None, error.to_string())])?;
    let there = Project {
        crate_dir,
        migrations: place(&project.migrations)?,
        schema_dir: place(&project.schema_dir)?,
        roots: Vec::new(),
        modules: Vec::new(),
        cache_dir: None,
        dialect: project.dialect,
    };
    let state = State::load(&there).map_err(|findings| {
        let of_line = |finding: Finding| Finding {
            place: finding.place.map(|it| Place { file: format!("{name}:{}", it.file.display()).into(), ..it }),
            ..finding
        };
        findings.into_iter().map(of_line).collect::<Vec<_>>()
    })?;
    Ok(Line { name, state })
}

struct Git<'a> {
    folder: &'a Path,
}

impl Git<'_> {
    fn ask(&self, arguments: &[&str]) -> Result<Option<String>, Vec<Finding>> {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        git(self.folder, None, &arguments).map(Result::ok).map_err(|message| vec![Finding::error(None, message)])
    }

    fn commit(&self, revision: &str) -> Result<Option<String>, Vec<Finding>> {
        self.ask(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])
    }

    fn commits(&self, onto: Option<&str>) -> Result<Commits, Vec<Finding>> {
        let Some(head) = self.commit("HEAD")? else {
            return Err(vec![
                Finding::error(None, "the crate is in no git checkout with a commit")
                    .help("the two lines are taken out of git"),
            ]);
        };
        if let Some(second) = self.commit("REBASE_HEAD")?.filter(|_| onto.is_none()) {
            let base = self.commit(&format!("{second}^"))?.unwrap_or_else(|| second.clone());
            return Ok(Commits { base, first: head, second });
        }
        let (one, other) = match self.commit("MERGE_HEAD")? {
            Some(other) => (head, other),
            None => match (self.commit("HEAD^1")?, self.commit("HEAD^2")?) {
                (Some(one), Some(other)) => (one, other),
                _ => return Err(vec![no_merge()]),
            },
        };
        let Some(base) = self.ask(&["merge-base", &one, &other])? else {
            return Err(vec![Finding::error(None, "the two lines have no commit in common")]);
        };
        let first_is_one = match onto {
            Some(onto) => self.is_named(onto, &one, &other)?,
            None => self.is_shared(&one, &other)?,
        };
        let (first, second) = if first_is_one { (one, other) } else { (other, one) };
        Ok(Commits { base, first, second })
    }

    /// Whether the first of two commits is the one that is named.
    fn is_named(&self, onto: &str, one: &str, other: &str) -> Result<bool, Vec<Finding>> {
        let Some(commit) = self.commit(onto)? else {
            return Err(vec![Finding::error(None, format!("git knows no `{onto}` here"))]);
        };
        match [one, other].map(|side| side == commit) {
            [true, _] => Ok(true),
            [_, true] => Ok(false),
            _ => match [self.contains(&commit, one)?, self.contains(&commit, other)?] {
                [true, false] => Ok(true),
                [false, true] => Ok(false),
                _ => Err(vec![
                    Finding::error(None, format!("`{onto}` is neither of the two lines that are merged"))
                        .help(self.choice(one, other)),
                ]),
            },
        }
    }

    /// Whether the first of two commits is what others have already, and the second is not.
    fn is_shared(&self, one: &str, other: &str) -> Result<bool, Vec<Finding>> {
        for branch in SHARED {
            let Some(commit) = self.commit(branch)? else { continue };
            match [self.contains(&commit, one)?, self.contains(&commit, other)?] {
                [true, false] => return Ok(true),
                [false, true] => return Ok(false),
                // The shared branch itself was merged into: what it was comes first.
                [true, true] if self.first_line(&commit, one)? => return Ok(true),
                [true, true] if self.first_line(&commit, other)? => return Ok(false),
                _ => {}
            }
        }
        Err(vec![
            Finding::error(
                None,
                "nothing tells which of the two lines others have already, and so has to stay as it is",
            )
            .help(self.choice(one, other)),
        ])
    }

    fn choice(&self, one: &str, other: &str) -> String {
        format!("name it: `cargo schema rebase --onto {}` or `--onto {}`", self.name(one), self.name(other))
    }

    fn contains(&self, branch: &str, commit: &str) -> Result<bool, Vec<Finding>> {
        Ok(self.ask(&["merge-base", "--is-ancestor", commit, branch])?.is_some())
    }

    /// Whether a commit is on a branch by first parents alone: it was the branch's own once.
    fn first_line(&self, branch: &str, commit: &str) -> Result<bool, Vec<Finding>> {
        let own = self.ask(&["rev-list", "--first-parent", branch])?.unwrap_or_default();
        Ok(own.lines().any(|line| line == commit))
    }

    /// A branch's name, or a short hash.
    fn name(&self, commit: &str) -> String {
        let asked = |arguments: &[&str]| self.ask(arguments).ok().flatten().filter(|name| !name.is_empty());
        let refs = ["--format=%(refname:short)", "--points-at", commit, "refs/heads", "refs/remotes"];
        let branch = asked(&[&["for-each-ref"], &refs[..]].concat());
        let branch = branch.and_then(|all| all.lines().find(|name| !name.ends_with("/HEAD")).map(str::to_owned));
        branch.or_else(|| asked(&["rev-parse", "--short", commit])).unwrap_or_else(|| commit.to_owned())
    }
}

fn no_merge() -> Finding {
    Finding::error(None, "there are no two lines to put in a row: no merge or rebase of git is under way, and the last commit is no merge")
        .help("merge first (`git merge main`), and run this before the merge is committed, or right after it")
}
