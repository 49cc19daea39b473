use std::fmt;

use schema_core::hazard::{self, Hazard};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::failure::Failure;
use crate::output::{HEADING, Report, paint};

/// Explain a hazard by the code that migration files name, or by a consent
///
/// Without an argument it lists all.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `H12`, or the name within allow(..): `drop_column`
    code: Option<String>,
}

pub(crate) enum Explained {
    One(&'static Hazard),
    All,
}

impl Args {
    pub(crate) fn run(&self) -> Result<Explained, Failure> {
        let Some(code) = &self.code else { return Ok(Explained::All) };
        hazard::find(code).map(Explained::One).ok_or_else(|| {
            Failure::new(format!("`{code}` is neither the code of a hazard nor a consent"))
                .help("`cargo schema explain` lists them")
        })
    }
}

impl Report for Explained {}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => hazard::all().try_for_each(|hazard| writeln!(f, "{}", listed(hazard))),
            Self::One(hazard) => {
                writeln!(f, "{} {}\n", paint(HEADING, hazard.code), paint(HEADING, hazard.title))?;
                hazard.facts().try_for_each(|(label, text)| writeln!(f, "{}: {text}", paint(HEADING, label)))?;
                write!(f, "{}", consents(hazard, &format!("{}: ", paint(HEADING, "Consent"))))
            }
        }
    }
}

fn listed(hazard: &Hazard) -> String {
    format!("{} {}{}", paint(HEADING, format!("{:<5}", hazard.code)), hazard.title, consents(hazard, " "))
}

fn consents(hazard: &Hazard, lead: &str) -> String {
    let written: Vec<String> = hazard.written_consents().collect();
    if written.is_empty() { String::new() } else { format!("{lead}{}", written.join(", ")) }
}

struct Row(&'static Hazard);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(hazard) = self;
        let consents: Vec<&str> = hazard.consents.iter().map(|consent| consent.as_str()).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", hazard.code)?;
        map.serialize_entry("title", hazard.title)?;
        map.serialize_entry("condition", hazard.condition)?;
        map.serialize_entry("versions", hazard.versions)?;
        map.serialize_entry("postgres", hazard.postgres)?;
        map.serialize_entry("sqlite", hazard.sqlite)?;
        map.serialize_entry("mariadb", hazard.mariadb)?;
        map.serialize_entry("recipe", hazard.recipe)?;
        map.serialize_entry("automatic", hazard.automatic.word())?;
        map.serialize_entry("automatic_note", hazard.automatic.text())?;
        map.serialize_entry("consents", &consents)?;
        map.end()
    }
}

/// `{"hazards": [..]}`.
impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<Row> = match self {
            Self::One(hazard) => vec![Row(hazard)],
            Self::All => hazard::all().map(Row).collect(),
        };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("hazards", &rows)?;
        map.end()
    }
}
