//! All six releases with rows in between, back and forward again; and each release's files are what its structs make.

use std::path::Path;
use std::process::Command;

#[test]
fn six_releases_apply_with_rows_in_between_and_all_go_back() {
    let ran = Command::new(env!("CARGO_BIN_EXE_releases")).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    let folder = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations")).unwrap();
    let files = folder.filter(|entry| entry.as_ref().unwrap().path().to_string_lossy().ends_with(".up.sql")).count();
    assert_eq!(text.matches("   apply ").count(), 2 * files, "{text}");
    assert!(text.matches("   revert ").count() >= files, "{text}");
    assert_eq!(text.matches("   refused: ").count(), 1, "{text}");
}
