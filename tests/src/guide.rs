//! The Rust of the guide, compiled by rustdoc.

macro_rules! pages {
    ($($name:ident = $path:literal),* $(,)?) => {
        $(#[doc = include_str!($path)] mod $name {})*
    };
}

pages! {
    readme = "../../README.md",
    advise = "../../docs/advise.md",
    keep = "../../docs/keep.md",
    lifecycle = "../../docs/lifecycle.md",
    live_tables = "../../docs/live-tables.md",
    recipes = "../../docs/recipes.md",
    start = "../../docs/start.md",
    teams = "../../docs/teams.md",
}
