//! Which tests cover which row.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schema_core::hazard;
use schema_tests::named;

/// A code, and tests by their paths: `suite::module::name` in this folder, `schema_core::..` for a unit test.
type Covered = (&'static str, &'static [&'static str]);

const TESTS: &[Covered] = &[
    ("H1", &["locks::rows::added_columns", "sqlite::columns::plain_columns_are_added_without_a_rebuild"]),
    ("H2", &["locks::rows::added_columns", "sqlite::columns::b40_what_add_column_refuses_on_rows_is_rebuilt"]),
    ("H3", &["locks::rows::added_columns", "online::h3_a_volatile_default_comes_after_its_column"]),
    (
        "H4",
        &[
            "locks::rows::a_column_without_a_value_fails_on_rows",
            "postgres::b13_a_not_null_column_comes_to_a_filled_table_with_a_stated_value",
            "schema_core::consent::tests::a_not_null_column_needs_a_value_for_existing_rows",
            "sqlite::guards::rows_without_a_value_stop_a_new_not_null_column",
        ],
    ),
    ("H5", &["locks::rows::an_older_release_can_not_insert_once_the_default_is_gone"]),
    ("H6", &["locks::rows::added_columns"]),
    ("H7", &["locks::rows::added_columns", "postgres::b42_a_generated_column_changes_and_goes_with_its_source"]),
    (
        "H8",
        &[
            "locks::rows::added_columns",
            "hazards::plans::h8_a_column_comes_before_its_constraints",
            "sqlite::columns::a_nullable_reference_is_added_in_place",
        ],
    ),
    ("H9", &["locks::rows::added_columns", "hazards::plans::h9_h32_the_checks_of_domains_are_named"]),
    (
        "H10",
        &[
            "locks::rows::not_null_by_way_of_a_check",
            "online::h10_not_null_is_looked_for_under_a_weak_lock",
            "sqlite::guards::nulls_without_a_backfill_stop_a_not_null",
        ],
    ),
    (
        "H11",
        &[
            "locks::rows::columns_that_change_or_go",
            "schema_core::consent::tests::narrowing_and_losing_not_null_need_consent_and_widening_does_not",
            "sqlite::columns::a_down_that_would_forbid_a_null_stored_since_is_refused",
        ],
    ),
    (
        "H12",
        &[
            "locks::rows::columns_that_change_or_go",
            "schema_core::consent::tests::a_removed_column_is_an_error_until_it_is_allowed_and_restorable",
            "sqlite::columns::a_dropped_column_takes_its_indexes_and_constraints_with_it",
            "sqlite::guards::a_trigger_or_view_that_names_a_dropped_column_stops_the_drop",
        ],
    ),
    (
        "H13",
        &[
            "exchange::a_renamed_column_serves_two_releases",
            "exchange::the_migrator_stops_before_the_contract",
            "locks::rows::columns_that_change_or_go",
            "postgres::b09_two_columns_swap_their_names",
            "schema_core::consent::tests::removed_beside_added_is_a_question_at_every_new_field",
            "sqlite::columns::a_chain_of_renames_reaches_children_checks_triggers_and_views",
        ],
    ),
    (
        "H14",
        &[
            "exchange::a_column_that_a_view_or_a_generated_column_uses_changes_in_place",
            "exchange::a_key_that_others_refer_to_becomes_wider",
            "exchange::a_serial_key_and_what_refers_to_it_become_wider_together",
            "exchange::texts_become_numbers_times_and_labels_become_texts",
            "locks::rows::types_that_rewrite",
            "objects::b16_what_uses_a_column_steps_aside_while_its_type_changes",
            "sqlite::guards::a_value_that_a_conversion_would_change_stops_it",
        ],
    ),
    ("H15", &["locks::rows::types_that_are_free", "postgres::b04_a_longer_varchar_keeps_every_value"]),
    ("H16", &["locks::rows::types_that_are_free", "postgres::b47_an_instant_stays_under_any_session_zone"]),
    (
        "H17",
        &[
            "locks::rows::types_that_are_free",
            "types::a_domain_gets_another_collation",
            "sqlite::constraints::a_collation_and_a_default_change",
        ],
    ),
    ("H18", &["locks::rows::columns_that_change_or_go", "sqlite::constraints::a_collation_and_a_default_change"]),
    (
        "H19",
        &[
            "exchange::nothing_is_cut_in_silence_meanwhile",
            "exchange::values_that_do_not_fit_stop_it_before_anything_is_lost",
            "postgres::b04_a_shorter_varchar_refuses_what_it_would_cut",
            "schema_core::consent::tests::narrowing_and_losing_not_null_need_consent_and_widening_does_not",
        ],
    ),
    (
        "H20",
        &[
            "locks::rows::constraints",
            "online::h20_h24_checks_and_foreign_keys_hold_for_new_rows_first",
            "sqlite::guards::an_orphan_stops_a_foreign_key_and_old_orphans_do_not_matter",
        ],
    ),
    ("H21", &["locks::rows::constraints", "online::h20_h24_checks_and_foreign_keys_hold_for_new_rows_first"]),
    ("H22", &["hazards::plans::h22_a_foreign_key_of_a_partitioned_table_takes_the_plain_form"]),
    (
        "H23",
        &[
            "hazards::plans::h23_h30_a_changed_foreign_key_stands_until_the_new_one_is_validated",
            "schema_core::check::tests::foreign_keys_need_equal_types",
        ],
    ),
    ("H24", &["locks::rows::constraints", "online::rows_that_violate_a_constraint_are_named"]),
    (
        "H25",
        &[
            "locks::rows::constraints",
            "postgres::b25_tables_that_refer_to_each_other_come_and_go_with_rows",
            "sqlite::tables::a_dropped_parent_leaves_the_rows_of_a_child_that_stays",
        ],
    ),
    (
        "H26",
        &[
            "locks::rows::not_null_by_way_of_a_check",
            "schema_core::consent::tests::a_check_goes_with_its_column_and_a_foreign_key_may_change_its_actions",
        ],
    ),
    (
        "H27",
        &[
            "locks::rows::indexes_outside_a_transaction",
            "online::h27_h28_keys_stand_on_indexes_that_were_built_concurrently",
        ],
    ),
    ("H28", &["locks::rows::constraints", "online::h27_h28_keys_stand_on_indexes_that_were_built_concurrently"]),
    ("H29", &["locks::rows::constraints", "tables::constraints_of_every_kind"]),
    ("H30", &["hazards::plans::h23_h30_a_changed_foreign_key_stands_until_the_new_one_is_validated"]),
    ("H31", &["tables::constraints_of_every_kind", "introspect::tables::constraints_keep_all_that_they_say"]),
    ("H32", &["locks::rows::constraints", "hazards::plans::h9_h32_the_checks_of_domains_are_named"]),
    ("H33", &["locks::rows::indexes", "online::h33_h37_indexes_are_built_and_dropped_concurrently"]),
    (
        "H34",
        &["locks::rows::what_an_index_can_not_become", "migrator::faults::scripts_that_could_end_half_way_are_refused"],
    ),
    (
        "H35",
        &[
            "locks::rows::an_index_that_failed_stays_and_counts_as_there",
            "migrator::postgres::an_index_left_invalid_by_a_failed_build_is_removed_before_the_next_try",
        ],
    ),
    (
        "H36",
        &[
            "locks::rows::what_an_index_can_not_become",
            "online::h36_duplicates_are_named_before_an_index_is_built",
            "sqlite::guards::duplicates_stop_a_unique_constraint_or_index_and_are_found_by_the_query_that_it_names",
        ],
    ),
    ("H37", &["locks::rows::indexes", "online::h33_h37_indexes_are_built_and_dropped_concurrently"]),
    ("H38", &["online::h38_an_index_serves_until_the_one_that_takes_its_place_is_built"]),
    (
        "H39",
        &[
            "schema_core::dialect::postgres::plan::tests::tables::a_foreign_key_is_bare_unless_an_index_starts_with_its_columns",
        ],
    ),
    ("H40", &["locks::rows::indexes"]),
    (
        "H41",
        &[
            "locks::rows::indexes_outside_a_transaction",
            "hazards::partitioned::h41_an_index_is_built_on_one_partition_after_the_other",
            "hazards::partitioned::h41_a_key_is_built_on_one_partition_after_the_other",
        ],
    ),
    ("H42", &["locks::rows::partitions", "tables::partitions_of_every_kind_from_nothing_and_back"]),
    (
        "H43",
        &[
            "locks::rows::partitions",
            "tables::a_table_becomes_a_partition_and_one_again",
            "hazards::partitioned::h43_a_table_is_checked_and_indexed_before_it_becomes_a_partition",
        ],
    ),
    ("H44", &["locks::rows::partitions", "tables::a_table_becomes_a_partition_and_one_again"]),
    ("H45", &["locks::rows::json_has_no_equality"]),
    (
        "H47",
        &[
            "postgres::b25_tables_that_refer_to_each_other_come_and_go_with_rows",
            "schema_core::consent::tests::a_dropped_table_names_the_new_ones_it_may_have_become",
            "sqlite::tables::acyclic_tables_are_dropped_children_first_in_a_plain_transaction",
        ],
    ),
    (
        "H48",
        &[
            "locks::rows::tables_and_settings",
            "objects::b16_what_is_not_declared_stands_against_the_change_and_nothing_is_lost",
        ],
    ),
    ("H49", &["locks::rows::tables_and_settings", "sqlite::tables::a_renamed_table_keeps_rows_children_and_triggers"]),
    ("H50", &["migrator::postgres::an_index_of_that_name_that_was_there_before_is_an_error_at_every_try"]),
    (
        "H51",
        &[
            "locks::rows::tables_and_settings",
            "postgres::b06_a_new_label_is_a_default_at_once",
            "sqlite::enums::a_label_is_added_to_every_table_that_uses_the_enum",
        ],
    ),
    (
        "H52",
        &[
            "postgres::b05_a_label_goes_though_a_default_and_a_partial_index_use_the_type",
            "sqlite::enums::a_dropped_label_that_rows_hold_and_nothing_maps_is_refused",
        ],
    ),
    (
        "H53",
        &[
            "locks::rows::tables_and_settings",
            "hazards::plans::h53_a_table_that_becomes_unlogged_is_written_anew_and_the_file_says_so",
        ],
    ),
    ("H54", &["locks::rows::tables_and_settings", "objects::triggers_rules_and_policies"]),
    ("H55", &["locks::rows::constraints", "hazards::plans::h55_a_new_tables_foreign_key_is_a_step_of_its_own"]),
    (
        "H56",
        &[
            "sqlite::rebuilds::b01_a_rebuilt_parent_keeps_the_rows_of_cascading_children",
            "sqlite::rebuilds::a_rebuild_never_gives_a_deleted_rows_number_again",
            "sqlite::rebuilds::b38_triggers_that_the_schema_does_not_know_are_carried_over",
            "sqlite::guards::a_rebuild_inside_a_transaction_is_refused",
        ],
    ),
    ("H57", &["locks::rows::tables_and_settings", "online::h57_rows_are_filled_in_batches"]),
    ("H58", &["migrator::postgres::a_table_that_is_in_use_is_tried_again_with_the_limits_set_anew"]),
    (
        "H59",
        &[
            "migrator::faults::scripts_that_could_end_half_way_are_refused",
            "migrator::postgres::a_run_killed_before_or_inside_a_concurrent_build_builds_it",
        ],
    ),
    ("H60", &["migrator::faults::scripts_that_could_end_half_way_are_refused"]),
    ("H61", &["postgres::b18_long_names_stay_apart", "schema_core::check::tests::names_are_counted_in_bytes"]),
    ("H62", &["postgres::b48_types_outside_public_are_found_under_any_search_path"]),
    ("H63", &["locks::rows::a_small_key_runs_out"]),
    ("H64", &["schema_core::advise::tests::types_and_keys_that_are_regretted_later_are_named"]),
    ("H65", &["locks::rows::a_body_fails_when_it_next_runs"]),
    ("H67", &["migrator::faults::a_late_version_is_refused_unless_it_is_allowed"]),
    (
        "H68",
        &[
            "migrator::faults::what_has_no_down_is_not_reverted",
            "sqlite::columns::a_dropped_column_comes_back_empty_or_restored",
        ],
    ),
    ("H69", &["locks::rows::a_body_is_one_statement_and_a_transaction_keeps_what_it_took"]),
    ("H70", &["locks::rows::tables_and_settings"]),
    ("H71", &["migrator::processes::eight_processes_and_a_concurrent_index_end_with_one_valid_index"]),
    ("H72", &["mariadb::facts::modify_keeps_nothing_that_it_does_not_say"]),
];

/// Rows that nothing here can meet yet, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("H46", "it takes a server of 14.0 to 14.3, which no suite runs on, and no rule looks at the version"),
    ("H66", "a team's own rules for names, and there is no place to state any"),
];

#[test]
fn every_row_has_a_test_or_a_reason() {
    let covered: BTreeSet<&str> = TESTS.iter().map(|(code, _)| *code).collect();
    let without: BTreeSet<&str> = WITHOUT.iter().map(|(code, _)| *code).collect();
    assert_eq!((covered.len(), without.len()), (TESTS.len(), WITHOUT.len()), "a row stands twice");
    let both: Vec<&&str> = covered.intersection(&without).collect();
    assert!(both.is_empty(), "these have a test now, so they need no reason: {both:?}");
    let known: BTreeSet<&str> = hazard::all().map(|hazard| hazard.code).collect();
    let named: BTreeSet<&str> = covered.union(&without).copied().collect();
    assert_eq!(named, known, "rows without a test, or tests without a row");
    assert!(TESTS.iter().all(|(_, tests)| !tests.is_empty()) && WITHOUT.iter().all(|(_, why)| !why.is_empty()));
}

#[test]
fn every_named_test_exists_and_measured_rows_are_named_by_their_tests() {
    let faults: Vec<String> =
        TESTS.iter().flat_map(|(code, tests)| tests.iter().filter_map(|test| fault(code, test))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A row without a test has none that says it is about it, by its name or in the list of locks.
#[test]
fn a_reason_stands_only_while_there_is_no_test() {
    let sources: Vec<String> = suites().iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for (code, _) in WITHOUT {
        let number = &code[1..];
        let marks =
            [format!("fn h{number}_"), format!("_h{number}_"), format!("(\"{number}\", \""), format!("\"row {number}")];
        let found = marks.iter().find(|mark| sources.iter().any(|source| source.contains(mark.as_str())));
        assert_eq!(found, None, "{code} has a test: name it above, and take the reason away");
    }
}

fn fault(code: &str, test: &str) -> Option<String> {
    let Some(body) = named::body(test) else { return Some(format!("{code}: there is no test `{test}`")) };
    let number = &code[1..];
    let names_its_row =
        [format!("\"{number}\""), format!("row {number}")].iter().any(|mark| body.contains(mark.as_str()));
    (test.starts_with("locks::rows::") && !names_its_row).then(|| format!("{code}: `{test}` says nothing of the row"))
}

/// The files of all suites, but this one.
fn suites() -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("hazards/coverage.rs") {
                files.push(path);
            }
        }
    }
    files
}
