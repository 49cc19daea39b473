use super::*;
use crate::diag::Severity;
use crate::diff::{Renames, diff};
use crate::ir::{Check, ForeignKey, PrimaryKey, ReferentialAction, Sequence, SqlType, TypeKind, Unique};
use crate::model::Placed;

fn name(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

fn column(name: &str, ty: &str) -> Column {
    Column::new(name, SqlType::builtin(ty))
}

fn users(columns: Vec<Column>) -> Table {
    let mut table = Table::new(name("users"));
    table.columns = vec![column("id", "bigint")];
    table.columns.extend(columns);
    table.primary_key = Some(PrimaryKey::new("users_pkey", vec!["id".into()]));
    table
}

fn schema(tables: Vec<Table>) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    schema.tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
    schema
}

fn model(tables: Vec<Table>) -> Model {
    Model { schema: schema(tables), ..Model::empty(Dialect::Postgres) }
}

fn allow(code: AllowCode, part: Option<&str>) -> Allow {
    Allow {
        code,
        object: name("users"),
        part: part.map(str::to_owned),
        reason: "tested".into(),
        map_to: None,
        restore: None,
        keep: false,
        place: None,
    }
}

fn errors(base: &Schema, model: &Model) -> Vec<String> {
    findings(base, model, Severity::Error)
}

fn warnings(base: &Schema, model: &Model) -> Vec<String> {
    findings(base, model, Severity::Warning)
}

fn findings(base: &Schema, model: &Model, severity: Severity) -> Vec<String> {
    let changes = diff(base, &model.schema, &Renames::default());
    consent(base, model, &changes)
        .into_iter()
        .filter(|finding| finding.severity == severity)
        .map(|finding| finding.message)
        .collect()
}

#[test]
fn a_removed_column_is_an_error_until_it_is_allowed_and_restorable() {
    let base = schema(vec![users(vec![column("age", "integer")])]);
    let mut model = model(vec![users(vec![])]);
    assert_eq!(errors(&base, &model), ["table `users`: column `age` is removed, which loses its values"]);

    model.intents.allows = vec![allow(AllowCode::DropColumn, Some("age"))];
    assert_eq!(
        errors(&base, &model),
        [
            "table `users`: column `age` is NOT NULL without a default, so the down must be told what to give existing rows"
        ]
    );

    model.intents.allows[0].restore = Some("0".into());
    assert_eq!(errors(&base, &model), [""; 0]);
}

#[test]
fn removed_beside_added_is_a_question_at_every_new_field() {
    let nullable = |name: &str| Column { nullable: true, ..column(name, "integer") };
    let base = schema(vec![users(vec![nullable("a"), nullable("b")])]);
    let model = model(vec![users(vec![nullable("x"), nullable("y")])]);
    let changes = diff(&base, &model.schema, &Renames::default());
    let findings = consent(&base, &model, &changes);
    let questions: Vec<&Finding> = findings.iter().filter(|finding| finding.message.contains(" new, or ")).collect();
    assert_eq!(questions.len(), 2);
    assert_eq!(questions[0].message, "table `users`: is column `x` new, or `a`, `b` renamed?");
    assert!(questions[0].help.iter().any(|help| help.contains("renamed_from = \"b\"")), "{:?}", questions[0].help);
}

#[test]
fn a_not_null_column_needs_a_value_for_existing_rows() {
    let base = schema(vec![users(vec![])]);
    let mut model = model(vec![users(vec![column("age", "integer")])]);
    assert_eq!(
        errors(&base, &model),
        ["table `users`: column `age` is new and NOT NULL, and existing rows have no value for it"]
    );
    model.intents.backfills.insert((name("users"), "age".into()), Placed::bare("0".into()));
    assert_eq!(errors(&base, &model), [""; 0]);
}

#[test]
fn a_default_does_not_answer_for_nulls_that_exist() {
    let base = schema(vec![users(vec![Column { nullable: true, ..column("age", "integer") }])]);
    let mut model = model(vec![users(vec![Column { default: Some("7".into()), ..column("age", "integer") }])]);
    assert_eq!(
        errors(&base, &model),
        ["table `users`: column `age` becomes NOT NULL, and existing rows may hold NULL"]
    );
    model.intents.allows = vec![allow(AllowCode::AssumeEmpty, Some("age"))];
    assert_eq!(errors(&base, &model), [""; 0]);
}

#[test]
fn narrowing_and_losing_not_null_need_consent_and_widening_does_not() {
    let base = schema(vec![users(vec![column("a", "character varying(50)")])]);
    let narrower = model(vec![users(vec![column("a", "character varying(20)")])]);
    assert_eq!(errors(&base, &narrower).len(), 1);
    let wider = model(vec![users(vec![column("a", "character varying(80)")])]);
    assert_eq!(errors(&base, &wider), [""; 0]);
    let nullable = model(vec![users(vec![Column { nullable: true, ..column("a", "character varying(50)") }])]);
    assert_eq!(
        errors(&base, &nullable),
        ["table `users`: column `a` loses NOT NULL, and released readers may not expect NULL"]
    );
}

#[test]
fn only_postgresql_keeps_what_a_type_change_converts() {
    let mut base = schema(vec![users(vec![column("a", "text")])]);
    let mut narrower = model(vec![users(vec![column("a", "integer")])]);
    narrower.intents.allows.push(Allow { keep: true, ..allow(AllowCode::NarrowType, Some("a")) });
    assert_eq!(errors(&base, &narrower), [""; 0]);
    (base.dialect, narrower.schema.dialect) = (Dialect::Sqlite, Dialect::Sqlite);
    assert_eq!(errors(&base, &narrower), ["table `users`: column `a`: SQLite can't keep what a type change converts"]);
}

#[test]
fn a_stricter_unique_replaces_a_looser_one_and_not_the_other_way_round() {
    let unique = |columns: &[&str]| Unique {
        name: format!("users_{}_key", columns.join("_")),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        nulls_not_distinct: false,
        deferrable: None,
        include: Vec::new(),
        storage: Default::default(),
    };
    let with = |columns: &[&str]| {
        let mut table = users(vec![column("a", "integer"), column("b", "integer")]);
        table.uniques = vec![unique(columns)];
        table
    };
    assert_eq!(errors(&schema(vec![with(&["a", "b"])]), &model(vec![with(&["a"])])), [""; 0]);
    assert_eq!(
        errors(&schema(vec![with(&["a"])]), &model(vec![with(&["a", "b"])])),
        [
            "table `users`: unique constraint `users_a_key` is removed: duplicates can come in, and adding it again may fail on them"
        ]
    );
}

#[test]
fn a_check_goes_with_its_column_and_a_foreign_key_may_change_its_actions() {
    let mut before = users(vec![Column { nullable: true, ..column("age", "integer") }]);
    before.checks = vec![Check::new("users_age_check", "age > 0")];
    let mut model_without = model(vec![users(vec![])]);
    model_without.intents.allows = vec![allow(AllowCode::DropColumn, Some("age"))];
    assert_eq!(errors(&schema(vec![before]), &model_without), [""; 0]);

    let with_action = |on_delete| {
        let mut table = users(vec![column("boss", "bigint")]);
        table.foreign_keys = vec![ForeignKey {
            name: "users_boss_fkey".into(),
            columns: vec!["boss".into()],
            references: name("users"),
            referenced_columns: vec!["id".into()],
            on_delete,
            on_update: ReferentialAction::NoAction,
            match_full: false,
            deferrable: None,
            set_columns: Vec::new(),
            not_valid: false,
            not_enforced: false,
        }];
        table
    };
    let base = schema(vec![with_action(ReferentialAction::NoAction)]);
    assert_eq!(errors(&base, &model(vec![with_action(ReferentialAction::Cascade)])), [""; 0]);
    let mut gone = with_action(ReferentialAction::NoAction);
    gone.foreign_keys.clear();
    assert_eq!(errors(&base, &model(vec![gone])).len(), 1);
}

#[test]
fn a_label_is_dropped_only_with_consent_and_mapped_only_to_a_label_that_stays() {
    let with = |labels: &[&str]| {
        let mut schema = Schema::empty(Dialect::Postgres);
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        schema.enums.insert(name("users"), EnumType { name: name("users"), labels, comment: None });
        schema
    };
    let base = with(&["new", "done", "junk"]);
    let mut model = Model { schema: with(&["new", "done"]), ..Model::empty(Dialect::Postgres) };
    assert_eq!(errors(&base, &model), ["enum `users`: label `junk` is removed, and rows may hold it"]);
    model.intents.allows = vec![Allow { map_to: Some("gone".into()), ..allow(AllowCode::DropLabel, Some("junk")) }];
    assert_eq!(errors(&base, &model), ["enum `users`: `map_to = \"gone\"` is not one of its labels"]);
    model.intents.allows[0].map_to = Some("done".into());
    assert_eq!(errors(&base, &model), [""; 0]);
    model.schema = with(&["new", "done", "trash"]);
    model.intents.allows[0].map_to = Some("trash".into());
    assert_eq!(errors(&base, &model), ["enum `users`: `map_to = \"trash\"` is a new label, not one that stays"]);
}

#[test]
fn a_check_may_follow_a_renamed_label_and_no_other_text() {
    let with = |label: &str| {
        let mut table = users(vec![Column::new("mood", SqlType::Named(name("mood"))), column("note", "text")]);
        table.checks = vec![Check::new("mood_check", format!("mood <> '{label}'"))];
        table.checks.push(Check::new("note_check", format!("note <> '{label}'")));
        let mut schema = schema(vec![table]);
        let labels = vec!["calm".to_owned(), label.to_owned()];
        schema.enums.insert(name("mood"), EnumType { name: name("mood"), labels, comment: None });
        schema
    };
    let base = with("wild");
    let model = Model { schema: with("feral"), ..Model::empty(Dialect::Postgres) };
    let labels = [((name("mood"), "feral".to_owned()), "wild".to_owned())].into_iter().collect();
    let changes = diff(&base, &model.schema, &Renames { labels, ..Renames::default() });
    let messages: Vec<String> = consent(&base, &model, &changes).into_iter().map(|finding| finding.message).collect();
    assert_eq!(messages, ["table `users`: check `note_check` is removed: rows it refused can come in"]);
}

#[test]
fn a_dropped_table_names_the_new_ones_it_may_have_become() {
    let base = schema(vec![users(vec![])]);
    let mut accounts = users(vec![]);
    accounts.name = name("accounts");
    let model = model(vec![accounts]);
    let changes = diff(&base, &model.schema, &Renames::default());
    let findings = consent(&base, &model, &changes);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "table `users` has no struct any more: dropping it loses its rows");
    assert_eq!(
        findings[0].help,
        [
            "to drop it: `schema! { allow(drop_table(\"users\", reason = \"..\")); }`",
            KEEP,
            "if `accounts` is this table under a new name: `#[table(renamed_from = \"users\")]`"
        ]
    );
}

#[test]
fn a_consent_that_nothing_needs_is_stale() {
    let base = schema(vec![users(vec![])]);
    let mut model = model(vec![users(vec![])]);
    model.intents.allows = vec![allow(AllowCode::DropColumn, Some("age"))];
    assert_eq!(warnings(&base, &model), ["`allow(drop_column(\"age\"))` is stale: no pending change needs it"]);
}

#[test]
fn a_check_follows_the_column_that_it_names_through_a_rename() {
    let with = |column_name: &str, expression: &str| {
        let mut table = users(vec![column(column_name, "integer")]);
        table.checks = vec![Check::new("positive", expression)];
        table
    };
    let base = schema(vec![with("age", "age > 0 AND note <> 'age'")]);
    let renames = |model: &Model| {
        let mut renames = Renames::default();
        renames.columns.insert((name("users"), "years".into()), "age".into());
        let changes = diff(&base, &model.schema, &renames);
        consent(&base, model, &changes).into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    assert_eq!(renames(&model(vec![with("years", "years > 0 AND note <> 'age'")])), [""; 0]);
    assert_eq!(
        renames(&model(vec![with("years", "years > 1 AND note <> 'age'")])),
        ["table `users`: check `positive` is removed: rows it refused can come in"]
    );
}

#[test]
fn a_check_that_only_quotes_or_calls_the_name_of_a_dropped_column_does_not_go_with_it() {
    for expression in ["note <> 'length'", "length(note) > 3", "\"Length\" > 0"] {
        let kept = || vec![column("note", "text"), column("Length", "integer")];
        let mut before = users([kept(), vec![Column { nullable: true, ..column("length", "integer") }]].concat());
        before.checks = vec![Check::new("guard", expression)];
        let mut model = model(vec![users(kept())]);
        model.intents.allows = vec![allow(AllowCode::DropColumn, Some("length"))];
        assert_eq!(
            errors(&schema(vec![before]), &model),
            ["table `users`: check `guard` is removed: rows it refused can come in"],
            "{expression}"
        );
    }
}

fn with_sequence(mut schema: Schema) -> Schema {
    let mut sequence = Sequence::new(name("users_id_seq"));
    sequence.owned_by = Some((name("users"), "id".into()));
    schema.sequences.insert(sequence.name.clone(), sequence);
    schema
}

#[test]
fn a_sequence_that_is_dropped_needs_consent_unless_its_owner_goes_or_an_identity_takes_over() {
    let base = with_sequence(schema(vec![users(vec![])]));
    let plain = model(vec![users(vec![])]);
    let lost = "sequence `users_id_seq` is declared no longer: the value it has reached would be lost";
    assert_eq!(errors(&base, &plain), [lost]);
    let mut identity = plain.clone();
    identity.schema.tables.get_mut(&name("users")).unwrap().columns[0].identity = Some(crate::ir::Identity::Always);
    assert_eq!(errors(&base, &identity), Vec::<String>::new());
    let mut allowed = model(vec![]);
    allowed.intents.allows.push(allow(AllowCode::DropTable, None));
    assert_eq!(errors(&base, &allowed), Vec::<String>::new());
    let mut stated = plain;
    stated.intents.allows.push(Allow { object: name("users_id_seq"), ..allow(AllowCode::DropSequence, None) });
    assert_eq!((errors(&base, &stated), warnings(&base, &stated)), (vec![], vec![]));
}

fn mailing(domain: crate::ir::Domain) -> Schema {
    let mut column = Column::new("mail", SqlType::Named(domain.name.clone()));
    column.nullable = true;
    let mut schema = schema(vec![users(vec![column])]);
    schema.domains.insert(domain.name.clone(), domain);
    schema
}

#[test]
fn what_a_domain_does_to_its_columns_is_allowed_on_them() {
    let plain = crate::ir::Domain::new(name("email"), SqlType::builtin("text"));
    let checked = crate::ir::Domain { checks: vec![Check::new("at", "VALUE ~ '@'")], ..plain.clone() };
    let strict = crate::ir::Domain { not_null: true, ..plain.clone() };
    let short = crate::ir::Domain { ty: SqlType::builtin("character varying(9)"), ..plain.clone() };
    for (from, to, code, part, expected) in [
        (&plain, &checked, None, "", None),
        (&checked, &plain, Some(AllowCode::DropCheck), "at", Some("check `at` of domain `email` is removed")),
        (&plain, &strict, Some(AllowCode::AssumeEmpty), "mail", Some("existing rows may hold NULL")),
        (&strict, &plain, Some(AllowCode::DropNotNull), "mail", Some("to let NULL in")),
        (&plain, &short, Some(AllowCode::NarrowType), "mail", Some("which not every value survives")),
        (&short, &plain, None, "", None),
    ] {
        let base = mailing(from.clone());
        let mut model = Model { schema: mailing(to.clone()), ..Model::empty(Dialect::Postgres) };
        let found = errors(&base, &model);
        assert_eq!(found.len(), usize::from(expected.is_some()), "{found:?}");
        assert!(found.iter().all(|message| expected.is_some_and(|part| message.contains(part))), "{found:?}");
        model.intents.allows.extend(code.map(|code| allow(code, Some(part))));
        assert_eq!((errors(&base, &model), warnings(&base, &model)), (vec![], vec![]));
    }
}

#[test]
fn dropped_types_and_attributes_need_consent() {
    let composite = |attributes: &[&str]| crate::ir::CompositeType {
        name: name("address"),
        attributes: attributes
            .iter()
            .map(|it| crate::ir::Attribute { name: (*it).into(), ty: SqlType::builtin("text"), collation: None })
            .collect(),
        comment: None,
    };
    let with = |composite: crate::ir::CompositeType| {
        let mut schema = schema(vec![users(vec![Column::new("home", SqlType::Named(name("address")))])]);
        schema.composites.insert(composite.name.clone(), composite);
        schema
    };
    let base = with(composite(&["street", "zip"]));
    let mut model = Model { schema: with(composite(&["street"])), ..Model::empty(Dialect::Postgres) };
    let lost = "table `users`: the type `address` of column `home` changes and loses `zip`, with its values";
    assert_eq!(errors(&base, &model), [lost]);
    model.intents.allows.push(allow(AllowCode::NarrowType, Some("home")));
    assert_eq!((errors(&base, &model), warnings(&base, &model)), (vec![], vec![]));

    let mut base = schema(vec![]);
    base.composites.insert(name("address"), composite(&["street"]));
    base.domains.insert(name("email"), crate::ir::Domain::new(name("email"), SqlType::builtin("text")));
    let empty = Model::empty(Dialect::Postgres);
    assert_eq!(errors(&base, &empty), ["domain `email` is declared no longer", "type `address` is declared no longer"]);
}

#[test]
fn a_type_or_an_attribute_may_be_another_under_a_new_name() {
    let ty = |of: &str, attribute: &str| {
        let attribute = crate::ir::Attribute { name: attribute.into(), ty: SqlType::builtin("text"), collation: None };
        crate::ir::CompositeType { name: name(of), attributes: vec![attribute], comment: None }
    };
    let with = |composite: crate::ir::CompositeType, domain: &str| {
        let holder = Column::new("home", SqlType::Named(composite.name.clone()));
        let mut schema = schema(vec![users(vec![holder])]);
        schema.domains.insert(name(domain), crate::ir::Domain::new(name(domain), SqlType::builtin("text")));
        schema.composites.insert(composite.name.clone(), composite);
        schema
    };
    let found = |base: &Schema, model: &Model| {
        let (renames, _) = crate::renames::pending(base, &BTreeSet::new(), &model.intents);
        consent(base, model, &diff(base, &model.schema, &renames))
    };
    let helps = |base: &Schema, model: &Model| -> Vec<String> {
        let helps = found(base, model).into_iter().flat_map(|finding| finding.help);
        helps.filter(|help| help.starts_with("if ")).collect()
    };
    let base = with(ty("address", "zip"), "mail");
    let model = Model { schema: with(ty("address", "postcode"), "email"), ..Model::empty(Dialect::Postgres) };
    assert_eq!(
        helps(&base, &model),
        [
            "if `email` is this one under a new name: `#[domain(renamed_from = \"mail\")]`",
            "if `postcode` is `zip` under a new name: `#[column(renamed_from = \"zip\")]` on that field",
        ]
    );
    let mut model = Model { schema: with(ty("place", "postcode"), "email"), ..Model::empty(Dialect::Postgres) };
    let composite = "if `place` is this one under a new name: `#[composite(renamed_from = \"address\")]`";
    assert!(helps(&base, &model).contains(&composite.to_owned()));
    let domain = Placed::bare(name("mail"));
    model.intents.type_renames.insert((TypeKind::Domain, name("email")), domain);
    let place = Placed::bare(name("address"));
    model.intents.type_renames.insert((TypeKind::Composite, name("place")), place);
    model.intents.column_renames.insert((name("place"), "postcode".into()), Placed::bare("zip".into()));
    assert_eq!(found(&base, &model), []);
}

#[test]
fn a_column_that_becomes_generated_loses_what_it_holds() {
    let with = |expression: Option<&str>| {
        let made = expression.map(|text| crate::ir::Generated { expression: text.into(), stored: true });
        schema(vec![users(vec![Column { generated: made, ..column("age", "integer") }])])
    };
    let mut model = Model { schema: with(Some("1 + 1")), ..Model::empty(Dialect::Postgres) };
    let lost = "table `users`: column `age` becomes generated, which loses the values that it holds";
    assert_eq!(errors(&with(None), &model), [lost]);
    assert_eq!(errors(&with(Some("2 + 2")), &model), Vec::<String>::new());
    model.intents.allows.push(allow(AllowCode::NarrowType, Some("age")));
    assert_eq!((errors(&with(None), &model), warnings(&with(None), &model)), (vec![], vec![]));
}
