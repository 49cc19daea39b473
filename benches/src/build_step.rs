//! The build step, as cargo runs it in a crate whose schema is sealed, next to a bare parse of the same files.

use std::path::Path;

use schema_core::build::{Build, Project, seal};
use schema_core::ir::Dialect;

use crate::program::{output, own};
use crate::timing::Timing;
use crate::{Outcome, shown, source};

const SIZES: [usize; 2] = [1_000, 10_000];

/// Prints the table.
pub(crate) fn table() -> Outcome<()> {
    println!("| structs | bare parse | cold | warm | one file changed | cold / parse | warm / cold | changed / cold |");
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    let mut sizes = Vec::new();
    for structs in SIZES {
        let folder = tempfile::tempdir()?;
        let (krate, out) = (folder.path().join("crate"), folder.path().join("out"));
        source::write(&krate, structs)?;
        std::fs::create_dir_all(&out)?;
        let build = || output(own("build-script")?.envs(cargo(&krate, &out))).map(drop);
        let bare = Timing::of(|_| Ok(()), || output(own("parse")?.arg(&krate)).map(drop))?;
        build()?;
        seal(&Project::new(&krate, Dialect::Postgres)?, Some("models")).map_err(shown)?;
        let cold = Timing::of(|_| forget(&out), build)?;
        let warm = Timing::of(|_| Ok(()), build)?;
        let changed = Timing::of(|number| source::change(&krate, number), build)?;
        let shown = [&bare, &cold, &warm, &changed].map(Timing::shown).join(" | ");
        let ratios = [cold.ratio(&bare), warm.ratio(&cold), changed.ratio(&cold)].join(" | ");
        println!("| {structs} | {shown} | {ratios} |");
        sizes.push([cold, warm, changed]);
    }
    if let [small, large] = sizes.as_slice() {
        let times: Vec<String> = small.iter().zip(large).map(|(small, large)| large.ratio(small)).collect();
        println!("\n{} structs take so many times as long as {}: {}", SIZES[1], SIZES[0], times.join(", "));
    }
    Ok(())
}

/// What cargo hands to a build script.
pub(crate) fn cargo<'a>(krate: &'a Path, out: &'a Path) -> [(&'static str, &'a Path); 3] {
    [("CARGO_MANIFEST_DIR", krate), ("OUT_DIR", out), ("SCHEMA_MODE", Path::new("write"))]
}

fn forget(out: &Path) -> Outcome<()> {
    std::fs::remove_dir_all(out)?;
    Ok(std::fs::create_dir_all(out)?)
}

/// Is a build script.
pub(crate) fn script() {
    Build::new(Dialect::Postgres).run();
}

/// Parses every file of a crate.
pub(crate) fn parse(folder: &Path) -> Outcome<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            parse(&entry.path())?;
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            syn::parse_file(&std::fs::read_to_string(entry.path())?)?;
        }
    }
    Ok(())
}
