//! Rows for a schema that suit its successor too, and what must become of them.
//!
//! Each row holds its key wherever a key of either schema is, so the key of any row satisfies any foreign key. On SQLite
//! that number is its rowid, too.

use std::collections::BTreeSet;

use schema_core::ir::Dialect;
use schema_tests::target::{Target, TextRow};

use super::intents::backfill;
use super::sketch::{ColumnSketch, Id, Sketch, TableSketch, Ty};
use super::tape::Tape;
use super::types::{Family, key_number};

/// The name of a row's hidden number that no column has.
const ROWID: &str = "_rowid_";

/// Fills the tables of the first schema with rows that suit all, with foreign keys off while it does.
pub(crate) async fn insert(target: &mut Target, sketches: &[Sketch], count: usize, tape: &mut Tape<'_>) {
    let Some(a) = sketches.first() else { return };
    let (off, on) = match a.dialect {
        Dialect::Postgres => ("SET session_replication_role = replica", "SET session_replication_role = origin"),
        Dialect::Sqlite => ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
        Dialect::MariaDb | Dialect::MySql => ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
    };
    target.run(off).await;
    for table in &a.tables {
        let columns: Vec<&ColumnSketch> = table.columns.iter().filter(|column| column.generated.is_none()).collect();
        let mut names: Vec<String> = columns.iter().map(|column| a.dialect.quote(&column.name)).collect();
        let has_rowid = a.dialect == Dialect::Sqlite && !table.without_rowid;
        names.extend(has_rowid.then(|| ROWID.to_owned()));
        let overriding = if a.dialect == Dialect::Postgres { "OVERRIDING SYSTEM VALUE " } else { "" };
        for number in 1..=count {
            let row = Row::new(sketches, table, number, count, tape);
            let mut values: Vec<String> = columns.iter().map(|column| row.value(column, tape)).collect();
            values.extend(has_rowid.then(|| key_number(number).to_string()));
            let (table, names, values) = (a.dialect.qualified(&table.name), names.join(", "), values.join(", "));
            target.run(&format!("INSERT INTO {table} ({names}) {overriding}VALUES ({values})")).await;
        }
    }
    target.run(on).await;
}

struct Row<'a> {
    sketches: &'a [Sketch],
    /// The table in each schema.
    tables: Vec<&'a TableSketch>,
    /// Which row it is, and the row that all its foreign keys refer to.
    number: usize,
    referred: usize,
    /// Whether composite foreign keys may be empty, and are.
    empty: bool,
}

impl<'a> Row<'a> {
    fn new(sketches: &'a [Sketch], table: &'a TableSketch, number: usize, count: usize, tape: &mut Tape<'_>) -> Self {
        let tables: Vec<&TableSketch> = sketches.iter().filter_map(|sketch| sketch.table(table.id)).collect();
        let foreign: Vec<Id> =
            columns_of(&tables, |table| table.foreign_keys.iter().flat_map(|key| key.columns.clone()).collect());
        let bound = foreign.iter().any(|id| tables.iter().any(|table| table.is_unique(*id)));
        let strict = foreign.iter().any(|id| !nullable(&tables, *id));
        let referred = if bound { number } else { 1 + tape.pick(count) };
        Self { sketches, tables, number, referred, empty: !strict && tape.once_in(3) }
    }

    fn value(&self, column: &ColumnSketch, tape: &mut Tape<'_>) -> String {
        let id = column.id;
        let unique = self.tables.iter().any(|table| table.is_unique(id));
        let foreign = self.tables.iter().flat_map(|table| &table.foreign_keys).any(|key| key.columns.contains(&id));
        let references = self.sketches.iter().flat_map(|sketch| &sketch.tables).flat_map(|table| &table.foreign_keys);
        let referred = references.into_iter().any(|key| key.referenced.contains(&id));
        let Some(info) = self.narrower(column) else { return self.labels(column, tape) };
        if unique || foreign || referred {
            let nulls_count = self
                .tables
                .iter()
                .flat_map(|table| &table.uniques)
                .any(|key| key.nulls_not_distinct && key.columns.contains(&id));
            let null = nullable(&self.tables, id) && !referred && !nulls_count;
            if null && ((foreign && self.empty) || (!foreign && tape.once_in(4))) {
                return "NULL".to_owned();
            }
            if info.is_key() {
                return info.key(if unique || referred { self.number } else { self.referred });
            }
        }
        if column.nullable && tape.once_in(3) {
            return "NULL".to_owned();
        }
        let narrow = self.tables.iter().any(|table| table.charset.is_some_and(|(charset, _)| charset == "latin1"));
        let values: Vec<&str> = info.values.iter().copied().filter(|value| !narrow || value.is_ascii()).collect();
        tape.one(&values).map_or_else(|| "NULL".to_owned(), |value| (*value).to_owned())
    }

    /// The type whose values suit all that the column has.
    fn narrower(&self, column: &ColumnSketch) -> Option<&'static super::types::TypeInfo> {
        let infos = self.tables.iter().filter_map(|table| table.column(column.id));
        infos.filter_map(|column| self.sketches.first()?.info(column.ty)).min_by_key(|info| info.rank)
    }

    fn labels(&self, column: &ColumnSketch, tape: &mut Tape<'_>) -> String {
        if column.nullable && tape.once_in(3) {
            return "NULL".to_owned();
        }
        let (Ty::Enum(ty) | Ty::EnumArray(ty)) = column.ty else { return "NULL".to_owned() };
        let Some(first) = self.sketches.first() else { return "NULL".to_owned() };
        let labels = &first.ty(ty).expect("an enum in use").labels;
        let one = tape.one(labels).map(|(_, label)| label.clone()).unwrap_or_default();
        if column.ty == Ty::Enum(ty) {
            return first.dialect.literal(&one);
        }
        let element = |label: &str| format!("\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\""));
        let items = [one, labels[0].1.clone()];
        let items: Vec<String> = items.iter().take(tape.pick(3)).map(|label| element(label)).collect();
        first.dialect.literal(&format!("{{{}}}", items.join(",")))
    }
}

fn columns_of(tables: &[&TableSketch], of: impl Fn(&TableSketch) -> Vec<Id>) -> Vec<Id> {
    tables.iter().flat_map(|table| of(table)).collect()
}

/// True where every schema that has the column lets it be NULL.
fn nullable(tables: &[&TableSketch], id: Id) -> bool {
    tables.iter().filter_map(|table| table.column(id)).all(|column| column.nullable)
}

/// The columns of a table whose values outlive the change, in both schemas.
pub(crate) fn surviving<'a>(a: &'a TableSketch, b: &'a TableSketch) -> Vec<(&'a ColumnSketch, &'a ColumnSketch)> {
    let plain = |column: &&ColumnSketch| column.generated.is_none();
    let pairs = a.columns.iter().filter(plain).filter_map(|old| Some((old, b.column(old.id)?)));
    pairs.filter(|(_, new)| new.generated.is_none()).collect()
}

/// Tables whose rows SQLite numbers in every schema: where it once did not, the numbers that it gives later are any.
pub(crate) fn with_rowids(sketches: &[Sketch]) -> BTreeSet<Id> {
    let numbered = |table: &&TableSketch| {
        sketches.iter().filter_map(|sketch| sketch.table(table.id)).all(|table| !table.without_rowid)
    };
    let tables = sketches.iter().filter(|it| it.dialect == Dialect::Sqlite).flat_map(|it| &it.tables);
    tables.filter(numbered).map(|table| table.id).collect()
}

/// Every row of these columns as text, sorted; with the rows' numbers, where they are to be kept.
pub(crate) async fn dump<'a>(
    target: &mut Target,
    table: &TableSketch,
    columns: impl Iterator<Item = &'a ColumnSketch>,
    rowids: bool,
) -> Vec<TextRow> {
    let dialect = target.dialect();
    let mut expressions: Vec<String> =
        columns.map(|column| shown(dialect, column.ty, &dialect.quote(&column.name))).collect();
    expressions.push(if rowids { format!("CAST({ROWID} AS TEXT)") } else { "'row'".to_owned() });
    let mut rows =
        target.rows(&format!("SELECT {} FROM {}", expressions.join(", "), dialect.qualified(&table.name))).await;
    rows.sort();
    rows
}

/// A value as text of which no two values share one, and that types of one family print alike.
fn shown(dialect: Dialect, ty: Ty, name: &str) -> String {
    let info = Sketch::new(dialect).info(ty);
    match (dialect, ty) {
        (Dialect::Postgres, Ty::EnumArray(_)) => format!("to_json({name})::text"),
        (Dialect::Postgres, _) => format!("{name}::text"),
        (Dialect::Sqlite, _) => {
            format!("CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE CAST({name} AS TEXT) END")
        }
        (Dialect::MariaDb | Dialect::MySql, _) => match info.map(|info| (info.family, info.name)) {
            Some((Family::Bytes, _) | (_, "binary(4)" | "bit(10)")) => format!("HEX({name})"),
            Some((Family::Decimal, _)) => format!("CAST(CAST({name} AS DECIMAL(30, 4)) AS CHAR)"),
            Some((Family::Float, _)) => format!("CAST(CAST({name} AS DOUBLE) AS CHAR)"),
            Some((Family::Moment | Family::Timestamp, _)) => format!("CAST(CAST({name} AS DATETIME(6)) AS CHAR)"),
            _ => format!("CAST({name} AS CHAR)"),
        },
    }
}

/// The rows after the up.
pub(crate) async fn after_up(
    target: &mut Target,
    (a, b): (&Sketch, &Sketch),
    columns: &[(&ColumnSketch, &ColumnSketch)],
    rows: &[TextRow],
) -> Vec<TextRow> {
    let mut fills = Vec::new();
    for (_, new) in columns {
        fills.push(match backfill(b, new) {
            Some(value) if !new.nullable => fill(target, b, new, &value).await,
            _ => None,
        });
    }
    mapped(rows, |at, cell| match cell {
        None => fills.get(at).cloned().flatten(),
        Some(text) => match columns.get(at) {
            Some((old, _)) => relabelled(text, old.ty, |label| up_label(a, b, old.ty, label)),
            None => Some(text.to_owned()),
        },
    })
}

/// The rows after the down that follows.
pub(crate) fn after_down(
    a: &Sketch,
    b: &Sketch,
    columns: &[(&ColumnSketch, &ColumnSketch)],
    rows: &[TextRow],
) -> Vec<TextRow> {
    mapped(rows, |at, cell| match columns.get(at) {
        Some((_, new)) => relabelled(cell?, new.ty, |label| down_label(a, b, new.ty, label)),
        None => cell.map(str::to_owned),
    })
}

fn mapped(rows: &[TextRow], map: impl Fn(usize, Option<&str>) -> Option<String>) -> Vec<TextRow> {
    let row = |row: &TextRow| row.iter().enumerate().map(|(at, cell)| map(at, cell.as_deref())).collect();
    let mut rows: Vec<TextRow> = rows.iter().map(row).collect();
    rows.sort();
    rows
}

async fn fill(target: &mut Target, sketch: &Sketch, column: &ColumnSketch, value: &str) -> Option<String> {
    let sql = match (column.ty, sketch.info(column.ty)) {
        (Ty::EnumArray(_), _) => return Some("[]".to_owned()),
        (ty, Some(info)) if sketch.dialect.is_mysql() => {
            target.run(&format!("CREATE OR REPLACE TEMPORARY TABLE `_fill` (`v` {})", info.name)).await;
            target.run(&format!("INSERT INTO `_fill` VALUES ({value})")).await;
            format!("SELECT {} FROM `_fill`", shown(sketch.dialect, ty, "`v`"))
        }
        (_, None) if sketch.dialect.is_mysql() => format!("SELECT {value}"),
        (_, Some(info)) if sketch.dialect == Dialect::Postgres => format!("SELECT ({value})::{}::text", info.name),
        (_, Some(info)) if info.name == "BLOB" => format!("SELECT hex({value})"),
        _ => format!("SELECT CAST({value} AS text)"),
    };
    target.rows(&sql).await.into_iter().next()?.into_iter().next()?
}

fn relabelled(text: &str, ty: Ty, label: impl Fn(&str) -> Option<String>) -> Option<String> {
    match ty {
        Ty::Builtin(_) => Some(text.to_owned()),
        Ty::Enum(_) => label(text),
        Ty::EnumArray(_) => {
            let labels: Vec<String> = serde_json::from_str(text).expect("an array of labels");
            let labels: Option<Vec<String>> = labels.iter().map(|text| label(text)).collect();
            serde_json::to_string(&labels?).ok()
        }
    }
}

fn up_label(a: &Sketch, b: &Sketch, ty: Ty, label: &str) -> Option<String> {
    let (Ty::Enum(ty) | Ty::EnumArray(ty)) = ty else { return None };
    let (old, new) = (a.ty(ty)?, b.ty(ty)?);
    let mut id = old.labels.iter().find(|(_, name)| name == label)?.0;
    while let Some(to) = new.mapped.get(&id) {
        id = *to;
    }
    new.labels.iter().find(|(other, _)| *other == id).map(|(_, name)| name.clone())
}

fn down_label(a: &Sketch, b: &Sketch, ty: Ty, label: &str) -> Option<String> {
    let (Ty::Enum(ty) | Ty::EnumArray(ty)) = ty else { return None };
    let id = b.ty(ty)?.labels.iter().find(|(_, name)| name == label)?.0;
    a.ty(ty)?.labels.iter().find(|(other, _)| *other == id).map(|(_, name)| name.clone())
}
