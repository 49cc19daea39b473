//! Assertions on rows, which stop a migration with words before a statement would stop it with a code, or would
//! lose something without stopping at all.

use crate::dialect::{literal, qualified};
use crate::ir::ObjectName;

/// Fails when the table holds rows.
pub(super) fn empty(table: &ObjectName, why: &str) -> String {
    let message = format!("table `{table}` holds rows: {why}");
    block(
        &format!("SELECT count(*) INTO found FROM (SELECT 1 FROM {} LIMIT 1) AS present;", qualified(table)),
        &literal(&message),
    )
}

/// Fails when rows of the table meet the condition. The message starts with their number: `3 rows of table `t` ..`.
pub(super) fn no_rows(table: &ObjectName, condition: &str, what: &str) -> String {
    let count = format!("SELECT count(*) INTO found FROM {} WHERE {condition};", qualified(table));
    block(&count, &format!("found || {}", literal(&format!(" rows of table `{table}` {what}"))))
}

fn block(count: &str, message: &str) -> String {
    let body = format!(
        "\nDECLARE\n    found bigint;\nBEGIN\n    {count}\n    IF found > 0 THEN\n        \
         RAISE EXCEPTION USING MESSAGE = {message};\n    END IF;\nEND\n"
    );
    do_block(&body)
}

/// `DO` with the body in quotes that it does not contain.
pub(super) fn do_block(body: &str) -> String {
    let tag = dollar_tag(body);
    format!("DO {tag}{body}{tag}")
}

/// A dollar quote that the body does not contain: names and expressions may hold anything.
fn dollar_tag(body: &str) -> String {
    let mut tag = "$check$".to_owned();
    let mut number = 0;
    while body.contains(&tag) {
        number += 1;
        tag = format!("$check{number}$");
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_quotes_and_dollars_stays_within_the_block() {
        let block = no_rows(&ObjectName::qualified("public", "it's $check$"), "true", "are wrong");
        insta::assert_snapshot!(block, @r#"
        DO $check1$
        DECLARE
            found bigint;
        BEGIN
            SELECT count(*) INTO found FROM "public"."it's $check$" WHERE true;
            IF found > 0 THEN
                RAISE EXCEPTION USING MESSAGE = found || ' rows of table `it''s $check$` are wrong';
            END IF;
        END
        $check1$
        "#);
    }
}
