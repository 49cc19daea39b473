//! How each tool is set up and started.

use std::path::{Path, PathBuf};
use std::process::Command;

use schema_core::build::{Project, seal};
use schema_core::ir::Dialect;
use schema_runtime::pull;

use super::models;
use crate::build_step::cargo;
use crate::generated::schema;
use crate::program::{own, timed};
use crate::server::Server;
use crate::{Outcome, shown};

/// A tool in a folder of its own.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) measures: &'static str,
    pub(super) tables: usize,
    /// What stands in its drafts for each table, and for each column that is added.
    pub(super) creates: &'static str,
    pub(super) adds: &'static str,
    kind: Kind,
    folder: PathBuf,
    /// The folders that it writes to.
    writes: &'static [&'static str],
    /// Where its programs are.
    programs: PathBuf,
    url: String,
}

#[derive(Clone, Copy)]
enum Kind {
    Ours,
    Drizzle,
    Alembic,
    Django,
}

impl Tool {
    /// All of them, ours first.
    pub(super) fn all(installed: &Path, work: &Path, tables: usize, server: &Server) -> Outcome<Vec<Self>> {
        let tool = |name, kind, measures, creates, adds, writes| Self {
            name,
            measures,
            tables,
            creates,
            adds,
            kind,
            // Alembic takes a path apart at its spaces.
            folder: work.join(name.replace(' ', "-")),
            writes,
            programs: match kind {
                Kind::Ours | Kind::Drizzle => installed.join("node_modules/.bin"),
                Kind::Alembic | Kind::Django => installed.join("python/bin"),
            },
            url: server.fresh(),
        };
        let tools = vec![
            tool(
                "this project",
                Kind::Ours,
                if cfg!(debug_assertions) {
                    "the build script (dev profile), without cargo; no database"
                } else {
                    "the build script (release profile), without cargo; no database"
                },
                "CREATE TABLE \"",
                "ADD COLUMN \"",
                &["migrations", "schema", "out"],
            ),
            tool(
                "drizzle-kit generate",
                Kind::Drizzle,
                "the program; no database",
                "CREATE TABLE \"",
                "ADD COLUMN \"",
                &["drafts"],
            ),
            tool(
                "alembic revision --autogenerate",
                Kind::Alembic,
                "the program, with the catalog of a live database that it compares with",
                "op.create_table(",
                "op.add_column(",
                &["alembic/versions"],
            ),
            tool(
                "django makemigrations",
                Kind::Django,
                "the program, which looks into a live database's history",
                "CreateModel(",
                "AddField(",
                &["things/migrations"],
            ),
        ];
        for tool in &tools {
            tool.set_up()?;
        }
        Ok(tools)
    }

    fn set_up(&self) -> Outcome<()> {
        match self.kind {
            Kind::Ours => {
                let manifest = "[package]\nname = \"measured\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";
                self.write("Cargo.toml", manifest)?;
                self.write("src/lib.rs", "pub mod schema;\n")
            }
            Kind::Drizzle => Ok(()),
            Kind::Alembic => {
                self.write("alembic.ini", ALEMBIC)?;
                self.write("alembic/env.py", ALEMBIC_ENVIRONMENT)?;
                self.write("alembic/script.py.mako", ALEMBIC_SCRIPT)
            }
            Kind::Django => {
                self.write("settings.py", DJANGO)?;
                self.write("things/__init__.py", "")
            }
        }
    }

    pub(super) fn write_models(&self, changed: bool) -> Outcome<()> {
        match self.kind {
            Kind::Ours => {
                let source = pull::source(&schema(self.tables, changed), &pull::Options::default());
                pull::write(&self.folder, &source, true).map(drop).map_err(|findings| shown(findings).into())
            }
            Kind::Drizzle => self.write("schema.ts", &models::drizzle(self.tables, changed)),
            Kind::Alembic => self.write("models.py", &models::sqlalchemy(self.tables, changed)),
            Kind::Django => self.write("things/models.py", &models::django(self.tables, changed)),
        }
    }

    /// What drafts the migration.
    pub(super) fn command(&self) -> Outcome<Command> {
        let program = |name: &str| Command::new(self.programs.join(name));
        let mut command = match self.kind {
            Kind::Ours => {
                let mut command = own("build-script")?;
                command.envs(cargo(&self.folder, &self.folder.join("out")));
                command
            }
            Kind::Drizzle => {
                let mut command = program("drizzle-kit");
                command.args(["generate", "--dialect=postgresql", "--schema=schema.ts", "--out=drafts"]);
                command
            }
            Kind::Alembic => self.alembic(&["revision", "--autogenerate", "--message=step"]),
            Kind::Django => {
                let mut command = program("python");
                command.args(["-m", "django", "makemigrations", "--settings=settings"]).env("PYTHONPATH", ".");
                command
            }
        };
        command.current_dir(&self.folder).env("DATABASE_URL", &self.url);
        Ok(command)
    }

    fn alembic(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("alembic"));
        command.args(arguments).current_dir(&self.folder).env("DATABASE_URL", &self.url);
        command
    }

    /// Makes the first draft history.
    pub(super) fn settle(&self) -> Outcome<()> {
        match self.kind {
            Kind::Ours => {
                let project = Project::new(&self.folder, Dialect::Postgres)?;
                seal(&project, Some("things")).map_err(shown)?;
            }
            Kind::Alembic => drop(timed(&mut self.alembic(&["upgrade", "head"]))?),
            Kind::Drizzle | Kind::Django => {}
        }
        Ok(())
    }

    /// Removes all that it wrote.
    pub(super) fn forget(&self) -> Outcome<()> {
        for folder in self.written() {
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            std::fs::create_dir_all(&folder)?;
        }
        if let Kind::Django = self.kind {
            self.write("things/migrations/__init__.py", "")?;
        }
        Ok(())
    }

    /// Keeps what it wrote, for [`restore`](Self::restore).
    pub(super) fn save(&self) -> Outcome<()> {
        self.written().zip(self.saved()).try_for_each(|(written, saved)| copy(&written, &saved))
    }

    pub(super) fn restore(&self) -> Outcome<()> {
        for (written, saved) in self.written().zip(self.saved()) {
            std::fs::remove_dir_all(&written)?;
            copy(&saved, &written)?;
        }
        Ok(())
    }

    /// How often a word stands in what it wrote.
    pub(super) fn count(&self, word: &str) -> Outcome<usize> {
        let mut count = 0;
        for folder in self.written() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_file() && !path.to_string_lossy().ends_with(".down.sql") {
                    count += String::from_utf8_lossy(&std::fs::read(path)?).matches(word).count();
                }
            }
        }
        Ok(count)
    }

    fn written(&self) -> impl Iterator<Item = PathBuf> {
        self.writes.iter().map(|folder| self.folder.join(folder))
    }

    fn saved(&self) -> impl Iterator<Item = PathBuf> {
        self.writes.iter().map(|folder| self.folder.join("saved").join(folder))
    }

    fn write(&self, path: &str, text: &str) -> Outcome<()> {
        let path = self.folder.join(path);
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        Ok(std::fs::write(path, text)?)
    }
}

fn copy(from: &Path, to: &Path) -> Outcome<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => drop(std::fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

const ALEMBIC: &str = "[alembic]\nscript_location = %(here)s/alembic\nprepend_sys_path = %(here)s\n";

const ALEMBIC_ENVIRONMENT: &str = "\
import os
from alembic import context
from sqlalchemy import create_engine
import models

url = os.environ['DATABASE_URL'].replace('postgres:', 'postgresql+psycopg:', 1)
with create_engine(url).connect() as connection:
    context.configure(connection=connection, target_metadata=models.Base.metadata)
    with context.begin_transaction():
        context.run_migrations()
";

const ALEMBIC_SCRIPT: &str = "\
from alembic import op
import sqlalchemy as sa
${imports if imports else ''}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade():
    ${upgrades if upgrades else 'pass'}


def downgrade():
    ${downgrades if downgrades else 'pass'}
";

const DJANGO: &str = "\
import os
from urllib.parse import parse_qs, urlsplit

url = urlsplit(os.environ['DATABASE_URL'])
INSTALLED_APPS = ['things']
DATABASES = {'default': {
    'ENGINE': 'django.db.backends.postgresql',
    'NAME': url.path[1:],
    'USER': url.username,
    'PASSWORD': url.password or '',
    'HOST': parse_qs(url.query).get('host', [url.hostname])[0],
    'PORT': url.port or '',
}}
USE_TZ = True
SECRET_KEY = 'none'
DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'
";
