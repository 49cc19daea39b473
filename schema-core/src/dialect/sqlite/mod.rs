//! SQLite 3.35 and later.

mod alter;
mod create;
mod drops;
mod expr;
mod guard;
mod keep;
mod lower;
mod objects;
mod passed_on;
pub mod plan;
mod rebuild;
pub(super) mod renames;
pub mod types;
mod values;

pub(super) use drops::parents_first;
pub(crate) use expr::{mentions, rename_columns, rename_strings};
