//! The page, opened in a real browser without a network.

use std::path::PathBuf;
use std::process::Command;

use schema_core::ir::{Dialect, ObjectName, Schema};
use schema_runtime::diagram::{Diagram, Format};

use crate::schemas::{HOSTILE, hostile, large, table};

const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// `SCHEMA_CHROMIUM`, else the first of its names on PATH.
fn browser() -> PathBuf {
    if let Some(program) = std::env::var_os("SCHEMA_CHROMIUM") {
        return program.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs = std::env::split_paths(&path).flat_map(|dir| NAMES.map(|name| dir.join(name)));
    programs.into_iter().find(|program| program.is_file()).unwrap_or_else(|| {
        panic!("no Chromium on PATH: install it (Debian: apt-get install chromium), or name it in SCHEMA_CHROMIUM")
    })
}

/// What the page has become once its script has run.
fn opened(schema: &Schema, search: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("page.html");
    std::fs::write(&page, Diagram::of(schema, "models").draw(Format::Html)).unwrap();
    let output = Command::new(browser())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,800", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.path().join("profile").display()))
        .arg(format!("file://{}#{search}", page.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && dom.contains("</html>"), "{}", String::from_utf8_lossy(&output.stderr));
    dom
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{start}"));
    rest.split_once(end).unwrap().0
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(' ').map(|number| number.parse().unwrap()).collect()
}

fn shop() -> Schema {
    let mut schema = large(60);
    let [users, orders] = ["users", "orders"].map(|name| ObjectName::qualified("part_0", name));
    table(&mut schema, &users, &["email"], &[]);
    table(&mut schema, &orders, &["paid_at"], &[&users]);
    schema
}

#[test]
fn a_search_finds_a_column_centres_it_and_lights_its_table_and_neighbours() {
    let dom = opened(&shop(), "orders.paid_at");
    assert_eq!(between(&dom, "role=\"status\">", "<"), "1 of 1: part_0.orders.paid_at");
    let chosen = between(&dom, "<g class=\"box same chosen\"", ">");
    assert!(chosen.contains("data-name=\"part_0.orders\"") && chosen.contains("aria-pressed=\"true\""), "{chosen}");
    let near = between(&dom, "<g class=\"box same near\"", ">");
    assert!(near.contains("data-name=\"part_0.users\""), "{near}");
    assert!(dom.contains("<g class=\"row same hit\" data-name=\"paid_at\">"));
    assert_eq!(dom.matches("class=\"link same near\"").count(), 1);

    let view = numbers(between(&dom, "viewBox=\"", "\""));
    let origin = numbers(between(&dom, "<g transform=\"translate(", ")"));
    let place = numbers(between(chosen, "translate(", ")"));
    let centre = [view[0] + view[2] / 2.0, view[1] + view[3] / 2.0];
    let inside = [centre[0] - origin[0] - place[0], centre[1] - origin[1] - place[1]];
    assert!(inside.iter().all(|it| (0.0..250.0).contains(it)), "{view:?} {place:?}");
    assert!(view[2] <= 1200.5, "{view:?}");
}

#[test]
fn a_table_comes_before_what_merely_contains_its_name() {
    let dom = opened(&shop(), "USERS");
    assert!(between(&dom, "role=\"status\">", "<").ends_with(": part_0.users"), "{dom}");
}

#[test]
fn the_page_loads_nothing_and_runs_no_name() {
    let dom = opened(&hostile(), "");
    assert!(dom.contains("default-src 'none'"));
    assert_eq!(dom.matches("<script").count(), 1, "{dom}");
    assert!(["<image", "<img", "<link ", "<iframe", "<a "].iter().all(|tag| !dom.contains(tag)), "{dom}");
    assert_eq!(dom.matches("<g class=\"box ").count(), 2 * HOSTILE.len() + 1);
}

#[test]
fn an_empty_page_says_so() {
    assert!(opened(&Schema::empty(Dialect::Sqlite), "x").contains(">no tables</text>"));
}
