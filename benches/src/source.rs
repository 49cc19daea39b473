//! Crates to measure on: structs of ten columns, as an application has them.

use std::fmt::Write as _;
use std::path::Path;

use crate::Outcome;

/// How many structs stand in a file.
pub(crate) const PER_FILE: usize = 10;

/// Writes a crate of so many structs.
pub(crate) fn write(folder: &Path, structs: usize) -> Outcome<()> {
    let models = folder.join("src/models");
    std::fs::create_dir_all(&models)?;
    std::fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"measured\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    )?;
    std::fs::write(folder.join("src/lib.rs"), "pub mod models;\n")?;
    let files = structs.div_ceil(PER_FILE);
    let modules: String = (0..files).map(|file| format!("pub mod m{file};\n")).collect();
    std::fs::write(models.join("mod.rs"), modules)?;
    for number in 0..files {
        std::fs::write(models.join(format!("m{number}.rs")), file(number, ""))?;
    }
    Ok(())
}

/// Changes one column of one struct; another one each time.
pub(crate) fn change(folder: &Path, number: usize) -> Outcome<()> {
    let column = format!("    pub note_{number}: Option<String>,\n");
    Ok(std::fs::write(folder.join("src/models/m0.rs"), file(0, &column))?)
}

fn file(number: usize, more: &str) -> String {
    let mut text = String::from("//! Models.\n\nuse chrono::{DateTime, Utc};\nuse schema_runtime::Table;\n\n");
    for index in number * PER_FILE..(number + 1) * PER_FILE {
        let parent = if index % PER_FILE == 0 { index } else { index - 1 };
        let _ = write!(
            text,
            "/// What is known of one of them.\n\
             #[derive(Debug, Clone, Table, sqlx::FromRow)]\n\
             #[table(name = \"thing_{index}\", index(status, created_at desc), check(\"amount >= 0\", name = \"thing_{index}_amount\"))]\n\
             pub struct Thing{index} {{\n    #[column(primary_key, identity)]\n    pub id: i64,\n\
             \x20   #[column(references = Thing{parent}, on_delete = cascade, index)]\n    pub parent_id: Option<i64>,\n\
             \x20   #[column(unique)]\n    pub email: String,\n    pub name: String,\n\
             \x20   #[column(default = \"'new'\")]\n    pub status: String,\n    pub amount: i64,\n    pub note: Option<String>,\n\
             \x20   pub payload: Option<serde_json::Value>,\n    #[column(default = \"now()\")]\n    pub created_at: DateTime<Utc>,\n\
             \x20   pub updated_at: Option<DateTime<Utc>>,\n{}}}\n\n\
             impl Thing{index} {{\n    /// Whether it may be shown.\n    pub fn is_open(&self) -> bool {{\n\
             \x20       self.status == \"open\" && self.amount > 0 && self.note.as_ref().is_none_or(|note| !note.is_empty())\n    }}\n}}\n\n",
            if index % PER_FILE == 0 { more } else { "" },
        );
    }
    text
}
