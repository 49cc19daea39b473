use super::*;

#[test]
fn types_change_without_a_silent_loss_and_at_utc() {
    let case = case(
        [table(
            "ty",
            [
                col("id int"),
                default("a varchar(50)", "'x'"),
                col("b int"),
                col("c text"),
                col("d timestamp"),
                col("e timestamptz"),
                default("f boolean", "true"),
                col("g int[]"),
                col("h numeric(10,4)"),
                col("i text"),
            ],
        )
        .pk("ty_pkey", "id")
        .ck("ck", "a <> 'y' AND b > 0")
        .ix("ix", "c", Some("a = 'x'"))
        .uq("uq", "a")],
        [table(
            "ty",
            [
                col("id bigint"),
                default("a text", "'x'"),
                col("b text"),
                col("c int"),
                col("d timestamptz"),
                col("e timestamp"),
                default("f int", "1"),
                col("g bigint[]"),
                col("h numeric(10,2)"),
                Column { collation: Some("C".into()), ..col("i varchar(3)") },
            ],
        )
        .pk("ty_pkey", "id")
        .ck("ck", "a <> 'y' AND b > '0'")
        .ix("ix", "c", Some("a = 'x'"))
        .uq("uq", "a")],
    );
    insta::assert_snapshot!(case.plain().sql(), @r#"
    DROP INDEX "public"."ix"
    ALTER TABLE "public"."ty" DROP CONSTRAINT "ck"
    ALTER TABLE "public"."ty" ALTER COLUMN "id" TYPE bigint
    ALTER TABLE "public"."ty" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."ty" ALTER COLUMN "a" TYPE text
    ALTER TABLE "public"."ty" ALTER COLUMN "a" SET DEFAULT 'x'
    ALTER TABLE "public"."ty" ALTER COLUMN "b" TYPE text
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."ty" WHERE "c" COLLATE "C" !~ '^(0|-?[1-9][0-9]*)$';
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `ty` hold a value in `c` that does not fit integer: change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."ty" ALTER COLUMN "c" TYPE integer USING "c"::text::integer
    ALTER TABLE "public"."ty" ALTER COLUMN "d" TYPE timestamp with time zone USING "d" AT TIME ZONE 'UTC'
    ALTER TABLE "public"."ty" ALTER COLUMN "e" TYPE timestamp without time zone USING "e" AT TIME ZONE 'UTC'
    ALTER TABLE "public"."ty" ALTER COLUMN "f" DROP DEFAULT
    ALTER TABLE "public"."ty" ALTER COLUMN "f" TYPE integer USING "f"::integer
    ALTER TABLE "public"."ty" ALTER COLUMN "f" SET DEFAULT 1
    ALTER TABLE "public"."ty" ALTER COLUMN "g" TYPE bigint[]
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."ty" WHERE "h"::numeric <> round("h"::numeric, 2);
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `ty` hold a value in `h` that does not fit numeric(10,2): change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."ty" ALTER COLUMN "h" TYPE numeric(10,2)
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."ty" WHERE char_length("i") > 3;
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `ty` hold a value in `i` that does not fit character varying(3): change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."ty" ALTER COLUMN "i" TYPE character varying(3) COLLATE "C"
    ALTER TABLE "public"."ty" ADD CONSTRAINT "ck" CHECK (a <> 'y' AND b > '0')
    CREATE INDEX "ix" ON "public"."ty" ("c") WHERE a = 'x'
    -- down
    DROP INDEX "public"."ix"
    ALTER TABLE "public"."ty" DROP CONSTRAINT "ck"
    ALTER TABLE "public"."ty" ALTER COLUMN "i" TYPE text
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."ty" WHERE "h"::numeric <> round("h"::numeric, 4);
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `ty` hold a value in `h` that does not fit numeric(10,4): change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."ty" ALTER COLUMN "h" TYPE numeric(10,4)
    ALTER TABLE "public"."ty" ALTER COLUMN "g" TYPE integer[]
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."ty" WHERE "f" NOT IN (0, 1);
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `ty` hold a value in `f` that does not fit boolean: change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."ty" ALTER COLUMN "f" DROP DEFAULT
    ALTER TABLE "public"."ty" ALTER COLUMN "f" TYPE boolean USING "f"::boolean
    ALTER TABLE "public"."ty" ALTER COLUMN "f" SET DEFAULT true
    ALTER TABLE "public"."ty" ALTER COLUMN "e" TYPE timestamp with time zone USING "e" AT TIME ZONE 'UTC'
    ALTER TABLE "public"."ty" ALTER COLUMN "d" TYPE timestamp without time zone USING "d" AT TIME ZONE 'UTC'
    ALTER TABLE "public"."ty" ALTER COLUMN "c" TYPE text
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."ty" WHERE "b" COLLATE "C" !~ '^(0|-?[1-9][0-9]*)$';
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `ty` hold a value in `b` that does not fit integer: change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."ty" ALTER COLUMN "b" TYPE integer USING "b"::text::integer
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."ty" WHERE char_length("a") > 50;
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `ty` hold a value in `a` that does not fit character varying(50): change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."ty" ALTER COLUMN "a" DROP DEFAULT
    ALTER TABLE "public"."ty" ALTER COLUMN "a" TYPE character varying(50)
    ALTER TABLE "public"."ty" ALTER COLUMN "a" SET DEFAULT 'x'
    ALTER TABLE "public"."ty" ALTER COLUMN "id" TYPE integer
    ALTER TABLE "public"."ty" ADD CONSTRAINT "ck" CHECK (a <> 'y' AND b > 0)
    CREATE INDEX "ix" ON "public"."ty" ("c") WHERE a = 'x'
    "#);
}

#[test]
fn foreign_keys_stand_aside_while_both_ends_change_type() {
    let case = case(
        [
            table("p", [col("id int"), col("v int")]).pk("p_pkey", "id"),
            table("c", [col("p int"), generated("g int?", "p * 2")]).fk("c_fk", "p", "p", "id").ix("c_g", "g", None),
        ],
        [
            table("p", [col("id text"), col("v int")]).pk("p_pkey", "id"),
            table("c", [col("p text"), generated("g text?", "upper(p)")])
                .fk("c_fk", "p", "p", "id")
                .ix("c_g", "g", None),
        ],
    );
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."c" DROP CONSTRAINT "c_fk"
    DROP INDEX "public"."c_g"
    ALTER TABLE "public"."c" DROP COLUMN "g"
    ALTER TABLE "public"."c" ALTER COLUMN "p" TYPE text
    ALTER TABLE "public"."p" ALTER COLUMN "id" TYPE text
    ALTER TABLE "public"."c" ADD COLUMN "g" text GENERATED ALWAYS AS (upper(p)) STORED
    CREATE INDEX CONCURRENTLY "c_g" ON "public"."c" ("g")
    -- alone
    ALTER TABLE "public"."c" ADD CONSTRAINT "c_fk" FOREIGN KEY ("p") REFERENCES "public"."p" ("id") NOT VALID
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."c" VALIDATE CONSTRAINT "c_fk";
    EXCEPTION WHEN foreign_key_violation THEN
        SELECT count(*) INTO found FROM "public"."c" AS violating WHERE (violating."p" IS NOT NULL) AND NOT EXISTS (SELECT FROM "public"."p" AS referenced WHERE referenced."id" = violating."p");
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT violating.ctid::text AS key FROM "public"."c" AS violating WHERE (violating."p" IS NOT NULL) AND NOT EXISTS (SELECT FROM "public"."p" AS referenced WHERE referenced."id" = violating."p") LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', MESSAGE = found || ' rows of table `c` refer to no row of `p`, such as ' || coalesce(samples, '');
    END
    $check$
    -- down
    ALTER TABLE "public"."c" DROP CONSTRAINT "c_fk"
    DROP INDEX CONCURRENTLY "public"."c_g"
    ALTER TABLE "public"."c" DROP COLUMN "g"
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."p" WHERE "id" COLLATE "C" !~ '^(0|-?[1-9][0-9]*)$';
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `p` hold a value in `id` that does not fit integer: change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."p" ALTER COLUMN "id" TYPE integer USING "id"::text::integer
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."c" WHERE "p" COLLATE "C" !~ '^(0|-?[1-9][0-9]*)$';
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `c` hold a value in `p` that does not fit integer: change them first';
        END IF;
    END
    $check$
    ALTER TABLE "public"."c" ALTER COLUMN "p" TYPE integer USING "p"::text::integer
    ALTER TABLE "public"."c" ADD COLUMN "g" integer GENERATED ALWAYS AS (p * 2) STORED
    CREATE INDEX "c_g" ON "public"."c" ("g")
    ALTER TABLE "public"."c" ADD CONSTRAINT "c_fk" FOREIGN KEY ("p") REFERENCES "public"."p" ("id")
    "#);
}

/// HAZARDS.md row 17: the indexes are built anew for another collation, whatever else the type's change does.
#[test]
fn another_collation_beside_a_longer_text_is_named_too() {
    let rows = [(Some("C"), Some("C"), "H15"), (None, Some("C"), "H15 H17"), (Some("C"), None, "H15 H17")];
    for (before, after, hazards) in rows {
        let text = |spec: &str, collation: Option<&str>| {
            let column = Column { collation: collation.map(str::to_owned), ..col(spec) };
            [table("t", [column])]
        };
        let case = case(text("a character varying(10)", before), text("a character varying(50)", after));
        let said: Vec<&str> = case.plan().steps.into_iter().flat_map(|step| step.hazards).collect();
        assert_eq!(said.join(" "), hazards, "{before:?} to {after:?}");
    }
}
