//! Views, extensions and raw objects: what SQL text defines.

use std::fmt::Write as _;

use super::Lower;
use super::collect::Item;
use crate::attrs;
use crate::decl::{ExtensionDecl, Mark, RawDecl, ViewDecl};
use crate::diag::{Finding, Place};
use crate::dialect::quote;
use crate::ir::{Dialect, Object, ObjectId, ObjectKind, ObjectName, SqlText, Use};
use crate::model::{self, Path};
use crate::objects;
use crate::scan::tree::FileId;

impl<'t> Lower<'_, 't> {
    pub(super) fn views(&mut self, declared: Vec<(Item<'t>, &'t ViewDecl)>) {
        for (item, decl) in declared {
            self.view(&item, decl);
        }
    }

    fn view(&mut self, item: &Item<'t>, decl: &ViewDecl) {
        let file = item.at.file;
        let name = self.object_name(file, attrs::view_name(decl), decl.schema.as_ref());
        let what = "SQLite has no materialized views";
        self.refuse(Dialect::Sqlite, file, decl.materialized, what, "leave `materialized` out");
        let first_option = decl.options.first().map(|(name, _)| name.span);
        self.refuse(Dialect::Sqlite, file, first_option, "SQLite's views have no options", "leave `with` out");
        if self.dialect.is_mysql() {
            let unlike = [
                ("materialized", decl.materialized),
                ("with", first_option),
                ("comment", decl.comment.as_ref().map(|comment| comment.span)),
            ];
            for (name, span) in unlike.into_iter().filter_map(|(name, span)| Some((name, span?))) {
                let message = format!("{}'s views have no `{name}`", self.dialect);
                self.error(file, span, message, &["leave it out"]);
            }
        }
        self.refuse_comment(file, decl.comment.as_ref());
        let kind = if decl.materialized.is_some() { ObjectKind::MaterializedView } else { ObjectKind::View };
        let id = ObjectId::new(kind, name.clone());
        let words = if decl.materialized.is_some() { "MATERIALIZED VIEW" } else { "VIEW" };
        let query = match objects::query(self.dialect, &decl.sql.value) {
            Ok(query) => query,
            Err(message) => {
                let message = format!("view `{name}`: {message}");
                return self.error(file, decl.sql.span, message, &["write one query, such as `SELECT id FROM users`"]);
            }
        };
        let options: Vec<String> = decl.options.iter().map(|(name, value)| format!("{}={value}", name.value)).collect();
        let options = if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
        let view = Object {
            id: id.clone(),
            create: vec![format!("CREATE {words} {}{options} AS\n{query}", self.dialect.qualified(&name)).into()],
            drop: vec![format!("DROP {words} {}", self.dialect.qualified(&name)).into()],
            uses: Default::default(),
        };
        if self.add_object(file, decl.ident.span, view) {
            self.declare(item, model::Object::View(id.clone()), Vec::new());
        }
        if let Some(comment) = &decl.comment {
            let mut comment_id = ObjectId::new(ObjectKind::Comment, ObjectName::bare(""));
            let on = format!("{words} {}", self.dialect.qualified(&name));
            let text = format!("'{}'", comment.value.replace('\'', "''"));
            comment_id.on = Some(on.clone());
            self.add_object(
                file,
                comment.span,
                Object {
                    id: comment_id,
                    create: vec![format!("COMMENT ON {on} IS {text}").into()],
                    drop: vec![format!("COMMENT ON {on} IS NULL").into()],
                    uses: [Use::Object(id)].into(),
                },
            );
        }
    }

    pub(super) fn extensions(&mut self, file: FileId, declared: &[ExtensionDecl]) {
        for decl in declared {
            let (name, span) = (&decl.name.value, decl.name.span);
            let help = "leave it out: the application loads extensions of SQLite";
            if self.refuse(Dialect::Sqlite, file, Some(span), "SQLite creates no extensions", help) {
                continue;
            }
            let schema = decl.schema.as_ref().map_or("public", |schema| schema.value.as_str());
            self.declare_namespace(schema);
            let mut create = format!("CREATE EXTENSION {}", quote(name));
            let _ = write!(create, " WITH SCHEMA {}", quote(schema));
            let extension = Object {
                id: ObjectId::new(ObjectKind::Extension, ObjectName::bare(name)),
                create: vec![create.into()],
                drop: vec![format!("DROP EXTENSION {}", quote(name)).into()],
                uses: Default::default(),
            };
            self.add_object(file, span, extension);
        }
    }

    pub(super) fn raws(&mut self, file: FileId, declared: &[RawDecl]) {
        for decl in declared {
            let raw = Object {
                id: ObjectId::new(ObjectKind::Raw, ObjectName::bare(&decl.name.value)),
                create: vec![statements(&decl.create.value)],
                drop: vec![statements(&decl.drop.value)],
                uses: Default::default(),
            };
            self.add_object(file, decl.name.span, raw);
        }
    }

    fn add_object(&mut self, file: FileId, span: Mark, object: Object) -> bool {
        let place = self.place(file, span);
        self.add_object_at(place, object)
    }

    /// Adds an object; false when it is there already, which is reported.
    pub(super) fn add_object_at(&mut self, place: Option<Place>, object: Object) -> bool {
        let path = Path::Object(object.id.clone());
        if self.model.schema.objects.contains_key(&object.id) {
            let message = format!("{} is declared twice{}", object.id, self.elsewhere(&path));
            self.findings.push(Finding::error(place, message).help("remove one of them"));
            return false;
        }
        if let Some(place) = place {
            self.model.places.insert(path, &place.file, (place.line, place.column));
        }
        self.model.schema.objects.insert(object.id.clone(), object);
        true
    }
}

/// Text without blanks around it and without its last semicolon, which the migration's file adds.
fn statements(text: &str) -> SqlText {
    text.trim().trim_end_matches(';').trim_end().into()
}
