//! The program migrates, inserts and reads what three crates declare.
#![allow(clippy::unwrap_used, reason = "a test fails by panics")]

use std::process::Command;

#[test]
fn tables_of_two_crates_stand_in_one_database() {
    let ran = Command::new(env!("CARGO_BIN_EXE_shop")).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(text, "ada@example.org has 2 orders of 1450 cents in all\n");
}
