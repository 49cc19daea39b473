//! `sql(..)` and `files(..)`: statements to objects.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path as FilePath, PathBuf};

use super::Lower;
use crate::decl::{SchemaDecl, Spanned};
use crate::diag::{Finding, Place};
use crate::ir::{Object, ObjectId};
use crate::objects;
use crate::scan::source::{clean, shown};
use crate::scan::tree::FileId;

/// An object, and where its statement stands.
type Found = (Object, Option<Place>);

impl Lower<'_, '_> {
    /// The objects of `sql(..)` and `files(..)`, together: what is said of one object may stand in several places.
    pub(super) fn sql_texts(&mut self, file: FileId, decl: &SchemaDecl) {
        let mut found = Vec::new();
        for text in &decl.sql {
            let place = self.place(file, text.span);
            self.statements(&text.value, &|_, _| place.clone(), &mut found);
        }
        for named in &decl.files {
            for path in self.sql_files(file, named) {
                self.sql_file(file, named, &path, &mut found);
            }
        }
        let mut places: BTreeMap<ObjectId, VecDeque<Option<Place>>> = BTreeMap::new();
        for (object, place) in &found {
            places.entry(object.id.clone()).or_default().push_back(place.clone());
        }
        for object in objects::merge(found.into_iter().map(|(object, _)| object).collect()) {
            let place = places.get_mut(&object.id).and_then(VecDeque::pop_front).flatten();
            object.id.name.schema.iter().for_each(|schema| self.declare_namespace(schema));
            self.add_object_at(place, object);
        }
    }

    /// The `.sql` files that a path names, in the order of their names, each once.
    fn sql_files(&mut self, file: FileId, named: &Spanned<String>) -> Vec<PathBuf> {
        let path = clean(&self.crate_of(file).join(&named.value));
        if path.is_dir() {
            let mut found = Vec::new();
            let read = self.sql_folder(&path, &mut found);
            if let Err(error) = read {
                self.unreadable(file, named, &path, &error);
            } else if found.is_empty() {
                let message = format!("`{}` holds no `.sql` file", named.value);
                self.error(file, named.span, message, &["put one there, or leave `files` out"]);
            }
            found.sort();
            return found.into_iter().filter(|path| self.sql.files.insert(path.clone())).collect();
        }
        // Cargo takes a path that isn't there for changed, so the nearest directory that is stands for it.
        self.sql.dirs.extend(path.ancestors().skip(1).find(|dir| dir.is_dir()).map(FilePath::to_path_buf));
        if self.sql.files.contains(&path) {
            return Vec::new();
        }
        vec![path]
    }

    fn sql_folder(&mut self, folder: &FilePath, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
        self.sql.dirs.insert(folder.to_path_buf());
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            // Not through links to folders: they may lead back.
            if entry.file_type()?.is_dir() {
                self.sql_folder(&entry.path(), found)?;
            } else if entry.path().extension().is_some_and(|extension| extension == "sql") {
                found.push(entry.path());
            }
        }
        Ok(())
    }

    fn sql_file(&mut self, file: FileId, named: &Spanned<String>, path: &FilePath, found: &mut Vec<Found>) {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                self.sql.files.insert(path.to_path_buf());
                let name = shown(self.crate_dir, path);
                let place = |line, column| Some(Place { file: name.clone(), line, column });
                let text = text.replace("\r\n", "\n");
                self.statements(text.trim_start_matches('\u{feff}'), &place, found);
            }
            Err(error) => self.unreadable(file, named, path, &error),
        }
    }

    fn unreadable(&mut self, file: FileId, named: &Spanned<String>, path: &FilePath, error: &std::io::Error) {
        let message = format!("`{}` can't be read: {error}", shown(self.crate_dir, path).display());
        self.error(file, named.span, message, &["paths are relative to the crate's folder"]);
    }

    fn statements(&mut self, text: &str, place: &dyn Fn(usize, usize) -> Option<Place>, found: &mut Vec<Found>) {
        let statements = match objects::split(self.dialect, text) {
            Ok(statements) => statements,
            Err(message) => return self.findings.push(Finding::error(place(1, 1), message)),
        };
        for statement in statements {
            let place = place(statement.line, statement.column);
            match objects::parse(self.dialect, statement.text) {
                Ok(object) => found.push((object, place)),
                Err(message) => self.findings.push(Finding::error(place, message)),
            }
        }
    }

    /// The folder of the crate that a file belongs to: several crates can feed one database.
    fn crate_of(&self, file: FileId) -> PathBuf {
        let of_file = self.tree.files.get(file).map(|file| file.path.as_path());
        let mut folders = of_file.into_iter().flat_map(FilePath::ancestors).skip(1);
        folders.find(|folder| folder.join("Cargo.toml").is_file()).unwrap_or(self.crate_dir).to_path_buf()
    }
}
