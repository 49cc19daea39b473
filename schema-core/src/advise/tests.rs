use super::*;
use crate::decl::AllowCode;
use crate::ir::{Column, Dialect, ForeignKey, Identity, Index, IndexKey, PrimaryKey, SqlType, Unique};
use crate::model::Allow;

pub(super) fn name(text: &str) -> ObjectName {
    ObjectName::qualified("public", text)
}

fn column(text: &str) -> Column {
    let (column, ty) = text.split_once(' ').unwrap_or((text, "bigint"));
    Column::new(column, SqlType::builtin(ty))
}

pub(super) fn table(text: &str, columns: &[&str]) -> Table {
    let mut table = Table::new(name(text));
    table.columns = columns.iter().map(|text| column(text)).collect();
    table.primary_key = Some(PrimaryKey::new(format!("{text}_pkey"), vec!["id".to_owned()]));
    table
}

pub(super) fn model(tables: Vec<Table>) -> Model {
    let mut model = Model::empty(Dialect::Postgres);
    model.schema.tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
    model
}

pub(super) fn index(text: &str, columns: &[&str]) -> Index {
    Index::new(text, columns.iter().map(|name| IndexKey::column(*name)).collect())
}

fn said(model: &Model, stats: Option<&Stats>) -> Vec<String> {
    let report = advise(model, stats, None);
    let line = |it: Advice| {
        format!("{}.{} {}: {} | {}", it.table.unwrap(), it.part.unwrap_or_default(), it.rule, it.evidence, it.remedy)
    };
    report.advice.into_iter().map(line).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn foreign_keys_want_an_index_that_starts_with_their_columns_in_whatever_order() {
    let mut member = table("member", &["id", "org", "team"]);
    member.foreign_keys.push(ForeignKey::new("f", strings(&["org", "team"]), name("team"), strings(&["org", "id"])));
    let bare = model(vec![member.clone()]);
    assert_eq!(
        said(&bare, None),
        ["member.f unindexed_foreign_key: each delete in `team`, and each change of its key, reads all of `member` | \
             `#[table(index(org, team))]`"]
    );
    for columns in [&["team", "org"][..], &["org", "team", "id"]] {
        let served = Table { indexes: vec![index("i", columns)], ..member.clone() };
        assert_eq!(said(&model(vec![served]), None), [""; 0]);
    }
    let partial = Index { predicate: Some("org > 1".to_owned()), ..index("i", &["org", "team"]) };
    assert_eq!(said(&model(vec![Table { indexes: vec![partial], ..member }]), None).len(), 1);
    let mut stats = Stats::new("2026-01-02");
    stats.tables.insert("public.member".to_owned(), TableStats { rows: 10, bytes: 8192, ..TableStats::default() });
    assert_eq!(said(&bare, Some(&stats)), [""; 0]);
}

#[test]
fn an_index_is_redundant_where_another_does_all_that_it_does() {
    let mut one = table("t", &["id", "a", "b"]);
    one.indexes = vec![index("a1", &["a"]), index("a2", &["a"]), index("ab", &["a", "b"]), index("id1", &["id"])];
    one.uniques.push(Unique::new("b_key", strings(&["b"])));
    one.indexes.push(index("b1", &["b"]));
    assert_eq!(
        said(&model(vec![one]), None).iter().map(|line| line.split(" | ").next().unwrap_or("")).collect::<Vec<_>>(),
        [
            "t.a1 redundant_index: `a1` is the beginning of `ab`",
            "t.a2 redundant_index: `a2` has the same keys as `a1`",
            "t.id1 redundant_index: `id1` has the same keys as `t_pkey`",
            "t.b1 redundant_index: `b1` has the same keys as `b_key`",
        ]
    );
    let mut other = table("t", &["id", "a", "b"]);
    let descending = IndexKey { descending: true, ..IndexKey::column("a") };
    other.indexes = vec![
        Index { unique: true, ..index("u", &["a"]) },
        Index { predicate: Some("b > 0".to_owned()), ..index("p", &["a"]) },
        Index { method: Some("hash".to_owned()), ..index("h", &["a"]) },
        Index::new("d", vec![descending]),
        Index { include: strings(&["id"]), ..index("i", &["a"]) },
        index("ab", &["a", "b"]),
    ];
    assert_eq!(said(&model(vec![other]), None), [""; 0]);
}

#[test]
fn types_and_keys_that_are_regretted_later_are_named() {
    let mut one = table(
        "t",
        &[
            "id integer",
            "doc json",
            "at timestamp without time zone",
            "code character(2)",
            "note text",
            "until timestamp with time zone",
        ],
    );
    one.columns[0].identity = Some(Identity::Always);
    let bare = Table { primary_key: None, ..table("bare", &["n"]) };
    assert_eq!(
        said(&model(vec![one.clone(), bare]), None)
            .iter()
            .map(|line| line.split(" | ").next().unwrap_or(""))
            .collect::<Vec<_>>(),
        [
            "bare. no_primary_key: no column or columns identify a row",
            "t.id narrow_key: `id` is numbered and ends at 2147483647",
            "t.doc json_text: `doc` is of type `json`",
            "t.at local_time: `at` is of type `timestamp without time zone`",
            "t.code padded_text: `code` is of type `character(2)`",
        ]
    );
    one.columns = vec![column("id integer"), column("code character varying(2)")];
    assert_eq!(said(&model(vec![one]), None), [""; 0], "a key that nobody counts, and a type with a limit");
}

#[test]
fn sizes_say_what_is_near_its_end_and_what_is_worth_partitions() {
    let mut log = table("log", &["id integer", "at timestamp with time zone"]);
    log.columns[0].default = Some("nextval('log_id_seq')".to_owned());
    let mut stats = Stats::new("2026-01-02");
    let sizes = TableStats { rows: 2_000_000_000, bytes: 400_000_000_000, ..TableStats::default() };
    stats.tables.insert("public.log".to_owned(), sizes);
    assert_eq!(
        said(&model(vec![log]), Some(&stats))
            .iter()
            .map(|line| line.split(" | ").next().unwrap_or(""))
            .collect::<Vec<_>>(),
        [
            "log.id narrow_key: `id` is numbered and ends at 2147483647; the rows there are make 93 % of that, those that were \
             deleted not counted",
            "log.at large_table: 2000000000 rows in 400 GB, and `at` orders them in time; 1 of its keys would have to hold `at` \
             too",
        ]
    );
}

#[test]
fn four_indexes_of_a_column_each_are_many_but_not_those_of_foreign_keys() {
    let columns = ["a", "b", "c", "d"];
    let mut one = table("t", &["id", "a", "b", "c", "d"]);
    one.indexes = columns.iter().map(|name| index(&format!("{name}_idx"), &[name])).collect();
    let lines = said(&model(vec![one.clone()]), None);
    assert!(lines[0].starts_with("t. single_column_indexes: `a`, `b`, `c`, `d` have an index each | "), "{lines:?}");
    one.foreign_keys.push(ForeignKey::new("f", strings(&["a"]), name("u"), strings(&["id"])));
    assert_eq!(said(&model(vec![one]), None), [""; 0]);
}

#[test]
fn what_is_allowed_is_counted_and_what_nothing_meets_is_stale() {
    let mut one = model(vec![table("t", &["id", "doc json"])]);
    let allow = |rule: &str| Allow {
        code: AllowCode::Advice,
        object: name("t"),
        part: Some(rule.to_owned()),
        reason: "tested".to_owned(),
        map_to: None,
        restore: None,
        keep: false,
        place: None,
    };
    one.intents.allows = vec![allow("json_text"), allow("local_time")];
    let report = advise(&one, None, None);
    assert_eq!((report.advice.len(), report.allowed), (0, 1));
    assert_eq!(report.stale, [Stale { table: Some(name("t")), rule: "local_time".to_owned(), place: None }]);
}

#[test]
fn an_index_counts_as_unused_after_a_month_and_where_no_foreign_key_needs_it() {
    let mut one = table("t", &["id", "a", "b", "org"]);
    one.indexes = vec![index("t_a", &["a"]), index("t_b", &["b"]), index("t_org", &["org"])];
    one.indexes.push(Index { unique: true, ..index("t_u", &["id", "a"]) });
    one.foreign_keys.push(ForeignKey::new("f", strings(&["org"]), name("org"), strings(&["id"])));
    let mut stats = Stats::new("2026-01-02");
    stats.tables.insert("public.t".to_owned(), TableStats { rows: 12_000, ..TableStats::default() });
    stats.unused_indexes = ["public.t_a", "public.t_org", "public.t_u"].map(str::to_owned).into();
    let of = |days, stats: &Stats| {
        let mut stats = stats.clone();
        stats.counted_days = days;
        said(&model(vec![one.clone()]), Some(&stats))
    };
    assert_eq!((of(None, &stats), of(Some(29), &stats)), (Vec::new(), Vec::new()));
    assert_eq!(
        of(Some(30), &stats),
        [
            "t.t_a unused_index: no query read `t_a` in 30 days, and it holds a place in each of 12,000 rows | leave the index out, \
             once you know that no replica reads it and that it was there all these days"
        ]
    );
    stats.tables.insert("public.t".to_owned(), TableStats { rows: 12, ..TableStats::default() });
    assert_eq!(of(Some(90), &stats), [""; 0], "small tables are read whole");
}

#[test]
fn what_a_sequence_has_given_and_what_partitions_cost_is_known_from_an_export() {
    let mut log = table("log", &["id integer", "at timestamp with time zone"]);
    log.columns[0].identity = Some(Identity::Always);
    let mut stats = Stats::new("2026-01-02");
    let sizes = TableStats { rows: 9, bytes: 400_000_000_000, numbered: Some(1_900_000_000), ..TableStats::default() };
    stats.tables.insert("public.log".to_owned(), sizes);
    stats.rates = Some(crate::stats::Rates { scan: 1, build: 1, rewrite: 50_000_000 });
    let said = said(&model(vec![log]), Some(&stats));
    assert!(said[0].contains("ends at 2147483647; its sequence is at 1,900,000,000, 88 % of that |"), "{said:?}");
    assert!(said[1].ends_with("meanwhile, for about 2 h to write it anew, as a scratch server did"), "{said:?}");
}

#[test]
fn sqlite_has_its_own_types_and_the_same_indexes() {
    let mut one = model(vec![table("t", &["id integer", "doc json"])]);
    one.schema.dialect = Dialect::Sqlite;
    assert_eq!(said(&one, None), [""; 0]);
}

#[test]
fn the_documents_list_every_rule_in_its_order() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/advise.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let listed: Vec<String> = rows.map(|line| line.split('|').take(3).collect::<Vec<_>>().join("|")).collect();
    let expected: Vec<String> = RULES.iter().map(|rule| format!("| `{}` | {} ", rule.code, rule.title)).collect();
    assert_eq!(listed, expected);
}
