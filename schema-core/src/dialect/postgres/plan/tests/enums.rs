use super::*;

#[test]
fn labels_are_added_at_their_place_in_a_file_of_their_own() {
    let case = enum_case(
        [job()],
        [mood()],
        [Table {
            columns: vec![
                col("id int"),
                default("s @mood", "'mid'"),
                default("a @mood[]", "'{new}'"),
                generated("g int", "CASE WHEN s = 'done' THEN 1 ELSE 0 END"),
            ],
            ..job()
        }],
        [labels("mood", "zero new mid done junk end")],
    );
    insta::assert_snapshot!(case.sql(), @r#"
    -- alone
    ALTER TYPE "public"."mood" ADD VALUE 'zero' BEFORE 'new'
    ALTER TYPE "public"."mood" ADD VALUE 'mid' AFTER 'new'
    ALTER TYPE "public"."mood" ADD VALUE 'end' AFTER 'junk'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'mid'
    -- down
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."job" WHERE "s"::text IN ('zero', 'mid', 'end');
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `job` hold `zero` or `mid` or `end` in `s`, which enum `mood` loses: give them another label first';
        END IF;
    END
    $check$
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."job" WHERE "a"::text[] && ARRAY['zero', 'mid', 'end'];
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `job` hold `zero` or `mid` or `end` in `a`, which enum `mood` loses: give them another label first';
        END IF;
    END
    $check$
    DROP INDEX "public"."job_part"
    DROP INDEX "public"."job_g"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME TO "mood_swap"
    CREATE TYPE "public"."mood" AS ENUM ('new', 'done', 'junk')
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING "s"::text::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING "a"::text[]::"public"."mood"[]
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    DROP TYPE "public"."mood_swap"
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_g" ON "public"."job" ("g")
    CREATE INDEX "job_part" ON "public"."job" ("id") WHERE s = 'new'
    "#);
}

#[test]
fn a_removed_label_is_refused_while_rows_hold_it() {
    let case = enum_case([job()], [mood()], [job()], [labels("mood", "done new")]);
    insta::assert_snapshot!(case.sql(), @r#"
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."job" WHERE "s"::text IN ('junk');
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `job` hold `junk` in `s`, which enum `mood` loses: give them another label first, or state one with `map_to`';
        END IF;
    END
    $check$
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."job" WHERE "a"::text[] && ARRAY['junk'];
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `job` hold `junk` in `a`, which enum `mood` loses: give them another label first, or state one with `map_to`';
        END IF;
    END
    $check$
    DROP INDEX "public"."job_part"
    DROP INDEX "public"."job_g"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME TO "mood_swap"
    CREATE TYPE "public"."mood" AS ENUM ('done', 'new')
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING "s"::text::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING "a"::text[]::"public"."mood"[]
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    DROP TYPE "public"."mood_swap"
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_g" ON "public"."job" ("g")
    CREATE INDEX "job_part" ON "public"."job" ("id") WHERE s = 'new'
    -- down
    DROP INDEX "public"."job_part"
    DROP INDEX "public"."job_g"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME TO "mood_swap"
    CREATE TYPE "public"."mood" AS ENUM ('new', 'done', 'junk')
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING "s"::text::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING "a"::text[]::"public"."mood"[]
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    DROP TYPE "public"."mood_swap"
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_g" ON "public"."job" ("g")
    CREATE INDEX "job_part" ON "public"."job" ("id") WHERE s = 'new'
    "#);
}

#[test]
fn rows_with_a_removed_label_are_mapped() {
    let case = enum_case(
        [job()],
        [mood()],
        [Table {
            columns: vec![
                col("id int"),
                default("s @mood", "'done'"),
                default("a @mood[]", "'{}'"),
                generated("g int", "CASE WHEN s = 'done' THEN 1 ELSE 0 END"),
            ],
            indexes: Vec::new(),
            ..job()
        }
        .ix("job_part2", "id", Some("s = 'done'"))],
        [labels("mood", "done junk")],
    )
    .allow(AllowCode::DropLabel, "mood", "new", Some("junk"), None);
    insta::assert_snapshot!(case.sql(), @r#"
    DROP INDEX CONCURRENTLY "public"."job_g"
    DROP INDEX CONCURRENTLY "public"."job_part"
    DROP INDEX CONCURRENTLY "public"."job_s"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TYPE "public"."mood" RENAME TO "mood_swap"
    CREATE TYPE "public"."mood" AS ENUM ('done', 'junk')
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING (CASE "s"::text WHEN 'new' THEN 'junk' ELSE "s"::text END)::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING array_replace("a"::text[], 'new', 'junk')::"public"."mood"[]
    DROP TYPE "public"."mood_swap"
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'done'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{}'
    CREATE INDEX CONCURRENTLY "job_part2" ON "public"."job" ("id") WHERE s = 'done'
    -- down
    DROP INDEX CONCURRENTLY "public"."job_part2"
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TYPE "public"."mood" RENAME TO "mood_swap"
    CREATE TYPE "public"."mood" AS ENUM ('new', 'done', 'junk')
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING "s"::text::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING "a"::text[]::"public"."mood"[]
    DROP TYPE "public"."mood_swap"
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    CREATE INDEX CONCURRENTLY "job_s" ON "public"."job" ("s")
    CREATE INDEX CONCURRENTLY "job_part" ON "public"."job" ("id") WHERE s = 'new'
    CREATE INDEX CONCURRENTLY "job_g" ON "public"."job" ("g")
    "#);
}

#[test]
fn a_renamed_enum_alters_no_column() {
    let case = enum_case(
        [job()],
        [mood()],
        [{
            let mut t = job();
            t.columns = vec![
                col("id int"),
                default("s @feel", "'fresh'"),
                default("a @feel[]", "'{fresh}'"),
                generated("g int", "CASE WHEN s = 'done' THEN 1 ELSE 0 END"),
            ];
            t.indexes[0].predicate = Some("s = 'fresh'".into());
            t
        }],
        [labels("feel", "fresh done junk")],
    )
    .renamed_enum("mood", "feel")
    .renamed_label("feel", "new", "fresh");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER INDEX "public"."job_part" RENAME TO "job_part_old"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME TO "feel"
    ALTER TYPE "public"."feel" RENAME VALUE 'new' TO 'fresh'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'fresh'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{fresh}'
    CREATE INDEX CONCURRENTLY "job_part" ON "public"."job" ("id") WHERE s = 'fresh'
    DROP INDEX CONCURRENTLY "public"."job_part_old"
    -- down
    CREATE INDEX CONCURRENTLY "job_part_old" ON "public"."job" ("id") WHERE s = 'new'
    DROP INDEX CONCURRENTLY "public"."job_part"
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TYPE "public"."feel" RENAME VALUE 'fresh' TO 'new'
    ALTER TYPE "public"."feel" RENAME TO "mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER INDEX "public"."job_part_old" RENAME TO "job_part"
    "#);
}

#[test]
fn an_enum_column_becomes_text() {
    let case = enum_case(
        [job()],
        [mood()],
        [Table {
            columns: vec![
                col("id int"),
                default("s text", "'new'"),
                default("a text[]", "'{new}'"),
                generated("g int", "CASE WHEN s = 'done' THEN 1 ELSE 0 END"),
            ],
            ..job()
        }],
        [],
    );
    insta::assert_snapshot!(case.plain().sql(), @r#"
    DROP INDEX "public"."job_g"
    DROP INDEX "public"."job_part"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE text USING "s"::text::text
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE text[] USING "a"::text[]::text[]
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_g" ON "public"."job" ("g")
    CREATE INDEX "job_part" ON "public"."job" ("id") WHERE s = 'new'
    DROP TYPE "public"."mood"
    -- down
    CREATE TYPE "public"."mood" AS ENUM ('new', 'done', 'junk')
    DROP INDEX "public"."job_part"
    DROP INDEX "public"."job_g"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING "a"::text[]::"public"."mood"[]
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING "s"::text::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_part" ON "public"."job" ("id") WHERE s = 'new'
    CREATE INDEX "job_g" ON "public"."job" ("g")
    "#);
}

#[test]
fn swapped_labels_go_through_a_temporary_one() {
    let case = enum_case(
        [job()],
        [mood()],
        [Table {
            columns: vec![
                col("id int"),
                default("s @mood", "'done'"),
                default("a @mood[]", "'{done}'"),
                generated("g int", "CASE WHEN s = 'new' THEN 1 ELSE 0 END"),
            ],
            checks: vec![Check::new("job_ck", "s <> 'new' OR id > 0")],
            indexes: {
                let mut t = job();
                t.indexes[0].predicate = Some("s = 'done'".into());
                t.indexes
            },
            ..job()
        }],
        [labels("mood", "done new junk")],
    )
    .renamed_label("mood", "new", "done")
    .renamed_label("mood", "done", "new");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER INDEX "public"."job_part" RENAME TO "job_part_old"
    DROP INDEX "public"."job_g"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME VALUE 'done' TO 'done_swap'
    ALTER TYPE "public"."mood" RENAME VALUE 'new' TO 'done'
    ALTER TYPE "public"."mood" RENAME VALUE 'done_swap' TO 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'done'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{done}'
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'new' THEN 1 ELSE 0 END) STORED NOT NULL
    CREATE INDEX CONCURRENTLY "job_g" ON "public"."job" ("g")
    CREATE INDEX CONCURRENTLY "job_part" ON "public"."job" ("id") WHERE s = 'done'
    DROP INDEX CONCURRENTLY "public"."job_part_old"
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'new' OR id > 0) NOT VALID
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."job" VALIDATE CONSTRAINT "job_ck";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."job" AS violating WHERE NOT (s <> 'new' OR id > 0);
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT concat_ws(', ', violating."id") AS key FROM "public"."job" AS violating WHERE NOT (s <> 'new' OR id > 0) LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `job` violate `job_ck`, such as ' || coalesce(samples, '');
    END
    $check$
    -- down
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    CREATE INDEX CONCURRENTLY "job_part_old" ON "public"."job" ("id") WHERE s = 'new'
    DROP INDEX CONCURRENTLY "public"."job_part"
    DROP INDEX CONCURRENTLY "public"."job_g"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME VALUE 'new' TO 'done_swap'
    ALTER TYPE "public"."mood" RENAME VALUE 'done' TO 'new'
    ALTER TYPE "public"."mood" RENAME VALUE 'done_swap' TO 'done'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_g" ON "public"."job" ("g")
    ALTER INDEX "public"."job_part_old" RENAME TO "job_part"
    "#);
}

#[test]
fn a_column_that_goes_comes_back_with_its_default_once_the_labels_are_back() {
    let case = enum_case([job()], [mood()], [table("job", [col("id int")])], [labels("mood", "fresh done")])
        .renamed_label("mood", "new", "fresh")
        .allow(AllowCode::DropLabel, "mood", "junk", Some("done"), None)
        .allow(AllowCode::DropColumn, "job", "a", None, Some("'{junk}'"));
    insta::assert_snapshot!(case.sql(), @r#"
    DROP INDEX CONCURRENTLY "public"."job_g"
    DROP INDEX CONCURRENTLY "public"."job_part"
    DROP INDEX CONCURRENTLY "public"."job_s"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_pkey"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP NOT NULL
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP NOT NULL
    ALTER TYPE "public"."mood" RENAME VALUE 'new' TO 'fresh'
    ALTER TYPE "public"."mood" RENAME TO "mood_swap"
    CREATE TYPE "public"."mood" AS ENUM ('fresh', 'done')
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING (CASE "s"::text WHEN 'junk' THEN 'done' ELSE "s"::text END)::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING array_replace("a"::text[], 'junk', 'done')::"public"."mood"[]
    DROP TYPE "public"."mood_swap"
    ALTER TABLE "public"."job" DROP COLUMN "s"
    ALTER TABLE "public"."job" DROP COLUMN "a"
    -- down
    ALTER TABLE "public"."job" ADD COLUMN "a" "public"."mood"[]
    ALTER TABLE "public"."job" ADD COLUMN "s" "public"."mood"
    ALTER TYPE "public"."mood" RENAME TO "mood_swap"
    CREATE TYPE "public"."mood" AS ENUM ('fresh', 'done', 'junk')
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING "s"::text::"public"."mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" TYPE "public"."mood"[] USING "a"::text[]::"public"."mood"[]
    DROP TYPE "public"."mood_swap"
    ALTER TYPE "public"."mood" RENAME VALUE 'fresh' TO 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    UPDATE "public"."job" SET "a" = ('{junk}')
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET NOT NULL
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    UPDATE "public"."job" SET "s" = DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET NOT NULL
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_pkey" PRIMARY KEY ("id")
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX CONCURRENTLY "job_s" ON "public"."job" ("s")
    CREATE INDEX CONCURRENTLY "job_part" ON "public"."job" ("id") WHERE s = 'new'
    CREATE INDEX CONCURRENTLY "job_g" ON "public"."job" ("g")
    "#);
}

#[test]
fn a_table_that_goes_leaves_its_labels_before_they_change() {
    let case = enum_case([job()], [mood()], [], [labels("feel", "fresh done junk")])
        .renamed_enum("mood", "feel")
        .renamed_label("feel", "new", "fresh");
    insta::assert_snapshot!(case.sql(), @r#"
    DROP INDEX "public"."job_g"
    DROP INDEX "public"."job_part"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME TO "feel"
    ALTER TYPE "public"."feel" RENAME VALUE 'new' TO 'fresh'
    DROP TABLE "public"."job"
    -- down
    CREATE TABLE "public"."job" (
        "id" integer NOT NULL,
        "s" "public"."feel" NOT NULL,
        "a" "public"."feel"[] NOT NULL,
        CONSTRAINT "job_pkey" PRIMARY KEY ("id")
    )
    CREATE INDEX "job_s" ON "public"."job" ("s")
    ALTER TYPE "public"."feel" RENAME VALUE 'fresh' TO 'new'
    ALTER TYPE "public"."feel" RENAME TO "mood"
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_part" ON "public"."job" ("id") WHERE s = 'new'
    CREATE INDEX "job_g" ON "public"."job" ("g")
    "#);
}

#[test]
fn a_default_goes_before_its_column_becomes_text_while_labels_change() {
    let case = enum_case(
        [table("job", [default("s @mood", "'new'")])],
        [mood()],
        [table("job", [default("s text", "'new'")]), table("log", [col("s @mood")])],
        [labels("mood", "fresh done junk")],
    )
    .renamed_label("mood", "new", "fresh");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME VALUE 'new' TO 'fresh'
    CREATE TABLE "public"."log" (
        "s" "public"."mood" NOT NULL
    )
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE text USING "s"::text::text
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    -- down
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" TYPE "public"."mood" USING "s"::text::"public"."mood"
    DROP TABLE "public"."log"
    ALTER TYPE "public"."mood" RENAME VALUE 'fresh' TO 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    "#);
}

#[test]
fn texts_over_labels_that_swap_are_made_anew_though_they_stay_the_same() {
    let case = enum_case([job()], [mood()], [job()], [labels("mood", "done new junk")])
        .renamed_label("mood", "new", "done")
        .renamed_label("mood", "done", "new");
    insta::assert_snapshot!(case.sql(), @r#"
    DROP INDEX "public"."job_g"
    DROP INDEX "public"."job_part"
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TYPE "public"."mood" RENAME VALUE 'done' TO 'done_swap'
    ALTER TYPE "public"."mood" RENAME VALUE 'new' TO 'done'
    ALTER TYPE "public"."mood" RENAME VALUE 'done_swap' TO 'new'
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    CREATE INDEX CONCURRENTLY "job_g" ON "public"."job" ("g")
    CREATE INDEX CONCURRENTLY "job_part" ON "public"."job" ("id") WHERE s = 'new'
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0) NOT VALID
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."job" VALIDATE CONSTRAINT "job_ck";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."job" AS violating WHERE NOT (s <> 'done' OR id > 0);
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT concat_ws(', ', violating."id") AS key FROM "public"."job" AS violating WHERE NOT (s <> 'done' OR id > 0) LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `job` violate `job_ck`, such as ' || coalesce(samples, '');
    END
    $check$
    -- down
    ALTER TABLE "public"."job" DROP CONSTRAINT "job_ck"
    DROP INDEX CONCURRENTLY "public"."job_part"
    DROP INDEX CONCURRENTLY "public"."job_g"
    ALTER TABLE "public"."job" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."job" ALTER COLUMN "s" DROP DEFAULT
    ALTER TABLE "public"."job" DROP COLUMN "g"
    ALTER TYPE "public"."mood" RENAME VALUE 'new' TO 'done_swap'
    ALTER TYPE "public"."mood" RENAME VALUE 'done' TO 'new'
    ALTER TYPE "public"."mood" RENAME VALUE 'done_swap' TO 'done'
    ALTER TABLE "public"."job" ALTER COLUMN "a" SET DEFAULT '{new}'
    ALTER TABLE "public"."job" ALTER COLUMN "s" SET DEFAULT 'new'
    ALTER TABLE "public"."job" ADD COLUMN "g" integer GENERATED ALWAYS AS (CASE WHEN s = 'done' THEN 1 ELSE 0 END) STORED NOT NULL
    ALTER TABLE "public"."job" ADD CONSTRAINT "job_ck" CHECK (s <> 'done' OR id > 0)
    CREATE INDEX "job_part" ON "public"."job" ("id") WHERE s = 'new'
    CREATE INDEX "job_g" ON "public"."job" ("g")
    "#);
}

#[test]
fn emptying_a_column_names_the_nulls_that_it_lets_in_only_where_there_were_none() {
    for (column, hazards) in [("s @mood", "H18 H11"), ("s @mood?", "H18")] {
        let case = enum_case(
            [table("job", [col("id int"), default(column, "'new'")])],
            [labels("mood", "new junk")],
            [table("job", [col("id int")])],
            [labels("mood", "new")],
        )
        .allow(AllowCode::DropLabel, "mood", "junk", Some("new"), None)
        .allow(AllowCode::DropColumn, "job", "s", None, None);
        let plan = case.plan();
        let step = plan.steps.iter().find(|step| step.title.starts_with("empty ")).unwrap();
        assert_eq!(step.hazards.join(" "), hazards);
    }
}
