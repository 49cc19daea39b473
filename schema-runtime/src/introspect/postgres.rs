//! PostgreSQL's catalog, read in a constant number of queries however many tables there are (BUGS.md B54).
//!
//! With an empty search_path the server prints every name outside pg_catalog qualified (HAZARDS.md row 62). Objects of
//! extensions, of the system and of the migration runners are no part of the schema.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{
    Check, Column, Deferrable, Dialect, EnumType, ForeignKey, Generated, Identity, Index, IndexKey, IndexTarget,
    NullsOrder, ObjectName, PrimaryKey, ReferentialAction, Schema, SqlType, Table, Unique,
};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};

use super::text::without_outer_parentheses;
use crate::Error;

/// Reads the tables and enums of a PostgreSQL database, 12 or later, as they are at one moment.
///
/// On a connection within a transaction it sees what that transaction sees, and leaves its settings as they were.
pub async fn postgres(connection: &mut PgConnection) -> Result<Schema, Error> {
    let mut transaction = if connection.is_in_transaction() {
        connection.begin().await?
    } else {
        connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
    };
    sqlx::query("SET LOCAL search_path TO ''").execute(&mut *transaction).await?;
    let schema = read(&mut transaction).await?;
    transaction.rollback().await?;
    Ok(schema)
}

async fn read(connection: &mut PgConnection) -> Result<Schema, Error> {
    let mut schema = Schema::empty(Dialect::Postgres);
    schema.namespaces = namespaces(connection).await?;
    schema.enums = enums(connection).await?;
    let mut tables = tables(connection).await?;
    columns(connection, &schema.enums, &mut tables).await?;
    constraints(connection, &mut tables).await?;
    indexes(connection, &mut tables).await?;
    for mut table in tables.into_values() {
        table.sort();
        schema.tables.insert(table.name.clone(), table);
    }
    Ok(schema)
}

/// Tables by their oid, while they are put together.
type Tables = BTreeMap<i64, Table>;

/// The namespaces that are ours to manage; `{n}` is a pg_namespace.
const MANAGED: &str = r"n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')";

/// The tables that are ours to manage: `c` is a pg_class, `n` its pg_namespace. Partitioned tables and partitions
/// are not, since the IR cannot say what they are.
const MANAGED_TABLE: &str = r"c.relkind = 'r' AND NOT c.relispartition
    AND c.relname NOT IN ('_sqlx_migrations', '_schema_migrations') AND NOT EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')";

async fn fetch(connection: &mut PgConnection, sql: &str) -> Result<Vec<PgRow>, Error> {
    let sql = sql.replace("{managed}", MANAGED).replace("{managed_table}", MANAGED_TABLE);
    Ok(sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await?)
}

async fn namespaces(connection: &mut PgConnection) -> Result<BTreeSet<String>, Error> {
    let sql = "SELECT n.nspname::text AS name FROM pg_namespace n WHERE {managed} AND n.nspname <> 'public'";
    let rows = fetch(connection, sql).await?;
    rows.iter().map(|row| Ok(row.try_get("name")?)).collect()
}

async fn enums(connection: &mut PgConnection) -> Result<BTreeMap<ObjectName, EnumType>, Error> {
    let sql = r"
        SELECT n.nspname::text AS schema, t.typname::text AS name, obj_description(t.oid, 'pg_type') AS comment,
            ARRAY(SELECT l.enumlabel::text FROM pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) AS labels
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'e' AND {managed} AND NOT EXISTS (
            SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')";
    let mut enums = BTreeMap::new();
    for row in fetch(connection, sql).await? {
        let name = object_name(&row, "schema", "name")?;
        let labels = row.try_get("labels")?;
        enums.insert(name.clone(), EnumType { name, labels, comment: row.try_get("comment")? });
    }
    Ok(enums)
}

async fn tables(connection: &mut PgConnection) -> Result<Tables, Error> {
    let sql = r"
        SELECT c.oid::bigint AS oid, n.nspname::text AS schema, c.relname::text AS name,
            obj_description(c.oid, 'pg_class') AS comment
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE {managed_table} AND {managed}";
    let mut tables = Tables::new();
    for row in fetch(connection, sql).await? {
        let mut table = Table::new(object_name(&row, "schema", "name")?);
        table.comment = row.try_get("comment")?;
        tables.insert(row.try_get("oid")?, table);
    }
    Ok(tables)
}

/// A type of an extension is written as people write it, without the schema that the extension happens to be in.
async fn columns(
    connection: &mut PgConnection,
    enums: &BTreeMap<ObjectName, EnumType>,
    tables: &mut Tables,
) -> Result<(), Error> {
    let sql = r"
        SELECT c.oid::bigint AS oid, a.attname::text AS name, NOT a.attnotnull AS nullable,
            a.attidentity::text AS identity, a.attgenerated::text AS generated,
            pg_get_expr(d.adbin, d.adrelid) AS expression, col_description(c.oid, a.attnum) AS comment,
            CASE WHEN a.attcollation <> t.typcollation THEN CASE WHEN cn.nspname = 'pg_catalog' THEN co.collname::text
                ELSE cn.nspname || '.' || co.collname END END AS collation,
            b.oid <> t.oid AS is_array, bn.nspname::text AS type_schema, b.typname::text AS type_name,
            format_type(b.oid, a.atttypmod) AS type,
            EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = b.oid
                AND e.deptype = 'e') AS of_extension
        FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type t ON t.oid = a.atttypid
            JOIN pg_type b ON b.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1
                THEN t.typelem ELSE t.oid END
            JOIN pg_namespace bn ON bn.oid = b.typnamespace
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            LEFT JOIN pg_collation co ON co.oid = a.attcollation
            LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
        WHERE {managed_table} AND {managed}
        ORDER BY c.oid, a.attnum";
    for row in fetch(connection, sql).await? {
        if let Some(table) = tables.get_mut(&row.try_get("oid")?) {
            table.columns.push(column(&row, enums)?);
        }
    }
    Ok(())
}

fn column(row: &PgRow, enums: &BTreeMap<ObjectName, EnumType>) -> Result<Column, Error> {
    let mut column = Column::new(row.try_get::<String, _>("name")?, sql_type(row, enums)?);
    column.nullable = row.try_get("nullable")?;
    column.collation = row.try_get("collation")?;
    column.comment = row.try_get("comment")?;
    column.identity = match row.try_get("identity")? {
        "a" => Some(Identity::Always),
        "d" => Some(Identity::ByDefault),
        _ => None,
    };
    let expression: Option<String> = row.try_get("expression")?;
    match row.try_get("generated")? {
        "" => column.default = expression,
        kind => {
            let expression = without_outer_parentheses(&expression.unwrap_or_default()).to_owned();
            column.generated = Some(Generated { expression, stored: kind == "s" });
        }
    }
    Ok(column)
}

fn sql_type(row: &PgRow, enums: &BTreeMap<ObjectName, EnumType>) -> Result<SqlType, Error> {
    let name = object_name(row, "type_schema", "type_name")?;
    let printed: String = row.try_get("type")?;
    let ty = if enums.contains_key(&name) {
        SqlType::Named(name)
    } else if row.try_get("of_extension")? {
        SqlType::Builtin(printed.split_once('.').map_or(printed.as_str(), |(_, bare)| bare).to_owned())
    } else {
        SqlType::Builtin(printed)
    };
    Ok(if row.try_get("is_array")? { SqlType::Array(Box::new(ty)) } else { ty })
}

/// NOT NULL is read from the columns alone, since PostgreSQL 18 lists it here as well (BUGS.md B44).
async fn constraints(connection: &mut PgConnection, tables: &mut Tables) -> Result<(), Error> {
    let sql = r"
        SELECT c.oid::bigint AS oid, k.conname::text AS name, k.contype::text AS kind,
            ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (num, place)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place) AS columns,
            rn.nspname::text AS schema, r.relname::text AS table,
            ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (num, place)
                JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place) AS referenced,
            k.confdeltype::text AS on_delete, k.confupdtype::text AS on_update, k.confmatchtype = 'f' AS match_full,
            k.condeferrable AS deferrable, k.condeferred AS deferred, pg_get_expr(k.conbin, k.conrelid) AS expression,
            coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct
        FROM pg_constraint k
            JOIN pg_class c ON c.oid = k.conrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_class r ON r.oid = k.confrelid
            LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
            LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype = 'u'
        WHERE k.contype IN ('p', 'u', 'c', 'f') AND {managed_table} AND {managed}";
    for row in fetch(connection, sql).await? {
        if let Some(table) = tables.get_mut(&row.try_get("oid")?) {
            constraint(&row, table)?;
        }
    }
    Ok(())
}

fn constraint(row: &PgRow, table: &mut Table) -> Result<(), Error> {
    let name: String = row.try_get("name")?;
    let columns: Vec<String> = row.try_get("columns")?;
    match row.try_get("kind")? {
        "p" => table.primary_key = Some(PrimaryKey::new(name, columns)),
        "u" => table.uniques.push(Unique {
            name,
            columns,
            nulls_not_distinct: row.try_get("nulls_not_distinct")?,
            deferrable: deferrable(row)?,
            include: Vec::new(),
            storage: BTreeMap::new(),
        }),
        "c" => {
            let expression: String = row.try_get("expression")?;
            table.checks.push(Check::new(name, without_outer_parentheses(&expression).to_owned()));
        }
        _ => table.foreign_keys.push(ForeignKey {
            name,
            columns,
            references: object_name(row, "schema", "table")?,
            referenced_columns: row.try_get("referenced")?,
            on_delete: action(row.try_get("on_delete")?),
            on_update: action(row.try_get("on_update")?),
            match_full: row.try_get("match_full")?,
            deferrable: deferrable(row)?,
            set_columns: Vec::new(),
            not_valid: false,
            not_enforced: false,
        }),
    }
    Ok(())
}

fn action(code: &str) -> ReferentialAction {
    match code {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

fn deferrable(row: &PgRow) -> Result<Option<Deferrable>, Error> {
    Ok(match (row.try_get("deferrable")?, row.try_get("deferred")?) {
        (false, _) => None,
        (true, false) => Some(Deferrable::InitiallyImmediate),
        (true, true) => Some(Deferrable::InitiallyDeferred),
    })
}

/// One row a key. An expression has the collation of its operands, which the server alone knows: it prints one only
/// where another was asked for. Indexes of constraints are left out, and invalid ones, which no query uses (HAZARDS.md row 35).
async fn indexes(connection: &mut PgConnection, tables: &mut Tables) -> Result<(), Error> {
    let sql = r"
        SELECT c.oid::bigint AS oid, x.relname::text AS name, i.indisunique AS is_unique, m.amname::text AS method,
            coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct,
            coalesce(x.reloptions, '{}') AS storage, pg_get_expr(i.indpred, i.indrelid) AS predicate,
            k.num > i.indnkeyatts AS included, a.attname::text AS column,
            CASE WHEN a.attname IS NULL THEN pg_get_indexdef(x.oid, k.num::int, false) END AS expression,
            CASE WHEN a.attname IS NULL AND position(pg_get_indexdef(x.oid, k.num::int, false) || ' COLLATE '
                    IN pg_get_indexdef(x.oid)) = 0 THEN NULL
                WHEN i.indcollation[k.num - 1] NOT IN (0, coalesce(a.attcollation, kt.typcollation))
                THEN co.collname::text END AS collation,
            CASE WHEN NOT o.opcdefault THEN o.opcname::text END AS opclass,
            i.indoption[k.num - 1] & 1 = 1 AS descending, i.indoption[k.num - 1] & 2 = 2 AS nulls_first
        FROM pg_index i
            JOIN pg_class x ON x.oid = i.indexrelid
            JOIN pg_am m ON m.oid = x.relam
            JOIN pg_class c ON c.oid = i.indrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL generate_series(1, i.indnatts) AS k (num)
            JOIN pg_attribute ka ON ka.attrelid = x.oid AND ka.attnum = k.num
            JOIN pg_type kt ON kt.oid = ka.atttypid
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[k.num - 1] AND a.attnum <> 0
            LEFT JOIN pg_collation co ON k.num <= i.indnkeyatts AND co.oid = i.indcollation[k.num - 1]
            LEFT JOIN pg_opclass o ON k.num <= i.indnkeyatts AND o.oid = i.indclass[k.num - 1]
        WHERE i.indisvalid AND NOT EXISTS (
                SELECT FROM pg_constraint p WHERE p.conindid = x.oid AND p.contype IN ('p', 'u', 'x'))
            AND {managed_table} AND {managed}
        ORDER BY c.oid, x.relname, k.num";
    for row in fetch(connection, sql).await? {
        if let Some(table) = tables.get_mut(&row.try_get("oid")?) {
            index_key(&row, table)?;
        }
    }
    Ok(())
}

fn index_key(row: &PgRow, table: &mut Table) -> Result<(), Error> {
    let name: String = row.try_get("name")?;
    if table.indexes.last().is_none_or(|index| index.name != name) {
        table.indexes.push(index(row, name)?);
    }
    let Some(index) = table.indexes.last_mut() else { return Ok(()) };
    let column: Option<String> = row.try_get("column")?;
    if row.try_get("included")? {
        index.include.extend(column);
        return Ok(());
    }
    let target = match column {
        Some(column) => IndexTarget::Column(column),
        None => {
            let expression: String = row.try_get("expression")?;
            IndexTarget::Expression(without_outer_parentheses(&expression).to_owned())
        }
    };
    let descending = row.try_get("descending")?;
    let nulls = match (descending, row.try_get("nulls_first")?) {
        (false, true) => Some(NullsOrder::First),
        (true, false) => Some(NullsOrder::Last),
        _ => None,
    };
    let (collation, opclass) = (row.try_get("collation")?, row.try_get("opclass")?);
    index.keys.push(IndexKey { target, collation, opclass, descending, nulls });
    Ok(())
}

fn index(row: &PgRow, name: String) -> Result<Index, Error> {
    let method: String = row.try_get("method")?;
    let predicate: Option<String> = row.try_get("predicate")?;
    let storage: Vec<String> = row.try_get("storage")?;
    Ok(Index {
        name,
        unique: row.try_get("is_unique")?,
        method: (method != "btree").then_some(method),
        keys: Vec::new(),
        include: Vec::new(),
        nulls_not_distinct: row.try_get("nulls_not_distinct")?,
        storage: storage.iter().filter_map(|option| option.split_once('=')).map(owned_pair).collect(),
        predicate: predicate.map(|text| without_outer_parentheses(&text).to_owned()),
    })
}

fn owned_pair((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn object_name(row: &PgRow, schema: &str, name: &str) -> Result<ObjectName, Error> {
    Ok(ObjectName::qualified(row.try_get::<String, _>(schema)?, row.try_get::<String, _>(name)?))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use sqlx::Executor;

    use super::*;
    use crate::scratch::Postgres;

    async fn introspected(sql: &'static str) -> (Postgres, PgConnection, Schema) {
        let server = Postgres::start().await.unwrap();
        let url = server.create_database("introspect").await.unwrap();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        connection.execute(sqlx::raw_sql(sql)).await.unwrap();
        let schema = postgres(&mut connection).await.unwrap();
        (server, connection, schema)
    }

    const RICH: &str = r#"
        CREATE SCHEMA app; CREATE SCHEMA "Odd";
        CREATE TYPE app."Lvl" AS ENUM ('low', 'high'); COMMENT ON TYPE app."Lvl" IS 'levels';
        CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY);
        CREATE TABLE app.org (a bigint, b text, CONSTRAINT org_pkey PRIMARY KEY (b, a));
        CREATE TABLE "T ""x" (
            gone int,
            id bigint GENERATED ALWAYS AS IDENTITY,
            lvl app."Lvl" NOT NULL DEFAULT 'low',
            lvls app."Lvl"[] NOT NULL DEFAULT '{}',
            name varchar(50) COLLATE "C" DEFAULT 'x',
            price numeric(10,2) NOT NULL,
            total numeric GENERATED ALWAYS AS (price * 2) STORED,
            org_a bigint, org_b text,
            "at" timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT p PRIMARY KEY (id),
            CONSTRAINT u UNIQUE (name, price) DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT c CHECK (price > 0 AND (name <> ')')),
            CONSTRAINT f FOREIGN KEY (org_a, org_b) REFERENCES app.org (a, b) MATCH FULL ON DELETE SET NULL ON UPDATE CASCADE
        );
        ALTER TABLE "T ""x" DROP COLUMN gone;
        COMMENT ON TABLE "T ""x" IS 'it''s'; COMMENT ON COLUMN "T ""x"."at" IS 'when';
        CREATE UNIQUE INDEX i1 ON "T ""x" (lower(name) text_pattern_ops, price DESC NULLS LAST, "at" NULLS FIRST)
            INCLUDE (id) WITH (fillfactor = 80) WHERE price > 1;
        CREATE INDEX i2 ON "T ""x" USING gin (lvls);
        CREATE INDEX i3 ON "T ""x" (name COLLATE "POSIX", (price + 1) DESC);
        CREATE TABLE part (id int) PARTITION BY RANGE (id); CREATE TABLE part1 PARTITION OF part DEFAULT;
        CREATE VIEW v AS SELECT 1;
    "#;

    #[tokio::test]
    async fn everything_that_the_ir_can_say_is_read() {
        let (_server, mut connection, schema) = introspected(RICH).await;
        assert_eq!(schema.namespaces, BTreeSet::from(["Odd".to_owned(), "app".to_owned()]));
        let level = ObjectName::qualified("app", "Lvl");
        assert_eq!(schema.enums[&level].labels, ["low", "high"]);
        assert_eq!(schema.enums[&level].comment.as_deref(), Some("levels"));
        let names: Vec<String> = schema.tables.keys().map(ToString::to_string).collect();
        assert_eq!(names, ["app.org", "T \"x"]);
        assert_eq!(
            schema.tables[&ObjectName::qualified("app", "org")].primary_key.as_ref().unwrap().columns,
            ["b", "a"]
        );

        let table = &schema.tables[&ObjectName::qualified("public", "T \"x")];
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("{} {}", column.name, column.ty)).collect();
        let expected = [
            "id bigint",
            "lvl app.Lvl",
            "lvls app.Lvl[]",
            "name character varying(50)",
            "price numeric(10,2)",
            "total numeric",
            "org_a bigint",
            "org_b text",
            "at timestamp with time zone",
        ];
        assert_eq!(columns, expected);
        assert_eq!(table.column("lvls").unwrap().ty, SqlType::Array(Box::new(SqlType::Named(level))));
        assert_eq!(table.column("lvl").unwrap().default.as_deref(), Some("'low'::app.\"Lvl\""));
        assert_eq!(table.column("id").unwrap().identity, Some(Identity::Always));
        assert_eq!(table.column("name").unwrap().collation.as_deref(), Some("C"));
        assert!(table.column("name").unwrap().nullable && !table.column("price").unwrap().nullable);
        let total = table.column("total").unwrap().generated.as_ref().unwrap();
        assert_eq!((total.expression.as_str(), total.stored), ("price * (2)::numeric", true));
        assert_eq!(
            (table.comment.as_deref(), table.column("at").unwrap().comment.as_deref()),
            (Some("it's"), Some("when"))
        );

        assert_eq!(table.uniques[0].deferrable, Some(Deferrable::InitiallyDeferred));
        assert_eq!(table.checks[0].expression, "(price > (0)::numeric) AND ((name)::text <> ')'::text)");
        let key = &table.foreign_keys[0];
        assert_eq!(
            (&key.columns[..], &key.referenced_columns[..]),
            (&["org_a".to_owned(), "org_b".to_owned()][..], &["a".to_owned(), "b".to_owned()][..])
        );
        assert_eq!(
            (key.on_delete, key.on_update, key.match_full),
            (ReferentialAction::SetNull, ReferentialAction::Cascade, true)
        );

        let [i1, i2, i3] = &table.indexes[..] else { panic!("{:?}", table.indexes) };
        assert!(i1.unique && i1.include == ["id"] && i1.storage["fillfactor"] == "80");
        assert_eq!(i1.predicate.as_deref(), Some("price > (1)::numeric"));
        assert_eq!(i1.keys[0].target, IndexTarget::Expression("lower((name)::text)".to_owned()));
        assert_eq!(i1.keys[0].opclass.as_deref(), Some("text_pattern_ops"));
        assert_eq!((i1.keys[1].descending, i1.keys[1].nulls), (true, Some(NullsOrder::Last)));
        assert_eq!((i1.keys[2].descending, i1.keys[2].nulls), (false, Some(NullsOrder::First)));
        assert_eq!((i2.method.as_deref(), &i2.keys), (Some("gin"), &vec![IndexKey::column("lvls")]));
        assert_eq!(i3.keys[0].collation.as_deref(), Some("POSIX"));
        assert_eq!(
            (&i3.keys[1].target, i3.keys[1].nulls),
            (&IndexTarget::Expression("price + (1)::numeric".to_owned()), None)
        );

        // Within a transaction it sees the transaction's own state, and leaves the search_path alone.
        let mut transaction = connection.begin().await.unwrap();
        transaction.execute("CREATE TABLE fresh (id int)").await.unwrap();
        let schema = postgres(&mut transaction).await.unwrap();
        assert!(schema.tables.contains_key(&ObjectName::qualified("public", "fresh")));
        let path: String = sqlx::query_scalar("SHOW search_path").fetch_one(&mut *transaction).await.unwrap();
        assert_eq!(path, "\"$user\", public");
    }
}
