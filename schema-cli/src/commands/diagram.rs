use std::fmt;
use std::path::{Path, PathBuf};

use schema_core::build::State;
use schema_core::ir::Dialect;
use schema_runtime::diagram::{Diagram, Format, Summary};
use schema_runtime::prove::changes;
use schema_runtime::sides::{Bench, Side};
use serde::Serialize;

use crate::args::Global;
use crate::database::{DIALECTS, parse_dialect};
use crate::failure::Failure;
use crate::output::{QUIET, Report, count, paint};
use crate::sides::{BenchArgs, known_dialect, pair, side, stated};

/// Draw the tables, their columns and foreign keys, or what a change does to them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to draw: `models`, `snapshot`, a database URL or a `.sql` file [default: models]
    #[arg(value_name = "SIDE", conflicts_with_all = ["draft", "from"])]
    side: Option<String>,
    /// Draw what the structs change in the base
    #[arg(long, conflicts_with = "from")]
    draft: bool,
    /// Draw what lies between two sides, and start from this one
    #[arg(long, value_name = "SIDE", requires = "to")]
    from: Option<String>,
    /// Where to lead
    #[arg(long, value_name = "SIDE", requires = "from")]
    to: Option<String>,
    /// A rename between the two: `old=new` for a table or type, `table.old=new` for a column, `type.old=new` for a label or attribute
    #[arg(long, value_name = "OLD=NEW", requires = "from")]
    rename: Vec<String>,
    /// What a `.sql` file is written for, where no side says [default: the crate's]
    #[arg(long, value_name = DIALECTS, value_parser = parse_dialect)]
    dialect: Option<Dialect>,
    /// How to write it [default: by the extension of --out, else svg]
    #[arg(long, value_name = "svg|mermaid|html", value_parser = parse_format)]
    format: Option<Format>,
    /// The file to write, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    bench: BenchArgs,
}

#[derive(Debug, Serialize)]
pub(crate) struct Drawn {
    format: Format,
    #[serde(flatten)]
    summary: Summary,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// What was drawn, where it is in no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    diagram: Option<String>,
}

impl Args {
    pub(crate) fn run(&self, global: &Global) -> Result<Drawn, Failure> {
        let format = self.format()?;
        let diagram = self.diagram(global)?;
        let (summary, text) = (diagram.summary(), diagram.draw(format));
        let Some(file) = &self.out else {
            return Ok(Drawn { format, summary, file: None, diagram: Some(text) });
        };
        std::fs::write(file, text)
            .map_err(|error| Failure::new(format!("`{}` can't be written: {error}", file.display())))?;
        Ok(Drawn { format, summary, file: Some(file.clone()), diagram: None })
    }

    fn format(&self) -> Result<Format, Failure> {
        let of_file = |file: &Path| {
            let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
            Format::from_extension(extension).ok_or_else(|| {
                Failure::new(format!("the name of `{}` says no format", file.display()))
                    .help(format!("let it end with {}, or add --format", endings()))
            })
        };
        match (self.format, &self.out) {
            (Some(format), _) => Ok(format),
            (None, Some(file)) => of_file(file),
            (None, None) => Ok(Format::Svg),
        }
    }

    fn diagram(&self, global: &Global) -> Result<Diagram, Failure> {
        if self.draft {
            return draft(global);
        }
        if let (Some(from), Some(to)) = (&self.from, &self.to) {
            return self.between(global, from, to);
        }
        let (side, _) = side(global, self.side.as_deref().unwrap_or("models"), self.dialect)?;
        let title = title(&side);
        // What a crate says needs no server to be drawn.
        if let Side::Schema(schema, _) = &side {
            return Ok(Diagram::of(schema, &title));
        }
        let dialect = known_dialect(global, stated(&side)?)?;
        let schema = self.bench.run(dialect, async |bench| Ok(side.read(bench).await?.schema))?;
        Ok(Diagram::of(&schema, &title))
    }

    fn between(&self, global: &Global, from: &str, to: &str) -> Result<Diagram, Failure> {
        let (from, to, dialect, intents) = pair(global, from, to, self.dialect)?;
        let title = format!("{} \u{2192} {}", title(&from), title(&to));
        let read = async |bench: &Bench| Ok((from.read(bench).await?.schema, to.read(bench).await?.schema));
        let (from, to) = self.bench.run(dialect, read)?;
        let changes = changes(&from, &to, intents, &self.rename)?;
        Ok(Diagram::between(&to, &changes, &title))
    }
}

/// A file goes by its name alone: folders differ from one machine to another.
fn title(side: &Side) -> String {
    let label = side.label();
    match (side, Path::new(label).file_name()) {
        (Side::Sql { .. }, Some(name)) => name.to_string_lossy().into_owned(),
        _ => label.to_owned(),
    }
}

fn draft(global: &Global) -> Result<Diagram, Failure> {
    let state = State::load(&global.project()?)?;
    let (scan, comparison) = state.compare()?;
    Failure::of_errors(scan.findings)?;
    Ok(Diagram::between(&scan.model.schema, &comparison.changes, "snapshot \u{2192} models"))
}

fn parse_format(text: &str) -> Result<Format, String> {
    let is_it = |format: &&Format| format.as_str() == text;
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
    Format::ALL.iter().find(is_it).copied().ok_or_else(|| format!("write {}", names.join(", ")))
}

/// `.svg, .html`
fn endings() -> String {
    let endings: Vec<String> = Format::ALL.iter().map(|format| format!(".{}", format.extension())).collect();
    endings.join(", ")
}

impl Report for Drawn {}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(diagram) = &self.diagram {
            return f.write_str(diagram);
        }
        let Summary { tables, enums, foreign_keys, left_out } = &self.summary;
        let shown = [count(*tables, "table"), count(*foreign_keys, "foreign key"), count(*enums, "enum")].join(", ");
        if let Some(file) = &self.file {
            writeln!(f, "wrote {}: {shown}", file.display())?;
        }
        left_out.iter().try_for_each(|what| writeln!(f, "{}", paint(QUIET, format!("not drawn: {what}"))))
    }
}
