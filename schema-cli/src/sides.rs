//! The two sides of `diff --from --to`, `prove` and `drift`, as they are named on the command line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use schema_core::build::State;
use schema_core::decl::AllowCode;
use schema_core::ir::Dialect;
use schema_core::model::Intents;
use schema_runtime::Error;
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::prove::{Consent, Options};
use schema_runtime::sides::{Bench, Side};

use crate::args::Global;
use crate::asynchronous::runtime;
use crate::database::{DIALECTS, parse_dialect};
use crate::failure::Failure;

/// What commands take that plan between two sides.
#[derive(Clone, Debug, Args)]
pub(crate) struct WayArgs {
    /// What a `.sql` file is written for, where neither side says [default: the crate's]
    #[arg(long, value_name = DIALECTS, value_parser = parse_dialect)]
    dialect: Option<Dialect>,
    /// Losses that are accepted: `all`, or codes such as drop_column (`cargo schema explain` lists them)
    #[arg(long, value_name = "all|CODE", value_delimiter = ',', num_args = 1..)]
    consent: Vec<String>,
    /// Put what accepted drops of columns, tables and labels take aside, so that the down can bring it back
    #[arg(long)]
    keep: bool,
    /// A rename: `old=new` for a table or type, `table.old=new` for a column, `type.old=new` for a label or attribute
    #[arg(long, value_name = "OLD=NEW")]
    rename: Vec<String>,
    /// What rows get whose enum label goes: `type.label=label`
    #[arg(long, value_name = "TYPE.LABEL=LABEL")]
    map: Vec<String>,
    /// Plain statements, which lock a table while they read every row, instead of the recipes for tables in use
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    pub(crate) bench: BenchArgs,
}

/// What commands take that need a scratch database.
#[derive(Clone, Debug, Args)]
pub(crate) struct BenchArgs {
    /// The folder of the PostgreSQL server to use for scratch databases (`initdb`, `postgres`)
    #[arg(long, value_name = "DIR")]
    pg_bin: Option<PathBuf>,
}

/// Two sides, read so far as they can be without a database.
pub(crate) struct Sides {
    pub(crate) from: Side,
    pub(crate) to: Side,
    pub(crate) dialect: Dialect,
    pub(crate) options: Options,
}

impl WayArgs {
    pub(crate) fn sides(&self, global: &Global, from: &str, to: &str) -> Result<Sides, Failure> {
        let (from, to, dialect, intents) = pair(global, from, to, self.dialect)?;
        let options = Options {
            consent: self.consent()?,
            keep: self.keep,
            renames: self.rename.clone(),
            maps: self.map.clone(),
            intents: Intents { plain: self.plain, ..intents },
            ..Options::default()
        };
        Ok(Sides { from, to, dialect, options })
    }

    fn consent(&self) -> Result<Consent, Failure> {
        if self.consent.iter().any(|code| code == "all") {
            return Ok(Consent::All);
        }
        let known = |code: &str| AllowCode::ALL.iter().any(|known| known.as_str() == code);
        match self.consent.iter().find(|code| !known(code)) {
            Some(unknown) => Err(Failure::new(format!("there is no consent `{unknown}`"))
                .help("`cargo schema explain` lists all codes; `all` gives every one")),
            None if self.consent.is_empty() => Ok(Consent::None),
            None => Ok(Consent::Codes(self.consent.iter().cloned().collect::<BTreeSet<String>>())),
        }
    }
}

impl BenchArgs {
    /// Does work that needs scratch databases.
    pub(crate) fn run<T>(
        &self,
        dialect: Dialect,
        work: impl AsyncFnOnce(&Bench) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        let runtime = runtime()?;
        let pg_bin = self.pg_bin.as_deref();
        Ok(runtime.block_on(async {
            let bench = Bench::new(dialect, pg_bin);
            work(&bench).await
        })?)
    }
}

/// Two sides for one database, with what the source says about getting to the second.
pub(crate) fn pair(
    global: &Global,
    from: &str,
    to: &str,
    dialect: Option<Dialect>,
) -> Result<(Side, Side, Dialect, Intents), Failure> {
    let (from, _) = side(global, from, dialect)?;
    let (to, intents) = side(global, to, dialect)?;
    let (first, second) = (stated(&from)?, stated(&to)?);
    if let (Some(first), Some(second)) = (first, second)
        && first != second
    {
        return Err(Failure::new(format!("one side is for {first}, the other for {second}")));
    }
    let dialect = known_dialect(global, first.or(second))?;
    Ok((from, to, dialect, intents))
}

/// What a side says that it is for. Of MariaDB and MySQL the server says it, not the URL.
pub(crate) fn stated(side: &Side) -> Result<Option<Dialect>, Failure> {
    match (side, side.dialect()?) {
        (Side::Url(url), Some(Dialect::MariaDb | Dialect::MySql)) => {
            let connection = runtime()?.block_on(async { connect(url, &ConnectSettings::from_env()?).await })?;
            Ok(Some(connection.dialect()))
        }
        (_, said) => Ok(said),
    }
}

/// What sides say that they are for, else what the crate is for.
pub(crate) fn known_dialect(global: &Global, said: Option<Dialect>) -> Result<Dialect, Failure> {
    match said {
        Some(dialect) => Ok(dialect),
        None => global.project().map(|project| project.dialect).map_err(|_| {
            Failure::new("nothing says which database the files are for").help("add --dialect postgres or sqlite")
        }),
    }
}

/// `models`, `snapshot`, a URL or a `.sql` file, with what the source says about getting there.
pub(crate) fn side(global: &Global, text: &str, dialect: Option<Dialect>) -> Result<(Side, Intents), Failure> {
    let bare = |side| Ok((side, Intents::default()));
    match text {
        "models" => models(global),
        "snapshot" => {
            let base = State::load(&global.project()?)?.base;
            bare(Side::Schema(Box::new(base.schema.clone()), text.to_owned()))
        }
        url if url.contains("://") || url.starts_with("sqlite:") => bare(Side::Url(url.to_owned())),
        file if Path::new(file).extension().is_some_and(|extension| extension == "sql") => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| Failure::new(format!("`{file}` can't be read: {error}")))?;
            bare(Side::Sql { name: file.to_owned(), text, dialect })
        }
        other => Err(Failure::new(format!("`{other}` is no side of a comparison"))
            .help("write `models`, `snapshot`, a database URL, or a file whose name ends with `.sql`")),
    }
}

fn models(global: &Global) -> Result<(Side, Intents), Failure> {
    let state = State::load(&global.project()?)?;
    let (scan, _) = state.compare()?;
    let mut findings = scan.findings;
    findings.extend(schema_core::check::check(&scan.model, &state.base.schema));
    Failure::of_errors(findings)?;
    let intents = Intents { head: state.base.head.unwrap_or_default(), ..scan.model.intents };
    Ok((Side::Schema(Box::new(scan.model.schema), "models".to_owned()), intents))
}
