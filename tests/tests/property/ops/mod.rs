//! Random changes of a sketch. The same operations build the first schema and lead to the second.
//!
//! What no migration could do on a table with rows is left out: a NOT NULL column that is unique cannot be made from
//! one value, a foreign key cannot refer to rows that are not there.

mod columns;
mod enums;
mod expressions;
mod indexes;
mod keys;
mod mariadb;
mod tables;

use schema_core::check::check;
use schema_core::diag::Severity;
use schema_core::ir::{Dialect, ObjectName, Schema};
use schema_core::model::Model;

use crate::sketch::{ColumnSketch, Id, Sketch, TableSketch, Ty};
use crate::tape::Tape;

const NAMES: [&str; 30] = [
    "users",
    "id",
    "a",
    "name",
    "order",
    "user",
    "Mixed",
    "it's",
    "quo\"te",
    "имя",
    "select",
    "two words",
    "a.b",
    "semi;colon",
    "--dash",
    "back\\slash",
    "%s",
    "$1",
    "123",
    "[b]",
    "{}",
    "tab\tbed",
    "é",
    "É",
    "check",
    "rowid",
    "null",
    "NAME",
    "`tick`",
    "a_very_long_name_that_takes_every_byte_of_the_limit_of_postgres",
];

/// A change of a sketch. `history` are the schemas before it, of which the first had rows put in: none while that is made.
pub(crate) struct Maker {
    pub(crate) history: Vec<Sketch>,
    pub(crate) sketch: Sketch,
}

type Op = fn(&mut Maker, &mut Tape<'_>) -> Option<()>;

const BUILD: &[Op] = &[
    Maker::create_table,
    Maker::add_column,
    Maker::add_column,
    Maker::create_table,
    Maker::add_column,
    Maker::create_enum,
    Maker::add_enum_column,
    Maker::add_primary_key,
    Maker::add_unique,
    Maker::add_foreign_key,
    Maker::add_foreign_key,
    Maker::add_index,
    Maker::add_index,
    Maker::add_check,
    Maker::add_generated,
    Maker::comment,
    Maker::add_identity,
];

const CHANGE: &[Op] = &[
    Maker::add_column,
    Maker::drop_column,
    Maker::rename_column,
    Maker::rename_table,
    Maker::change_type,
    Maker::change_null,
    Maker::change_default,
    Maker::create_table,
    Maker::drop_table,
    Maker::add_unique,
    Maker::drop_unique,
    Maker::add_primary_key,
    Maker::drop_primary_key,
    Maker::add_foreign_key,
    Maker::drop_foreign_key,
    Maker::change_foreign_key,
    Maker::add_index,
    Maker::drop_index,
    Maker::change_index,
    Maker::add_check,
    Maker::drop_check,
    Maker::change_check,
    Maker::add_generated,
    Maker::change_generated,
    Maker::create_enum,
    Maker::add_enum_column,
    Maker::add_label,
    Maker::drop_label,
    Maker::rename_label,
    Maker::rename_enum,
    Maker::drop_enum,
    Maker::comment,
    Maker::add_identity,
    Maker::drop_identity,
    Maker::change_collation,
    Maker::swap_columns,
    Maker::rename_part,
    Maker::change_options,
    Maker::swap_tables,
];

/// What MariaDB has beside.
const MARIADB: &[Op] = &[Maker::change_charset, Maker::change_on_update, Maker::change_storage];

fn all(dialect: Dialect, ops: &[Op]) -> Vec<Op> {
    let more = if dialect.is_mysql() { MARIADB } else { &[] };
    [ops, more].concat()
}

pub(crate) fn build(dialect: Dialect, ops: &[Vec<u16>]) -> Sketch {
    let mut maker = Maker { history: Vec::new(), sketch: Sketch::new(dialect) };
    maker.apply(&[Maker::create_table], &[]);
    let all = all(dialect, BUILD);
    for choices in ops {
        maker.apply(&all, choices);
    }
    maker.sketch
}

/// The schema that follows the last.
pub(crate) fn change(history: &[Sketch], ops: &[Vec<u16>]) -> Sketch {
    let mut sketch = history.last().expect("a schema to change").clone();
    sketch.enums.iter_mut().for_each(|ty| ty.mapped.clear());
    let columns = sketch.tables.iter_mut().flat_map(|table| &mut table.columns);
    columns.for_each(|column| column.backfill = None);
    let all = all(sketch.dialect, CHANGE);
    let mut maker = Maker { history: history.to_vec(), sketch };
    for choices in ops {
        maker.apply(&all, choices);
    }
    maker.sketch
}

impl Maker {
    fn apply(&mut self, ops: &[Op], choices: &[u16]) {
        let mut tape = Tape::new(choices);
        let op = ops[tape.pick(ops.len())];
        let before = self.sketch.clone();
        if op(self, &mut tape).is_none() || !self.is_valid() {
            self.sketch = before;
        }
    }

    fn postgres(&self) -> bool {
        self.sketch.dialect == Dialect::Postgres
    }

    fn mariadb(&self) -> bool {
        self.sketch.dialect.is_mysql()
    }

    /// A collation other than the one that a text has anyway.
    fn collation(&self) -> &'static str {
        match self.sketch.dialect {
            Dialect::Postgres => "C",
            Dialect::Sqlite => "NOCASE",
            Dialect::MariaDb | Dialect::MySql => "utf8mb4_bin",
        }
    }

    /// False for what the source could not say, by the rules that users meet. They know MariaDB's limits, which are many.
    fn is_valid(&self) -> bool {
        if !self.mariadb() {
            return true;
        }
        let model = Model { schema: self.sketch.schema(), ..Model::empty(self.sketch.dialect) };
        let findings = check(&model, &Schema::empty(self.sketch.dialect));
        findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    fn table(&mut self, tape: &mut Tape<'_>) -> Option<&mut TableSketch> {
        let count = self.sketch.tables.len();
        self.sketch.tables.get_mut(tape.pick(count))
    }

    fn base_table(&self, id: Id) -> Option<&TableSketch> {
        self.history.last()?.table(id)
    }

    /// True where rows have held values in the column from the start.
    fn in_base(&self, table: Id, column: Id) -> bool {
        self.history.first().and_then(|first| first.table(table)).is_some_and(|table| table.column(column).is_some())
    }

    /// True where nothing but NULL can be in the column: it comes with this change.
    fn is_empty(&self, table: Id, column: &ColumnSketch) -> bool {
        let is_new = self.base_table(table).is_none_or(|table| table.column(column.id).is_none());
        is_new && column.nullable && column.default.is_none() && column.backfill.is_none()
    }

    /// The column in every schema so far, with its table.
    fn past(&self, table: Id, column: Id) -> impl Iterator<Item = (&Sketch, &TableSketch, &ColumnSketch)> {
        self.history.iter().filter_map(move |sketch| {
            let table = sketch.table(table)?;
            Some((sketch, table, table.column(column)?))
        })
    }

    /// True where this table may hold rows that its successor finds.
    fn has_rows(&self, table: Id) -> bool {
        self.history.first().is_some_and(|first| first.table(table).is_some())
    }

    fn fresh<'b>(tape: &mut Tape<'_>, taken: impl Iterator<Item = &'b str>) -> String {
        let taken: Vec<String> = taken.map(str::to_lowercase).collect();
        let name = NAMES[tape.pick(NAMES.len())];
        let numbered = |number: usize| match number {
            0 => name.to_owned(),
            _ if name.len() > 55 => format!("{}{number}", &name[..55]),
            _ => format!("{name}{number}"),
        };
        (0..).map(numbered).find(|name| !taken.contains(&name.to_lowercase())).unwrap_or_default()
    }

    fn object(&mut self, tape: &mut Tape<'_>) -> ObjectName {
        let schemas = [&self.sketch].into_iter().chain(self.history.last());
        let names = schemas.flat_map(|sketch| {
            sketch
                .tables
                .iter()
                .map(|table| table.name.name.as_str())
                .chain(sketch.enums.iter().map(|ty| ty.name.name.as_str()))
        });
        let name = Self::fresh(tape, names);
        match (self.postgres(), tape.pick(8)) {
            (false, _) => ObjectName::bare(name),
            (true, 6) => ObjectName::qualified("app", name),
            (true, 7) => ObjectName::qualified("Odd \"schema", name),
            (true, _) => ObjectName::qualified("public", name),
        }
    }

    fn column_name(&self, tape: &mut Tape<'_>, table: &TableSketch) -> String {
        let old = self.base_table(table.id).into_iter().flat_map(|table| &table.columns);
        Self::fresh(tape, table.columns.iter().chain(old).map(|column| column.name.as_str()))
    }

    fn part_name(tape: &mut Tape<'_>, id: Id) -> Option<String> {
        tape.once_in(4).then(|| format!("{} {id}", &NAMES[tape.pick(NAMES.len() - 1)]))
    }
}

fn plain(id: Id, name: String, ty: Ty) -> ColumnSketch {
    ColumnSketch {
        id,
        name,
        ty,
        nullable: true,
        default: None,
        default_label: None,
        identity: None,
        generated: None,
        collation: None,
        on_update: false,
        comment: None,
        backfill: None,
    }
}
