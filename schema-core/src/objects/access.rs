//! GRANT, REVOKE and ALTER DEFAULT PRIVILEGES, each with the statement that undoes it.

use std::collections::BTreeSet;

use super::reader::Reader;
use super::target;
use crate::ir::{Object, ObjectId, ObjectKind, ObjectName};

/// A GRANT or REVOKE without what it is on.
struct Access {
    gives: bool,
    /// `SELECT, INSERT`.
    privileges: String,
    /// GRANT OPTION FOR, or WITH GRANT OPTION.
    with_option: bool,
    roles: String,
}

impl Access {
    fn sql(&self, on: &str) -> String {
        let Self { privileges, roles, .. } = self;
        match (self.gives, self.with_option) {
            (true, false) => format!("GRANT {privileges} ON {on} TO {roles}"),
            (true, true) => format!("GRANT {privileges} ON {on} TO {roles} WITH GRANT OPTION"),
            (false, false) => format!("REVOKE {privileges} ON {on} FROM {roles}"),
            (false, true) => format!("REVOKE GRANT OPTION FOR {privileges} ON {on} FROM {roles}"),
        }
    }

    fn undone(&self) -> Self {
        let Self { privileges, roles, .. } = self;
        // What is given with its option is taken with it.
        let with_option = self.with_option && !self.gives;
        Self { gives: !self.gives, privileges: privileges.clone(), with_option, roles: roles.clone() }
    }
}

/// Reads up to ON.
fn what(reader: &mut Reader<'_>) -> Result<(bool, bool, String), String> {
    let gives = reader.eat("GRANT");
    if !gives {
        reader.expect("REVOKE")?;
    }
    let option_for = !gives && reader.eat("GRANT OPTION FOR");
    let text = reader.rest_text();
    let start = reader.peek().map_or(0, |token| token.start);
    let mut end = 0;
    while !reader.sees("ON") {
        if reader.is_at_end() || reader.sees("TO") || reader.sees("FROM") {
            return Err("membership of roles belongs to the whole server and to no schema".to_owned());
        }
        reader.skip();
        end = reader.end() - start;
    }
    reader.skip();
    let privileges = text.get(..end).unwrap_or_default().to_owned();
    if privileges.is_empty() { Err(reader.expected("privileges")) } else { Ok((gives, option_for, privileges)) }
}

/// Reads from TO or FROM to the end.
fn roles(reader: &mut Reader<'_>, gives: bool) -> Result<(String, bool), String> {
    reader.expect(if gives { "TO" } else { "FROM" })?;
    let text = reader.rest_text();
    let start = reader.peek().map_or(0, |token| token.start);
    let mut end = 0;
    let ends = ["WITH GRANT OPTION", "GRANTED BY", "CASCADE", "RESTRICT"];
    while !reader.is_at_end() && !ends.into_iter().any(|words| reader.sees(words)) {
        reader.skip();
        end = reader.end() - start;
    }
    let with_option = reader.eat("WITH GRANT OPTION");
    let _ = reader.eat("RESTRICT");
    if !reader.is_at_end() {
        return Err(reader.expected("the end of the statement"));
    }
    match text.get(..end).unwrap_or_default() {
        "" => Err(reader.expected("a role")),
        roles => Ok((roles.to_owned(), with_option)),
    }
}

pub(super) fn privileges(reader: &mut Reader<'_>) -> Result<Object, String> {
    let (gives, option_for, privileges) = what(reader)?;
    if reader.sees("ALL") {
        return Err("a statement on all objects of a schema says nothing of one: name the object".to_owned());
    }
    let names_a_table = reader.ahead(1).is_some_and(|next| {
        [".", ","].into_iter().any(|symbol| next.is_symbol(symbol)) || next.is("TO") || next.is("FROM")
    });
    let on = if names_a_table {
        format!("TABLE {}", crate::dialect::qualified(&reader.name()?))
    } else {
        target::named(reader)?
    };
    if reader.peek().is_some_and(|token| token.is_symbol(",")) {
        return Err("one GRANT or REVOKE is about one object here: write one statement for each".to_owned());
    }
    let (roles, with_option) = roles(reader, gives)?;
    let access = Access { gives, privileges, with_option: with_option || option_for, roles };
    let (create, drop) = (access.sql(&on), access.undone().sql(&on));
    Ok(object(ObjectKind::Privileges, on, create, drop))
}

pub(super) fn default_privileges(reader: &mut Reader<'_>) -> Result<Object, String> {
    let text = reader.rest_text();
    let start = reader.peek().map_or(0, |token| token.start);
    let mut end = 0;
    while !reader.sees("GRANT") && !reader.sees("REVOKE") {
        if reader.is_at_end() {
            return Err(reader.expected("GRANT or REVOKE"));
        }
        reader.skip();
        end = reader.end() - start;
    }
    let whose = text.get(..end).unwrap_or_default();
    let (gives, option_for, privileges) = what(reader)?;
    let kinds = ["TABLES", "SEQUENCES", "FUNCTIONS", "ROUTINES", "TYPES", "SCHEMAS"];
    let on = kinds.into_iter().find(|kind| reader.eat(kind));
    let on = on.ok_or_else(|| reader.expected("TABLES, SEQUENCES, FUNCTIONS, ROUTINES, TYPES or SCHEMAS"))?;
    let (roles, with_option) = roles(reader, gives)?;
    let access = Access { gives, privileges, with_option: with_option || option_for, roles };
    let whose = if whose.is_empty() { String::new() } else { format!("{whose} ") };
    let sql = |access: &Access| format!("ALTER DEFAULT PRIVILEGES {whose}{}", access.sql(on));
    let (create, drop) = (sql(&access), sql(&access.undone()));
    Ok(object(ObjectKind::DefaultPrivileges, format!("{whose}{on}"), create, drop))
}

fn object(kind: ObjectKind, on: String, create: String, drop: String) -> Object {
    let id = ObjectId { on: Some(on), ..ObjectId::new(kind, ObjectName::bare("")) };
    Object { id, create: vec![create.into()], drop: vec![drop.into()], uses: BTreeSet::new() }
}
