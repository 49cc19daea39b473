//! Tests by their names, for pages and lists that say which test shows something.

use std::path::{Path, PathBuf};

/// From the name of a test to the end of its function; `None` where no test has that name. A name is `suite::module::name`
/// for one of these suites, and begins with `schema_core` or `schema_runtime` for a unit test, with `schema_cli` for a
/// suite of the command line.
#[must_use]
pub fn body(test: &str) -> Option<String> {
    let (module, name) = test.rsplit_once("::")?;
    let source = std::fs::read_to_string(source(module)).ok()?;
    let at = source.find(&format!("fn {name}()"))?;
    let before = source.get(..at)?;
    let rest = source.get(at..)?;
    let is_test = before.trim_end_matches("async ").trim_end().ends_with("test]");
    let end = rest.find("\n}\n").unwrap_or(rest.len());
    is_test.then(|| rest.get(..end).map(str::to_owned)).flatten()
}

fn source(module: &str) -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = |path: &str| format!("{}.rs", path.replace("::", "/"));
    let (krate, path) = module.split_once("::").unwrap_or((module, ""));
    match krate {
        "schema_core" => tests.join("../schema-core/src").join(file(path)),
        "schema_runtime" => tests.join("../schema-runtime/src").join(file(path)),
        "schema_cli" => tests.join("../schema-cli/tests").join(file(path)),
        _ => tests.join("tests").join(file(module)),
    }
}
