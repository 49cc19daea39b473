use super::*;

fn log() -> Table {
    let keys = vec![IndexKey::column("at")];
    let partition_by = Some(PartitionBy { strategy: PartitionStrategy::Range, keys });
    Table { partition_by, ..table("log", [col("id int"), col("at date")]).pk("log_pkey", "id at") }
}

fn year(text: &str, from: i32) -> Table {
    let bound = format!("FOR VALUES FROM ('{from}-01-01') TO ('{}-01-01')", from + 1);
    Table { partition_of: Some(PartitionOf { parent: name("log"), bound }), ..table(text, []) }
}

#[test]
fn partitions_come_after_their_parents_and_go_before_them() {
    let case = case([], [log(), year("a", 2023)]);
    insta::assert_snapshot!(case.sql(), @r#"
    CREATE TABLE "public"."log" (
        "id" integer NOT NULL,
        "at" date NOT NULL,
        CONSTRAINT "log_pkey" PRIMARY KEY ("id", "at")
    ) PARTITION BY RANGE ("at")
    CREATE TABLE "public"."a" PARTITION OF "public"."log" FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')
    -- down
    DROP TABLE "public"."a"
    DROP TABLE "public"."log"
    "#);
}

#[test]
fn a_partition_that_differs_is_made_alone_and_attached() {
    let differs = Table { columns: vec![col("at date"), default("id int", "7")], ..year("a", 2023) };
    let case = case([log().ck("log_ck", "id > 0")], [log().ck("log_ck", "id > 0"), differs]);
    insta::assert_snapshot!(case.sql(), @r#"
    CREATE TABLE "public"."a" (
        "at" date NOT NULL,
        "id" integer DEFAULT 7 NOT NULL,
        CONSTRAINT "log_ck" CHECK (id > 0)
    )
    ALTER TABLE "public"."log" ATTACH PARTITION "public"."a" FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')
    -- down
    ALTER TABLE "public"."log" DETACH PARTITION "public"."a"
    DROP TABLE "public"."a"
    "#);
}

#[test]
fn columns_of_a_parent_change_on_it_alone() {
    let mut after = log();
    after.columns[0].ty = parse_type(Dialect::Postgres, "bigint").unwrap();
    after.columns.push(default("level int", "1"));
    let case = case([log(), year("a", 2023)], [after, year("a", 2023)]);
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."log" ALTER COLUMN "id" TYPE bigint
    ALTER TABLE "public"."log" ADD COLUMN "level" integer DEFAULT 1 NOT NULL
    -- down
    ALTER TABLE "public"."log" DROP COLUMN "level"
    ALTER TABLE "public"."log" ALTER COLUMN "id" TYPE integer
    "#);
}

#[test]
fn bounds_move_together() {
    let case = case([log(), year("a", 2023), year("b", 2024)], [log(), year("a", 2024), year("b", 2023)]);
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."log" DETACH PARTITION "public"."a"
    ALTER TABLE "public"."log" DETACH PARTITION "public"."b"
    ALTER TABLE "public"."log" ATTACH PARTITION "public"."a" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    ALTER TABLE "public"."log" ATTACH PARTITION "public"."b" FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')
    -- down
    ALTER TABLE "public"."log" DETACH PARTITION "public"."a"
    ALTER TABLE "public"."log" DETACH PARTITION "public"."b"
    ALTER TABLE "public"."log" ATTACH PARTITION "public"."a" FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')
    ALTER TABLE "public"."log" ATTACH PARTITION "public"."b" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    "#);
}

#[test]
fn a_constraint_is_validated_and_made_anew_by_the_down() {
    let unchecked = |not_valid| {
        let mut table = table("t", [col("a int")]).ck("t_ck", "a > 0");
        table.checks[0].not_valid = not_valid;
        table
    };
    let case = case([unchecked(true)], [unchecked(false)]);
    insta::assert_snapshot!(case.sql(), @r#"
    -- alone
    ALTER TABLE "public"."t" VALIDATE CONSTRAINT "t_ck"
    -- down
    ALTER TABLE "public"."t" DROP CONSTRAINT "t_ck"
    ALTER TABLE "public"."t" ADD CONSTRAINT "t_ck" CHECK (a > 0) NOT VALID
    "#);
}

#[test]
fn children_inherit_what_they_do_not_say_otherwise() {
    let child = Table { inherits: vec![name("t")], ..table("c", [default("a int", "2"), col("b int")]) };
    let case = case([], [table("t", [col("a int")]).ck("t_ck", "a > 0"), child]);
    insta::assert_snapshot!(case.sql(), @r#"
    CREATE TABLE "public"."t" (
        "a" integer NOT NULL,
        CONSTRAINT "t_ck" CHECK (a > 0)
    )
    CREATE TABLE "public"."c" (
        "b" integer NOT NULL
    ) INHERITS ("public"."t")
    ALTER TABLE ONLY "public"."c" ALTER COLUMN "a" SET DEFAULT 2
    -- down
    DROP TABLE "public"."c"
    DROP TABLE "public"."t"
    "#);
}
