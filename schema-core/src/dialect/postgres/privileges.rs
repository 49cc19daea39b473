//! What roles may do with a column or table that another one takes the place of: nothing that PostgreSQL moves by itself.

use super::guard::do_block;
use crate::dialect::{literal, qualified};
use crate::ir::ObjectName;

/// Grants on columns of a table, given to other columns too: pairs of who has them and who gets them.
pub(super) fn of_columns(from: &ObjectName, to: &ObjectName, columns: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = columns.iter().map(|(old, new)| format!("({}, {})", literal(old), literal(new))).collect();
    let granted = format!(
        "SELECT acl.*, pair.new AS name FROM (VALUES {}) AS pair (old, new)\n        \
         JOIN pg_attribute ON attrelid = {}::regclass AND attname = pair.old, aclexplode(attacl) AS acl",
        pairs.join(", "),
        literal(&qualified(from))
    );
    given(&granted, &format!("format('GRANT %s (%I) ON %s TO ', granted.privilege_type, granted.name, {})", on(to)))
}

/// Grants on a table as a whole, given to another one too; an owner needs none.
pub(super) fn of_table(from: &ObjectName, to: &ObjectName) -> String {
    let granted = format!(
        "SELECT acl.* FROM pg_class, aclexplode(relacl) AS acl\n        \
         WHERE pg_class.oid = {}::regclass AND acl.grantee <> relowner",
        literal(&qualified(from))
    );
    given(&granted, &format!("format('GRANT %s ON %s TO ', granted.privilege_type, {})", on(to)))
}

fn on(table: &ObjectName) -> String {
    format!("{}::regclass", literal(&qualified(table)))
}

fn given(granted: &str, grant: &str) -> String {
    do_block(
        "grants",
        &format!(
            "\nDECLARE\n    granted record;\nBEGIN\n    FOR granted IN\n        {granted}\n    LOOP\n        \
             EXECUTE {grant}\n            \
             || CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END\n            \
             || CASE WHEN granted.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;\n    END LOOP;\nEND\n"
        ),
    )
}
