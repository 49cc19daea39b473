-- validate check germination_is_a_percentage of lot (PostgreSQL)
-- Reversible: yes
-- Data: refused while a row of `lot` violates `germination_is_a_percentage`
-- H24: ADD CHECK (cargo schema explain H24)

-- validate check germination_is_a_percentage of lot
DO $check$
DECLARE
    found bigint;
    samples text;
BEGIN
    ALTER TABLE "public"."lot" VALIDATE CONSTRAINT "germination_is_a_percentage";
EXCEPTION WHEN check_violation THEN
    SELECT count(*) INTO found FROM "public"."lot" AS violating WHERE NOT (germination BETWEEN 0 AND 100);
    SELECT string_agg(key, '; ') INTO samples
    FROM (SELECT concat_ws(', ', violating."id") AS key FROM "public"."lot" AS violating WHERE NOT (germination BETWEEN 0 AND 100) LIMIT 3) AS rows;
    RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = found || ' rows of table `lot` violate `germination_is_a_percentage`, such as ' || coalesce(samples, '');
END
$check$;
