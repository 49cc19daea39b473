//! The tables of a wildlife survey: camera traps take pictures, people say what is on them.

use schema_runtime::{SqlEnum, Table};

/// A camera on a tree.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(
    schema = "survey",
    comment = "camera traps, past and present",
    index(expr = "lower(name)", unique, name = "station_name_key"),
    check("cardinality(lenses) > 0", name = "station_sees")
)]
pub struct Station {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// Its name, unique whatever the case.
    pub name: String,
    /// Focal lengths in millimetres.
    pub lenses: Vec<i32>,
    /// Whatever the maker's firmware reports.
    #[column(type = "jsonb", default = "'{}'")]
    pub settings: serde_json::Value,
    /// The kind of habitat around it.
    pub habitat: Habitat,
}

/// Where a station stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SqlEnum, sqlx::Type)]
#[sql_enum(name = "habitat", schema = "survey")]
#[sqlx(type_name = "survey.habitat", rename_all = "snake_case")]
pub enum Habitat {
    /// Trees.
    Forest,
    /// Open land.
    Meadow,
    /// Along water.
    Shore,
}

/// One picture and what people saw on it.
#[derive(Debug, Table, sqlx::FromRow)]
#[table(
    schema = "survey",
    unique(station_id, sequence),
    index(tags, using = gin),
    index(exif, using = gin),
    index(station_id, sequence desc, include(confidence), where = "species IS NULL", name = "sighting_to_review_idx")
)]
pub struct Sighting {
    /// The key.
    #[column(primary_key, identity = always)]
    pub id: i64,
    /// The camera.
    #[column(references = Station, on_delete = cascade)]
    pub station_id: i64,
    /// The picture's number on its camera.
    pub sequence: i32,
    /// What it shows; none until somebody looked.
    pub species: Option<String>,
    /// How sure they are.
    #[column(default = "0", check("confidence BETWEEN 0 AND 1", name = "confidence_is_a_share"))]
    pub confidence: f64,
    /// Free words.
    #[column(default = "'{}'")]
    pub tags: Vec<String>,
    /// The picture's own data.
    #[column(type = "jsonb")]
    pub exif: Option<serde_json::Value>,
    /// Night pictures are taken in infrared.
    #[column(generated = "exif ->> 'mode' = 'infrared'", stored)]
    pub at_night: Option<bool>,
}
