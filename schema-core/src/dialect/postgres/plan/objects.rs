//! Objects that SQL text defines: away before what they use changes, and back once all is in its place.
//!
//! Those that use no table are made before the tables, which can use them, and go after them. All others go first and
//! come last.

use std::collections::{BTreeMap, BTreeSet};

use super::Planner;
use super::composites::is_rebuilt;
use super::enums::only_gains;
use super::online::Online;
use super::removals::item_sql;
use super::state::{Item, ItemKind, items};
use super::work::{Altered, TableWork};
use crate::dialect::postgres::ddl;
use crate::dialect::postgres::mention::identifiers;
use crate::diff::{Change, Part, former_type};
use crate::ir::{Object, ObjectId, ObjectKind, ObjectName, Schema, SqlType, Table, Use};
use crate::objects::{Pins, aside, ordered, tokens::tokens};
use crate::plan::Step;

/// When an object is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Before every type: extensions, collations.
    First,
    /// After the enums, before the domains whose checks call it.
    BeforeDomains,
    /// Before the tables.
    Early,
    /// After everything else.
    Late,
    /// After the constraints and indexes that come online.
    Last,
}

/// What is to be done to objects.
#[derive(Default)]
pub(super) struct ObjectWork<'a> {
    /// Those that go before anything else, in order.
    aside: Vec<&'a Object>,
    /// Those of them that are gone.
    away: BTreeSet<&'a ObjectId>,
    /// Those that go for good and last, in order.
    last: Vec<(Stage, &'a Object)>,
    /// Those that come, in order.
    made: Vec<(Stage, &'a Object)>,
    /// Those whose new text takes the place of the old one.
    replaced: Vec<(Stage, &'a Object, &'a Object)>,
    /// Those that come back as they were.
    kept: BTreeSet<&'a ObjectId>,
}

impl<'a> ObjectWork<'a> {
    /// Whether one goes only to come back, and is away until then.
    pub(super) fn come_back(&self) -> bool {
        let comes =
            |object: &Object| self.kept.contains(&object.id) || self.made.iter().any(|(_, made)| made.id == object.id);
        self.aside.iter().any(|object| comes(object))
    }

    pub(super) fn new(
        from: &'a Schema,
        to: &'a Schema,
        changes: &'a [Change],
        tables: &[TableWork<'_>],
        online: &Online,
    ) -> Self {
        let pins = pins(from, changes, tables);
        let late_parts: BTreeSet<Use> = tables
            .iter()
            .flat_map(|work| work.add.iter().filter(|item| online.brings(work.after, item)).map(|it| (&work.new, it)))
            .map(|(table, item)| Use::Part(table.clone(), item.name.clone()))
            .collect();
        let (before, after) = (stages(from, &BTreeSet::new()), stages(to, &late_parts));
        let stage = |stages: &BTreeMap<&ObjectId, Stage>, id: &ObjectId| stages.get(id).copied().unwrap_or(Stage::Late);
        let gone: BTreeSet<&ObjectId> = changes
            .iter()
            .filter_map(|change| if let Change::DropObject(object) = change { Some(&object.id) } else { None })
            .collect();
        let staying: Vec<Change> =
            changes.iter().filter(|change| !matches!(change, Change::DropObject(_))).cloned().collect();
        let held: BTreeSet<&ObjectId> =
            aside(from, &staying, &pins, replaces_in_place).into_iter().map(|object| &object.id).collect();
        let (mut work, mut again) = (Self::default(), BTreeSet::new());
        for object in aside(from, changes, &pins, replaces_in_place) {
            let stage = stage(&before, &object.id);
            let makes_room = changes.iter().any(|change| takes_name(change, &object.id));
            if stage < Stage::Late && gone.contains(&object.id) && !held.contains(&object.id) && !makes_room {
                work.last.push((stage, object));
            } else {
                work.aside.push(object);
                again.insert(&object.id);
            }
        }
        let mut made: BTreeSet<&ObjectId> = BTreeSet::new();
        for change in changes {
            match change {
                Change::CreateObject(object) => made.extend([&object.id]),
                Change::ReplaceObject { from, to } if again.contains(&from.id) => made.extend([&to.id]),
                Change::ReplaceObject { from, to } => work.replaced.push((stage(&after, &to.id), from, to)),
                _ => {}
            }
        }
        work.kept = again.into_iter().filter(|id| !gone.contains(id) && !made.contains(id)).collect();
        let comes = |object: &&Object| made.contains(&object.id) || work.kept.contains(&object.id);
        work.made = ordered(to.objects.values().filter(comes))
            .into_iter()
            .map(|object| (stage(&after, &object.id), object))
            .collect();
        work
    }
}

impl Planner<'_> {
    /// Under the former names.
    pub(super) fn objects_aside(&mut self) {
        let objects = std::mem::take(&mut self.objects.aside);
        self.objects.away = objects.iter().map(|object| &object.id).collect();
        for (object, attached) in with_attached(&objects) {
            self.drop_object(object, &attached);
        }
    }

    /// What no table uses any more.
    pub(super) fn objects_last(&mut self, stage: Stage) {
        let (now, later) = std::mem::take(&mut self.objects.last).into_iter().partition(|(at, _)| *at >= stage);
        self.objects.last = later;
        let now: Vec<(Stage, &Object)> = now;
        let objects: Vec<&Object> = now.into_iter().map(|(_, object)| object).collect();
        for (object, attached) in with_attached(&objects) {
            self.drop_object(object, &attached);
        }
    }

    pub(super) fn make_objects(&mut self, stage: Stage) {
        let (now, later) = std::mem::take(&mut self.objects.made).into_iter().partition(|(at, _)| *at == stage);
        self.objects.made = later;
        let now: Vec<(Stage, &Object)> = now;
        let objects: Vec<&Object> = now.into_iter().map(|(_, object)| object).collect();
        let replaced = std::mem::take(&mut self.objects.replaced);
        for (_, from, to) in replaced.iter().filter(|(at, ..)| *at == stage) {
            let title = format!("replace {}", to.id);
            let step = Step::schema(&to.id.name, title, replace(to).into(), replace(from).into());
            self.push(step);
        }
        self.objects.replaced = replaced.into_iter().filter(|(at, ..)| *at != stage).collect();
        for (object, attached) in with_attached(&objects) {
            self.make_object(object, &attached);
        }
    }

    /// Statements with what leans on a type away meanwhile: views, policies, triggers, functions. Their texts name things as they
    /// were, so that they hold where nothing is renamed.
    pub(super) fn without_what_leans_on(&self, name: &ObjectName, statements: Vec<String>) -> Vec<String> {
        let columns = self.users(name).into_iter().map(|(table, column)| (table.clone(), column.name.clone()));
        let pins = Pins { types: [name.clone()].into(), columns: columns.collect(), ..Pins::default() };
        let mut leaning = aside(&self.now, &[], &pins, replaces_in_place);
        leaning.retain(|object| !self.objects.away.contains(&object.id));
        let dropped: Vec<String> =
            with_attached(&leaning).into_iter().flat_map(|(object, _)| self.dropped_object(object)).collect();
        leaning.reverse();
        let made = with_attached(&leaning).into_iter().flat_map(|(object, attached)| make(object, &attached));
        dropped.into_iter().chain(statements).chain(made).collect()
    }

    fn drop_object(&mut self, object: &Object, attached: &[&Object]) {
        let again = if self.objects.kept.contains(&object.id) { ", to be made again" } else { "" };
        let title = format!("drop {}{again}", object.id);
        let mut step =
            Step::schema(&object.id.name, title, self.dropped_object(object).into(), make(object, attached).into());
        if object.id.kind == ObjectKind::MaterializedView {
            step = step.impact(format!("down: the rows of `{}` are computed anew", object.id.name));
        }
        if object.id.kind == ObjectKind::Index {
            self.dropped_indexes.insert(object.id.name.clone());
            // Indexes of partitions that go with it and stay are built again.
            step = if step.up.statements.len() > 1 { step.hazard("H33") } else { step };
        }
        let comes_back = self.to.objects.contains_key(&object.id);
        self.push(match object.id.kind {
            ObjectKind::Policy | ObjectKind::Trigger | ObjectKind::Rule => step.hazard("H54"),
            ObjectKind::Index => step.hazard("H37"),
            _ if comes_back => step,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Aggregate | ObjectKind::Extension => {
                step.hazard("H65")
            }
            ObjectKind::Comment | ObjectKind::Privileges | ObjectKind::Statistics => step,
            _ => step.hazard("H47"),
        });
    }

    fn make_object(&mut self, object: &Object, attached: &[&Object]) {
        let again = if self.objects.kept.contains(&object.id) { " again" } else { "" };
        let title = format!("create {}{again}", object.id);
        let mut step =
            Step::schema(&object.id.name, title, make(object, attached).into(), self.dropped_object(object).into());
        if object.id.kind == ObjectKind::MaterializedView {
            step = step.impact(format!("the rows of `{}` are computed anew", object.id.name));
        }
        if object.id.kind == ObjectKind::Index {
            step = self.index_again(&object.id.name, step.hazard("H33"));
        }
        self.push(step);
    }
}

impl Planner<'_> {
    /// With an index of a partitioned table its parts would go too. Those that the partitions have of themselves stay, or
    /// are made again.
    fn dropped_object(&self, object: &Object) -> Vec<String> {
        let parts: Vec<(&Table, Item)> = self.parts_of_index(object).collect();
        let key = parts.iter().find(|(_, item)| item.kind != ItemKind::Index);
        let parent = key.and_then(|(table, _)| table.partition_of.as_ref()).map(|of| &of.parent);
        let mut statements: Vec<String> = match parent {
            Some(parent) => vec![ddl::drop_index_with_keys(parent, &object.id.name.name)],
            None => object.drop.iter().map(|sql| sql.0.clone()).collect(),
        };
        let indexes = parts.iter().filter(|(_, item)| item.kind == ItemKind::Index);
        statements.extend(indexes.filter_map(|(table, item)| item_sql(table, item)));
        statements
    }

    fn parts_of_index<'o>(&'o self, object: &'o Object) -> impl Iterator<Item = (&'o Table, Item)> {
        let parts = object.uses.iter().filter(|_| object.id.kind == ObjectKind::Index);
        parts.filter_map(|used| match used {
            Use::Part(table, part) => {
                let table = self.now.tables.get(table)?;
                Some((table, items(table).into_iter().find(|item| item.name == *part)?))
            }
            _ => None,
        })
    }
}

/// Each object with the comments and privileges on it, which come and go with it.
fn with_attached<'a>(objects: &[&'a Object]) -> Vec<(&'a Object, Vec<&'a Object>)> {
    let here: BTreeSet<&ObjectId> = objects.iter().map(|object| &object.id).collect();
    let owner = |object: &'a Object| {
        let attaches = matches!(object.id.kind, ObjectKind::Comment | ObjectKind::Privileges);
        object.uses.iter().filter(|_| attaches).find_map(|used| match used {
            Use::Object(id) if here.contains(id) => Some(id),
            _ => None,
        })
    };
    let alone = objects.iter().filter(|object| owner(object).is_none());
    alone
        .map(|object| {
            let attached = objects.iter().filter(|other| owner(other) == Some(&object.id));
            (*object, ordered(attached.copied()))
        })
        .collect()
}

fn is_routine(object: &Object) -> bool {
    matches!(object.id.kind, ObjectKind::Function | ObjectKind::Procedure)
}

/// Bodies are not looked into: what they name may come later.
fn make(object: &Object, attached: &[&Object]) -> Vec<String> {
    let unchecked = is_routine(object).then(|| "SET LOCAL check_function_bodies = off".to_owned());
    let all = std::iter::once(object).chain(attached.iter().copied());
    unchecked.into_iter().chain(all.flat_map(|object| &object.create).map(|sql| sql.0.clone())).collect()
}

fn replace(object: &Object) -> Vec<String> {
    let in_place = |sql: String| match sql.strip_prefix("CREATE ") {
        Some(rest) if !rest.starts_with("OR REPLACE ") => format!("CREATE OR REPLACE {rest}"),
        _ => sql,
    };
    make(object, &[]).into_iter().map(in_place).collect()
}

/// CREATE OR REPLACE can change neither what a function takes nor what it gives.
fn replaces_in_place(from: &Object, to: &Object) -> bool {
    is_routine(from) && from.id == to.id && signature(from).is_some_and(|text| Some(text) == signature(to))
}

/// A function's arguments with their defaults and what it returns, as tokens of its text.
fn signature(object: &Object) -> Option<Vec<&str>> {
    const ENDS: [&str; 22] = [
        "LANGUAGE",
        "AS",
        "IMMUTABLE",
        "STABLE",
        "VOLATILE",
        "STRICT",
        "CALLED",
        "SECURITY",
        "EXTERNAL",
        "COST",
        "ROWS",
        "PARALLEL",
        "SET",
        "WINDOW",
        "LEAKPROOF",
        "NOT",
        "RETURN",
        "BEGIN",
        "TRANSFORM",
        "SUPPORT",
        "FORCE",
        "CREATE",
    ];
    let [text] = object.create.as_slice() else { return None };
    let text = text.as_str();
    let tokens = tokens(crate::ir::Dialect::Postgres, text).ok()?;
    let mut depth = 0_i32;
    let head = tokens.iter().skip(1).take_while(|token| {
        depth += i32::from(token.is_symbol("(")) - i32::from(token.is_symbol(")"));
        depth > 0 || !ENDS.into_iter().any(|word| token.is(word))
    });
    head.map(|token| text.get(token.start..token.end)).collect()
}

/// When each object of a schema is made.
fn stages<'s>(schema: &'s Schema, late_parts: &BTreeSet<Use>) -> BTreeMap<&'s ObjectId, Stage> {
    use ObjectKind as K;
    let checks = schema.domains.values().flat_map(|domain| &domain.checks);
    let called: BTreeSet<String> = checks.flat_map(|check| identifiers(&check.expression)).collect();
    let mut stages = BTreeMap::new();
    for object in ordered(schema.objects.values()) {
        let own = match object.id.kind {
            K::Extension | K::Collation | K::Type | K::ForeignDataWrapper | K::Server => Stage::First,
            K::Function
            | K::Procedure
            | K::Aggregate
            | K::Operator
            | K::OperatorClass
            | K::OperatorFamily
            | K::Cast
            | K::TextSearch => Stage::Early,
            K::Comment | K::Privileges if object.uses.iter().any(|used| matches!(used, Use::Object(_))) => Stage::First,
            _ => Stage::Late,
        };
        let own = if own == Stage::Early && called.contains(&object.id.name.name) { Stage::BeforeDomains } else { own };
        let used = object.uses.iter().map(|used| match used {
            used if late_parts.contains(used) => Stage::Last,
            Use::Table(_) | Use::Column(..) | Use::Part(..) => Stage::Late,
            Use::Type(name) if schema.enums.contains_key(name) => Stage::BeforeDomains,
            Use::Type(_) | Use::Sequence(_) => Stage::Early,
            Use::Object(id) => stages.get(id).copied().unwrap_or(own),
        });
        let stage = used.max().map_or(own, |used| used.max(own));
        stages.insert(&object.id, stage);
    }
    stages
}

/// Whether the change makes an object of another kind that can't be beside this one: a procedure for a function.
fn takes_name(change: &Change, id: &ObjectId) -> bool {
    let Change::CreateObject(new) = change else { return false };
    new.id.kind != id.kind && (&new.id.name, &new.id.arguments) == (&id.name, &id.arguments)
}

/// What changes under the objects.
fn pins(from: &Schema, changes: &[Change], tables: &[TableWork<'_>]) -> Pins {
    let mut pins = Pins::default();
    for change in changes {
        match change {
            Change::DropTable(table) => pins.tables.extend([table.name.clone()]),
            Change::DropEnum(ty) => pins.types.extend([ty.name.clone()]),
            Change::AlterEnum { from, to, renamed_labels } if !only_gains(from, to, renamed_labels) => {
                pins.types.extend([former_type(changes, &from.name).clone()]);
            }
            Change::DropDomain(domain) => pins.types.extend([domain.name.clone()]),
            Change::AlterDomain { from, to } if from.ty != to.ty => {
                pins.types.extend([former_type(changes, &from.name).clone()]);
            }
            Change::AlterComposite { from, to, renamed_attributes } if is_rebuilt(from, to, renamed_attributes) => {
                pins.types.extend([former_type(changes, &from.name).clone()]);
            }
            Change::DropComposite(ty) => pins.types.extend([ty.name.clone()]),
            Change::DropSequence(sequence) => pins.sequences.extend([sequence.name.clone()]),
            _ => {}
        }
    }
    for table in from.tables.values() {
        let pinned = |ty: &SqlType| ty.named().is_some_and(|name| pins.types.contains(name));
        let columns = table.columns.iter().filter(|column| pinned(&column.ty));
        pins.columns.extend(columns.map(|column| (table.name.clone(), column.name.clone())));
    }
    for work in tables {
        table_pins(work, &mut pins);
    }
    pins
}

fn table_pins(work: &TableWork<'_>, pins: &mut Pins) {
    let mut column = |name: String| pins.columns.extend([(work.old.clone(), name)]);
    for new in work.regenerated.keys() {
        column(work.former(new));
    }
    for part in work.parts {
        match part {
            Part::DropColumn(gone) => column(gone.name.clone()),
            Part::AlterColumn { from, to } if (Altered { from, to }).is_retyped() => column(work.former(&to.name)),
            Part::AddColumn(_) | Part::RenameColumn { .. } => pins.widened.extend([work.old.clone()]),
            _ => {}
        }
    }
    pins.parts.extend(work.drop.iter().map(|item| (work.old.clone(), item.name.clone())));
}
