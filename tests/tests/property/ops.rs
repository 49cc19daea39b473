//! Random changes of a sketch. The same operations build the first schema and lead to the second.
//!
//! What no migration could do on a table with rows is left out: a NOT NULL column that is unique cannot be made from
//! one value, a foreign key cannot refer to rows that are not there.

use std::collections::BTreeMap;

use schema_core::ir::{Deferrable, Dialect, Identity, NullsOrder, ObjectName, ReferentialAction};

use super::sketch::{
    CheckSketch, ColumnSketch, EnumSketch, ForeignKeySketch, Id, IndexKeySketch, IndexSketch, KeySketch, Predicate,
    Sketch, TableSketch, Ty, restored,
};
use super::types::{Family, types};

/// Choices that a test case holds. When they run out, the first option is taken.
#[derive(Debug)]
pub(crate) struct Tape<'a> {
    choices: &'a [u16],
}

impl<'a> Tape<'a> {
    pub(crate) fn new(choices: &'a [u16]) -> Self {
        Self { choices }
    }

    /// A number below `n`.
    pub(crate) fn pick(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.choices.split_first() else { return 0 };
        self.choices = rest;
        usize::from(*first) % n.max(1)
    }

    /// True once in `n`, and never when choices ran out.
    pub(crate) fn once_in(&mut self, n: usize) -> bool {
        self.pick(n) == n - 1
    }

    pub(crate) fn one<'b, T>(&mut self, from: &'b [T]) -> Option<&'b T> {
        from.get(self.pick(from.len()))
    }
}

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
    "end",
    "null",
    "NAME",
    "`tick`",
    "a_very_long_name_that_takes_every_byte_of_the_limit_of_postgres",
];

/// A change of a sketch; `base` is the first schema while the second is made.
pub(crate) struct Maker {
    pub(crate) base: Option<Sketch>,
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

pub(crate) fn build(dialect: Dialect, ops: &[Vec<u16>]) -> Sketch {
    let mut maker = Maker { base: None, sketch: Sketch::new(dialect) };
    maker.apply(&[Maker::create_table], &[]);
    for choices in ops {
        maker.apply(BUILD, choices);
    }
    maker.sketch
}

pub(crate) fn change(base: &Sketch, ops: &[Vec<u16>]) -> Sketch {
    let mut sketch = base.clone();
    sketch.enums.iter_mut().for_each(|ty| ty.mapped.clear());
    let mut maker = Maker { base: Some(base.clone()), sketch };
    for choices in ops {
        maker.apply(CHANGE, choices);
    }
    maker.sketch
}

impl Maker {
    fn apply(&mut self, ops: &[Op], choices: &[u16]) {
        let mut tape = Tape::new(choices);
        let op = ops[tape.pick(ops.len())];
        let before = self.sketch.clone();
        if op(self, &mut tape).is_none() {
            self.sketch = before;
        }
    }

    fn postgres(&self) -> bool {
        self.sketch.dialect == Dialect::Postgres
    }

    fn table(&mut self, tape: &mut Tape<'_>) -> Option<&mut TableSketch> {
        let count = self.sketch.tables.len();
        self.sketch.tables.get_mut(tape.pick(count))
    }

    fn base_table(&self, id: Id) -> Option<&TableSketch> {
        self.base.as_ref()?.table(id)
    }

    fn in_base(&self, table: Id, column: Id) -> bool {
        self.base_table(table).is_some_and(|table| table.column(column).is_some())
    }

    /// True where a column of this table may hold rows that the second schema finds.
    fn has_rows(&self, table: Id) -> bool {
        self.base_table(table).is_some()
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
        let schemas = [&self.sketch].into_iter().chain(&self.base);
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

    fn create_table(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        (self.sketch.tables.len() < 4).then_some(())?;
        let (id, name) = (self.sketch.id(), self.object(tape));
        let mut table = TableSketch {
            id,
            name,
            comment: None,
            strict: false,
            without_rowid: false,
            columns: Vec::new(),
            primary_key: None,
            uniques: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
        };
        let column = self.sketch.id();
        let mut key = plain(column, self.column_name(tape, &table), Ty::Builtin(0));
        key.nullable = false;
        if tape.once_in(3) {
            key.identity = Some(Identity::ByDefault);
        }
        table.columns.push(key);
        let keyless = tape.once_in(6) && table.columns.iter().all(|column| column.identity.is_none());
        if !keyless {
            let key = self.sketch.id();
            table.primary_key = Some(unique(key, Self::part_name(tape, key), vec![column]));
        }
        if !self.postgres() {
            table.strict = tape.once_in(4);
            table.without_rowid = tape.once_in(4) && !keyless && table.columns[0].identity.is_none();
        }
        self.sketch.tables.push(table);
        Some(())
    }

    fn add_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.columns.len() < 7).then_some(())?;
        let types = types(self.sketch.dialect);
        let usable: Vec<usize> = (0..types.len()).filter(|at| !table.strict || types[*at].strict).collect();
        let ty = Ty::Builtin(*tape.one(&usable)?);
        let id = self.sketch.id();
        let mut column = plain(id, self.column_name(tape, &table), ty);
        column.nullable = tape.pick(2) == 0;
        let info = self.sketch.info(ty)?;
        if tape.once_in(2) {
            column.default = tape.one(info.defaults).map(|text| (*text).to_owned());
        }
        if info.family == Family::Text && tape.once_in(4) {
            column.collation = Some(if self.postgres() { "C" } else { "NOCASE" });
        }
        if self.has_rows(table.id) && !column.nullable && (column.default.is_none() || tape.once_in(3)) {
            column.backfill = Some(restored(&self.sketch, &column));
        }
        let place = tape.pick(table.columns.len() + 1);
        self.sketch.tables[at].columns.insert(table.columns.len() - place, column);
        Some(())
    }

    fn create_enum(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        (self.sketch.enums.len() < 3).then_some(())?;
        let (id, name) = (self.sketch.id(), self.object(tape));
        let mut labels: Vec<(Id, String)> = Vec::new();
        for _ in 0..=tape.pick(4) {
            let label = Self::fresh(tape, labels.iter().map(|(_, label)| label.as_str()));
            labels.push((self.sketch.id(), label));
        }
        self.sketch.enums.push(EnumSketch { id, name, labels, mapped: BTreeMap::new(), comment: None });
        Some(())
    }

    fn add_enum_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let ty = tape.one(&self.sketch.enums)?.clone();
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.columns.len() < 7).then_some(())?;
        let array = self.postgres() && tape.once_in(4);
        let id = self.sketch.id();
        let mut column =
            plain(id, self.column_name(tape, &table), if array { Ty::EnumArray(ty.id) } else { Ty::Enum(ty.id) });
        column.nullable = tape.once_in(2);
        column.default_label = if tape.once_in(2) { None } else { tape.one(&ty.labels).map(|(label, _)| *label) };
        if self.has_rows(table.id) && !column.nullable && column.default_label.is_none() {
            column.backfill = Some(restored(&self.sketch, &column));
        }
        self.sketch.tables[at].columns.push(column);
        Some(())
    }

    /// Columns that keys may hold: plain ones whose rows can be told apart, or that hold NULL alone.
    fn keyable(&self, table: &TableSketch, nulls: bool) -> Vec<Id> {
        let suits = |column: &&ColumnSketch| {
            let key = self.sketch.info(column.ty).is_some_and(|info| info.is_key());
            let old = !self.has_rows(table.id)
                || self.in_base(table.id, column.id)
                || (nulls && column.nullable && column.default.is_none() && column.backfill.is_none());
            key && old && column.generated.is_none() && column.collation.is_none()
        };
        table.columns.iter().filter(suits).map(|column| column.id).collect()
    }

    fn add_primary_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let mut columns = self.keyable(&table, false);
        columns.retain(|id| table.column(*id).is_some_and(|column| !column.nullable && column.backfill.is_none()));
        let count = columns.len();
        columns.rotate_left(tape.pick(count));
        columns.truncate(1 + tape.pick(2));
        // PostgreSQL leaves a UNIQUE out that repeats the primary key.
        let distinct = table.unique_keys().iter().all(|key| *key != columns);
        (table.primary_key.is_none() && !columns.is_empty() && distinct).then_some(())?;
        let id = self.sketch.id();
        self.sketch.tables[at].primary_key = Some(unique(id, Self::part_name(tape, id), columns));
        Some(())
    }

    fn drop_primary_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        (!table.without_rowid && !(table.columns.iter().any(|column| column.identity.is_some()))).then_some(())?;
        let key = table.primary_key.take()?;
        let table = table.id;
        self.drop_references(table, &key.columns);
        Some(())
    }

    fn add_unique(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let nulls_not_distinct = self.postgres() && tape.once_in(5);
        let mut columns = self.keyable(&table, !nulls_not_distinct);
        columns.retain(|id| table.column(*id).is_some_and(|column| column.backfill.is_none()));
        let count = columns.len();
        columns.rotate_left(tape.pick(count));
        columns.truncate(1 + tape.pick(3));
        let distinct = table.unique_keys().iter().all(|key| *key != columns);
        (!columns.is_empty() && distinct).then_some(())?;
        let id = self.sketch.id();
        let deferrable = match (self.postgres(), tape.pick(6)) {
            (true, 4) => Some(Deferrable::InitiallyImmediate),
            (true, 5) => Some(Deferrable::InitiallyDeferred),
            _ => None,
        };
        let key = KeySketch { nulls_not_distinct, deferrable, ..unique(id, Self::part_name(tape, id), columns) };
        self.sketch.tables[at].uniques.push(key);
        Some(())
    }

    fn drop_unique(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.uniques.len());
        table.uniques.get(at)?;
        let key = table.uniques.remove(at);
        let table = table.id;
        self.drop_references(table, &key.columns);
        Some(())
    }

    /// Foreign keys that refer to these columns go, unless another key still holds them.
    fn drop_references(&mut self, table: Id, columns: &[Id]) {
        let kept = self.sketch.table(table).is_some_and(|table| {
            let keys = table.primary_key.iter().chain(table.uniques.iter().filter(|key| key.deferrable.is_none()));
            keys.into_iter().any(|key| key.columns == columns)
        });
        if kept {
            return;
        }
        for other in &mut self.sketch.tables {
            other.foreign_keys.retain(|key| key.table != table || key.referenced != columns);
        }
    }

    fn add_foreign_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let child = self.sketch.tables.get(at)?.clone();
        let parent = tape.one(&self.sketch.tables)?.clone();
        let keys: Vec<&KeySketch> =
            parent.primary_key.iter().chain(parent.uniques.iter().filter(|key| key.deferrable.is_none())).collect();
        let referenced = tape.one(&keys)?.columns.clone();
        // Rows that are there already refer to nothing in a table or column that is new.
        let parent_is_old = !self.has_rows(child.id) || referenced.iter().all(|id| self.in_base(parent.id, *id));
        let mut columns = Vec::new();
        for wanted in &referenced {
            let ty = parent.column(*wanted)?.ty;
            let table = self.sketch.tables.get(at)?;
            let usable: Vec<Id> = table
                .columns
                .iter()
                .filter(|column| {
                    let empty = column.nullable && column.default.is_none() && column.backfill.is_none();
                    let old = self.in_base(table.id, column.id);
                    let suits = if old || !self.has_rows(table.id) { parent_is_old } else { empty };
                    column.ty == ty
                        && column.generated.is_none()
                        && column.identity.is_none()
                        && column.collation.is_none()
                        && !columns.contains(&column.id)
                        && suits
                        && !(child.id == parent.id && referenced.contains(&column.id))
                })
                .map(|column| column.id)
                .collect();
            let id = match tape.one(&usable) {
                Some(id) if !tape.once_in(3) => *id,
                _ => {
                    let strict = self.sketch.tables[at].strict;
                    (!strict || self.sketch.info(ty)?.strict).then_some(())?;
                    let id = self.sketch.id();
                    let column = plain(id, self.column_name(tape, &self.sketch.tables[at]), ty);
                    self.sketch.tables[at].columns.push(column);
                    id
                }
            };
            columns.push(id);
        }
        let same = |key: &ForeignKeySketch| key.columns == columns;
        (!child.foreign_keys.iter().any(same)).then_some(())?;
        let id = self.sketch.id();
        let name = Self::part_name(tape, id);
        let (on_delete, on_update) = (action(tape), action(tape));
        let match_full = self.postgres() && tape.once_in(5);
        let deferrable = match tape.pick(5) {
            3 => Some(Deferrable::InitiallyImmediate),
            4 => Some(Deferrable::InitiallyDeferred),
            _ => None,
        };
        let table = parent.id;
        let key =
            ForeignKeySketch { id, name, columns, table, referenced, on_delete, on_update, match_full, deferrable };
        self.sketch.tables[at].foreign_keys.push(key);
        Some(())
    }

    fn drop_foreign_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.foreign_keys.len());
        table.foreign_keys.get(at)?;
        table.foreign_keys.remove(at);
        Some(())
    }

    fn change_foreign_key(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.foreign_keys.len());
        let key = table.foreign_keys.get_mut(at)?;
        key.on_delete = action(tape);
        key.deferrable = tape.once_in(2).then_some(Deferrable::InitiallyDeferred);
        Some(())
    }

    fn add_index(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.indexes.len() < 4).then_some(())?;
        let id = self.sketch.id();
        let mut index = IndexSketch {
            id,
            name: Self::part_name(tape, id),
            unique: false,
            method: None,
            keys: Vec::new(),
            include: Vec::new(),
            fillfactor: None,
            predicate: None,
        };
        let column = tape.one(&table.columns)?.clone();
        let array =
            matches!(self.sketch.info(column.ty), Some(info) if info.name.ends_with("[]") || info.name == "jsonb");
        if self.postgres() && array {
            index.method = Some("gin");
            index.keys.push(key(column.id));
        } else {
            self.keys(tape, &table, &column, &mut index);
        }
        index.predicate = self.predicate(tape, &table);
        self.sketch.tables[at].indexes.push(index);
        Some(())
    }

    fn keys(&self, tape: &mut Tape<'_>, table: &TableSketch, first: &ColumnSketch, index: &mut IndexSketch) {
        let keyable = self.keyable(table, true);
        let family = |column: &ColumnSketch| self.sketch.info(column.ty).map(|info| info.family);
        let backfilled = |id: &Id| table.column(*id).is_some_and(|column| column.backfill.is_some());
        if tape.once_in(4) && keyable.contains(&first.id) && !backfilled(&first.id) {
            index.unique = table.unique_keys().iter().all(|key| *key != [first.id]);
        }
        let mut columns = vec![first.clone()];
        if tape.once_in(2) {
            columns.extend(tape.one(&table.columns).filter(|column| column.id != first.id).cloned());
        }
        for column in columns {
            let mut item = key(column.id);
            item.descending = tape.once_in(3);
            if self.postgres() && tape.once_in(4) {
                item.nulls = Some(if item.descending { NullsOrder::Last } else { NullsOrder::First });
            }
            match (family(&column), tape.pick(5)) {
                (Some(Family::Text), 3) if !index.unique => item.template = Some("lower({})"),
                (Some(Family::Int), 3) if !index.unique => item.template = Some("{} % 7"),
                (Some(Family::Text), 4) if self.postgres() && column.collation.is_none() => {
                    item.collation = Some("POSIX")
                }
                (Some(Family::Text), 4) if !self.postgres() => item.collation = Some("RTRIM"),
                _ => {}
            }
            index.keys.push(item);
        }
        if !self.postgres() {
            return;
        }
        if tape.once_in(4) {
            index.include.extend(
                tape.one(&table.columns)
                    .map(|column| column.id)
                    .filter(|id| index.keys.iter().all(|key| key.column != *id)),
            );
        }
        if tape.once_in(5) {
            index.fillfactor = Some(70);
        }
        let single = index.keys.len() == 1 && index.include.is_empty() && !index.unique;
        if single && tape.once_in(5) {
            index.method = Some("hash");
            for key in &mut index.keys {
                (key.descending, key.nulls) = (false, None);
            }
        }
    }

    fn predicate(&self, tape: &mut Tape<'_>, table: &TableSketch) -> Option<Predicate> {
        tape.once_in(3).then_some(())?;
        let column = tape.one(&table.columns)?;
        if let Ty::Enum(ty) = column.ty {
            let label = tape.one(&self.sketch.ty(ty)?.labels)?.0;
            return Some(Predicate::Label(column.id, label));
        }
        Some(match self.sketch.info(column.ty).map(|info| info.family) {
            Some(Family::Int) if tape.once_in(2) => Predicate::Column(column.id, "{} > 3 AND {} IN (4, 5, 6)"),
            Some(Family::Text) if tape.once_in(2) => Predicate::Column(column.id, "{} <> 'it''s' OR {} LIKE 'x%'"),
            _ => Predicate::Column(column.id, "{} IS NOT NULL"),
        })
    }

    fn drop_index(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.indexes.len());
        table.indexes.get(at)?;
        table.indexes.remove(at);
        Some(())
    }

    fn change_index(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let predicate = self.predicate(tape, &table);
        let index = self.sketch.tables[at].indexes.get_mut(tape.pick(table.indexes.len()))?;
        if tape.once_in(2) && index.method.is_none() {
            index.keys.iter_mut().for_each(|key| (key.descending, key.nulls) = (!key.descending, None));
        } else {
            index.predicate = predicate;
        }
        Some(())
    }

    fn add_check(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.checks.len() < 3).then_some(())?;
        let column = tape.one(&table.columns)?.id;
        let template = self.check(tape, &table, column)?;
        let id = self.sketch.id();
        let name = Self::part_name(tape, id);
        self.sketch.tables[at].checks.push(CheckSketch { id, name, column, template });
        Some(())
    }

    fn check(&self, tape: &mut Tape<'_>, table: &TableSketch, column: Id) -> Option<&'static str> {
        let forms: &[&'static str] = match self.sketch.info(table.column(column)?.ty)?.family {
            Family::Int => &["{} <> 12345", "{} NOT IN (77, 78) OR {} = 77", "{} IS NULL OR {} BETWEEN {} AND {}"],
            Family::Text => &["{} <> 'it''s; not'", "length({}) < 1000", "({} <> '(') OR ({} IS NULL)"],
            _ => &["{} IS NULL OR {} = {}"],
        };
        let comparable = !matches!(self.sketch.info(table.column(column)?.ty)?.name, "real" | "double precision");
        comparable.then_some(())?;
        tape.one(forms).copied()
    }

    fn drop_check(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let at = tape.pick(table.checks.len());
        table.checks.get(at)?;
        table.checks.remove(at);
        Some(())
    }

    fn change_check(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.checks.len());
        let column = table.checks.get(which)?.column;
        self.sketch.tables[at].checks[which].template = self.check(tape, &table, column)?;
        Some(())
    }

    fn add_generated(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        (table.columns.len() < 7).then_some(())?;
        let sources: Vec<&ColumnSketch> = table
            .columns
            .iter()
            .filter(|column| {
                column.generated.is_none() && self.sketch.info(column.ty).is_some_and(|info| info.is_key())
            })
            .collect();
        let source = (*tape.one(&sources)?).clone();
        let template = self.generated(tape, source.ty)?;
        let text = self.sketch.info(source.ty)?.family == Family::Text;
        let ty = if text { 1 } else { 0 };
        let stored = self.postgres() || tape.once_in(2);
        let id = self.sketch.id();
        let mut column = plain(id, self.column_name(tape, &table), Ty::Builtin(ty));
        column.generated = Some((source.id, template, stored));
        self.sketch.tables[at].columns.push(column);
        Some(())
    }

    fn generated(&self, tape: &mut Tape<'_>, source: Ty) -> Option<&'static str> {
        let forms: &[&'static str] = match self.sketch.info(source)?.family {
            Family::Int => &["{} / 2", "{} % 10 + 1"],
            _ => &["lower({})", "{} || 'x;'"],
        };
        tape.one(forms).copied()
    }

    fn change_generated(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let made: Vec<usize> = (0..table.columns.len()).filter(|at| table.columns[*at].generated.is_some()).collect();
        let which = *tape.one(&made)?;
        let (source, _, stored) = table.columns[which].generated?;
        let template = self.generated(tape, table.column(source)?.ty)?;
        self.sketch.tables[at].columns[which].generated = Some((source, template, stored));
        Some(())
    }

    fn comment(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        self.postgres().then_some(())?;
        let texts = [None, Some("plain"), Some("E.g. 'a', 'b'\nline 2 \\ -- ; */")];
        let text = texts[tape.pick(3)].map(str::to_owned);
        match tape.pick(3) {
            0 => self.table(tape)?.comment = text,
            1 => {
                let table = self.table(tape)?;
                let at = tape.pick(table.columns.len());
                table.columns.get_mut(at)?.comment = text;
            }
            _ => {
                let count = self.sketch.enums.len();
                self.sketch.enums.get_mut(tape.pick(count))?.comment = text;
            }
        }
        Some(())
    }

    fn add_identity(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let postgres = self.postgres();
        let table = self.table(tape)?;
        (!table.without_rowid && table.columns.iter().all(|column| column.identity.is_none())).then_some(())?;
        let key = table.primary_key.as_ref().filter(|key| key.columns.len() == 1)?.columns[0];
        let referring = table.foreign_keys.iter().any(|foreign| foreign.columns.contains(&key));
        let column = table.columns.iter_mut().find(|column| column.id == key)?;
        (column.ty == Ty::Builtin(0) && !referring && column.collation.is_none()).then_some(())?;
        column.default = None;
        column.identity = Some(if postgres && tape.once_in(2) { Identity::Always } else { Identity::ByDefault });
        Some(())
    }

    fn drop_identity(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let table = self.table(tape)?;
        let column = table.columns.iter_mut().find(|column| column.identity.is_some())?;
        column.identity = None;
        Some(())
    }

    fn drop_table(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let id = self.sketch.tables.get(at)?.id;
        // The down makes it anew without rows, so nothing that stays may refer to them.
        let referred = self.base.iter().flat_map(|base| &base.tables).any(|table| {
            table.id != id
                && self.sketch.table(table.id).is_some()
                && table.foreign_keys.iter().any(|key| key.table == id)
        });
        // What takes a name over that goes in the same change has its rename held for spent.
        let name = self.base_table(id).map(|table| table.name.clone());
        let taken = self.sketch.tables.iter().any(|table| table.id != id && Some(&table.name) == name.as_ref());
        (!referred && !taken).then_some(())?;
        self.sketch.tables.remove(at);
        for table in &mut self.sketch.tables {
            table.foreign_keys.retain(|key| key.table != id);
        }
        Some(())
    }

    fn drop_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let column = tape.one(&table.columns)?;
        let id = column.id;
        (table.columns.iter().filter(|column| column.generated.is_none()).count() > 1).then_some(())?;
        let old_name = self.base_table(table.id).and_then(|base| base.column(id)).map(|old| &old.name);
        let taken = table.columns.iter().any(|other| other.id != id && Some(&other.name) == old_name);
        (self.droppable(table.id, id) && !taken).then_some(())?;
        let made = |other: &ColumnSketch| other.generated.is_some_and(|(source, ..)| source == id);
        let mut gone: Vec<Id> = table.columns.iter().filter(|other| made(other)).map(|other| other.id).collect();
        gone.push(id);
        for key in table.unique_keys().iter().filter(|key| key.contains(&id)) {
            self.forget_references(table.id, key);
        }
        let table = &mut self.sketch.tables[at];
        let lost = |ids: &[Id]| ids.iter().any(|id| gone.contains(id));
        (!(table.without_rowid && table.primary_key.as_ref().is_some_and(|key| lost(&key.columns)))).then_some(())?;
        table.columns.retain(|column| !gone.contains(&column.id));
        table.primary_key = table.primary_key.take().filter(|key| !lost(&key.columns));
        table.uniques.retain(|key| !lost(&key.columns));
        table.checks.retain(|check| !gone.contains(&check.column));
        table.foreign_keys.retain(|key| !(lost(&key.columns) || key.table == table.id && lost(&key.referenced)));
        table.indexes.retain(|index| {
            let keys: Vec<Id> = index.keys.iter().map(|key| key.column).collect();
            let predicate = index.predicate.iter().map(|predicate| match predicate {
                Predicate::Column(id, _) | Predicate::Label(id, _) => *id,
            });
            !lost(&keys) && !lost(&index.include) && !predicate.into_iter().any(|id| gone.contains(&id))
        });
        Some(())
    }

    fn forget_references(&mut self, table: Id, columns: &[Id]) {
        for other in &mut self.sketch.tables {
            other.foreign_keys.retain(|key| key.table != table || key.referenced != columns);
        }
    }

    /// The down gives every row one value, which no key and no foreign key may mind.
    fn droppable(&self, table: Id, column: Id) -> bool {
        let Some(base) = self.base_table(table) else { return true };
        let Some(old) = base.column(column) else { return true };
        let tables = self.base.as_ref().map(|base| base.tables.as_slice()).unwrap_or_default();
        let referred = tables
            .iter()
            .any(|other| other.foreign_keys.iter().any(|key| key.table == table && key.referenced.contains(&column)));
        let keys = base.is_unique(column) || base.foreign_keys.iter().any(|key| key.columns.contains(&column));
        let null = old.nullable && old.default.is_none() && old.default_label.is_none();
        let nulls_count = base.uniques.iter().any(|key| key.nulls_not_distinct && key.columns.contains(&column));
        let partly = base.foreign_keys.iter().any(|key| key.match_full && key.columns.contains(&column));
        old.identity.is_none() && !referred && (!keys || (null && !nulls_count && !partly))
    }

    fn rename_column(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let name = self.column_name(tape, &table);
        self.sketch.tables[at].columns.get_mut(which)?.name = name;
        Some(())
    }

    fn swap_columns(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let old: Vec<usize> =
            (0..table.columns.len()).filter(|which| self.in_base(table.id, table.columns[*which].id)).collect();
        let plain = |column: &ColumnSketch| column.generated.is_none();
        table.columns.iter().all(plain).then_some(())?;
        let (first, second) = (*tape.one(&old)?, *tape.one(&old)?);
        let columns = &mut self.sketch.tables[at].columns;
        (columns[first].name, columns[second].name) =
            (table.columns[second].name.clone(), table.columns[first].name.clone());
        Some(())
    }

    fn swap_tables(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let tables = self.sketch.tables.clone();
        let old: Vec<usize> = (0..tables.len()).filter(|at| self.has_rows(tables[*at].id)).collect();
        let (first, second) = (*tape.one(&old)?, *tape.one(&old)?);
        self.sketch.tables[first].name = tables[second].name.clone();
        self.sketch.tables[second].name = tables[first].name.clone();
        Some(())
    }

    fn rename_table(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let name = self.object(tape);
        self.table(tape)?.name = name;
        Some(())
    }

    fn rename_part(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let id = self.sketch.id();
        let name = Some(format!("{} {id}", NAMES[tape.pick(NAMES.len() - 1)]));
        let table = self.table(tape)?;
        match tape.pick(5) {
            0 => table.primary_key.as_mut()?.name = name,
            1 => table.uniques.first_mut()?.name = name,
            2 => table.checks.first_mut()?.name = name,
            3 => table.foreign_keys.first_mut()?.name = name,
            _ => table.indexes.first_mut()?.name = name,
        }
        Some(())
    }

    fn rename_enum(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let name = self.object(tape);
        let count = self.sketch.enums.len();
        self.sketch.enums.get_mut(tape.pick(count))?.name = name;
        Some(())
    }

    fn drop_enum(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let id = self.sketch.enums.get(at)?.id;
        let used = self.sketch.tables.iter().flat_map(|table| &table.columns);
        let used = used.into_iter().any(|column| matches!(column.ty, Ty::Enum(ty) | Ty::EnumArray(ty) if ty == id));
        (!used).then_some(())?;
        self.sketch.enums.remove(at);
        Some(())
    }

    fn label_name(&self, tape: &mut Tape<'_>, ty: &EnumSketch) -> String {
        let old = self.base.as_ref().and_then(|base| base.ty(ty.id)).into_iter().flat_map(|ty| &ty.labels);
        Self::fresh(tape, ty.labels.iter().chain(old).map(|(_, label)| label.as_str()))
    }

    fn add_label(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let ty = self.sketch.enums.get(at)?.clone();
        let label = (self.sketch.id(), self.label_name(tape, &ty));
        self.sketch.enums[at].labels.insert(tape.pick(ty.labels.len() + 1), label);
        Some(())
    }

    fn rename_label(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let ty = self.sketch.enums.get(at)?.clone();
        let name = self.label_name(tape, &ty);
        self.sketch.enums[at].labels.get_mut(tape.pick(ty.labels.len()))?.1 = name;
        Some(())
    }

    fn drop_label(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.enums.len());
        let ty = self.sketch.enums.get_mut(at)?;
        (ty.labels.len() > 1).then_some(())?;
        let (gone, _) = ty.labels.remove(tape.pick(ty.labels.len()));
        let old = self.base.as_ref().and_then(|base| base.ty(ty.id));
        // The down must find the label that rows were given.
        let known = |id: Id| old.is_none_or(|old| old.labels.iter().any(|(label, _)| *label == id));
        let candidates: Vec<Id> = ty.labels.iter().map(|(id, _)| *id).filter(|id| known(*id)).collect();
        let kept = *tape.one(&candidates)?;
        ty.mapped.values_mut().filter(|to| **to == gone).for_each(|to| *to = kept);
        ty.mapped.insert(gone, kept);
        let id = ty.id;
        for table in &mut self.sketch.tables {
            for column in
                table.columns.iter_mut().filter(|column| column.ty == Ty::Enum(id) || column.ty == Ty::EnumArray(id))
            {
                column.default_label = column.default_label.map(|label| if label == gone { kept } else { label });
            }
            table.indexes.retain(|index| !matches!(index.predicate, Some(Predicate::Label(_, label)) if label == gone));
        }
        Some(())
    }

    fn change_type(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let column = tape.one(&table.columns)?.clone();
        let info = self.sketch.info(column.ty)?;
        let list = types(self.sketch.dialect);
        let others: Vec<usize> = (0..list.len())
            .filter(|at| list[*at].family == info.family && list[*at].name != info.name)
            .filter(|at| info.family != Family::Other && (!table.strict || list[*at].strict))
            .collect();
        let place = *tape.one(&others)?;
        let ty = Ty::Builtin(place);
        let plain = column.generated.is_none() && column.identity.is_none();
        plain.then_some(())?;
        // Keys and what refers to them change together.
        let mut linked = vec![(table.id, column.id)];
        let mut done = 0;
        while let Some((table, column)) = linked.get(done).copied() {
            done += 1;
            for other in &self.sketch.tables {
                for key in &other.foreign_keys {
                    for (own, referenced) in key.columns.iter().zip(&key.referenced) {
                        let pair = [(other.id, *own), (key.table, *referenced)];
                        if pair.contains(&(table, column)) {
                            linked.extend(pair.into_iter().filter(|item| !linked.contains(item)).collect::<Vec<_>>());
                        }
                    }
                }
            }
        }
        for (table, column) in linked {
            let table = self.sketch.tables.iter_mut().find(|other| other.id == table)?;
            let column = table.columns.iter_mut().find(|other| other.id == column)?;
            (column.identity.is_none() && (!table.strict || list.get(place)?.strict)).then_some(())?;
            column.ty = ty;
            column.default = column.default.take().filter(|default| default.starts_with(['\'', '-', '1']));
        }
        Some(())
    }

    fn change_null(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let column = table.columns.get(which)?;
        let in_key = table.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column.id));
        (!in_key && column.identity.is_none() && column.generated.is_none()).then_some(())?;
        let backfill = restored(&self.sketch, column);
        let old = self.in_base(table.id, column.id);
        let was_null =
            self.base_table(table.id).and_then(|base| base.column(column.id)).is_some_and(|old| old.nullable);
        let filled = if was_null || (!old && column.default.is_none() && column.default_label.is_none()) {
            Some(backfill)
        } else {
            None
        };
        let unique = table.is_unique(column.id);
        let referring = table.foreign_keys.iter().any(|key| key.columns.contains(&column.id));
        if column.nullable {
            // A new column that a key holds can only stay empty.
            (!self.has_rows(table.id) || old || !(unique || referring)).then_some(())?;
        }
        let has_rows = self.has_rows(table.id);
        let column = &mut self.sketch.tables[at].columns[which];
        column.nullable = !column.nullable;
        column.backfill = if column.nullable || !has_rows { None } else { filled };
        Some(())
    }

    fn change_default(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let column = table.columns.get(which)?;
        (column.identity.is_none() && column.generated.is_none()).then_some(())?;
        // A default that a new column's rows would get must suit what stands on the column.
        (!self.has_rows(table.id) || self.in_base(table.id, column.id)).then_some(())?;
        let (default, label) = match (self.sketch.info(column.ty), column.ty) {
            (Some(info), _) => (tape.one(info.defaults).map(|text| (*text).to_owned()), None),
            (None, Ty::Enum(ty) | Ty::EnumArray(ty)) => {
                (None, tape.one(&self.sketch.ty(ty)?.labels).map(|(label, _)| *label))
            }
            (None, Ty::Builtin(_)) => return None,
        };
        let column = &mut self.sketch.tables[at].columns[which];
        let remove = tape.once_in(3);
        column.default = default.filter(|_| !remove);
        column.default_label = label.filter(|_| !remove);
        Some(())
    }

    fn change_collation(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        let collation = if self.postgres() { "C" } else { "NOCASE" };
        let at = tape.pick(self.sketch.tables.len());
        let table = self.sketch.tables.get(at)?.clone();
        let which = tape.pick(table.columns.len());
        let column = table.columns.get(which)?;
        let text = self.sketch.info(column.ty)?.family == Family::Text;
        let linked = self
            .sketch
            .tables
            .iter()
            .flat_map(|table| &table.foreign_keys)
            .any(|key| key.columns.contains(&column.id) || key.referenced.contains(&column.id));
        (text && !linked && !table.is_unique(column.id) && column.generated.is_none()).then_some(())?;
        let column = &mut self.sketch.tables[at].columns[which];
        column.collation = if column.collation.is_some() { None } else { Some(collation) };
        Some(())
    }

    fn change_options(&mut self, tape: &mut Tape<'_>) -> Option<()> {
        (!self.postgres()).then_some(())?;
        let types = types(self.sketch.dialect);
        let table = self.table(tape)?;
        let strict = table.columns.iter().all(|column| match column.ty {
            Ty::Builtin(at) => types[at].strict,
            Ty::Enum(_) | Ty::EnumArray(_) => true,
        });
        if tape.once_in(2) {
            strict.then_some(())?;
            table.strict = !table.strict;
        } else {
            (table.primary_key.is_some() && table.columns.iter().all(|column| column.identity.is_none()))
                .then_some(())?;
            table.without_rowid = !table.without_rowid;
        }
        Some(())
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
        comment: None,
        backfill: None,
    }
}

fn unique(id: Id, name: Option<String>, columns: Vec<Id>) -> KeySketch {
    KeySketch { id, name, columns, nulls_not_distinct: false, deferrable: None }
}

fn key(column: Id) -> IndexKeySketch {
    IndexKeySketch { column, template: None, descending: false, nulls: None, opclass: None, collation: None }
}

fn action(tape: &mut Tape<'_>) -> ReferentialAction {
    let actions = [
        ReferentialAction::NoAction,
        ReferentialAction::Cascade,
        ReferentialAction::SetNull,
        ReferentialAction::Restrict,
        ReferentialAction::SetDefault,
    ];
    actions[tape.pick(actions.len())]
}
