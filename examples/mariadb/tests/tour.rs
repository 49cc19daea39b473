//! The tour ends well, and shows a run that stops in the middle and is ended by the next one.
#![allow(clippy::unwrap_used, reason = "a helper of tests")]

use std::process::Command;

#[test]
fn the_tour_stops_goes_on_and_comes_back() {
    let ran = Command::new(env!("CARGO_BIN_EXE_mariadb")).output().unwrap();
    let text = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{text}{}", String::from_utf8_lossy(&ran.stderr));
    for expected in [
        "already exists",
        "the statement before it is done and recorded",
        "written last: A-1",
        "A-1: Morgenlied (Tape, choir,organ, 4 min)",
        "B-7: Turmmusik",
        "recording 3 was played 1 times in 2026",
    ] {
        assert!(text.contains(expected), "no `{expected}` in {text}");
    }
    assert_eq!((text.matches("   apply ").count(), text.matches("   revert ").count()), (3, 1), "{text}");
}
