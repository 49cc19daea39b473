//! One statement as the object that it makes.

use super::access;
use super::arguments::{identity, type_text};
use super::reader::Reader;
use super::target;
use crate::dialect::{qualified, quote};
use crate::ir::{Dialect, Object, ObjectId, ObjectKind, ObjectName};
use std::collections::BTreeSet;

/// Words before what is created that say nothing about which kind it is.
const BEFORE_THE_KIND: [&str; 2] = ["OR REPLACE", "TRUSTED"];

/// Statements that declare what has a declaration of its own: after CREATE, and what to write instead.
const DECLARED_OTHERWISE: [(&str, &str); 14] = [
    ("TABLE", "a table: declare a struct with `#[derive(Table)]`"),
    ("UNLOGGED TABLE", "a table: declare a struct with `#[derive(Table)]` and `#[table(unlogged)]`"),
    ("GLOBAL", "a temporary object, which a session makes for itself"),
    ("LOCAL", "a temporary object, which a session makes for itself"),
    ("TEMP", "a temporary object, which a session makes for itself"),
    ("TEMPORARY", "a temporary object, which a session makes for itself"),
    ("SCHEMA", "a schema: write `schema! { schema NAME; }`"),
    ("SEQUENCE", "a sequence: write `schema! { sequence(\"NAME\", ..); }`"),
    ("DOMAIN", "a domain: declare a struct with `#[derive(Domain)]`"),
    ("VIRTUAL TABLE", "a virtual table: write `schema! { raw(\"NAME\", create = \"..\", drop = \"..\"); }`"),
    ("ROLE", "a role, which belongs to the whole server and to no schema"),
    ("USER", "a role, which belongs to the whole server and to no schema"),
    ("DATABASE", "a database, and this is about what is in one"),
    ("TABLESPACE", "a tablespace, which belongs to the whole server and to no schema"),
];

/// The object that a statement makes, with its names in full: `public` where none is given. Its `uses` are empty:
/// [`super::uses`] finds them.
///
/// GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, ALTER TABLE .. DISABLE TRIGGER and ALTER INDEX .. ATTACH PARTITION each give a
/// part of an object: [`merge`] puts the parts together.
///
/// # Errors
/// What is wrong, with line and column within the statement, and for what is no object what to write instead.
///
/// ```
/// use schema_core::{ir::Dialect, objects::parse};
/// let view = parse(Dialect::Postgres, "create or replace view active as select 1").unwrap();
/// assert_eq!(view.id.to_string(), "view active");
/// assert_eq!(view.create[0].as_str(), "CREATE VIEW \"public\".\"active\" AS\nselect 1");
/// let table = parse(Dialect::Postgres, "CREATE TABLE t (a int)").unwrap_err();
/// assert!(table.contains("declare a struct"));
/// ```
pub fn parse(dialect: Dialect, statement: &str) -> Result<Object, String> {
    let mut reader = Reader::new(dialect, statement)?;
    if reader.eat("CREATE") {
        return create(reader);
    }
    if dialect != Dialect::Postgres {
        return Err(reader.expected("CREATE VIEW or CREATE TRIGGER"));
    }
    match () {
        () if reader.eat("COMMENT") => comment(reader),
        () if reader.sees("GRANT") || reader.sees("REVOKE") => access::privileges(&mut reader),
        () if reader.eat("ALTER DEFAULT PRIVILEGES") => access::default_privileges(&mut reader),
        () if reader.eat("ALTER") => alter(reader),
        () => Err(reader.expected("CREATE, COMMENT ON, GRANT, REVOKE or ALTER DEFAULT PRIVILEGES")),
    }
}

/// Puts together what several statements say of one object: its privileges, that a trigger is disabled, or that an index
/// has a part. All else stays as it is, in its order.
#[must_use]
pub fn merge(objects: Vec<Object>) -> Vec<Object> {
    let mut merged: Vec<Object> = Vec::new();
    for object in objects {
        let known = merged.iter_mut().find(|known| known.id == object.id && comes_in_parts(known, &object));
        match known {
            Some(known) => {
                known.create.extend(object.create);
                known.drop.splice(0..0, object.drop);
            }
            None => merged.push(object),
        }
    }
    merged
}

fn comes_in_parts(known: &Object, more: &Object) -> bool {
    match known.id.kind {
        ObjectKind::Privileges | ObjectKind::DefaultPrivileges => true,
        ObjectKind::Trigger | ObjectKind::Index => more.create.iter().all(|sql| sql.as_str().starts_with("ALTER ")),
        _ => false,
    }
}

fn object(id: ObjectId, create: String, drop: String) -> Object {
    let drop = if drop.is_empty() { Vec::new() } else { vec![drop.into()] };
    Object { id, create: vec![create.into()], drop, uses: BTreeSet::new() }
}

fn create(mut reader: Reader<'_>) -> Result<Object, String> {
    for words in BEFORE_THE_KIND {
        reader.leave_out(words);
    }
    for (words, instead) in DECLARED_OTHERWISE {
        if reader.sees(words) {
            return Err(format!("this creates {instead}"));
        }
    }
    if reader.dialect.is_mysql() {
        whole_on_mysql(&reader)?;
    }
    match () {
        () if reader.eat("VIEW") => view(reader, ObjectKind::View, ""),
        () if reader.eat("TRIGGER") => trigger(reader),
        () if reader.dialect.is_mysql() && reader.eat("FUNCTION") => routine_on_mysql(reader, ObjectKind::Function),
        () if reader.dialect.is_mysql() && reader.eat("PROCEDURE") => routine_on_mysql(reader, ObjectKind::Procedure),
        () if reader.dialect.is_mysql() => Err(reader.expected("VIEW, TRIGGER, FUNCTION or PROCEDURE")),
        () if reader.dialect != Dialect::Postgres => Err(reader.expected("VIEW or TRIGGER")),
        () if reader.eat("RECURSIVE VIEW") => view(reader, ObjectKind::View, "RECURSIVE "),
        () if reader.eat("MATERIALIZED VIEW") => view(reader, ObjectKind::MaterializedView, ""),
        () if reader.eat("CONSTRAINT TRIGGER") => trigger(reader),
        () if reader.eat("FUNCTION") => routine(reader, ObjectKind::Function),
        () if reader.eat("PROCEDURE") => routine(reader, ObjectKind::Procedure),
        () if reader.eat("AGGREGATE") => routine(reader, ObjectKind::Aggregate),
        () if reader.eat("TYPE") => type_(reader),
        () if reader.eat("RULE") => rule(reader),
        () if reader.eat("POLICY") => policy(reader),
        () if reader.sees("INDEX") || reader.sees("UNIQUE INDEX") => index(reader),
        () if reader.eat("CAST") => cast(reader),
        () if reader.eat("OPERATOR CLASS") => operator_class(reader),
        () if reader.eat("OPERATOR FAMILY") => operator_family(reader),
        () if reader.eat("OPERATOR") => operator(reader),
        () if reader.eat("EXTENSION") => bare(reader, ObjectKind::Extension, "EXTENSION"),
        () if reader.eat("EVENT TRIGGER") => bare(reader, ObjectKind::EventTrigger, "EVENT TRIGGER"),
        () if reader.eat("PUBLICATION") => bare(reader, ObjectKind::Publication, "PUBLICATION"),
        () if reader.eat("SERVER") => bare(reader, ObjectKind::Server, "SERVER"),
        () if reader.eat("FOREIGN DATA WRAPPER") => {
            bare(reader, ObjectKind::ForeignDataWrapper, "FOREIGN DATA WRAPPER")
        }
        () if reader.eat("COLLATION") => named(reader, ObjectKind::Collation, "COLLATION"),
        () if reader.eat("STATISTICS") => named(reader, ObjectKind::Statistics, "STATISTICS"),
        () if reader.eat("FOREIGN TABLE") => named(reader, ObjectKind::ForeignTable, "FOREIGN TABLE"),
        () if reader.eat("TEXT SEARCH") => text_search(reader),
        () => Err(format!(
            "{}; for anything else write `schema! {{ raw(\"NAME\", create = \"..\", drop = \"..\"); }}`",
            reader.expected("VIEW, FUNCTION, TRIGGER or another kind of object")
        )),
    }
}

/// What is left out of the canonical text is refused.
fn whole_on_mysql(reader: &Reader<'_>) -> Result<(), String> {
    let dialect = reader.dialect;
    for word in ["ALGORITHM", "DEFINER", "SQL SECURITY"] {
        if reader.sees(word) {
            return Err(format!("`{word}` before what is created is not supported on {dialect} yet: leave it out"));
        }
    }
    Ok(())
}

/// A function or procedure of MariaDB or MySQL, where no two of a name differ by their arguments.
fn routine_on_mysql(mut reader: Reader<'_>, kind: ObjectKind) -> Result<Object, String> {
    reader.leave_out("IF NOT EXISTS");
    let name = reader.name()?;
    let drop = format!("DROP {} {}", kind.as_str().to_uppercase(), reader.dialect.qualified(&name));
    Ok(object(ObjectId::new(kind, name), reader.canonical(), drop))
}

/// What only its kind and name identify.
fn named(mut reader: Reader<'_>, kind: ObjectKind, words: &str) -> Result<Object, String> {
    reader.leave_out("IF NOT EXISTS");
    let name = reader.name()?;
    let drop = format!("DROP {words} {}", qualified(&name));
    Ok(object(ObjectId::new(kind, name), reader.canonical(), drop))
}

/// What is in no schema.
fn bare(mut reader: Reader<'_>, kind: ObjectKind, words: &str) -> Result<Object, String> {
    reader.leave_out("IF NOT EXISTS");
    let name = reader.bare_name()?;
    let drop = format!("DROP {words} {}", quote(&name));
    Ok(object(ObjectId::new(kind, ObjectName::bare(name)), reader.canonical(), drop))
}

fn text_search(mut reader: Reader<'_>) -> Result<Object, String> {
    let words = ["CONFIGURATION", "DICTIONARY", "PARSER", "TEMPLATE"].into_iter().find(|words| reader.eat(words));
    let words = words.ok_or_else(|| reader.expected("CONFIGURATION, DICTIONARY, PARSER or TEMPLATE"))?;
    named(reader, ObjectKind::TextSearch, &format!("TEXT SEARCH {words}"))
}

/// `CREATE VIEW "s"."v" WITH (..) AS`, a line break, and the query as it is written.
fn view(mut reader: Reader<'_>, kind: ObjectKind, recursive: &str) -> Result<Object, String> {
    reader.leave_out("IF NOT EXISTS");
    let name = reader.name()?;
    let word = kind.as_str().to_uppercase();
    let head_start = reader.end();
    let mut head_end = head_start;
    while !reader.sees("AS") {
        if reader.is_at_end() {
            return Err(reader.expected("`AS`"));
        }
        if reader.peek().is_some_and(|token| token.is_symbol("(")) {
            reader.parentheses()?;
        } else {
            reader.skip();
        }
        head_end = reader.end();
    }
    reader.skip();
    let head = reader.text.get(head_start..head_end).unwrap_or_default().trim();
    let head = if head.is_empty() { String::new() } else { format!(" {head}") };
    let query = reader.rest_text();
    if query.is_empty() {
        return Err(reader.expected("a query"));
    }
    let full = reader.dialect.qualified(&name);
    let create = format!("CREATE {recursive}{word} {full}{head} AS\n{query}");
    let drop = format!("DROP {word} {full}");
    Ok(object(ObjectId::new(kind, name), create, drop))
}

fn routine(mut reader: Reader<'_>, kind: ObjectKind) -> Result<Object, String> {
    let name = reader.name()?;
    let arguments = identity(kind, reader.parentheses()?)?;
    let drop = format!("DROP {} {}({arguments})", kind.as_str().to_uppercase(), qualified(&name));
    let id = ObjectId { arguments: Some(arguments), ..ObjectId::new(kind, name) };
    Ok(object(id, reader.canonical(), drop))
}

fn type_(mut reader: Reader<'_>) -> Result<Object, String> {
    let name = reader.name()?;
    if reader.sees("AS ENUM") {
        return Err("this creates an enum: declare a Rust enum with `#[derive(SqlEnum)]`".to_owned());
    }
    if reader.eat("AS") && reader.peek().is_some_and(|token| token.is_symbol("(")) {
        return Err("this creates a composite type: declare a struct with `#[derive(Composite)]`".to_owned());
    }
    let drop = format!("DROP TYPE {}", qualified(&name));
    Ok(object(ObjectId::new(ObjectKind::Type, name), reader.canonical(), drop))
}

fn trigger(mut reader: Reader<'_>) -> Result<Object, String> {
    reader.leave_out("IF NOT EXISTS");
    let name = reader.bare_name()?;
    go_to(&mut reader, "ON")?;
    let table = reader.name()?;
    let on = match reader.dialect {
        Dialect::Postgres => format!(" ON {}", qualified(&table)),
        Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql => String::new(),
    };
    let drop = format!("DROP TRIGGER {}{on}", reader.dialect.quote(&name));
    Ok(object(on_table(ObjectKind::Trigger, &table, name), reader.canonical(), drop))
}

fn rule(mut reader: Reader<'_>) -> Result<Object, String> {
    let name = reader.bare_name()?;
    go_to(&mut reader, "TO")?;
    let table = reader.name()?;
    let drop = format!("DROP RULE {} ON {}", quote(&name), qualified(&table));
    Ok(object(on_table(ObjectKind::Rule, &table, name), reader.canonical(), drop))
}

fn policy(mut reader: Reader<'_>) -> Result<Object, String> {
    let name = reader.bare_name()?;
    reader.expect("ON")?;
    let table = reader.name()?;
    let drop = format!("DROP POLICY {} ON {}", quote(&name), qualified(&table));
    Ok(object(on_table(ObjectKind::Policy, &table, name), reader.canonical(), drop))
}

/// Goes past the word.
fn go_to(reader: &mut Reader<'_>, word: &str) -> Result<(), String> {
    while !reader.is_at_end() {
        if reader.eat(word) {
            return Ok(());
        }
        reader.skip();
    }
    reader.expect(word)
}

fn on_table(kind: ObjectKind, table: &ObjectName, name: String) -> ObjectId {
    ObjectId { on: Some(table.name.clone()), ..ObjectId::new(kind, table.sibling(name)) }
}

/// An index is in the schema of what it is on, and its name can't be qualified.
fn index(mut reader: Reader<'_>) -> Result<Object, String> {
    let _ = reader.eat("UNIQUE INDEX") || reader.eat("INDEX");
    reader.leave_out("CONCURRENTLY");
    reader.leave_out("IF NOT EXISTS");
    let name = reader.bare_name()?;
    reader.expect("ON")?;
    let _ = reader.eat("ONLY");
    let on = reader.name()?;
    let name = on.sibling(name);
    let drop = format!("DROP INDEX {}", qualified(&name));
    Ok(object(ObjectId::new(ObjectKind::Index, name), reader.canonical(), drop))
}

fn cast(mut reader: Reader<'_>) -> Result<Object, String> {
    let types = reader.parentheses()?;
    let mut inner = Reader::new(reader.dialect, types)?;
    go_to(&mut inner, "AS")?;
    let target = type_text(inner.rest_text())?;
    let source = types.get(..types.len() - inner.rest_text().len()).unwrap_or_default().trim_end();
    let source = type_text(source.get(..source.len().saturating_sub(2)).unwrap_or_default())?;
    let name = format!("{source} AS {target}");
    let drop = format!("DROP CAST ({name})");
    Ok(object(ObjectId::new(ObjectKind::Cast, ObjectName::bare(name)), reader.canonical(), drop))
}

fn operator(mut reader: Reader<'_>) -> Result<Object, String> {
    let name = reader.operator()?;
    let options = reader.parentheses()?;
    let inner = super::tokens::tokens(reader.dialect, options)?;
    let parts = super::arguments::split_at_commas(&inner);
    let side = |word: &str| {
        let option = parts.iter().find(|option| option.first().is_some_and(|first| first.is(word)));
        match option.map(|option| (option.get(2), option.last())) {
            Some((Some(from), Some(to))) => type_text(options.get(from.start..to.end).unwrap_or_default()),
            _ => Ok("NONE".to_owned()),
        }
    };
    let arguments = format!("{}, {}", side("LEFTARG")?, side("RIGHTARG")?);
    let schema = name.schema.as_deref().map(quote).unwrap_or_default();
    let drop = format!("DROP OPERATOR {schema}.{} ({arguments})", name.name);
    let id = ObjectId { arguments: Some(arguments), ..ObjectId::new(ObjectKind::Operator, name) };
    Ok(object(id, reader.canonical(), drop))
}

fn operator_class(mut reader: Reader<'_>) -> Result<Object, String> {
    let name = reader.name()?;
    go_to(&mut reader, "USING")?;
    let method = reader.parts()?.join(".");
    // Without FAMILY it makes a family of its own name, which outlives the class but goes with it when it goes.
    let in_a_family = reader.sees("FAMILY");
    let what = if in_a_family { "CLASS" } else { "FAMILY" };
    let drop = format!("DROP OPERATOR {what} {} USING {method}", qualified(&name));
    Ok(object(ObjectId::new(ObjectKind::OperatorClass, name), reader.canonical(), drop))
}

fn operator_family(mut reader: Reader<'_>) -> Result<Object, String> {
    let name = reader.name()?;
    reader.expect("USING")?;
    let method = reader.parts()?.join(".");
    let drop = format!("DROP OPERATOR FAMILY {} USING {method}", qualified(&name));
    Ok(object(ObjectId::new(ObjectKind::OperatorFamily, name), reader.canonical(), drop))
}

fn comment(mut reader: Reader<'_>) -> Result<Object, String> {
    reader.expect("ON")?;
    for (words, instead) in [
        ("TABLE", "`#[table(comment = \"..\")]` on the struct"),
        ("DOMAIN", "`#[domain(comment = \"..\")]`"),
        ("SEQUENCE", "`sequence(\"NAME\", comment = \"..\")`"),
    ] {
        if reader.sees(words) {
            return Err(format!("the comment of a {} has a place of its own: {instead}", words.to_lowercase()));
        }
    }
    let on = target::named(&mut reader)?;
    reader.expect("IS")?;
    if reader.sees("NULL") {
        return Err("this takes a comment away: leave the statement out".to_owned());
    }
    let (create, drop) = (format!("COMMENT ON {on} IS {}", reader.rest_text()), format!("COMMENT ON {on} IS NULL"));
    let id = ObjectId { on: Some(on), ..ObjectId::new(ObjectKind::Comment, ObjectName::bare("")) };
    Ok(object(id, create, drop))
}

/// ALTER TABLE .. DISABLE TRIGGER, which is a part of its trigger, and ALTER INDEX .. ATTACH PARTITION, of its index.
fn alter(mut reader: Reader<'_>) -> Result<Object, String> {
    if reader.eat("INDEX") {
        let name = reader.name()?;
        reader.expect("ATTACH PARTITION")?;
        let create = format!("ALTER INDEX {} ATTACH PARTITION {}", qualified(&name), qualified(&reader.name()?));
        return Ok(object(ObjectId::new(ObjectKind::Index, name), create, String::new()));
    }
    if !reader.eat("TABLE") {
        return Err("ALTER changes what is there: declare the object as it shall be".to_owned());
    }
    reader.leave_out("ONLY");
    let table = reader.name()?;
    let states = ["DISABLE TRIGGER", "ENABLE REPLICA TRIGGER", "ENABLE ALWAYS TRIGGER"];
    let Some(state) = states.into_iter().find(|state| reader.eat(state)) else {
        return Err("ALTER TABLE changes what is there: declare the table as it shall be, on its struct".to_owned());
    };
    let name = reader.bare_name()?;
    let create = format!("ALTER TABLE {} {state} {}", qualified(&table), quote(&name));
    Ok(object(on_table(ObjectKind::Trigger, &table, name), create, String::new()))
}
