//! What PostgreSQL's catalog says of what is kept.

use schema_core::dialect::{literal, qualified, quote};

use super::{Aside, Kind};

pub(crate) const NAMES: &str = "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname ~ '^_kept_'
    UNION SELECT relname::text FROM pg_catalog.pg_class WHERE relname ~ '^_kept_'
    UNION SELECT attname::text FROM pg_catalog.pg_attribute WHERE attname ~ '^_kept_' AND NOT attisdropped";

/// A column that a table has of its parent goes with that.
pub(crate) const ALL: &str = "
    SELECT 'values', n.nspname::text, c.relname::text, a.attname::text
    FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attname ~ '^_kept_' AND NOT a.attisdropped AND a.attinhcount = 0
    UNION ALL SELECT CASE c.relkind WHEN 'c' THEN 'type' ELSE 'table' END, n.nspname::text, c.relname::text, ''
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname ~ '^_kept_' AND c.relkind IN ('r', 'p', 'c')
    UNION ALL SELECT 'sequence', n.nspname::text, c.relname::text, ''
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relname ~ '^_kept_' AND c.relkind = 'S'
    UNION ALL SELECT 'type', n.nspname::text, t.typname::text, ''
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname ~ '^_kept_' AND t.typtype IN ('d', 'e')
    UNION ALL SELECT 'schema', nspname::text, '', '' FROM pg_catalog.pg_namespace WHERE nspname ~ '^_kept_'";

pub(crate) const AGES: &str = "SELECT version::text, to_char(installed_on AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'),
    greatest(extract(epoch FROM now() - installed_on), 0)::bigint::text FROM {} WHERE success";

pub(crate) fn size(aside: &Aside) -> Option<[String; 2]> {
    let relation = qualified(&aside.object());
    match aside.kind {
        Kind::Values => {
            let column = quote(&aside.part);
            Some([
                format!("SELECT count({column})::text FROM {relation}"),
                format!("SELECT coalesce(sum(pg_column_size({column})), 0)::text FROM {relation}"),
            ])
        }
        // Its children are there by themselves.
        Kind::Table => Some([
            format!("SELECT count(*)::text FROM ONLY {relation}"),
            format!("SELECT pg_total_relation_size({}::regclass)::text", literal(&relation)),
        ]),
        Kind::Sequence | Kind::Type | Kind::Schema => None,
    }
}

/// Each list in one statement, since its members may use each other.
pub(crate) fn removed(all: &[&Aside]) -> Vec<String> {
    let of = |kind: Kind| all.iter().filter(move |aside| aside.kind == kind);
    let listed = |kind: Kind, drop: &str| {
        let names: Vec<String> = of(kind).map(|aside| qualified(&aside.object())).collect();
        (!names.is_empty()).then(|| format!("{drop} {}", names.join(", ")))
    };
    let columns = of(Kind::Values)
        .map(|aside| format!("ALTER TABLE {} DROP COLUMN {}", qualified(&aside.object()), quote(&aside.part)));
    let schemas = of(Kind::Schema).map(|aside| format!("DROP SCHEMA {}", quote(&aside.schema)));
    columns
        .chain(listed(Kind::Table, "DROP TABLE"))
        // One that a column owned is gone with it.
        .chain(listed(Kind::Sequence, "DROP SEQUENCE IF EXISTS"))
        .chain(listed(Kind::Type, "DROP TYPE"))
        .chain(schemas)
        .collect()
}
