//! The recipes: drafted from their structs by the build step, verified on a scratch server, and shown as drafted.
//! `UPDATE_DOCS=1` writes the SQL.

use std::fmt::Write as _;
use std::fs;

use schema_core::build::{Project, State, draft, seal};
use schema_core::ir::Dialect;
use schema_core::migration::{Migration, no_transaction};
use schema_runtime::sides::Bench;
use schema_runtime::verify::{Chain, Options, verify};

use crate::page::Page;

/// The structs of a recipe, before and after, and the lines of its SQL.
struct Recipe {
    title: String,
    before: String,
    after: String,
    /// The fences of the SQL.
    sql: (usize, usize),
}

fn recipes(page: &Page) -> Vec<Recipe> {
    let blocks = page.blocks();
    let found = blocks.windows(3).filter_map(|blocks| match blocks {
        [before, after, sql] if before.info == "rust before" => {
            assert_eq!((after.info.as_str(), sql.info.as_str()), ("rust after", "sql"), "line {}", before.lines.0);
            let above: Vec<&str> = page.text.lines().take(before.lines.0).collect();
            let title = above.iter().rev().find_map(|line| line.strip_prefix("## ")).unwrap().to_owned();
            Some(Recipe { title, before: before.text.clone(), after: after.text.clone(), sql: sql.lines })
        }
        _ => None,
    });
    found.collect()
}

/// The statements of a draft, file by file.
fn shown(draft: &[Migration]) -> String {
    let mut text = String::new();
    for (number, migration) in (1..).zip(draft) {
        let outside = if no_transaction(&migration.up) { ", outside a transaction" } else { "" };
        let statements: Vec<&str> = migration.up.lines().skip_while(|line| line.starts_with("--")).collect();
        let statements = statements.join("\n");
        if draft.len() > 1 {
            let blank = if number == 1 { "" } else { "\n" };
            let _ = writeln!(text, "{blank}-- file {number} of {}{outside}", draft.len());
        }
        let _ = writeln!(text, "{}", statements.trim());
    }
    text
}

#[tokio::test]
async fn each_recipe_is_what_the_build_drafts_and_undoes_itself_on_rows() {
    let page = Page::read("docs/recipes.md");
    let bench = Bench::on(schema_tests::server().await);
    let mut lines: Vec<String> = page.text.lines().map(str::to_owned).collect();
    let recipes = recipes(&page);
    assert!(recipes.len() > 8);
    for recipe in recipes.iter().rev() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("src")).unwrap();
        fs::write(dir.path().join("Cargo.toml"), "[package]\nname = \"app\"\n").unwrap();
        let project = Project::new(dir.path(), Dialect::Postgres).unwrap();
        let source = project.crate_dir.join("src/lib.rs");
        fs::write(&source, &recipe.before).unwrap();
        let project = Project::new(dir.path(), Dialect::Postgres).unwrap();
        draft(&project).unwrap_or_else(|findings| panic!("{}: {findings:#?}", recipe.title));
        seal(&project, None).unwrap();
        fs::write(&source, &recipe.after).unwrap();
        let drafted = draft(&project).unwrap_or_else(|findings| panic!("{}: {findings:#?}", recipe.title));
        assert!(!drafted.is_empty(), "{}", recipe.title);

        let state = State::load(&project).unwrap();
        let chain = Chain { migrations: &state.migrations, points: Vec::new() };
        let options = Options { crash: false, ..Options::default() };
        let proof = verify(&bench, &chain, &options, &mut |_| {}).await.unwrap();
        assert!(proof.holds(), "{}: {proof:#?}", recipe.title);

        // What is kept is named by the version that the change starts from, which is the time.
        let head = state.base.head.unwrap().to_string();
        let sql: Vec<String> = shown(&drafted).replace(&head, "20260102030405").lines().map(str::to_owned).collect();
        lines.splice(recipe.sql.0 + 1..recipe.sql.1, sql);
    }
    let expected = lines.join("\n") + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page.path, &expected).unwrap();
    }
    assert!(page.text == expected || std::env::var_os("UPDATE_DOCS").is_some(), "run with UPDATE_DOCS=1:\n{expected}");
}
