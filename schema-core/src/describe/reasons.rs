//! Why something may go: the reasons that the source gives with its consents.

use crate::decl::AllowCode;
use crate::diff::{Change, Part};
use crate::ir::ObjectName;
use crate::model::Intents;

/// The reason for what happens to an object as a whole.
pub(super) fn of_object(change: &Change, intents: &Intents) -> Option<String> {
    match change {
        Change::DropTable(table) => find(&[AllowCode::DropTable], &table.name, None, intents),
        Change::DropEnum(ty) => find(&[AllowCode::DropEnum], &ty.name, None, intents),
        Change::DropDomain(domain) => find(&[AllowCode::DropDomain], &domain.name, None, intents),
        Change::DropComposite(composite) => find(&[AllowCode::DropType], &composite.name, None, intents),
        Change::DropSequence(sequence) => find(&[AllowCode::DropSequence], &sequence.name, None, intents),
        Change::DropObject(object) => {
            find(&[AllowCode::DropObject], &ObjectName::bare(object.id.to_string()), None, intents)
        }
        _ => None,
    }
}

/// The reason for what happens within a table.
pub(super) fn of_part(table: &ObjectName, part: &Part, intents: &Intents) -> Option<String> {
    use AllowCode as Code;
    let (codes, name): (&[AllowCode], Option<&str>) = match part {
        Part::DropColumn(column) => (&[Code::DropColumn], Some(&column.name)),
        Part::AddColumn(column) => (&[Code::AssumeEmpty], Some(&column.name)),
        Part::AlterColumn { to, .. } => (&[Code::NarrowType, Code::DropNotNull, Code::AssumeEmpty], Some(&to.name)),
        Part::DropPrimaryKey(_) => (&[Code::DropPrimaryKey], None),
        Part::DropUnique(key) => (&[Code::DropUnique], Some(&key.name)),
        Part::DropIndex(index) => (&[Code::DropUnique], Some(&index.name)),
        Part::DropCheck(check) => (&[Code::DropCheck], Some(&check.name)),
        Part::DropForeignKey(key) => (&[Code::DropForeignKey], Some(&key.name)),
        Part::DropExclusion(exclusion) => (&[Code::DropExclusion], Some(&exclusion.name)),
        Part::SetRowSecurity(false) | Part::ForceRowSecurity(false) => (&[Code::DropRowSecurity], None),
        _ => return None,
    };
    find(codes, table, name, intents)
}

/// The reason for a label that goes.
pub(super) fn of_label(ty: &ObjectName, label: &str, intents: &Intents) -> Option<String> {
    find(&[AllowCode::DropLabel], ty, Some(label), intents)
}

fn find(codes: &[AllowCode], object: &ObjectName, part: Option<&str>, intents: &Intents) -> Option<String> {
    codes.iter().find_map(|code| intents.allow(*code, object, part)).map(|allow| allow.reason.clone())
}
