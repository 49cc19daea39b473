//! The tour on a throwaway server.

use std::process::Command;

#[test]
fn the_tour_migrates_queries_reverts_and_applies_again() {
    let ran = Command::new(env!("CARGO_BIN_EXE_postgres")).env_remove("DATABASE_URL").output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(text.contains("otter, [\"pair\", \"swimming\"], at night: Some(true)"), "{text}");
    assert!(text.contains("1 picture waits"), "{text}");
    assert_eq!(text.matches("   apply ").count(), text.matches("   revert ").count(), "{text}");
}
