-- A column of every declared type that SQLite's rules of affinity tell apart, and names that Rust takes amiss.
CREATE TABLE every_type (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    boolean BOOLEAN NOT NULL, bool BOOL, integer INTEGER, unsigned UNSIGNED BIG INT, real REAL, double DOUBLE PRECISION,
    numeric NUMERIC, decimal DECIMAL(10, 5), text TEXT NOT NULL, varchar VARCHAR(255), clob CLOB, blob BLOB, none,
    datetime DATETIME, timestamp TIMESTAMP, date DATE, time TIME, other SOMETHING
);
CREATE TABLE strict_one (any ANY, int INT, blob BLOB NOT NULL) STRICT;
CREATE TABLE option (self INTEGER PRIMARY KEY, super TEXT UNIQUE, type TEXT, "1st place!" TEXT, "unique" TEXT);
CREATE TABLE keyed (a TEXT, b INTEGER REFERENCES option (self) ON DELETE SET NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE INDEX keyed_b ON keyed (b DESC) WHERE a <> '';
CREATE VIEW names AS SELECT a FROM keyed;
CREATE TRIGGER touched AFTER UPDATE ON keyed BEGIN UPDATE option SET type = new.a; END;
CREATE VIRTUAL TABLE search USING fts5(body);
