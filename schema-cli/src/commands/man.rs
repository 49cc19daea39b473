use std::fmt;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_mangen::Man;
use serde::Serialize;

use crate::args::command;
use crate::failure::Failure;
use crate::output::{Report, count};

/// Write the manual pages, one for each command
///
/// `cargo schema man ~/.local/share/man/man1`, and `cargo help schema` shows the first.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to; it is made where it does not exist
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

#[derive(Debug, Serialize)]
pub(crate) struct Pages {
    pages: Vec<PathBuf>,
}

impl Args {
    pub(crate) fn run(&self) -> Result<Pages, Failure> {
        std::fs::create_dir_all(&self.folder).map_err(|error| failed(&self.folder, &error))?;
        let mut command = command().name("cargo-schema");
        command.build();
        let mut pages = Vec::new();
        write(&command, "cargo-schema", &self.folder, &mut pages)?;
        Ok(Pages { pages })
    }
}

fn write(command: &Command, name: &str, folder: &Path, pages: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    // A page bears the name that it is found by, and no day: the same version gives the same bytes.
    let man = Man::new(command.clone().display_name(name)).title(name.to_uppercase()).date("");
    man.render(&mut page).and_then(|()| std::fs::write(&path, page)).map_err(|error| failed(&path, &error))?;
    pages.push(path);
    let own = command.get_subcommands().filter(|command| command.get_name() != "help" && !command.is_hide_set());
    own.into_iter().try_for_each(|command| write(command, &format!("{name}-{}", command.get_name()), folder, pages))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{}` can't be written: {error}", path.display()))
}

impl Report for Pages {}

impl fmt::Display for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.pages.first().and_then(|page| page.parent()).unwrap_or(Path::new("."));
        writeln!(f, "{} in {}", count(self.pages.len(), "page"), folder.display())
    }
}
