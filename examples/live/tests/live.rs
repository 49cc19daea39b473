//! No client's statement fails while the releases are deployed.

use live::deploy_all;

#[tokio::test(flavor = "multi_thread")]
async fn six_releases_are_deployed_and_no_statement_fails() {
    let mut seen = Vec::new();
    deploy_all(2_000, |deployment| {
        assert_eq!(deployment.tally.failed, Vec::<String>::new(), "{}", deployment.release);
        assert!(deployment.files > 0 && deployment.tally.statements > 0, "{deployment:?}");
        seen.push(deployment.release);
    })
    .await
    .unwrap();
    let expected =
        ["2_add_and_backfill", "3_rename_online", "4_widen_the_keys", "5_add_keys_and_a_label", "6_drop_and_keep"];
    assert_eq!(seen, expected);
}
