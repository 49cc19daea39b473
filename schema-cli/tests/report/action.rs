//! The GitHub Action of the docs: its steps are run as a runner would run them, with a `gh` that only writes down what it is asked.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use saphyr::{LoadableYamlNode, Yaml};
use schema_tests::nested::without_surroundings;

use crate::support::{Ran, Shop, workspace};
use crate::{file, shop};

fn read(name: &str) -> String {
    fs::read_to_string(workspace().join("docs/github-action").join(name)).unwrap()
}

fn text<'a>(of: &'a Yaml<'_>, key: &str) -> &'a str {
    of.as_mapping_get(key).and_then(Yaml::as_str).unwrap_or_else(|| panic!("`{key}` is no text in {of:?}"))
}

fn keys(of: &Yaml<'_>) -> BTreeSet<String> {
    of.as_mapping().unwrap().keys().map(|key| key.as_str().unwrap().to_owned()).collect()
}

/// The names behind `inputs.` in a text.
fn inputs(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let after = |(at, found): (usize, &str)| text[at + found.len()..].split(|c| !is_name(c)).next().unwrap().to_owned();
    text.match_indices("inputs.").map(after).collect()
}

#[test]
fn the_action_and_the_workflow_are_what_github_takes() {
    let text_of_action = read("action.yml");
    let action = Yaml::load_from_str(&text_of_action).unwrap().remove(0);
    let runs = action.as_mapping_get("runs").unwrap();
    assert_eq!(text(runs, "using"), "composite");
    for step in runs.as_mapping_get("steps").unwrap().as_sequence().unwrap() {
        assert_eq!(text(step, "shell"), "bash", "{}", text(step, "name"));
        assert!(!text(step, "run").contains("${{"), "what a pull request says must come by the environment");
    }
    let declared = keys(action.as_mapping_get("inputs").unwrap());
    assert_eq!(inputs(&text_of_action), declared);

    let text_of_workflow = read("workflow.yml");
    let workflow = Yaml::load_from_str(&text_of_workflow).unwrap().remove(0);
    let job = workflow.as_mapping_get("jobs").unwrap().as_mapping_get("report").unwrap();
    let steps = job.as_mapping_get("steps").unwrap().as_sequence().unwrap();
    let uses = steps.iter().find(|step| text(step, "uses").ends_with("/docs/github-action")).unwrap();
    let given = keys(uses.as_mapping_get("with").unwrap());
    assert!(given.is_subset(&declared), "{given:?}");
}

/// Runs a step of the action as GitHub runs `shell: bash`.
fn step(shop: &Shop, name: &str, variables: &[(&str, &str)]) -> Ran {
    let text_of_action = read("action.yml");
    let action = Yaml::load_from_str(&text_of_action).unwrap().remove(0);
    let steps = action.as_mapping_get("runs").unwrap().as_mapping_get("steps").unwrap().as_sequence().unwrap();
    let script = text(steps.iter().find(|step| text(step, "name") == name).unwrap(), "run").to_owned();
    let programs = Path::new(env!("CARGO_BIN_EXE_cargo-schema")).parent().unwrap();
    let path =
        format!("{}:{}:{}", shop.dir().join("bin").display(), programs.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script]).current_dir(shop.dir());
    without_surroundings(&mut command).env("PATH", path).envs(variables.iter().copied()).output().unwrap().into()
}

fn git(shop: &Shop, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]).args(arguments);
    let ran = without_surroundings(command.current_dir(shop.dir())).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

/// A `gh` that knows these comments and writes down what it is asked.
fn gh(shop: &Shop, comments: &str) {
    let script =
        format!("#!/bin/sh\necho \"$@\" >> gh.log\ncase \"$*\" in *--paginate*) printf '{comments}' ;; esac\n");
    shop.write("bin/gh", &script);
    fs::set_permissions(shop.dir().join("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn its_steps_report_comment_once_and_stop_where_they_must() {
    let shop = shop("sqlite");
    git(&shop, &["init", "--quiet", "--initial-branch", "main"]);
    git(&shop, &["add", &format!("migrations/{}", file(&shop, "create_table_customer.up.sql"))]);
    git(&shop, &["commit", "--quiet", "--message", "one"]);
    let report = [("BASE", "main"), ("REPORT", "r.md"), ("GITHUB_STEP_SUMMARY", "s.md"), ("GITHUB_OUTPUT", "o")];

    step(&shop, "Report", &report).ends(0);
    let written = shop.read("r.md");
    assert!(
        written.contains("## Schema report: migrations since main") && written.contains("- [x] Rows are"),
        "{written}"
    );
    assert_eq!((shop.read("s.md"), shop.read("o").as_str()), (written, "status=0\n"));

    let comment = [("COMMENTS", "repos/a/b/issues"), ("NUMBER", "7"), ("REPORT", "r.md")];
    gh(&shop, "");
    step(&shop, "Comment", &comment).ends(0);
    assert!(shop.read("gh.log").ends_with("--method POST repos/a/b/issues/7/comments --field body=@r.md\n"));
    gh(&shop, "12\\n34\\n");
    step(&shop, "Comment", &comment).ends(0);
    assert!(shop.read("gh.log").ends_with("--method PATCH repos/a/b/issues/comments/12 --field body=@r.md\n"));

    shop.write(&format!("migrations/{}", file(&shop, "drop_column_customer_phone.down.sql")), "SELECT 1;\n");
    step(&shop, "Report", &report).ends(0);
    assert!(shop.read("o").ends_with("status=1\n"));
    step(&shop, "Stop where something stands in the way", &[("STATUS", "1")]).ends(1);
    let nowhere = [("BASE", "HEAD"), ("REPORT", "none/r.md"), ("GITHUB_STEP_SUMMARY", "s.md"), ("GITHUB_OUTPUT", "o")];
    step(&shop, "Report", &nowhere).ends(2);
}
