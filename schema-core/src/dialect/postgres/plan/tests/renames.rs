use super::*;

#[test]
fn swapped_columns_go_through_a_temporary_name() {
    let case = case(
        [table("sw", [col("a int"), col("b int")])
            .ix("sw_a_idx", "a", None)
            .ix("sw_b_idx", "b", None)
            .ck("k", "a > 0")],
        [table("sw", [col("a int"), col("b int")])
            .ix("sw_a_idx", "a", None)
            .ix("sw_b_idx", "b", None)
            .ck("k", "b > 0")],
    )
    .renamed_column("sw", "a", "b")
    .renamed_column("sw", "b", "a");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."sw" DROP CONSTRAINT "k"
    ALTER TABLE "public"."sw" RENAME COLUMN "a" TO "a_swap"
    ALTER TABLE "public"."sw" RENAME COLUMN "b" TO "a"
    ALTER TABLE "public"."sw" RENAME COLUMN "a_swap" TO "b"
    ALTER INDEX "public"."sw_a_idx" RENAME TO "sw_a_idx_swap"
    ALTER INDEX "public"."sw_b_idx" RENAME TO "sw_a_idx"
    ALTER INDEX "public"."sw_a_idx_swap" RENAME TO "sw_b_idx"
    ALTER TABLE "public"."sw" ADD CONSTRAINT "k" CHECK (b > 0) NOT VALID
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."sw" VALIDATE CONSTRAINT "k";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."sw" AS violating WHERE NOT (b > 0);
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT violating.ctid::text AS key FROM "public"."sw" AS violating WHERE NOT (b > 0) LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `sw` violate `k`, such as ' || coalesce(samples, '');
    END
    $check$
    -- down
    ALTER TABLE "public"."sw" DROP CONSTRAINT "k"
    ALTER INDEX "public"."sw_b_idx" RENAME TO "sw_a_idx_swap"
    ALTER INDEX "public"."sw_a_idx" RENAME TO "sw_b_idx"
    ALTER INDEX "public"."sw_a_idx_swap" RENAME TO "sw_a_idx"
    ALTER TABLE "public"."sw" RENAME COLUMN "b" TO "a_swap"
    ALTER TABLE "public"."sw" RENAME COLUMN "a" TO "b"
    ALTER TABLE "public"."sw" RENAME COLUMN "a_swap" TO "a"
    ALTER TABLE "public"."sw" ADD CONSTRAINT "k" CHECK (a > 0)
    "#);
}

#[test]
fn a_foreign_key_comes_again_under_the_new_name_of_its_column() {
    let table = |column: &str, parent: &str| {
        table("t", [col("a int"), col("b int")]).fk(&format!("t_{column}_fkey"), column, parent, "id")
    };
    let parents = || ["p", "q"].map(|name| super::table(name, [col("id int")]).pk(&format!("{name}_pkey"), "id"));
    let comes_again = |column: &str| {
        let [p, q] = parents();
        let [r, s] = parents();
        let case = case([table("a", "p"), p, q], [table(column, "q"), r, s])
            .renamed_column("t", "a", "b")
            .renamed_column("t", "b", "a");
        let steps = case.plan().steps;
        let adds = steps.iter().filter(|step| step.title.starts_with("add foreign key"));
        adds.map(|step| step.hazards.contains(&"H30")).collect::<Vec<_>>()
    };
    assert_eq!(comes_again("b"), [true]);
    assert_eq!(comes_again("a"), [false]);
}

#[test]
fn a_chain_of_renamed_columns_starts_at_its_end() {
    let case = case([table("ch", [col("a int"), col("b int")])], [table("ch", [col("b int"), col("c int")])])
        .renamed_column("ch", "a", "b")
        .renamed_column("ch", "b", "c");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."ch" RENAME COLUMN "b" TO "c"
    ALTER TABLE "public"."ch" RENAME COLUMN "a" TO "b"
    -- down
    ALTER TABLE "public"."ch" RENAME COLUMN "b" TO "a"
    ALTER TABLE "public"."ch" RENAME COLUMN "c" TO "b"
    "#);
}

#[test]
fn swapped_tables_take_their_constraint_names_along() {
    let case = case(
        [
            table("a", [col("id int")]).pk("a_pkey", "id"),
            table("b", [col("id int"), col("x text")]).pk("b_pkey", "id").fk("b_fk", "id", "a", "id"),
        ],
        [
            table("b", [col("id int")]).pk("b_pkey", "id"),
            table("a", [col("id int"), col("x text")]).pk("a_pkey", "id").fk("a_fk", "id", "b", "id"),
        ],
    )
    .renamed_table("a", "b")
    .renamed_table("b", "a");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."a" RENAME TO "a_swap"
    ALTER TABLE "public"."b" RENAME TO "a"
    ALTER TABLE "public"."a_swap" RENAME TO "b"
    ALTER TABLE "public"."b" RENAME CONSTRAINT "a_pkey" TO "a_pkey_swap"
    ALTER TABLE "public"."a" RENAME CONSTRAINT "b_pkey" TO "a_pkey"
    ALTER TABLE "public"."b" RENAME CONSTRAINT "a_pkey_swap" TO "b_pkey"
    ALTER TABLE "public"."a" RENAME CONSTRAINT "b_fk" TO "a_fk"
    -- down
    ALTER TABLE "public"."a" RENAME CONSTRAINT "a_fk" TO "b_fk"
    ALTER TABLE "public"."b" RENAME CONSTRAINT "b_pkey" TO "a_pkey_swap"
    ALTER TABLE "public"."a" RENAME CONSTRAINT "a_pkey" TO "b_pkey"
    ALTER TABLE "public"."b" RENAME CONSTRAINT "a_pkey_swap" TO "a_pkey"
    ALTER TABLE "public"."b" RENAME TO "a_swap"
    ALTER TABLE "public"."a" RENAME TO "b"
    ALTER TABLE "public"."a_swap" RENAME TO "a"
    "#);
}

#[test]
fn a_table_moves_to_another_schema_and_a_new_one_takes_its_name() {
    let case = case([users()], [Table { name: name("auth.accounts"), ..users() }.pk("accounts_pkey", "id"), users()])
        .renamed_table("users", "auth.accounts");
    insta::assert_snapshot!(case.sql(), @r#"
    CREATE SCHEMA "auth"
    ALTER TABLE "public"."users" RENAME TO "accounts"
    ALTER TABLE "public"."accounts" SET SCHEMA "auth"
    ALTER TABLE "auth"."accounts" RENAME CONSTRAINT "users_pkey" TO "accounts_pkey"
    CREATE TABLE "public"."users" (
        "id" bigint GENERATED BY DEFAULT AS IDENTITY NOT NULL,
        "email" text NOT NULL,
        "age" integer,
        CONSTRAINT "users_pkey" PRIMARY KEY ("id")
    )
    -- down
    DROP TABLE "public"."users"
    ALTER TABLE "auth"."accounts" RENAME CONSTRAINT "accounts_pkey" TO "users_pkey"
    ALTER TABLE "auth"."accounts" SET SCHEMA "public"
    ALTER TABLE "public"."accounts" RENAME TO "users"
    DROP SCHEMA "auth"
    "#);
}

#[test]
fn what_holds_a_wanted_name_goes_first() {
    let case = case(
        [table("old", [col("id int")]).pk("k", "id"), table("b", [col("v int")])],
        [table("old", [col("v int")]), table("n", [col("id int")]).pk("k", "id")],
    )
    .renamed_table("b", "old");
    insta::assert_snapshot!(case.sql(), @r#"
    DROP TABLE "public"."old"
    ALTER TABLE "public"."b" RENAME TO "old"
    CREATE TABLE "public"."n" (
        "id" integer NOT NULL,
        CONSTRAINT "k" PRIMARY KEY ("id")
    )
    -- down
    DROP TABLE "public"."n"
    ALTER TABLE "public"."old" RENAME TO "b"
    CREATE TABLE "public"."old" (
        "id" integer NOT NULL,
        CONSTRAINT "k" PRIMARY KEY ("id")
    )
    "#);
}

#[test]
fn a_dropped_column_makes_way_for_a_rename() {
    let case =
        case([table("t", [col("a int?"), col("b int")])], [table("t", [col("a int")])]).renamed_column("t", "b", "a");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."t" DROP COLUMN "a"
    ALTER TABLE "public"."t" RENAME COLUMN "b" TO "a"
    -- down
    ALTER TABLE "public"."t" RENAME COLUMN "a" TO "b"
    ALTER TABLE "public"."t" ADD COLUMN "a" integer
    "#);
}

#[test]
fn names_made_by_rule_follow_a_rename() {
    let case = case(
        [table("users", [col("id int"), col("mail text")])
            .pk("users_pkey", "id")
            .uq("users_mail_key", "mail")
            .ck("users_mail_check", "mail <> ''")
            .ix("users_mail_idx", "mail", None)],
        [
            table("people", [col("id int"), col("email text")])
                .pk("people_pkey", "id")
                .uq("people_email_key", "email")
                .ck("people_email_check", "email <> ''")
                .ix("people_email_idx", "email", None),
            table("users", [col("id int")]).pk("users_pkey", "id"),
        ],
    )
    .renamed_table("users", "people")
    .renamed_column("people", "mail", "email");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."users" DROP CONSTRAINT "users_mail_check"
    ALTER TABLE "public"."users" RENAME TO "people"
    ALTER TABLE "public"."people" RENAME COLUMN "mail" TO "email"
    ALTER INDEX "public"."users_mail_idx" RENAME TO "people_email_idx"
    ALTER TABLE "public"."people" RENAME CONSTRAINT "users_mail_key" TO "people_email_key"
    ALTER TABLE "public"."people" RENAME CONSTRAINT "users_pkey" TO "people_pkey"
    CREATE TABLE "public"."users" (
        "id" integer NOT NULL,
        CONSTRAINT "users_pkey" PRIMARY KEY ("id")
    )
    ALTER TABLE "public"."people" ADD CONSTRAINT "people_email_check" CHECK (email <> '') NOT VALID
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."people" VALIDATE CONSTRAINT "people_email_check";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."people" AS violating WHERE NOT (email <> '');
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT concat_ws(', ', violating."id") AS key FROM "public"."people" AS violating WHERE NOT (email <> '') LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `people` violate `people_email_check`, such as ' || coalesce(samples, '');
    END
    $check$
    -- down
    ALTER TABLE "public"."people" DROP CONSTRAINT "people_email_check"
    DROP TABLE "public"."users"
    ALTER TABLE "public"."people" RENAME CONSTRAINT "people_pkey" TO "users_pkey"
    ALTER TABLE "public"."people" RENAME CONSTRAINT "people_email_key" TO "users_mail_key"
    ALTER INDEX "public"."people_email_idx" RENAME TO "users_mail_idx"
    ALTER TABLE "public"."people" RENAME COLUMN "email" TO "mail"
    ALTER TABLE "public"."people" RENAME TO "users"
    ALTER TABLE "public"."users" ADD CONSTRAINT "users_mail_check" CHECK (mail <> '')
    "#);
}
