use super::*;

#[test]
fn columns_come_and_rows_are_filled_in_a_file_of_their_own() {
    let case = case(
        [users()],
        [table(
            "users",
            [
                identity("id bigint", Identity::ByDefault),
                col("email text"),
                col("age int?"),
                col("n text?"),
                default("d timestamptz", "now()"),
                default("u uuid", "gen_random_uuid()"),
                col("r text"),
                default("q text", "'later'"),
                identity("k int", Identity::Always),
                generated("g text?", "lower(email)"),
            ],
        )
        .pk("users_pkey", "id")
        .ix("gi", "g", None)],
    )
    .backfill("users", "r", "'user-' || id")
    .backfill("users", "q", "'then'");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."users" ADD COLUMN "n" text
    ALTER TABLE "public"."users" ADD COLUMN "d" timestamp with time zone DEFAULT now() NOT NULL
    ALTER TABLE "public"."users" ADD COLUMN "u" uuid
    ALTER TABLE "public"."users" ALTER COLUMN "u" SET DEFAULT gen_random_uuid()
    ALTER TABLE "public"."users" ADD COLUMN "r" text
    ALTER TABLE "public"."users" ADD COLUMN "q" text
    ALTER TABLE "public"."users" ALTER COLUMN "q" SET DEFAULT 'later'
    ALTER TABLE "public"."users" ADD COLUMN "k" integer GENERATED ALWAYS AS IDENTITY NOT NULL
    -- data
    DO $fill$
    -- Rows are filled in batches that commit one by one. `cargo schema migrate` runs the batches of this text itself,
    -- keeps its place in the database and makes way for others; an edited text runs as it stands.
    DECLARE
        fill_rows integer := 1000;
        fill_began timestamptz;
        fill_from_1 "public"."users"."id"%TYPE;
        fill_to_1 "public"."users"."id"%TYPE;
    BEGIN
        SELECT "id" INTO fill_from_1 FROM "public"."users" ORDER BY "id" LIMIT 1;
        WHILE fill_from_1 IS NOT NULL LOOP
            fill_began := clock_timestamp();
            SELECT "id" INTO fill_to_1 FROM "public"."users" WHERE ("id") >= (fill_from_1)
                ORDER BY "id" OFFSET fill_rows - 1 LIMIT 1;
            IF fill_to_1 IS NULL THEN
                SELECT "id" INTO fill_to_1 FROM "public"."users" ORDER BY "id" DESC LIMIT 1;
            END IF;
            UPDATE "public"."users"
                SET "u" = (gen_random_uuid())
                WHERE ("u" IS NULL)
                AND ("id") >= (fill_from_1) AND ("id") <= (fill_to_1);
            COMMIT;
            fill_rows := greatest(100, least(2.0 * fill_rows, 100000,
                0.03 * fill_rows / greatest(extract(epoch FROM clock_timestamp() - fill_began), 0.001)));
            SELECT "id" INTO fill_from_1 FROM "public"."users" WHERE ("id") > (fill_to_1) ORDER BY "id" LIMIT 1;
        END LOOP;
    END
    $fill$
    -- data
    DO $fill$
    -- Rows are filled in batches that commit one by one. `cargo schema migrate` runs the batches of this text itself,
    -- keeps its place in the database and makes way for others; an edited text runs as it stands.
    DECLARE
        fill_rows integer := 1000;
        fill_began timestamptz;
        fill_from_1 "public"."users"."id"%TYPE;
        fill_to_1 "public"."users"."id"%TYPE;
    BEGIN
        SELECT "id" INTO fill_from_1 FROM "public"."users" ORDER BY "id" LIMIT 1;
        WHILE fill_from_1 IS NOT NULL LOOP
            fill_began := clock_timestamp();
            SELECT "id" INTO fill_to_1 FROM "public"."users" WHERE ("id") >= (fill_from_1)
                ORDER BY "id" OFFSET fill_rows - 1 LIMIT 1;
            IF fill_to_1 IS NULL THEN
                SELECT "id" INTO fill_to_1 FROM "public"."users" ORDER BY "id" DESC LIMIT 1;
            END IF;
            UPDATE "public"."users"
                SET "r" = ('user-' || id)
                WHERE ("r" IS NULL)
                AND ("id") >= (fill_from_1) AND ("id") <= (fill_to_1);
            COMMIT;
            fill_rows := greatest(100, least(2.0 * fill_rows, 100000,
                0.03 * fill_rows / greatest(extract(epoch FROM clock_timestamp() - fill_began), 0.001)));
            SELECT "id" INTO fill_from_1 FROM "public"."users" WHERE ("id") > (fill_to_1) ORDER BY "id" LIMIT 1;
        END LOOP;
    END
    $fill$
    -- data
    DO $fill$
    -- Rows are filled in batches that commit one by one. `cargo schema migrate` runs the batches of this text itself,
    -- keeps its place in the database and makes way for others; an edited text runs as it stands.
    DECLARE
        fill_rows integer := 1000;
        fill_began timestamptz;
        fill_from_1 "public"."users"."id"%TYPE;
        fill_to_1 "public"."users"."id"%TYPE;
    BEGIN
        SELECT "id" INTO fill_from_1 FROM "public"."users" ORDER BY "id" LIMIT 1;
        WHILE fill_from_1 IS NOT NULL LOOP
            fill_began := clock_timestamp();
            SELECT "id" INTO fill_to_1 FROM "public"."users" WHERE ("id") >= (fill_from_1)
                ORDER BY "id" OFFSET fill_rows - 1 LIMIT 1;
            IF fill_to_1 IS NULL THEN
                SELECT "id" INTO fill_to_1 FROM "public"."users" ORDER BY "id" DESC LIMIT 1;
            END IF;
            UPDATE "public"."users"
                SET "q" = ('then')
                WHERE ("q" IS NULL)
                AND ("id") >= (fill_from_1) AND ("id") <= (fill_to_1);
            COMMIT;
            fill_rows := greatest(100, least(2.0 * fill_rows, 100000,
                0.03 * fill_rows / greatest(extract(epoch FROM clock_timestamp() - fill_began), 0.001)));
            SELECT "id" INTO fill_from_1 FROM "public"."users" WHERE ("id") > (fill_to_1) ORDER BY "id" LIMIT 1;
        END LOOP;
    END
    $fill$
    ALTER TABLE "public"."users" ADD CONSTRAINT "users_u_not_null" CHECK ("u" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."users" ADD CONSTRAINT "users_r_not_null" CHECK ("r" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."users" ADD CONSTRAINT "users_q_not_null" CHECK ("q" IS NOT NULL) NOT VALID
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."users" VALIDATE CONSTRAINT "users_q_not_null";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."users" AS violating WHERE violating."q" IS NULL;
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT concat_ws(', ', violating."id") AS key FROM "public"."users" AS violating WHERE violating."q" IS NULL LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `users` hold NULL in `q`, such as ' || coalesce(samples, '');
    END
    $check$
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."users" VALIDATE CONSTRAINT "users_r_not_null";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."users" AS violating WHERE violating."r" IS NULL;
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT concat_ws(', ', violating."id") AS key FROM "public"."users" AS violating WHERE violating."r" IS NULL LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `users` hold NULL in `r`, such as ' || coalesce(samples, '');
    END
    $check$
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."users" VALIDATE CONSTRAINT "users_u_not_null";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."users" AS violating WHERE violating."u" IS NULL;
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT concat_ws(', ', violating."id") AS key FROM "public"."users" AS violating WHERE violating."u" IS NULL LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `users` hold NULL in `u`, such as ' || coalesce(samples, '');
    END
    $check$
    ALTER TABLE "public"."users" ALTER COLUMN "u" SET NOT NULL
    ALTER TABLE "public"."users" DROP CONSTRAINT "users_u_not_null"
    ALTER TABLE "public"."users" ALTER COLUMN "r" SET NOT NULL
    ALTER TABLE "public"."users" DROP CONSTRAINT "users_r_not_null"
    ALTER TABLE "public"."users" ALTER COLUMN "q" SET NOT NULL
    ALTER TABLE "public"."users" DROP CONSTRAINT "users_q_not_null"
    ALTER TABLE "public"."users" ADD COLUMN "g" text GENERATED ALWAYS AS (lower(email)) STORED
    CREATE INDEX CONCURRENTLY "gi" ON "public"."users" ("g")
    -- down
    DROP INDEX CONCURRENTLY "public"."gi"
    ALTER TABLE "public"."users" DROP COLUMN "g"
    ALTER TABLE "public"."users" ADD CONSTRAINT "users_q_not_null" CHECK ("q" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."users" ALTER COLUMN "q" DROP NOT NULL
    ALTER TABLE "public"."users" ADD CONSTRAINT "users_r_not_null" CHECK ("r" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."users" ALTER COLUMN "r" DROP NOT NULL
    ALTER TABLE "public"."users" ADD CONSTRAINT "users_u_not_null" CHECK ("u" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."users" ALTER COLUMN "u" DROP NOT NULL
    ALTER TABLE "public"."users" DROP CONSTRAINT "users_q_not_null"
    ALTER TABLE "public"."users" DROP CONSTRAINT "users_r_not_null"
    ALTER TABLE "public"."users" DROP CONSTRAINT "users_u_not_null"
    ALTER TABLE "public"."users" DROP COLUMN "k"
    ALTER TABLE "public"."users" DROP COLUMN "q"
    ALTER TABLE "public"."users" DROP COLUMN "r"
    ALTER TABLE "public"."users" DROP COLUMN "u"
    ALTER TABLE "public"."users" DROP COLUMN "d"
    ALTER TABLE "public"."users" DROP COLUMN "n"
    "#);
}

#[test]
fn dropped_columns_come_back_with_what_restore_says() {
    let case = case(
        [table(
            "users",
            [
                identity("id bigint", Identity::ByDefault),
                col("email text"),
                col("age int?"),
                generated("g text?", "lower(email)"),
                default("d int", "4"),
            ],
        )
        .pk("users_pkey", "id")
        .ix("e", "email age", None)],
        [table("users", [identity("id bigint", Identity::ByDefault)]).pk("users_pkey", "id")],
    )
    .allow(AllowCode::DropColumn, "users", "email", None, Some("'gone'"));
    insta::assert_snapshot!(case.sql(), @r#"
    DROP INDEX CONCURRENTLY "public"."e"
    ALTER TABLE "public"."users" DROP COLUMN "g"
    ALTER TABLE "public"."users" ALTER COLUMN "email" DROP NOT NULL
    ALTER TABLE "public"."users" DROP COLUMN "email"
    ALTER TABLE "public"."users" DROP COLUMN "age"
    ALTER TABLE "public"."users" DROP COLUMN "d"
    -- down
    ALTER TABLE "public"."users" ADD COLUMN "d" integer DEFAULT 4 NOT NULL
    ALTER TABLE "public"."users" ADD COLUMN "age" integer
    ALTER TABLE "public"."users" ADD COLUMN "email" text
    UPDATE "public"."users" SET "email" = ('gone')
    UPDATE "public"."users" SET "email" = ('gone') WHERE "email" IS NULL
    ALTER TABLE "public"."users" ALTER COLUMN "email" SET NOT NULL
    ALTER TABLE "public"."users" ADD COLUMN "g" text GENERATED ALWAYS AS (lower(email)) STORED
    CREATE INDEX CONCURRENTLY "e" ON "public"."users" ("email", "age")
    "#);
}

#[test]
fn not_null_comes_after_a_backfill_or_an_assertion() {
    let case = case(
        [table("nn", [col("a text?"), col("b text?"), col("c text"), default("d int?", "3")])],
        [table("nn", [default("a text", "'q'"), col("b text"), col("c text?"), default("d int", "3")])],
    )
    .backfill("nn", "a", "'q'");
    insta::assert_snapshot!(case.sql(), @r#"
    ALTER TABLE "public"."nn" ALTER COLUMN "a" SET DEFAULT 'q'
    ALTER TABLE "public"."nn" ALTER COLUMN "c" DROP NOT NULL
    -- data
    UPDATE "public"."nn" SET "a" = ('q') WHERE "a" IS NULL
    ALTER TABLE "public"."nn" ADD CONSTRAINT "nn_a_not_null" CHECK ("a" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."nn" ADD CONSTRAINT "nn_b_not_null" CHECK ("b" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."nn" ADD CONSTRAINT "nn_d_not_null" CHECK ("d" IS NOT NULL) NOT VALID
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."nn" VALIDATE CONSTRAINT "nn_a_not_null";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."nn" AS violating WHERE violating."a" IS NULL;
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT violating.ctid::text AS key FROM "public"."nn" AS violating WHERE violating."a" IS NULL LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `nn` hold NULL in `a`, such as ' || coalesce(samples, '');
    END
    $check$
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."nn" VALIDATE CONSTRAINT "nn_b_not_null";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."nn" AS violating WHERE violating."b" IS NULL;
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT violating.ctid::text AS key FROM "public"."nn" AS violating WHERE violating."b" IS NULL LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `nn` hold NULL in `b`, such as ' || coalesce(samples, '');
    END
    $check$
    -- alone
    DO $check$
    DECLARE
        found bigint;
        samples text;
    BEGIN
        ALTER TABLE "public"."nn" VALIDATE CONSTRAINT "nn_d_not_null";
    EXCEPTION WHEN check_violation THEN
        SELECT count(*) INTO found FROM "public"."nn" AS violating WHERE violating."d" IS NULL;
        SELECT string_agg(key, '; ') INTO samples
        FROM (SELECT violating.ctid::text AS key FROM "public"."nn" AS violating WHERE violating."d" IS NULL LIMIT 3) AS rows;
        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `nn` hold NULL in `d`, such as ' || coalesce(samples, '');
    END
    $check$
    ALTER TABLE "public"."nn" ALTER COLUMN "a" SET NOT NULL
    ALTER TABLE "public"."nn" DROP CONSTRAINT "nn_a_not_null"
    ALTER TABLE "public"."nn" ALTER COLUMN "b" SET NOT NULL
    ALTER TABLE "public"."nn" DROP CONSTRAINT "nn_b_not_null"
    ALTER TABLE "public"."nn" ALTER COLUMN "d" SET NOT NULL
    ALTER TABLE "public"."nn" DROP CONSTRAINT "nn_d_not_null"
    -- down
    ALTER TABLE "public"."nn" ADD CONSTRAINT "nn_d_not_null" CHECK ("d" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."nn" ALTER COLUMN "d" DROP NOT NULL
    ALTER TABLE "public"."nn" ADD CONSTRAINT "nn_b_not_null" CHECK ("b" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."nn" ALTER COLUMN "b" DROP NOT NULL
    ALTER TABLE "public"."nn" ADD CONSTRAINT "nn_a_not_null" CHECK ("a" IS NOT NULL) NOT VALID
    ALTER TABLE "public"."nn" ALTER COLUMN "a" DROP NOT NULL
    ALTER TABLE "public"."nn" DROP CONSTRAINT "nn_d_not_null"
    ALTER TABLE "public"."nn" DROP CONSTRAINT "nn_b_not_null"
    ALTER TABLE "public"."nn" DROP CONSTRAINT "nn_a_not_null"
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."nn" WHERE "c" IS NULL;
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `nn` hold NULL in `c`, which becomes NOT NULL: fill them first, or state a `backfill`';
        END IF;
    END
    $check$
    ALTER TABLE "public"."nn" ALTER COLUMN "c" SET NOT NULL
    ALTER TABLE "public"."nn" ALTER COLUMN "a" DROP DEFAULT
    "#);
}

#[test]
fn generated_columns_are_dropped_under_old_and_added_under_new_names() {
    let case = case(
        [table(
            "li",
            [
                col("qty int"),
                col("price numeric(10,2)"),
                Column { comment: Some("sum".into()), ..generated("total numeric?", "qty * price") },
                generated("x int?", "qty + 1"),
                col("y int?"),
                generated("z int", "qty"),
            ],
        )
        .ix("li_t", "total", None)
        .ix("li_x", "x", None)],
        [table(
            "li",
            [
                col("qty bigint"),
                col("cost numeric(10,2)"),
                Column { comment: Some("sum".into()), ..generated("total numeric?", "qty * cost * 2") },
                default("x int?", "7"),
                generated("y int?", "1 + 1"),
                generated("z int", "qty"),
            ],
        )
        .ix("li_t", "total", None)
        .ix("li_x", "x", None)],
    )
    .renamed_column("li", "price", "cost");
    insta::assert_snapshot!(case.sql(), @r#"
    DROP INDEX "public"."li_t"
    DROP INDEX "public"."li_x"
    ALTER TABLE "public"."li" DROP COLUMN "total"
    ALTER TABLE "public"."li" ALTER COLUMN "x" DROP EXPRESSION
    ALTER TABLE "public"."li" DROP COLUMN "z"
    ALTER TABLE "public"."li" RENAME COLUMN "price" TO "cost"
    ALTER TABLE "public"."li" ALTER COLUMN "qty" TYPE bigint
    ALTER TABLE "public"."li" ALTER COLUMN "x" SET DEFAULT 7
    ALTER TABLE "public"."li" ADD COLUMN "total" numeric GENERATED ALWAYS AS (qty * cost * 2) STORED
    COMMENT ON COLUMN "public"."li"."total" IS 'sum'
    ALTER TABLE "public"."li" ADD COLUMN "z" integer GENERATED ALWAYS AS (qty) STORED NOT NULL
    ALTER TABLE "public"."li" DROP COLUMN "y"
    ALTER TABLE "public"."li" ADD COLUMN "y" integer GENERATED ALWAYS AS (1 + 1) STORED
    CREATE INDEX CONCURRENTLY "li_t" ON "public"."li" ("total")
    CREATE INDEX CONCURRENTLY "li_x" ON "public"."li" ("x")
    -- down
    DROP INDEX CONCURRENTLY "public"."li_x"
    DROP INDEX CONCURRENTLY "public"."li_t"
    ALTER TABLE "public"."li" ALTER COLUMN "y" DROP EXPRESSION
    ALTER TABLE "public"."li" DROP COLUMN "z"
    ALTER TABLE "public"."li" DROP COLUMN "total"
    ALTER TABLE "public"."li" ALTER COLUMN "x" DROP DEFAULT
    ALTER TABLE "public"."li" ALTER COLUMN "qty" TYPE integer
    ALTER TABLE "public"."li" RENAME COLUMN "cost" TO "price"
    ALTER TABLE "public"."li" ADD COLUMN "z" integer GENERATED ALWAYS AS (qty) STORED NOT NULL
    ALTER TABLE "public"."li" DROP COLUMN "x"
    ALTER TABLE "public"."li" ADD COLUMN "x" integer GENERATED ALWAYS AS (qty + 1) STORED
    ALTER TABLE "public"."li" ADD COLUMN "total" numeric GENERATED ALWAYS AS (qty * price) STORED
    COMMENT ON COLUMN "public"."li"."total" IS 'sum'
    CREATE INDEX "li_x" ON "public"."li" ("x")
    CREATE INDEX "li_t" ON "public"."li" ("total")
    "#);
}

#[test]
fn a_generated_column_goes_before_its_base() {
    let case = case(
        [table("li", [col("qty int"), col("price int"), generated("total int?", "qty * price")])
            .ix("li_t", "total", None)],
        [table("li", [col("qty int")])],
    )
    .allow(AllowCode::DropColumn, "li", "price", None, Some("9"));
    insta::assert_snapshot!(case.sql(), @r#"
    DROP INDEX CONCURRENTLY "public"."li_t"
    ALTER TABLE "public"."li" DROP COLUMN "total"
    ALTER TABLE "public"."li" ALTER COLUMN "price" DROP NOT NULL
    ALTER TABLE "public"."li" DROP COLUMN "price"
    -- down
    ALTER TABLE "public"."li" ADD COLUMN "price" integer
    UPDATE "public"."li" SET "price" = (9)
    UPDATE "public"."li" SET "price" = (9) WHERE "price" IS NULL
    ALTER TABLE "public"."li" ALTER COLUMN "price" SET NOT NULL
    ALTER TABLE "public"."li" ADD COLUMN "total" integer GENERATED ALWAYS AS (qty * price) STORED
    CREATE INDEX CONCURRENTLY "li_t" ON "public"."li" ("total")
    "#);
}

#[test]
fn identity_goes_on_after_the_highest_value() {
    let case = case(
        [table("i", [col("id bigint"), identity("j int", Identity::Always), identity("k int", Identity::Always)])
            .pk("i_pkey", "id")],
        [table(
            "i",
            [identity("id bigint", Identity::ByDefault), col("j int?"), identity("k bigint", Identity::ByDefault)],
        )
        .pk("i_pkey", "id")],
    );
    insta::assert_snapshot!(case.plain().sql(), @r#"
    ALTER TABLE "public"."i" ALTER COLUMN "j" DROP IDENTITY
    ALTER TABLE "public"."i" ALTER COLUMN "j" DROP NOT NULL
    ALTER TABLE "public"."i" ALTER COLUMN "k" TYPE bigint
    ALTER TABLE "public"."i" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY
    SELECT CASE WHEN max("id") >= (SELECT seqmax FROM pg_catalog.pg_sequence WHERE seqrelid = pg_get_serial_sequence('"public"."i"', 'id')::regclass) THEN setval(pg_get_serial_sequence('"public"."i"', 'id'), (SELECT seqmax FROM pg_catalog.pg_sequence WHERE seqrelid = pg_get_serial_sequence('"public"."i"', 'id')::regclass), true) ELSE setval(pg_get_serial_sequence('"public"."i"', 'id'), GREATEST(max("id") + 1, 1), false) END FROM "public"."i"
    ALTER TABLE "public"."i" ALTER COLUMN "k" SET GENERATED BY DEFAULT
    -- down
    ALTER TABLE "public"."i" ALTER COLUMN "k" SET GENERATED ALWAYS
    ALTER TABLE "public"."i" ALTER COLUMN "id" DROP IDENTITY
    ALTER TABLE "public"."i" ALTER COLUMN "k" TYPE integer
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM "public"."i" WHERE "j" IS NULL;
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = found || ' rows of table `i` hold NULL in `j`, which becomes NOT NULL: fill them first, or state a `backfill`';
        END IF;
    END
    $check$
    ALTER TABLE "public"."i" ALTER COLUMN "j" SET NOT NULL
    ALTER TABLE "public"."i" ALTER COLUMN "j" ADD GENERATED ALWAYS AS IDENTITY
    SELECT CASE WHEN max("j") >= (SELECT seqmax FROM pg_catalog.pg_sequence WHERE seqrelid = pg_get_serial_sequence('"public"."i"', 'j')::regclass) THEN setval(pg_get_serial_sequence('"public"."i"', 'j'), (SELECT seqmax FROM pg_catalog.pg_sequence WHERE seqrelid = pg_get_serial_sequence('"public"."i"', 'j')::regclass), true) ELSE setval(pg_get_serial_sequence('"public"."i"', 'j'), GREATEST(max("j") + 1, 1), false) END FROM "public"."i"
    "#);
}
