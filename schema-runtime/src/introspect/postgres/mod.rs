//! PostgreSQL's catalog, read in a constant number of queries however many tables there are (BUGS.md B54).
//!
//! With an empty search_path the server prints every name outside pg_catalog qualified (HAZARDS.md row 62). Objects of
//! extensions, of the system and of the migration runners are no part of the schema. What an object stands for is
//! known by its address in the catalog, which dependencies, comments and privileges speak of.

mod columns;
mod comments;
mod constraints;
mod foreign;
mod functions;
mod indexes;
mod objects;
mod operators;
mod privileges;
mod relations;
mod sequences;
mod tables;
mod types;
mod uses;
mod views;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use schema_core::ir::{Dialect, Object, ObjectId, ObjectName, Schema, SqlText, Table, Use};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection, Row};

use super::Note;
use crate::Error;

/// Reads a PostgreSQL database, 12 or later, as it is at one moment.
///
/// On a connection within a transaction it sees what that transaction sees, and leaves its settings as they were.
/// [`postgres_with_notes`] tells what could not be read, too.
pub async fn postgres(connection: &mut PgConnection) -> Result<Schema, Error> {
    Ok(postgres_with_notes(connection).await?.0)
}

/// Reads a PostgreSQL database as [`postgres`] does, with a note on each thing that is in the database and not, or not
/// wholly, in the schema.
pub async fn postgres_with_notes(connection: &mut PgConnection) -> Result<(Schema, Vec<Note>), Error> {
    let mut transaction = if connection.is_in_transaction() {
        connection.begin().await?
    } else {
        connection.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?
    };
    sqlx::raw_sql(SETTINGS).execute(&mut *transaction).await?;
    let read = Reader::new(&mut transaction).await?.read().await?;
    transaction.rollback().await?;
    Ok(read)
}

/// The joins stand in the order that serves: to look for a better one took the server longer than to read a small
/// database, as to compile them does on a large one.
const SETTINGS: &str = "SET LOCAL search_path TO ''; SET LOCAL join_collapse_limit TO 1; SET LOCAL from_collapse_limit TO 1; \
                        SET LOCAL jit TO off; SAVEPOINT reading";

/// The newest major version whose catalog is known here.
const KNOWN: i32 = 18;

/// What is said of a server that is newer than that: catalogs keep their columns, mostly, and gain new ones.
fn newer(version: i32) -> Option<Note> {
    let major = version / 10_000;
    (major > KNOWN).then(|| Note {
        object: format!("PostgreSQL {major}"),
        reason: format!("its catalog is read as that of {KNOWN}; what came after that is not in the model"),
    })
}

/// The catalogs that addresses name; their oids are the same in every version.
mod class {
    pub(super) const TYPE: i64 = 1247;
    pub(super) const PROC: i64 = 1255;
    pub(super) const CLASS: i64 = 1259;
    pub(super) const SERVER: i64 = 1417;
    pub(super) const FDW: i64 = 2328;
    pub(super) const CAST: i64 = 2605;
    pub(super) const CONSTRAINT: i64 = 2606;
    pub(super) const NAMESPACE: i64 = 2615;
    pub(super) const OPCLASS: i64 = 2616;
    pub(super) const OPERATOR: i64 = 2617;
    pub(super) const REWRITE: i64 = 2618;
    pub(super) const TRIGGER: i64 = 2620;
    pub(super) const OPFAMILY: i64 = 2753;
    pub(super) const EXTENSION: i64 = 3079;
    pub(super) const POLICY: i64 = 3256;
    pub(super) const STATISTICS: i64 = 3381;
    pub(super) const COLLATION: i64 = 3456;
    pub(super) const EVENT_TRIGGER: i64 = 3466;
    pub(super) const TS_DICTIONARY: i64 = 3600;
    pub(super) const TS_PARSER: i64 = 3601;
    pub(super) const TS_CONFIGURATION: i64 = 3602;
    pub(super) const TS_TEMPLATE: i64 = 3764;
    pub(super) const PUBLICATION: i64 = 6104;
}

/// A catalog and an oid in it.
type Address = (i64, i64);

/// What an address stands for.
struct Made {
    /// What those that lean on it use.
    stands: Use,
    /// As COMMENT ON and DROP name it: `VIEW "app"."v"`.
    statement: String,
}

/// A table while it is put together.
struct Draft {
    table: Table,
    partition: bool,
    /// Columns by their attribute number.
    numbers: HashMap<i32, String>,
}

/// What has been read so far.
struct Reader<'c> {
    connection: &'c mut PgConnection,
    version: i32,
    schema: Schema,
    notes: Vec<Note>,
    tables: BTreeMap<i64, Draft>,
    /// Child to parents, in order.
    parents: BTreeMap<i64, Vec<i64>>,
    types: HashMap<i64, types::TypeEntry>,
    made: HashMap<Address, Made>,
    /// By address and column number.
    comments: BTreeMap<(i64, i64, i32), comments::Comment>,
}

/// The namespaces that are neither the server's own nor made for what drops keep: `n` is a pg_namespace.
const MANAGED: &str = "n.nspname !~ '^(pg_|_kept_)' AND n.nspname <> 'information_schema'";

/// The relations that are ours to manage: `c` is a pg_class, `n` its pg_namespace.
const MANAGED_RELATION: &str = "n.nspname !~ '^(pg_|_kept_)' AND n.nspname <> 'information_schema'
    AND c.relname NOT IN ('_sqlx_migrations', '_schema_migrations', '_schema_backfills') AND c.relname !~ '^_kept_' AND NOT EXISTS (
    SELECT FROM pg_depend e WHERE e.classid = 1259 AND e.objid = c.oid AND e.deptype = 'e')";

/// A collation that is none of the server's own, as the model names it: `co` is a pg_collation, `cn` its pg_namespace.
const QUALIFIED_COLLATION: &str =
    r#"format('"%s"."%s"', replace(cn.nspname, '"', '""'), replace(co.collname, '"', '""'))"#;

/// True for what no extension brought.
fn own(class: i64, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend own WHERE own.classid = {class} AND own.objid = {oid} AND own.deptype = 'e')"
    )
}

impl<'c> Reader<'c> {
    async fn new(connection: &'c mut PgConnection) -> Result<Self, Error> {
        let version =
            sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(&mut *connection).await?;
        Ok(Self {
            connection,
            version,
            schema: Schema::empty(Dialect::Postgres),
            notes: newer(version).into_iter().collect(),
            tables: BTreeMap::new(),
            parents: BTreeMap::new(),
            types: HashMap::new(),
            made: HashMap::new(),
            comments: BTreeMap::new(),
        })
    }

    async fn read(mut self) -> Result<(Schema, Vec<Note>), Error> {
        self.comments().await?;
        self.namespaces().await?;
        self.extensions().await?;
        self.types().await?;
        self.relations().await?;
        self.sequences().await?;
        self.columns().await?;
        self.constraints().await?;
        self.indexes().await?;
        self.views().await?;
        self.functions().await?;
        self.objects().await?;
        self.operators().await?;
        self.foreign().await?;
        self.uses().await?;
        self.tables_done();
        self.comment_objects();
        self.privileges().await?;
        self.notes.sort();
        self.notes.dedup();
        Ok((self.schema, self.notes))
    }

    /// The text, where the server has what it speaks of, else what older servers mean.
    fn since(&self, version: i32, newer: &'static str, older: &'static str) -> &'static str {
        if self.version >= version { newer } else { older }
    }

    /// The rows of a query with the columns `oid` and `label`. Where the server can't give them all, it is asked for
    /// each object on its own, and those that fail are noted.
    async fn fetch(&mut self, sql: &str) -> Result<Vec<PgRow>, Error> {
        match sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *self.connection).await {
            Err(sqlx::Error::Database(_)) => self.fetch_each(sql).await,
            rows => Ok(rows?),
        }
    }

    /// The list of objects does not evaluate the columns that fail.
    async fn fetch_each(&mut self, sql: &str) -> Result<Vec<PgRow>, Error> {
        self.back_to_savepoint().await?;
        let list = format!("SELECT DISTINCT q.oid, q.label FROM ({sql}) q ORDER BY q.oid");
        let mut rows = Vec::new();
        for object in sqlx::query(AssertSqlSafe(list)).fetch_all(&mut *self.connection).await? {
            let (oid, label): (i64, String) = (object.try_get("oid")?, object.try_get("label")?);
            let one = format!("SELECT * FROM ({sql}) q WHERE q.oid = {oid}");
            match sqlx::query(AssertSqlSafe(one)).fetch_all(&mut *self.connection).await {
                Ok(found) => rows.extend(found),
                Err(sqlx::Error::Database(error)) => {
                    self.back_to_savepoint().await?;
                    self.note(label, error.message());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(rows)
    }

    async fn back_to_savepoint(&mut self) -> Result<(), Error> {
        sqlx::raw_sql("ROLLBACK TO SAVEPOINT reading").execute(&mut *self.connection).await?;
        Ok(())
    }

    fn note(&mut self, object: impl Into<String>, reason: impl Into<String>) {
        self.notes.push(Note { object: object.into(), reason: reason.into() });
    }

    /// A text that the server printed. It prints none for what went away while it was read.
    fn printed(&mut self, row: &PgRow, column: &str) -> Result<Option<String>, Error> {
        let text: Option<String> = row.try_get(column)?;
        if text.is_none() {
            let label: String = row.try_get("label")?;
            self.note(label, "the server prints no definition of it");
        }
        Ok(text)
    }

    fn made(&mut self, address: Address, stands: Use, statement: String) {
        self.made.insert(address, Made { stands, statement });
    }

    /// An object that `DROP statement` undoes.
    fn object(&mut self, address: Address, id: ObjectId, statement: String, create: Vec<String>) {
        let drop = vec![format!("DROP {statement}")];
        self.object_with_drop(address, id, statement, create, drop);
    }

    fn object_with_drop(
        &mut self,
        address: Address,
        id: ObjectId,
        statement: String,
        create: Vec<String>,
        drop: Vec<String>,
    ) {
        let (id, create) = canonical(id, create);
        self.made(address, Use::Object(id.clone()), statement);
        self.insert(id, create, drop, BTreeSet::new());
    }

    fn insert(&mut self, id: ObjectId, create: Vec<String>, drop: Vec<String>, uses: BTreeSet<Use>) {
        let texts = |texts: Vec<String>| texts.into_iter().map(SqlText).collect();
        let object = Object { id: id.clone(), create: texts(create), drop: texts(drop), uses };
        self.schema.objects.insert(id, object);
    }

    /// Takes a comment that is a field of what it is on.
    fn comment(&mut self, class: i64, oid: i64, column: i32) -> Option<String> {
        self.comments.remove(&(class, oid, column)).map(|comment| comment.text)
    }
}

/// The definition as a source's would be read, so that the two are compared by what they say: names in full and quoted,
/// arguments without `public`. A text that can't be read so stays as the server prints it.
fn canonical(mut id: ObjectId, mut create: Vec<String>) -> (ObjectId, Vec<String>) {
    let Some(first) = create.first_mut() else { return (id, create) };
    if let Ok(object) = schema_core::objects::parse(Dialect::Postgres, first)
        && (object.id.kind, &object.id.name, &object.id.on) == (id.kind, &id.name, &id.on)
        && let [text] = object.create.as_slice()
    {
        text.as_str().clone_into(first);
        id.arguments = object.id.arguments;
    }
    (id, create)
}

/// A column's text that the server may leave out.
fn text(row: &PgRow, column: &str) -> Result<Option<String>, Error> {
    Ok(row.try_get(column)?)
}

fn object_name(row: &PgRow, schema: &str, name: &str) -> Result<ObjectName, Error> {
    Ok(ObjectName::qualified(row.try_get::<String, _>(schema)?, row.try_get::<String, _>(name)?))
}

/// Options as catalogs keep them: `name=value`.
fn options(list: &[String]) -> BTreeMap<String, String> {
    let pair = |option: &String| {
        let (name, value) = option.split_once('=').unwrap_or((option, "true"));
        (name.to_owned(), value.to_owned())
    };
    list.iter().map(pair).collect()
}

/// ` WITH (name='value', ..)`, or nothing.
fn with_options(list: &[String]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let items: Vec<String> =
        options(list).iter().map(|(name, value)| format!("{name}={}", schema_core::dialect::literal(value))).collect();
    format!(" WITH ({})", items.join(", "))
}

/// A definition without its final semicolon.
fn statement(text: &str) -> &str {
    text.trim_end().trim_end_matches(';').trim_end()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use schema_core::ir::{Deferrable, Identity, IndexKey, IndexTarget, NullsOrder, ReferentialAction, SqlType};
    use sqlx::Executor;

    use super::*;
    use crate::scratch::Postgres;

    #[test]
    fn a_newer_server_is_read_with_a_note() {
        assert_eq!(newer(180_004), None);
        let note = newer(190_000).unwrap().to_string();
        assert_eq!(note, "PostgreSQL 19: its catalog is read as that of 18; what came after that is not in the model");
    }

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
        assert_eq!(names, ["app.org", "T \"x", "part", "part1"]);
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
