-- A column of every type that a pull has a Rust type for, and names that Rust takes amiss.
CREATE EXTENSION citext;
CREATE EXTENSION cube;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;

CREATE TABLE every_type (
    boolean boolean, "char" "char", smallint smallint, integer integer, bigint bigint, real real,
    double_precision double precision, numeric numeric(10, 2), text text, varchar varchar(9), character character(3),
    bpchar bpchar, name name, citext citext, bytea bytea, timestamptz timestamptz(3), timestamp timestamp, date date,
    time time, timetz timetz, interval interval day to second, uuid uuid, jsonb jsonb, json json, inet inet, cidr cidr,
    macaddr macaddr, varbit bit varying, bit bit(3), oid oid, money money, ltree ltree, lquery lquery, cube cube,
    hstore hstore, point point, line line, lseg lseg, box box, path path, polygon polygon, circle circle,
    int4range int4range, int8range int8range, numrange numrange, daterange daterange, tsrange tsrange,
    tstzrange tstzrange, tsvector tsvector, xml xml, int4multirange int4multirange
);

CREATE TABLE every_array (
    boolean boolean[] NOT NULL, "char" "char"[], smallint smallint[], numeric numeric(4)[], text text[], varchar varchar(9)[],
    citext citext[], bytea bytea[], timestamptz timestamptz[], interval interval[], uuid uuid[], jsonb jsonb[],
    inet inet[], macaddr macaddr[], bit bit(3)[], oid oid[], money money[], ltree ltree[], point point[],
    int4range int4range[], tstzrange tstzrange[], tsvector tsvector[], matrix integer[][]
);

CREATE DOMAIN option AS text CHECK (VALUE <> '');
CREATE DOMAIN words AS text[];
CREATE DOMAIN tokens AS tsvector;
CREATE DOMAIN money_of_day AS numeric(10, 2) DEFAULT 0 NOT NULL;
CREATE TYPE "self" AS ENUM ('self', 'Self', '', '1st', 'a-b', 'a b', 'type', 'имя');
CREATE TYPE vec AS (type text, "Type" option, at timestamptz, moods "self"[], "1st" money_of_day, bits bit(3), doc jsonb);
CREATE TYPE outer_type AS (inner_type vec, inner_types vec[]);

CREATE TABLE string (
    self integer PRIMARY KEY,
    "Self" text UNIQUE,
    type "self" NOT NULL DEFAULT 'self',
    types "self"[],
    option option,
    options option[],
    words words,
    tokens tokens,
    vec vec,
    vecs vec[],
    outer_type outer_type,
    "1st place!" integer,
    "имя" text,
    "unique" text,
    expr text,
    match integer REFERENCES string (self)
);
CREATE INDEX ON string ("unique", expr, match);
CREATE TABLE no_columns ();
CREATE TABLE types (id integer PRIMARY KEY);
CREATE TABLE table_row (id integer REFERENCES types);
CREATE TABLE "table" (id integer);
CREATE TABLE date_time (id integer, at timestamptz, day date);

CREATE SCHEMA match;
CREATE SCHEMA idle;
CREATE TYPE match.vec AS ENUM ('a');
CREATE TABLE match.string (id integer PRIMARY KEY, vec match.vec, other vec, up integer REFERENCES public.string);
CREATE TABLE match.self (id integer REFERENCES match.string);
ALTER TABLE public.types ADD COLUMN string integer REFERENCES match.string;
