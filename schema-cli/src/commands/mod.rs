//! One file per subcommand: its arguments, the call that does the work, and what it prints.

pub(crate) mod advise;
pub(crate) mod backfill;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diagram;
pub(crate) mod diff;
pub(crate) mod discard;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod explain;
pub(crate) mod init;
mod init_manifest;
pub(crate) mod lint;
pub(crate) mod man;
pub(crate) mod migrate;
pub(crate) mod new;
pub(crate) mod prove;
pub(crate) mod pull;
pub(crate) mod purge;
pub(crate) mod rebase;
pub(crate) mod report;
pub(crate) mod revert;
pub(crate) mod seal;
pub(crate) mod squash;
pub(crate) mod stats;
pub(crate) mod status;
pub(crate) mod verify;
