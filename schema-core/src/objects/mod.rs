//! What SQL text defines: texts split into statements, statements read into objects, and what those lean on.

mod access;
mod arguments;
mod body;
mod hints;
mod order;
mod parse;
mod query;
mod reader;
mod split;
mod target;
pub(crate) mod tokens;
mod uses;

#[cfg(test)]
mod tests;

pub(crate) use arguments::split_at_commas;
pub use body::Body;
pub(crate) use order::{Pins, around, aside, ordered};
pub use parse::{merge, parse};
pub(crate) use query::query;
pub(crate) use reader::Reader;
pub use split::{Statement, split};
pub(crate) use uses::takes_all_columns;
pub use uses::{resolve, uses};
