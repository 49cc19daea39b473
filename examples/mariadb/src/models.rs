//! The recordings of a choir, and how often each was played.

use schema_runtime::{SqlEnum, Table};
use sqlx::types::time::PrimitiveDateTime;

/// One recording. Words of its title and notes are found in any spelling of case, its place on the shelf in one alone.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(
    charset = "utf8mb4",
    collate = "utf8mb4_unicode_ci",
    comment = "one tape, disc or file each",
    index(title prefix = 40),
    index(title, notes, using = fulltext, name = "recording_words_idx"),
    check("seconds > 0", name = "recording_lasts")
)]
pub struct Recording {
    /// The key.
    #[column(primary_key, identity)]
    pub id: u64,
    /// What is written on the box.
    #[column(type = "char(8)", charset = "ascii", collate = "ascii_bin", unique)]
    pub shelf: String,
    /// What is sung.
    pub title: String,
    /// What there is to say of it.
    #[column(type = "text")]
    pub notes: String,
    /// What holds it.
    #[column(default = "'file'")]
    #[sqlx(try_from = "schema_runtime::Label")]
    pub medium: Medium,
    /// Who is heard.
    #[column(type = "set('choir','organ','brass')", default = "'choir'")]
    pub heard: String,
    /// How long it is.
    #[column(type = "int unsigned")]
    pub seconds: u32,
    /// The same in minutes that have begun; the database keeps it.
    #[column(type = "int unsigned", generated = "(seconds + 59) DIV 60", stored)]
    pub minutes: Option<u32>,
    /// When the row was last written.
    #[column(default = "CURRENT_TIMESTAMP(6)", on_update = "CURRENT_TIMESTAMP(6)", type = "datetime(6)")]
    pub changed_at: PrimitiveDateTime,
}

/// What holds a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SqlEnum, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub enum Medium {
    /// Reel or cassette.
    Tape,
    /// Of any size.
    Disc,
    /// On a computer.
    File,
}

/// How often a recording was played in a year. Old years can be dropped as a whole.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(
    primary_key(year, recording_id),
    partitioning = "RANGE (year) (PARTITION until_2024 VALUES LESS THAN (2025), PARTITION since VALUES LESS THAN MAXVALUE)"
)]
pub struct Play {
    /// The year.
    pub year: u16,
    /// What was played. MariaDB has no foreign keys of partitioned tables.
    pub recording_id: u64,
    /// How often.
    #[column(default = "1")]
    pub times: u32,
}
