//! The report that the docs show is that of the example.

use std::fs;

use crate::support::{Shop, workspace};

const BEGIN: &str = "<!-- the report begins -->\n";
const END: &str = "<!-- the report ends -->\n";

/// `UPDATE_DOCS=1 cargo test -p schema-cli --test report docs` rewrites it.
#[test]
fn the_report_in_the_docs_is_that_of_the_releases() {
    let example = workspace().join("examples/releases");
    let arguments = ["report", "20261125230626..", "--verify", "--manifest-dir", example.to_str().unwrap()];
    let shown = Shop::new().schema(&arguments).ends(0).out;
    let path = workspace().join("docs/report.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{BEGIN}\n````markdown\n{}\n````\n\n{END}{after}", shown.trim_end());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    assert!(stored == wanted, "docs/report.md is out of date, UPDATE_DOCS=1 rewrites it; the report is now:\n{shown}");
}
