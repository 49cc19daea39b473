//! One file per subcommand: its arguments, the call that does the work, and what it prints.

pub(crate) mod explain;
