//! Which SQL type a Rust type has (FACTS.md 3.3).
