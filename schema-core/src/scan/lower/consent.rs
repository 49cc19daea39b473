//! `allow(..)`, resolved to what it is about.

use super::Lower;
use crate::decl::{AllowCode, AllowDecl};
use crate::ir::ObjectName;
use crate::model::Allow;
use crate::scan::tree::FileId;

impl Lower<'_, '_> {
    /// Consents on a struct or enum, or on one of its columns.
    pub(super) fn consents(&mut self, file: FileId, allows: &[AllowDecl], object: &ObjectName, column: Option<&str>) {
        for decl in allows {
            let named = decl.name.as_ref().map(|name| name.value.clone());
            let part = named.or_else(|| column.map(str::to_owned));
            self.consent(file, decl, object.clone(), part);
        }
    }

    /// Consents in `schema! {}`, which name the object that is gone.
    pub(super) fn schema_consents(&mut self, file: FileId, allows: &[AllowDecl]) {
        for decl in allows {
            let Some(name) = &decl.name else { continue };
            let object = match decl.code.value {
                // Named with its kind, which is no part of a name.
                AllowCode::DropObject => ObjectName::bare(&name.value),
                _ => self.named_object(&name.value, "public"),
            };
            self.consent(file, decl, object, None);
        }
    }

    fn consent(&mut self, file: FileId, decl: &AllowDecl, object: ObjectName, part: Option<String>) {
        let part = part.filter(|_| !matches!(decl.code.value, AllowCode::DropPrimaryKey | AllowCode::DropRowSecurity));
        self.model.intents.allows.push(Allow {
            code: decl.code.value,
            object,
            part,
            reason: decl.reason.clone(),
            map_to: decl.map_to.as_ref().map(|text| text.value.clone()),
            restore: decl.restore.as_ref().map(|text| text.value.clone()),
            keep: decl.keep,
            place: self.place(file, decl.code.span),
        });
    }
}
