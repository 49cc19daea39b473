//! The SQL of every kind of change, reviewed as text. The property suite runs it.

use super::steps;
use crate::decl::AllowCode;
use crate::dialect::parse_type;
use crate::diff::{Renames, diff};
use crate::ir::*;
use crate::model::{Allow, Intents, Placed};
use crate::plan::{Plan, StepKind};

mod columns;
mod enums;
mod family;
mod renames;
mod tables;
mod types;

fn name(text: &str) -> ObjectName {
    match text.split_once('.') {
        Some((schema, name)) => ObjectName::qualified(schema, name),
        None => ObjectName::qualified("public", text),
    }
}

/// `name type`, with `?` at the end for nullable and `@` before an enum's name.
fn col(spec: &str) -> Column {
    let (spec, nullable) = spec.strip_suffix('?').map_or((spec, false), |spec| (spec, true));
    let (column, ty) = spec.split_once(' ').unwrap();
    let ty = match ty.strip_prefix('@') {
        None => parse_type(Dialect::Postgres, ty).unwrap(),
        Some(ty) => match ty.strip_suffix("[]") {
            Some(element) => SqlType::Array(Box::new(SqlType::Named(name(element)))),
            None => SqlType::Named(name(ty)),
        },
    };
    Column { nullable, ..Column::new(column, ty) }
}

fn default(spec: &str, default: &str) -> Column {
    Column { default: Some(default.to_owned()), ..col(spec) }
}

fn generated(spec: &str, expression: &str) -> Column {
    Column { generated: Some(Generated { expression: expression.to_owned(), stored: true }), ..col(spec) }
}

fn identity(spec: &str, identity: Identity) -> Column {
    Column { identity: Some(identity), ..col(spec) }
}

fn table(text: &str, columns: impl IntoIterator<Item = Column>) -> Table {
    Table { columns: columns.into_iter().collect(), ..Table::new(name(text)) }
}

fn users() -> Table {
    table("users", [identity("id bigint", Identity::ByDefault), col("email text"), col("age int?")])
        .pk("users_pkey", "id")
}

fn mood() -> EnumType {
    labels("mood", "new done junk")
}

/// A column of an enum with everything that pins its type (BUGS.md B05).
fn job() -> Table {
    let stage = generated("g int", "CASE WHEN s = 'done' THEN 1 ELSE 0 END");
    table("job", [col("id int"), default("s @mood", "'new'"), default("a @mood[]", "'{new}'"), stage])
        .pk("job_pkey", "id")
        .ix("job_part", "id", Some("s = 'new'"))
        .ck("job_ck", "s <> 'done' OR id > 0")
        .ix("job_g", "g", None)
        .ix("job_s", "s", None)
}

fn strings(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

impl Table {
    fn pk(mut self, constraint: &str, columns: &str) -> Self {
        self.primary_key = Some(PrimaryKey::new(constraint.to_owned(), strings(columns)));
        self
    }

    fn uq(mut self, constraint: &str, columns: &str) -> Self {
        let columns = strings(columns);
        self.uniques.push(Unique {
            name: constraint.to_owned(),
            columns,
            nulls_not_distinct: false,
            deferrable: None,
            include: Vec::new(),
            storage: Default::default(),
        });
        self
    }

    fn ck(mut self, constraint: &str, expression: &str) -> Self {
        self.checks.push(Check::new(constraint.to_owned(), expression.to_owned()));
        self
    }

    fn fk(mut self, constraint: &str, columns: &str, references: &str, referenced: &str) -> Self {
        self.foreign_keys.push(ForeignKey {
            name: constraint.to_owned(),
            columns: strings(columns),
            references: name(references),
            referenced_columns: strings(referenced),
            on_delete: ReferentialAction::NoAction,
            on_update: ReferentialAction::NoAction,
            match_full: false,
            deferrable: None,
            set_columns: Vec::new(),
            not_valid: false,
            not_enforced: false,
        });
        self
    }

    fn ix(mut self, index: &str, columns: &str, predicate: Option<&str>) -> Self {
        self.indexes.push(Index {
            name: index.to_owned(),
            unique: false,
            method: None,
            keys: strings(columns).into_iter().map(IndexKey::column).collect(),
            include: Vec::new(),
            nulls_not_distinct: false,
            storage: Default::default(),
            predicate: predicate.map(str::to_owned),
        });
        self
    }
}

fn labels(text: &str, labels: &str) -> EnumType {
    EnumType { name: name(text), labels: strings(labels), comment: None }
}

/// A change to plan: two schemas and what the source says beside.
struct Case {
    from: Schema,
    to: Schema,
    renames: Renames,
    intents: Intents,
}

fn schema(tables: impl IntoIterator<Item = Table>, enums: impl IntoIterator<Item = EnumType>) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    for mut table in tables {
        table.sort();
        schema.namespaces.extend(table.name.schema.clone().filter(|name| name != "public"));
        schema.tables.insert(table.name.clone(), table);
    }
    for ty in enums {
        schema.namespaces.extend(ty.name.schema.clone().filter(|name| name != "public"));
        schema.enums.insert(ty.name.clone(), ty);
    }
    schema
}

fn case(from: impl IntoIterator<Item = Table>, to: impl IntoIterator<Item = Table>) -> Case {
    enum_case(from, [], to, [])
}

fn enum_case(
    from: impl IntoIterator<Item = Table>,
    from_enums: impl IntoIterator<Item = EnumType>,
    to: impl IntoIterator<Item = Table>,
    to_enums: impl IntoIterator<Item = EnumType>,
) -> Case {
    Case {
        from: schema(from, from_enums),
        to: schema(to, to_enums),
        renames: Renames::default(),
        intents: Intents::default(),
    }
}

impl Case {
    fn renamed_table(mut self, from: &str, to: &str) -> Self {
        self.renames.tables.insert(name(to), name(from));
        self
    }

    fn renamed_enum(mut self, from: &str, to: &str) -> Self {
        self.renames.types.insert((TypeKind::Enum, name(to)), name(from));
        self
    }

    fn renamed_column(mut self, table: &str, from: &str, to: &str) -> Self {
        self.renames.columns.insert((name(table), to.to_owned()), from.to_owned());
        self
    }

    fn renamed_label(mut self, ty: &str, from: &str, to: &str) -> Self {
        self.renames.labels.insert((name(ty), to.to_owned()), from.to_owned());
        self
    }

    fn plain(mut self) -> Self {
        self.intents.plain = true;
        self
    }

    fn backfill(mut self, table: &str, column: &str, value: &str) -> Self {
        self.intents.backfills.insert((name(table), column.to_owned()), Placed::bare(value.to_owned()));
        self
    }

    fn allow(mut self, code: AllowCode, object: &str, part: &str, map_to: Option<&str>, restore: Option<&str>) -> Self {
        self.intents.allows.push(Allow {
            code,
            object: name(object),
            part: Some(part.to_owned()),
            reason: "tested".to_owned(),
            map_to: map_to.map(str::to_owned),
            restore: restore.map(str::to_owned),
            keep: false,
            place: None,
        });
        self
    }

    fn plan(&self) -> Plan {
        let changes = diff(&self.from, &self.to, &self.renames);
        Plan { steps: steps(&self.from, &self.to, &changes, &self.intents).unwrap() }
    }

    /// Every statement, up and then down, with a mark where another file begins.
    fn sql(&self) -> String {
        let plan = self.plan();
        let mut up = Vec::new();
        for step in &plan.steps {
            match (step.kind, step.alone) {
                (StepKind::Data, _) => up.push("-- data".to_owned()),
                (StepKind::Schema, true) => up.push("-- alone".to_owned()),
                (StepKind::Schema, false) => {}
            }
            up.extend(step.up.statements.clone());
        }
        let down = plan.steps.iter().rev().flat_map(|step| step.down.statements.clone());
        up.push("-- down".to_owned());
        up.extend(down);
        up.join("\n")
    }
}
