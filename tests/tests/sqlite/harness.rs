//! Schemas in few words, and databases that are migrated by sqlx.

use std::collections::BTreeSet;
use std::path::Path;

use schema_core::decl::AllowCode;
use schema_core::diff::{Renames, diff};
use schema_core::ir::{
    Check, Column, Dialect, EnumType, ForeignKey, Generated, Identity, Index, IndexKey, ObjectName, PrimaryKey,
    ReferentialAction, Schema, SqlType, Table, TypeKind, Unique,
};
use schema_core::model::{Allow, Intents, Placed};
use schema_core::plan::{Plan, plan};
use schema_tests::lint::unsaid;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

/// Versions of the files that make the start; those of the change under test come after.
const BASE: i64 = 1000;

pub(crate) fn name(text: &str) -> ObjectName {
    ObjectName::bare(text)
}

pub(crate) fn col(name: &str, ty: &str) -> Column {
    Column::new(name, SqlType::builtin(ty))
}

pub(crate) fn enum_col(column: &str, ty: &str) -> Column {
    Column::new(column, SqlType::Named(name(ty)))
}

pub(crate) trait ColumnExt {
    fn null(self) -> Column;
    fn default(self, sql: &str) -> Column;
    fn collate(self, name: &str) -> Column;
    fn generated(self, sql: &str, stored: bool) -> Column;
    fn identity(self) -> Column;
}

impl ColumnExt for Column {
    fn null(self) -> Column {
        Column { nullable: true, ..self }
    }
    fn default(self, sql: &str) -> Column {
        Column { default: Some(sql.to_owned()), ..self }
    }
    fn collate(self, name: &str) -> Column {
        Column { collation: Some(name.to_owned()), ..self }
    }
    fn generated(self, sql: &str, stored: bool) -> Column {
        Column { generated: Some(Generated { expression: sql.to_owned(), stored }), ..self }
    }
    fn identity(self) -> Column {
        Column { identity: Some(Identity::ByDefault), ..self }
    }
}

/// A table whose first column is its primary key.
pub(crate) fn table(text: &str, columns: Vec<Column>) -> Table {
    let key = PrimaryKey::new(format!("{text}_pkey"), vec![columns[0].name.clone()]);
    Table { columns, primary_key: Some(key), ..Table::new(name(text)) }
}

pub(crate) fn id() -> Column {
    col("id", "INTEGER")
}

pub(crate) trait TableExt {
    fn with(self, column: Column) -> Table;
    fn without(self, column: &str) -> Table;
    fn change(self, column: &str, to: Column) -> Table;
    fn unique(self, columns: &[&str]) -> Table;
    fn check(self, name: &str, sql: &str) -> Table;
    fn refers(self, column: &str, parent: &str, on_delete: ReferentialAction) -> Table;
    fn index(self, name: &str, columns: &[&str]) -> Table;
    fn add_index(self, index: Index) -> Table;
}

impl TableExt for Table {
    fn with(mut self, column: Column) -> Table {
        self.columns.push(column);
        self
    }
    fn without(mut self, column: &str) -> Table {
        self.columns.retain(|each| each.name != column);
        self
    }
    fn change(mut self, column: &str, to: Column) -> Table {
        *self.column_mut(column).unwrap() = to;
        self
    }
    fn unique(mut self, columns: &[&str]) -> Table {
        let columns = columns.iter().map(|&each| each.to_owned()).collect::<Vec<_>>();
        let name = format!("{}_{}_key", self.name.name, columns.join("_"));
        self.uniques.push(Unique {
            name,
            columns,
            nulls_not_distinct: false,
            deferrable: None,
            include: Vec::new(),
            storage: Default::default(),
        });
        self
    }
    fn check(mut self, name: &str, sql: &str) -> Table {
        self.checks.push(Check::new(name.to_owned(), sql.to_owned()));
        self.sort();
        self
    }
    fn refers(mut self, column: &str, parent: &str, on_delete: ReferentialAction) -> Table {
        self.foreign_keys.push(ForeignKey {
            name: format!("{}_{column}_fkey", self.name.name),
            columns: vec![column.to_owned()],
            references: name(parent),
            referenced_columns: vec!["id".to_owned()],
            on_delete,
            on_update: ReferentialAction::NoAction,
            match_full: false,
            deferrable: None,
            set_columns: Vec::new(),
            not_valid: false,
            not_enforced: false,
        });
        self
    }
    fn index(self, name: &str, columns: &[&str]) -> Table {
        self.add_index(index(name, columns.iter().map(|&each| IndexKey::column(each)).collect()))
    }
    fn add_index(mut self, index: Index) -> Table {
        self.indexes.push(index);
        self.sort();
        self
    }
}

pub(crate) fn index(name: &str, keys: Vec<IndexKey>) -> Index {
    Index {
        name: name.to_owned(),
        unique: false,
        method: None,
        keys,
        include: Vec::new(),
        nulls_not_distinct: false,
        storage: Default::default(),
        predicate: None,
    }
}

pub(crate) fn schema(tables: impl IntoIterator<Item = Table>) -> Schema {
    let tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
    Schema { tables, ..Schema::empty(Dialect::Sqlite) }
}

pub(crate) trait SchemaExt {
    fn labels(self, name: &str, labels: &[&str]) -> Schema;
}

impl SchemaExt for Schema {
    fn labels(mut self, text: &str, labels: &[&str]) -> Schema {
        let labels = labels.iter().map(|&label| label.to_owned()).collect();
        self.enums.insert(name(text), EnumType { name: name(text), labels, comment: None });
        self
    }
}

/// What the source says beside the shape.
#[derive(Default)]
pub(crate) struct Says {
    renames: Renames,
    intents: Intents,
}

impl Says {
    pub(crate) fn table(mut self, from: &str, to: &str) -> Self {
        self.renames.tables.insert(name(to), name(from));
        self
    }
    pub(crate) fn column(mut self, table: &str, from: &str, to: &str) -> Self {
        self.renames.columns.insert((name(table), to.to_owned()), from.to_owned());
        self
    }
    pub(crate) fn enum_name(mut self, from: &str, to: &str) -> Self {
        self.renames.types.insert((TypeKind::Enum, name(to)), name(from));
        self
    }
    pub(crate) fn label(mut self, ty: &str, from: &str, to: &str) -> Self {
        self.renames.labels.insert((name(ty), to.to_owned()), from.to_owned());
        self
    }
    pub(crate) fn backfill(mut self, table: &str, column: &str, sql: &str) -> Self {
        self.intents.backfills.insert((name(table), column.to_owned()), Placed::bare(sql.to_owned()));
        self
    }
    pub(crate) fn restore(self, table: &str, column: &str, sql: &str) -> Self {
        self.allow(AllowCode::DropColumn, table, column, None, Some(sql))
    }
    pub(crate) fn map_label(self, ty: &str, label: &str, to: &str) -> Self {
        self.allow(AllowCode::DropLabel, ty, label, Some(to), None)
    }
    fn allow(mut self, code: AllowCode, object: &str, part: &str, map_to: Option<&str>, restore: Option<&str>) -> Self {
        self.intents.allows.push(Allow {
            code,
            object: name(object),
            part: Some(part.to_owned()),
            reason: "test".to_owned(),
            map_to: map_to.map(str::to_owned),
            restore: restore.map(str::to_owned),
            keep: false,
            place: None,
        });
        self
    }
}

fn planned(from: &Schema, to: &Schema, says: &Says) -> Plan {
    let plan = plan(from, to, &diff(from, to, &says.renames), &says.intents).unwrap();
    let pairs = plan.pairs(Dialect::Sqlite);
    let unsaid = unsaid(Dialect::Sqlite, &[], pairs.iter().map(|pair| (pair.up.as_str(), pair.down.as_str())));
    assert!(unsaid.is_empty(), "the linter finds what the files don't say: {}\n{pairs:#?}", unsaid.join("\n"));
    plan
}

/// A change of schema, on a database with rows.
pub(crate) struct Case {
    directory: tempfile::TempDir,
    to: Schema,
    pub(crate) plan: Plan,
    pub(crate) db: SqliteConnection,
}

impl Case {
    /// A database at `from` with `rows` in it (SQL), and the files that lead to `to` beside it.
    pub(crate) async fn new(from: &Schema, to: &Schema, says: Says, rows: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let files = directory.path().join("migrations");
        std::fs::create_dir(&files).unwrap();
        write(&files, &planned(&Schema::empty(Dialect::Sqlite), from, &Says::default()), 1);
        let mut db = connect(directory.path(), "test.db").await;
        Migrator::new(files.as_path()).await.unwrap().run(&mut db).await.unwrap();
        run(&mut db, rows).await;
        let plan = planned(from, to, &says);
        assert!(!plan.steps.is_empty(), "nothing to test");
        write(&files, &plan, BASE + 1);
        Self { directory, to: to.clone(), plan, db }
    }

    pub(crate) fn rebuilds(&self) -> bool {
        self.plan.steps.iter().any(|step| step.up.statements.iter().any(|sql| sql.contains("legacy_alter_table")))
    }

    pub(crate) async fn try_up(&mut self) -> Result<(), String> {
        let files = self.directory.path().join("migrations");
        let migrator = Migrator::new(files.as_path()).await.unwrap();
        migrator.run(&mut self.db).await.map_err(|error| format!("{error:?}"))
    }

    pub(crate) async fn try_down(&mut self) -> Result<(), String> {
        let files = self.directory.path().join("migrations");
        let migrator = Migrator::new(files.as_path()).await.unwrap();
        migrator.undo(&mut self.db, BASE).await.map_err(|error| format!("{error:?}"))
    }

    /// Up, and the catalog is that of a database made afresh, apart from what the schema doesn't know.
    pub(crate) async fn up(&mut self) {
        self.try_up().await.unwrap();
        self.sound().await;
        let afresh = self.afresh().await;
        assert_eq!(known(catalog(&mut self.db).await, &self.to), afresh, "after up");
    }

    pub(crate) async fn down(&mut self) {
        self.try_down().await.unwrap();
        self.sound().await;
    }

    async fn afresh(&self) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        write(directory.path(), &planned(&Schema::empty(Dialect::Sqlite), &self.to, &Says::default()), 1);
        let mut db = connect(directory.path(), "fresh.db").await;
        Migrator::new(directory.path()).await.unwrap().run(&mut db).await.unwrap();
        catalog(&mut db).await
    }

    async fn sound(&mut self) {
        assert_eq!(self.lines("PRAGMA integrity_check").await, ["ok"]);
        assert_eq!(self.lines("SELECT \"table\" FROM pragma_foreign_key_check").await, [""; 0]);
        assert_eq!(self.lines("SELECT foreign_keys FROM pragma_foreign_keys").await, ["1"]);
        assert_eq!(self.lines("SELECT name FROM sqlite_temp_schema").await, [""; 0]);
    }

    /// Up, the given answers; down, the same catalog and rows as before; up again, the same answers.
    pub(crate) async fn round_trip(mut self, answers: &[(&str, &[&str])]) -> Self {
        let before = (catalog(&mut self.db).await, rows(&mut self.db).await);
        for round in ["up", "up again"] {
            self.up().await;
            for (question, answer) in answers {
                assert_eq!(self.lines(question).await, *answer, "{round}: {question}");
            }
            if round == "up" {
                self.down().await;
                assert_eq!((catalog(&mut self.db).await, rows(&mut self.db).await), before, "after down");
            }
        }
        self
    }

    /// Up fails with that sentence, and nothing has changed.
    pub(crate) async fn refused(mut self, sentence: &str) -> Self {
        let before = everything(&mut self.db).await;
        let error = self.try_up().await.unwrap_err();
        assert!(error.contains(sentence), "{error}");
        self.reopen().await;
        assert_eq!(everything(&mut self.db).await, before);
        self
    }

    pub(crate) async fn reopen(&mut self) {
        self.db = connect(self.directory.path(), "test.db").await;
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        run(&mut self.db, sql).await;
    }

    /// The first column of each row, as text.
    pub(crate) async fn lines(&mut self, sql: &str) -> Vec<String> {
        lines(&mut self.db, sql).await
    }
}

fn write(files: &Path, plan: &Plan, first: i64) {
    for (version, pair) in (first..).zip(plan.pairs(Dialect::Sqlite)) {
        let stem = format!("{version:05}_{}", pair.slug);
        std::fs::write(files.join(format!("{stem}.up.sql")), pair.up).unwrap();
        std::fs::write(files.join(format!("{stem}.down.sql")), pair.down).unwrap();
    }
}

async fn connect(directory: &Path, file: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(directory.join(file)).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(db: &mut SqliteConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(db).await.unwrap();
}

async fn lines(db: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows =
        sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(db).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.iter()
        .map(|row| row.try_get_unchecked::<Option<String>, _>(0).unwrap().unwrap_or_else(|| "NULL".to_owned()))
        .collect()
}

/// Facts of the catalog, one a line, without the order of columns and the spelling of definitions.
async fn catalog(db: &mut SqliteConnection) -> Vec<String> {
    let mut facts = Vec::new();
    let tables = "FROM sqlite_schema AS t, {} WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE '_sqlx%'";
    for (source, fact) in [
        (
            "pragma_table_xinfo(t.name) AS x",
            "x.name || ' ' || x.type || ' ' || x.\"notnull\" || ' ' || coalesce(x.dflt_value, '-') || ' ' || x.pk || ' ' || x.hidden",
        ),
        (
            "pragma_foreign_key_list(t.name) AS x",
            "x.\"from\" || ' -> ' || x.\"table\" || '.' || x.\"to\" || ' ' || x.on_delete || ' ' || x.on_update",
        ),
        (
            "pragma_index_list(t.name) AS x, pragma_index_xinfo(x.name) AS k",
            "x.origin || x.\"unique\" || x.partial || ' ' || coalesce(k.name, '-') || ' ' || k.seqno || k.\"desc\" || k.coll || k.key",
        ),
        ("pragma_table_list(t.name) AS x", "x.wr || x.strict"),
    ] {
        facts.extend(lines(db, &format!("SELECT t.name || ': ' || {fact} {}", tables.replace("{}", source))).await);
    }
    // RENAME TABLE quotes the table's name in triggers and views.
    let others = "SELECT name || ': ' || iif(type = 'index', sql, replace(sql, '\"', '')) FROM sqlite_schema \
        WHERE type <> 'table' AND sql IS NOT NULL";
    facts.extend(lines(db, others).await);
    let texts = "SELECT name || '\u{1}' || sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx%'";
    for text in lines(db, texts).await {
        let (table, sql) = text.split_once('\u{1}').unwrap();
        facts.extend(constraints(sql).map(|constraint| format!("{table}: {constraint}")));
    }
    facts.sort();
    facts
}

/// The named constraints in a definition, whether they stand on a column or on the table.
fn constraints(sql: &str) -> impl Iterator<Item = String> {
    sql.split("CONSTRAINT ").skip(1).map(|rest| {
        let name = rest.split('"').nth(1).unwrap_or_default();
        let check = rest.split_once("CHECK ").map(|(_, check)| check.split('\n').next().unwrap_or_default());
        let check = check.map(|check| check.rsplit_once(')').map_or(check, |(check, _)| check).trim_end_matches(')'));
        let deferred = rest.split('\n').next().is_some_and(|line| line.contains("DEFERRED"));
        format!("{name} {} {deferred}", check.unwrap_or_default())
    })
}

/// Without triggers, views and tables that the schema can't hold.
fn known(facts: Vec<String>, schema: &Schema) -> Vec<String> {
    let tables = schema.tables.keys().map(|table| &table.name).collect::<BTreeSet<_>>();
    let indexes = schema.tables.values().flat_map(|table| &table.indexes).map(|index| &index.name);
    let names = tables.into_iter().chain(indexes).map(|name| format!("{name}: ")).collect::<Vec<_>>();
    facts.into_iter().filter(|fact| names.iter().any(|name| fact.starts_with(name))).collect()
}

/// Every row of every table, columns in the order of their names.
async fn rows(db: &mut SqliteConnection) -> Vec<String> {
    let mut all = Vec::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '_sqlx%' AND name NOT LIKE 'sqlite_stat%'";
    for table in lines(db, tables).await {
        let literal = table.replace('\'', "''");
        let columns = lines(db, &format!("SELECT name FROM pragma_table_xinfo('{literal}') ORDER BY name")).await;
        let values =
            columns.iter().map(|column| format!("quote(\"{}\")", column.replace('"', "\"\""))).collect::<Vec<_>>();
        let quoted = table.replace('"', "\"\"");
        let sql = format!("SELECT '{literal}: ' || {} FROM \"{quoted}\" ORDER BY 1", values.join(" || ',' || "));
        all.extend(lines(db, &sql).await);
    }
    all.sort();
    all
}

/// The database's text and rows, to the letter.
async fn everything(db: &mut SqliteConnection) -> Vec<String> {
    let mut all = lines(db, "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1").await;
    all.extend(rows(db).await);
    all
}
