//! `cargo schema diagram`: sides, formats, files and the draft.

use std::fs;

use super::support::{Shop, workspace};
use super::with_customer;

#[test]
fn the_structs_are_drawn_without_a_server_and_the_same_each_time() {
    let shop = with_customer();
    let svg = shop.schema(&["diagram"]).ends(0).says(">customer</text>").out;
    assert_eq!(svg, shop.schema(&["diagram", "models", "--format", "svg"]).ends(0).out);
    shop.schema(&["diagram", "--format", "mermaid"]).ends(0).says("[\"customer\"] {");
    shop.schema(&["diagram", "snapshot"]).ends(0).says("no tables");
}

#[test]
fn the_draft_is_what_comes() {
    let shop = with_customer();
    shop.schema(&["diagram", "--draft"]).ends(0).says("class=\"box added\"").says("snapshot \u{2192} models");
}

#[test]
fn a_files_ending_says_its_format() {
    let shop = with_customer();
    shop.schema(&["diagram", "--out", "a.html"]).ends(0).says("wrote a.html: 1 table, 0 foreign keys, 0 enums");
    assert!(shop.read("a.html").starts_with("<!DOCTYPE html>"));
    let json = shop.schema(&["diagram", "--out", "a.mmd", "--json"]).ends(0).json();
    assert_eq!((&json["format"], &json["tables"]), (&"mermaid".into(), &1.into()));
    assert!(shop.read("a.mmd").starts_with("erDiagram\n"));
    shop.schema(&["diagram", "--out", "a.png"]).ends(2).complains("let it end with .svg, .mmd, .html, or add --format");
    shop.schema(&["diagram", "--out", "none/a.svg"]).ends(2).complains("`none/a.svg` can't be written");
    shop.schema(&["diagram", "--format", "png"]).ends(2).complains("write svg, mermaid, html");
}

#[test]
fn two_files_are_compared_with_the_renames_that_are_stated() {
    let shop = with_customer();
    shop.write("a.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);");
    shop.write("b.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT);");
    let between = ["diagram", "--from", "a.sql", "--to", "b.sql"];
    shop.schema(&between).ends(0).says("a.sql \u{2192} b.sql").says("class=\"row removed\"");
    let renamed = shop.schema(&[&between[..], &["--rename", "t.a=b"]].concat()).ends(0).says("TEXT, was a");
    assert!(!renamed.out.contains("class=\"row removed\""));
    shop.schema(&[&between[..], &["--rename", "t.x=b"]].concat()).ends(2);
    // The folder of a file is the machine's own affair.
    let path = shop.dir().join("a.sql");
    assert!(!shop.schema(&["diagram", path.to_str().unwrap()]).ends(0).says(">a.sql<").out.contains("shop"));
}

/// `UPDATE_DOCS=1 cargo test -p schema-cli --test cli diagram` rewrites it.
#[test]
fn the_picture_in_the_docs_is_that_of_the_quickstart() {
    let quickstart = workspace().join("examples/quickstart");
    let drawn = Shop::new().schema(&["diagram", "--manifest-dir", quickstart.to_str().unwrap()]).ends(0).out;
    let path = workspace().join("docs/diagram.svg");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &drawn).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(stored, drawn, "{} is out of date: UPDATE_DOCS=1 rewrites it", path.display());
}
