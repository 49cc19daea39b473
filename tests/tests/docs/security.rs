//! Every threat has a test that shows what stands against it.

use schema_tests::named;

use crate::page::Page;

#[test]
fn every_defence_is_shown_by_a_test_that_exists() {
    let page = Page::read("docs/security.md");
    let rows = page.text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat"));
    let mut shown = 0;
    for row in rows {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let tests: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!tests.is_empty(), "no test is named in: {row}");
        for test in tests {
            assert!(named::body(test).is_some(), "there is no test `{test}`");
            shown += 1;
        }
    }
    assert!(shown > 10, "{shown}");
}
