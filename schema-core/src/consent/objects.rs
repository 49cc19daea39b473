//! Objects that SQL text defines and that the source no longer has.

use super::Gate;
use crate::decl::AllowCode;
use crate::diag::Finding;
use crate::diff::Change;
use crate::ir::{Object, ObjectKind, ObjectName};
use crate::model::Path;

impl Gate<'_> {
    pub(super) fn drop_object(&mut self, object: &Object, all: &[Change]) {
        let name = object.id.to_string();
        if !needs_consent(object.id.kind)
            || self.allowed(AllowCode::DropObject, &ObjectName::bare(&name), None).is_some()
            || goes_with_its_owner(object, all)
        {
            return;
        }
        let finding =
            Finding::error(self.place(&Path::SchemaMacro), format!("{name} is no longer declared, and may be in use"))
                .help(format!("to drop it: `schema! {{ allow(drop_object(\"{name}\", reason = \"..\")); }}`"));
        self.findings.push(finding);
    }
}

/// What can be made again from nothing else than the schema needs none.
fn needs_consent(kind: ObjectKind) -> bool {
    !matches!(
        kind,
        ObjectKind::Comment
            | ObjectKind::Privileges
            | ObjectKind::DefaultPrivileges
            | ObjectKind::Statistics
            | ObjectKind::Index
    )
}

/// The consent to drop a table or view covers what is on it.
fn goes_with_its_owner(object: &Object, all: &[Change]) -> bool {
    let is_on_a_table = matches!(object.id.kind, ObjectKind::Trigger | ObjectKind::Rule | ObjectKind::Policy);
    let Some(owner) = object.id.on.as_ref().filter(|_| is_on_a_table).map(|on| object.id.name.sibling(on)) else {
        return false;
    };
    all.iter().any(|change| match change {
        Change::DropTable(table) => table.name == owner,
        Change::DropObject(other) => {
            matches!(other.id.kind, ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable)
                && other.id.name == owner
        }
        _ => false,
    })
}
