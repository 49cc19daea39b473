//! Assertions on rows, which stop a migration with words before a statement would stop it with a code, or would
//! lose something without stopping at all.

use super::ddl;
use crate::dialect::{literal, parenthesised, qualified, quote};
use crate::ir::{Check, ForeignKey, Index, IndexKey, IndexTarget, ObjectName, Table};
use crate::kept;

/// Fails when the table holds rows.
pub(super) fn empty(table: &ObjectName, why: &str) -> String {
    let message = format!("table `{table}` holds rows: {why}");
    let count = format!("SELECT count(*) INTO found FROM (SELECT 1 FROM {} LIMIT 1) AS present;", qualified(table));
    block("", &count, &literal(&message))
}

/// Fails when rows of the table meet the condition. The message starts with their number: `3 rows of table `t` ..`.
pub(super) fn no_rows(table: &ObjectName, condition: &str, what: &str) -> String {
    let count = format!("SELECT count(*) INTO found FROM {} WHERE {condition};", qualified(table));
    block(condition, &count, &format!("found || {}", literal(&format!(" rows of table `{table}` {what}"))))
}

/// Fails when something that the schema does not hold binds to the column itself: a view, a policy, a trigger's list, extended
/// statistics, or a constraint or index that is not `known`.
pub(super) fn unused(table: &ObjectName, column: &str, known: &[&str]) -> String {
    let known = texts(known);
    let message = format!("column `{column}` of table `{table}` is used by ");
    do_block(
        "check",
        &format!(
            "\nDECLARE\n    users text;\nBEGIN\n    \
         SELECT string_agg(DISTINCT pg_describe_object(classid, objid, objsubid), ', ') INTO users FROM pg_depend\n    \
         WHERE refclassid = 'pg_class'::regclass AND refobjid = {}::regclass\n        \
         AND refobjsubid = (SELECT attnum FROM pg_attribute WHERE attrelid = refobjid AND attname = {})\n        \
         AND CASE classid\n            \
         WHEN 'pg_attrdef'::regclass THEN false\n            \
         WHEN 'pg_statistic_ext'::regclass THEN true\n            \
         WHEN 'pg_constraint'::regclass THEN EXISTS (SELECT FROM pg_constraint WHERE pg_constraint.oid = objid\n                \
         AND conrelid = refobjid AND contype <> 'n' AND conname <> ALL ({known}))\n            \
         WHEN 'pg_class'::regclass THEN EXISTS (SELECT FROM pg_class WHERE pg_class.oid = objid\n                \
         AND relkind IN ('i', 'I') AND relname <> ALL ({known}))\n            \
         ELSE deptype = 'n' END;\n    \
         IF users IS NOT NULL THEN\n        \
         RAISE EXCEPTION USING MESSAGE = {} || users || ', which would stay with the old column: declare it, so that it is \
         made again';\n    END IF;\nEND\n",
            literal(&qualified(table)),
            literal(column),
            literal(&message)
        ),
    )
}

/// Fails when the table has what the schema does not know, which would go with it. `known` are its constraints and indexes;
/// triggers and policies that the schema knows are away by then.
pub(super) fn nothing_unknown(table: &ObjectName, columns: &[&str], known: &[&str]) -> String {
    let (columns, known) = (texts(columns), texts(known));
    let message = format!(
        "table `{table}` is made anew, and what the schema does not know of it would be lost: declare it, or drop it first: "
    );
    do_block(
        "check",
        &format!(
            r"
DECLARE
    own regclass := {own};
    unknown text;
BEGIN
    SELECT string_agg(what, ', ' ORDER BY what) INTO unknown FROM (
        SELECT 'column ' || attname FROM pg_attribute
        WHERE attrelid = own AND attnum > 0 AND NOT attisdropped AND attname <> ALL ({columns})
        UNION ALL SELECT 'constraint ' || conname FROM pg_constraint
        WHERE conrelid = own AND contype <> 'n' AND coninhcount = 0 AND conname <> ALL ({known})
        UNION ALL SELECT 'index ' || relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE indrelid = own AND relname <> ALL ({known})
            AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid)
        UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE tgrelid = own AND NOT tgisinternal
            AND NOT (SELECT relispartition FROM pg_class WHERE oid = own)
        UNION ALL SELECT 'policy ' || polname FROM pg_policy WHERE polrelid = own
    ) AS found (what);
    IF unknown IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = {message} || unknown;
    END IF;
END
",
            own = literal(&qualified(table)),
            message = literal(&message),
        ),
    )
}

fn texts(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
    format!("ARRAY[{}]::text[]", names.join(", "))
}

/// Fails when rows hold NULL in the column.
pub(super) fn no_nulls(table: &ObjectName, name: &str) -> String {
    let what = format!("hold NULL in `{name}`, which becomes NOT NULL: fill them first, or state a `backfill`");
    no_rows(table, &format!("{} IS NULL", quote(name)), &what)
}

/// Fails when rows are equal in an index that is to be unique, with the number of values and some of them.
pub(super) fn no_duplicates(table: &Table, index: &Index) -> String {
    let keys: Vec<String> = index.keys.iter().map(key_text).collect();
    let present = index.keys.iter().map(|key| format!("{} IS NOT NULL", key_text(key)));
    let mut conditions: Vec<String> = if index.nulls_not_distinct { Vec::new() } else { present.collect() };
    conditions.extend(index.predicate.as_deref().map(parenthesised));
    let filter = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let keys = keys.join(", ");
    let conflict = conflict(&(keys.clone() + &filter));
    let message = format!(" values of ({}) occur more than once in table `{}`, such as ", named(index), table.name);
    do_block(
        "check",
        &format!(
            "{conflict}\nDECLARE\n    found bigint;\n    samples text;\nBEGIN\n    \
         SELECT count(*), string_agg(key, '; ' ORDER BY key) FILTER (WHERE place <= 3) INTO found, samples\n    \
         FROM (SELECT concat_ws(', ', {keys}) AS key, row_number() OVER () AS place\n        \
         FROM {}{filter} GROUP BY {keys} HAVING count(*) > 1) AS twice;\n    \
         IF found > 0 THEN\n        \
         RAISE EXCEPTION USING ERRCODE = 'unique_violation', MESSAGE = found || {} || samples;\n    END IF;\nEND\n",
            qualified(&table.name),
            literal(&message)
        ),
    )
}

fn key_text(key: &IndexKey) -> String {
    match &key.target {
        IndexTarget::Column(name) => quote(name),
        IndexTarget::Expression(text) => parenthesised(text),
    }
}

fn named(index: &Index) -> String {
    let name = |key: &IndexKey| match &key.target {
        IndexTarget::Column(name) => name.clone(),
        IndexTarget::Expression(text) => text.clone(),
    };
    index.keys.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Fails when a foreign table is among the partitions: it can have no index, and the parent's would stay invalid.
pub(super) fn no_foreign_parts(table: &ObjectName, index: &str) -> String {
    let table_name = literal(&qualified(table));
    let message = format!(
        "index `{index}` of table `{table}` would stay invalid, since a foreign table is among its partitions: call the table \
         `small`, so that the index is made in one statement"
    );
    let count = format!(
        "SELECT count(*) INTO found FROM pg_partition_tree({table_name}::regclass) AS part \
         JOIN pg_class AS c ON c.oid = part.relid WHERE c.relkind = 'f';"
    );
    block("", &count, &literal(&message))
}

/// Lets a partitioned table's index take the indexes of partitions. Those that are not among them, since the schema does
/// not hold them, are indexed first, each in a transaction of its own; what is done already stays done.
pub(super) fn all_parts_indexed(table: &ObjectName, index: &Index, attached: &[String]) -> String {
    let (parent, own) = (literal(&qualified(table)), literal(&qualified(&table.sibling(&index.name))));
    let attached: String = attached.iter().map(|statement| format!("    {statement};\n")).collect();
    let create = literal(&format!("CREATE {}INDEX ON ONLY ", ddl::unique_word(index)));
    let definition = literal(&ddl::index_definition(index));
    let message = format!("index `{}` of table `{table}` is not valid: a partition has none that fits", index.name);
    do_block(
        "parts",
        &format!(
            r"
DECLARE
    part regclass;
    above regclass;
    former oid[];
    made regclass;
BEGIN
{attached}    COMMIT;
    LOOP
        SELECT p.relid, i.indexrelid INTO part, above
        FROM pg_partition_tree({parent}::regclass) AS p
            JOIN pg_index AS i ON i.indrelid = p.parentrelid
            JOIN pg_partition_tree({own}::regclass) AS own ON own.relid = i.indexrelid
        WHERE NOT EXISTS (
            SELECT FROM pg_inherits AS h JOIN pg_index AS it ON it.indexrelid = h.inhrelid
            WHERE h.inhparent = i.indexrelid AND it.indrelid = p.relid
        )
        ORDER BY p.level, p.relid LIMIT 1;
        EXIT WHEN NOT FOUND;
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE MODE', part);
        former := array(SELECT indexrelid FROM pg_index WHERE indrelid = part);
        EXECUTE {create} || part || {definition};
        SELECT indexrelid INTO made FROM pg_index WHERE indrelid = part AND indexrelid <> ALL (former);
        EXECUTE format('ALTER INDEX %s ATTACH PARTITION %s', above, made);
        COMMIT;
    END LOOP;
    IF NOT (SELECT indisvalid FROM pg_index WHERE indexrelid = {own}::regclass) THEN
        RAISE EXCEPTION USING MESSAGE = {message};
    END IF;
END
",
            message = literal(&message),
        ),
    )
}

/// VALIDATE CONSTRAINT of a check. PostgreSQL's own error names no row.
pub(super) fn validated_check(table: &Table, check: &Check) -> String {
    let condition = format!("NOT {}", parenthesised(&check.expression));
    validated(table, &check.name, "check_violation", &condition, &format!("violate `{}`", check.name))
}

/// VALIDATE CONSTRAINT of a check that stands for NOT NULL.
pub(super) fn validated_not_null(table: &Table, check: &str, column: &str) -> String {
    let condition = format!("violating.{} IS NULL", quote(column));
    validated(table, check, "check_violation", &condition, &format!("hold NULL in `{column}`"))
}

/// VALIDATE CONSTRAINT of a foreign key.
pub(super) fn validated_key(table: &Table, key: &ForeignKey) -> String {
    let pairs = key.columns.iter().zip(&key.referenced_columns);
    let same: Vec<String> =
        pairs.map(|(own, other)| format!("referenced.{} = violating.{}", quote(other), quote(own))).collect();
    let present = |own: &String| format!("violating.{} IS NOT NULL", quote(own));
    let any = if key.match_full { " OR " } else { " AND " };
    let present = key.columns.iter().map(present).collect::<Vec<_>>().join(any);
    let orphan = format!(
        "({present}) AND NOT EXISTS (SELECT FROM {} AS referenced WHERE {})",
        qualified(&key.references),
        same.join(" AND ")
    );
    let what = format!("refer to no row of `{}`", key.references);
    validated(table, &key.name, "foreign_key_violation", &orphan, &what)
}

fn validated(table: &Table, constraint: &str, violation: &str, condition: &str, what: &str) -> String {
    let keys = table.primary_key.iter().flat_map(|key| &key.columns);
    let keys: Vec<String> = keys.map(|column| format!("violating.{}", quote(column))).collect();
    let key = if keys.is_empty() {
        "violating.ctid::text".to_owned()
    } else {
        format!("concat_ws(', ', {})", keys.join(", "))
    };
    let message = format!(" rows of table `{}` {what}, such as ", table.name);
    let conflict = conflict(condition);
    let name = qualified(&table.name);
    do_block(
        "check",
        &format!(
            "{conflict}\nDECLARE\n    found bigint;\n    samples text;\nBEGIN\n    \
         ALTER TABLE {name} VALIDATE CONSTRAINT {};\nEXCEPTION WHEN {violation} THEN\n    \
         SELECT count(*) INTO found FROM {name} AS violating WHERE {condition};\n    \
         SELECT string_agg(key, '; ') INTO samples\n    \
         FROM (SELECT {key} AS key FROM {name} AS violating WHERE {condition} LIMIT 3) AS rows;\n    \
         RAISE EXCEPTION USING ERRCODE = '{violation}', MESSAGE = found || {} || coalesce(samples, '');\nEND\n",
            quote(constraint),
            literal(&message)
        ),
    )
}

/// What PL/pgSQL needs where the text may name a column like a variable: it would take the name for ambiguous (manual,
/// section 43.11.1).
fn conflict(text: &str) -> &'static str {
    let is_likely = ["found", "samples"].into_iter().any(|name| text.contains(name));
    if is_likely { "\n#variable_conflict use_column" } else { "" }
}

/// Fails when a column that was put aside is there no longer.
pub(super) fn kept_column(table: &ObjectName, name: &str, aside: &str) -> String {
    still_beside(table, &format!("column `{name}` of table `{table}`"), aside)
}

/// Fails when what was kept of a column's labels is there no longer.
pub(super) fn kept_labels(table: &ObjectName, name: &str, aside: &str) -> String {
    still_beside(table, &format!("labels in column `{name}` of table `{table}`"), aside)
}

/// Fails when the table has columns that drops keep: they would stay behind.
pub(super) fn nothing_kept(table: &ObjectName) -> String {
    let count = format!(
        "SELECT count(*) INTO found FROM pg_catalog.pg_attribute WHERE attrelid = {}::regclass AND attname ~ '^{}' \
         AND NOT attisdropped;",
        literal(&qualified(table)),
        kept::PREFIX
    );
    let message = format!(
        "table `{table}` is made anew, and values that are kept in it would be lost: `cargo schema purge` removes them first"
    );
    block("", &count, &literal(&message))
}

fn still_beside(table: &ObjectName, what: &str, aside: &str) -> String {
    let found = format!(
        "SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {}::regclass AND attname = {} AND NOT attisdropped",
        literal(&qualified(table)),
        literal(aside)
    );
    still_kept(&found, what, aside)
}

/// Fails when a table, type or sequence that was put aside is there no longer.
pub(super) fn kept_object(word: &str, name: &ObjectName, aside: &ObjectName) -> String {
    let lookup = if matches!(word, "table" | "sequence") { "to_regclass" } else { "to_regtype" };
    let found = format!("SELECT WHERE {lookup}({}) IS NOT NULL", literal(&qualified(aside)));
    still_kept(&found, &format!("{word} `{name}`"), &aside.to_string())
}

fn still_kept(found: &str, what: &str, aside: &str) -> String {
    let message = format!(
        "{what} can't come back: `{aside}`, as which it was kept, has been purged; go forward with a new migration"
    );
    let count = format!("SELECT count(*) INTO found FROM (SELECT WHERE NOT EXISTS ({found})) AS gone;");
    block("", &count, &literal(&message))
}

fn block(condition: &str, count: &str, message: &str) -> String {
    let conflict = conflict(condition);
    let body = format!(
        "{conflict}\nDECLARE\n    found bigint;\nBEGIN\n    {count}\n    IF found > 0 THEN\n        \
         RAISE EXCEPTION USING MESSAGE = {message};\n    END IF;\nEND\n"
    );
    do_block("check", &body)
}

/// `DO` with the body in quotes that it does not contain.
pub(crate) fn do_block(tag: &str, body: &str) -> String {
    format!("DO {}", dollar_quoted(tag, body))
}

pub(super) fn dollar_quoted(tag: &str, body: &str) -> String {
    let tag = dollar_tag(tag, body);
    format!("{tag}{body}{tag}")
}

/// A dollar quote that the body does not contain: names and expressions may hold anything.
fn dollar_tag(word: &str, body: &str) -> String {
    let mut tag = format!("${word}$");
    let mut number = 0;
    while body.contains(&tag) {
        number += 1;
        tag = format!("${word}{number}$");
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_quotes_and_dollars_stays_within_the_block() {
        let block = no_rows(&ObjectName::qualified("public", "it's $check$"), "true", "are wrong");
        insta::assert_snapshot!(block, @r#"
        DO $check1$
        DECLARE
            found bigint;
        BEGIN
            SELECT count(*) INTO found FROM "public"."it's $check$" WHERE true;
            IF found > 0 THEN
                RAISE EXCEPTION USING MESSAGE = found || ' rows of table `it''s $check$` are wrong';
            END IF;
        END
        $check1$
        "#);
    }
}
