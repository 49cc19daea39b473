//! An example or two of each command, which its help and its manual page show.

use clap::Command;

/// A command line, and what it does.
type Example = (&'static str, &'static str);

/// By the words behind `cargo schema`.
const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "init",
        &[
            ("cargo schema init --dialect postgres", "prepares the crate of this folder"),
            ("cargo schema init --adopt", "takes existing migrations for what the structs say"),
        ],
    ),
    (
        "status",
        &[
            ("cargo schema status", "what is sealed, drafted and, with DATABASE_URL, applied"),
            ("cargo schema status --json", "the same for a program"),
        ],
    ),
    (
        "diff",
        &[
            ("cargo schema diff", "what the structs change"),
            ("cargo schema diff --sql", "the migrations that do it"),
            ("cargo schema diff --from old.sql --to models --consent all", "between any two sides"),
        ],
    ),
    (
        "seal",
        &[
            ("cargo schema seal", "makes the draft history"),
            ("cargo schema seal --name \"orders get a state\"", "and names its files"),
        ],
    ),
    ("discard", &[("cargo schema discard", "removes the draft; the next build writes it anew")]),
    (
        "new",
        &[
            ("cargo schema new \"correct country codes\"", "an empty pair to fill in"),
            (
                "cargo schema new --backfill users.login --set \"lower(email)\" --where \"login IS NULL\"",
                "a pair that fills a column in batches",
            ),
        ],
    ),
    (
        "check",
        &[
            ("cargo schema check", "for CI: everything agrees and is sealed"),
            ("cargo schema check --released v1.4.0", "would that release survive the structs of today?"),
        ],
    ),
    (
        "migrate",
        &[
            ("cargo schema migrate", "applies what is pending"),
            ("cargo schema migrate --dry-run", "prints it and runs nothing"),
            ("cargo schema migrate --before-contract", "before a release is deployed"),
            ("cargo schema migrate --redo", "after the draft has changed"),
        ],
    ),
    (
        "revert",
        &[
            ("cargo schema revert", "undoes the newest migration"),
            ("cargo schema revert --target 20260102030405 --dry-run", "prints what would undo all behind it"),
        ],
    ),
    ("backfill", &[("cargo schema backfill status", "how far each is")]),
    ("backfill status", &[("cargo schema backfill status 20260102030405", "how far that one is")]),
    ("backfill pause", &[("cargo schema backfill pause", "lets a running one end behind its batch")]),
    ("backfill resume", &[("cargo schema backfill resume && cargo schema migrate", "goes on behind the last batch")]),
    (
        "drift",
        &[
            ("cargo schema drift --database-url postgres://localhost/shop", "against what is sealed"),
            ("cargo schema drift --models", "against what the structs say now"),
        ],
    ),
    (
        "prove",
        &[
            ("cargo schema prove --from snapshot --to models", "runs what the structs change, on rows"),
            ("cargo schema prove --from old.sql --to new.sql --dialect postgres --consent all --rows 20", "two files"),
        ],
    ),
    (
        "verify",
        &[
            ("cargo schema verify", "every migration up, down and up again, on rows"),
            ("cargo schema verify --only 20260102030405 --rows 20 --no-crash", "one of them, with more rows"),
            ("cargo schema verify --locks", "measures what each statement locks instead"),
        ],
    ),
    (
        "rebase",
        &[
            ("cargo schema rebase", "after a merge: what others have stays, the rest goes behind it"),
            ("cargo schema rebase --onto origin/main --dry-run", "says what would be done"),
        ],
    ),
    (
        "squash",
        &[
            ("cargo schema squash --before 20260102030405 --dry-run", "proves it and writes nothing"),
            ("cargo schema squash --before 20260102030405", "folds the migrations before that one"),
        ],
    ),
    (
        "lint",
        &[
            ("cargo schema lint", "the files of migrations/"),
            ("cargo schema lint --after 20260102030405", "those that are not applied yet"),
            ("cargo schema lint deploy/cleanup.sql --dialect postgres", "a file from elsewhere"),
        ],
    ),
    (
        "report",
        &[
            ("cargo schema report --verify", "what is not sealed, else the newest migration; runs it"),
            ("cargo schema report 20260102030405..", "all behind that one"),
            ("cargo schema report --since origin/main --verify --out report.md", "what a pull request brings"),
        ],
    ),
    (
        "stats",
        &[
            ("cargo schema stats --database-url postgres://replica/shop", "sizes, of which drafts and warnings speak"),
            ("cargo schema stats --measure", "and how fast a scratch server works"),
        ],
    ),
    (
        "diagram",
        &[
            ("cargo schema diagram --out schema.html", "a page with a search"),
            ("cargo schema diagram snapshot --format mermaid", "for a README on GitHub"),
            ("cargo schema diagram --draft --out draft.svg", "what the structs change"),
        ],
    ),
    (
        "advise",
        &[
            ("cargo schema advise", "what the structs lack"),
            ("cargo schema advise dump.sql --dialect postgres", "what another schema lacks"),
        ],
    ),
    (
        "pull",
        &[
            ("cargo schema pull --database-url postgres://localhost/shop --out shop", "a database as a crate"),
            ("cargo schema pull --from dump.sql --dialect postgres --derive serde::Serialize", "a dump"),
        ],
    ),
    (
        "purge",
        &[
            ("cargo schema purge", "lists what drops kept"),
            ("cargo schema purge --older-than 30d --yes", "removes what was kept that long ago"),
        ],
    ),
    (
        "explain",
        &[
            ("cargo schema explain H12", "the hazard that a file names"),
            ("cargo schema explain drop_column", "the consent that the compiler asks for"),
        ],
    ),
    ("doctor", &[("cargo schema doctor", "what is not set up as the commands need it")]),
    ("completions", &[("cargo schema completions zsh > ~/.zfunc/_cargo-schema", "for zsh")]),
    ("man", &[("cargo schema man ~/.local/share/man/man1", "then `cargo help schema` shows the first page")]),
];

/// The command with the examples of each subcommand behind its options.
pub(crate) fn with_examples(command: Command) -> Command {
    within(command, "")
}

fn within(mut command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    for name in names {
        let path = format!("{path} {name}").trim_start().to_owned();
        command = command.mut_subcommand(name, |command| within(command, &path));
    }
    match of(path) {
        [] => command,
        examples => command.after_help(text(examples)),
    }
}

fn of(path: &str) -> &'static [Example] {
    EXAMPLES.iter().find(|(known, _)| *known == path).map_or(&[], |(_, examples)| examples)
}

/// What it does stands below a line: one beside it would be broken on narrow terminals.
fn text(examples: &[Example]) -> String {
    let lines: String = examples.iter().map(|(line, does)| format!("\n  {line}\n      {does}")).collect();
    format!("Examples:{lines}")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches};

    use super::*;
    use crate::args::Cli;

    /// The words of a command line, as a shell splits those that are written here.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().unwrap().push(c),
            }
        }
        words
    }

    fn paths(command: &Command, path: &str) -> Vec<String> {
        let own = command.get_subcommands().filter(|command| command.get_name() != "help");
        own.flat_map(|command| {
            let path = format!("{path} {}", command.get_name()).trim_start().to_owned();
            let below = paths(command, &path);
            [path].into_iter().chain(below).collect::<Vec<_>>()
        })
        .collect()
    }

    #[test]
    fn every_command_has_examples_and_every_example_a_command() {
        let mut commands = paths(&Cli::command(), "");
        let mut known: Vec<&str> = EXAMPLES.iter().map(|(path, _)| *path).collect();
        commands.sort();
        known.sort_unstable();
        assert_eq!(known, commands);
        assert!(EXAMPLES.iter().all(|(_, examples)| !examples.is_empty()));
    }

    #[test]
    fn every_example_is_taken() {
        for (path, examples) in EXAMPLES {
            for (line, _) in *examples {
                // What a shell does with it is not the program's affair.
                let line = line.split(" && ").next().unwrap().split(" > ").next().unwrap();
                let rest = line.strip_prefix("cargo schema ").unwrap_or_else(|| panic!("{line}"));
                assert!(rest.starts_with(path), "`{line}` is no example of `{path}`");
                let arguments = ["cargo-schema".to_owned()].into_iter().chain(words(rest));
                let taken = with_examples(Cli::command()).try_get_matches_from(arguments);
                let taken = taken.unwrap_or_else(|error| panic!("{line}: {error}"));
                Cli::from_arg_matches(&taken).unwrap_or_else(|error| panic!("{line}: {error}"));
            }
        }
    }

    /// The lines of a page's shell blocks that call the program.
    fn calls(page: &str) -> Vec<String> {
        let mut in_shell = false;
        let mut calls = Vec::new();
        for line in page.lines().map(str::trim) {
            if let Some(info) = line.strip_prefix("```") {
                in_shell = matches!(info, "sh" | "console") && !in_shell;
            } else if in_shell && let Some((_, rest)) = line.trim_start_matches("$ ").split_once("cargo schema ") {
                let rest = rest.split(" && ").next().unwrap_or(rest).split("  #").next().unwrap_or(rest);
                calls.push(rest.split(" > ").next().unwrap_or(rest).trim().to_owned());
            }
        }
        calls
    }

    #[test]
    fn every_command_line_of_the_guide_is_taken() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
        let pages = docs.filter(|path| path.extension().is_some_and(|it| it == "md"));
        let mut count = 0;
        for path in pages.chain([root.join("README.md")]) {
            for call in calls(&std::fs::read_to_string(&path).unwrap()) {
                let call = call.replace("VERSION", "20260102030405");
                let arguments = ["cargo-schema".to_owned()].into_iter().chain(words(&call));
                let taken = with_examples(Cli::command()).try_get_matches_from(arguments);
                if let Err(error) = taken.and_then(|taken| Cli::from_arg_matches(&taken)) {
                    panic!("{}: `cargo schema {call}`: {error}", path.display());
                }
                count += 1;
            }
        }
        assert!(count > 30, "the guide shows the program");
    }

    #[test]
    fn the_help_shows_them() {
        let mut command = with_examples(Cli::command());
        let help = command.find_subcommand_mut("seal").unwrap().render_help().to_string();
        assert!(help.ends_with("Examples:\n  cargo schema seal\n      makes the draft history\n  cargo schema seal --name \"orders get a state\"\n      and names its files\n"), "{help}");
    }
}
