//! The files that are applied and reverted: of several statements, backfills, concurrent builds, validations, rewrites and views.

use schema_core::backfill::Backfill;
use schema_core::ir::{Column, Dialect, ObjectName, PrimaryKey, SqlType, Table};

/// Name, up, down.
pub(crate) type File = (&'static str, String, String);

/// Tables with rows, from before the first migration.
pub(crate) fn before(dialect: Dialect, rows: u32) -> String {
    let (text, numbers) = match dialect {
        Dialect::Postgres => ("text", format!("generate_series(1, {rows}) AS s (n)")),
        Dialect::Sqlite => (
            "text",
            format!(
                "(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {rows}) SELECT n FROM c)"
            ),
        ),
        _ => ("varchar(100)", format!("(SELECT seq AS n FROM seq_1_to_{rows}) s")),
    };
    let email = if dialect.is_mysql() { "CONCAT('Mail', n)" } else { "'Mail' || n" };
    format!(
        "CREATE TABLE customer (id bigint NOT NULL, email {text} NOT NULL, login {text}, CONSTRAINT customer_pkey PRIMARY KEY (id));\n\
         CREATE TABLE orders (id bigint NOT NULL, customer bigint NOT NULL, total integer NOT NULL, note {text}, \
         CONSTRAINT orders_pkey PRIMARY KEY (id));\n\
         INSERT INTO customer (id, email) SELECT n, {email} FROM {numbers};\n\
         INSERT INTO orders (id, customer, total, note) SELECT n, 1 + n % 100, n * 7 % 1000, {email} FROM {numbers};\n"
    )
}

pub(crate) fn files(dialect: Dialect) -> Vec<File> {
    let mut files = vec![several(dialect), fill(dialect)];
    match dialect {
        Dialect::Postgres => files.extend(of_postgres()),
        Dialect::Sqlite => files.extend(of_sqlite()),
        _ => files.extend(of_mariadb()),
    }
    files.push((
        "7_view",
        "CREATE VIEW spent AS SELECT customer, count(*) AS orders FROM orders GROUP BY customer;\n".to_owned(),
        "DROP VIEW spent;\n".to_owned(),
    ));
    files
}

fn several(dialect: Dialect) -> File {
    let (text, what) = match dialect.is_mysql() {
        true => ("varchar(100)", "CONCAT('order ', total)"),
        false => ("text", "'order ' || total"),
    };
    let up = format!(
        "ALTER TABLE orders ADD COLUMN state {text} NOT NULL DEFAULT 'new';\n\
         CREATE TABLE audit (id bigint NOT NULL, what {text} NOT NULL, CONSTRAINT audit_pkey PRIMARY KEY (id));\n\
         INSERT INTO audit SELECT id, {what} FROM orders WHERE id % 10 = 0;\n\
         ALTER TABLE orders RENAME COLUMN note TO remark;\n"
    );
    let down = "ALTER TABLE orders RENAME COLUMN remark TO note;\nDELETE FROM audit;\nDROP TABLE audit;\n\
                ALTER TABLE orders DROP COLUMN state;\n";
    ("1_several", up, down.to_owned())
}

/// In batches where the database can.
fn fill(dialect: Dialect) -> File {
    let name = match dialect {
        Dialect::Postgres => ObjectName::qualified("public", "customer"),
        _ => ObjectName::bare("customer"),
    };
    let mut table = Table::new(name);
    let types = [("id", "bigint"), ("email", "varchar(100)"), ("login", "varchar(100)")];
    table.columns = types.map(|(name, ty)| Column::new(name, SqlType::builtin(ty))).into();
    table.primary_key = Some(PrimaryKey::new("customer_pkey", vec!["id".to_owned()]));
    let text = |value: &str, condition: &str| match Backfill::new(dialect, &table, "login", value, condition) {
        Some(fill) => format!("-- no-transaction\n-- fill customer.login\n\n{};\n", fill.block()),
        None => format!("UPDATE customer SET login = {value} WHERE {condition};\n"),
    };
    ("2_fill", text("lower(email)", "login IS NULL"), text("NULL", "login IS NOT NULL"))
}

fn of_postgres() -> Vec<File> {
    let key = "ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES customer (id) NOT VALID;\n";
    let no_key = "ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey;\n";
    vec![
        (
            "3_unique",
            "-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY customer_email_key ON public.customer (email);\n"
                .to_owned(),
            "-- no-transaction\nDROP INDEX CONCURRENTLY public.customer_email_key;\n".to_owned(),
        ),
        ("4_key", key.to_owned(), no_key.to_owned()),
        (
            "5_validate",
            "ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fkey;\n".to_owned(),
            format!("{no_key}{key}"),
        ),
        (
            "6_rewrite",
            "ALTER TABLE orders ALTER COLUMN total TYPE bigint;\n".to_owned(),
            "ALTER TABLE orders ALTER COLUMN total TYPE integer;\n".to_owned(),
        ),
        (
            "8_index",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY orders_total_idx ON public.orders (total);\n".to_owned(),
            "-- no-transaction\nDROP INDEX CONCURRENTLY public.orders_total_idx;\n".to_owned(),
        ),
    ]
}

fn of_mariadb() -> Vec<File> {
    vec![
        (
            "3_unique",
            "CREATE UNIQUE INDEX customer_email_key ON customer (email);\n".to_owned(),
            "DROP INDEX customer_email_key ON customer;\n".to_owned(),
        ),
        (
            "4_key",
            "CREATE INDEX orders_customer_fkey ON orders (customer);\n\
             ALTER TABLE orders ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES customer (id);\n"
                .to_owned(),
            "ALTER TABLE orders DROP FOREIGN KEY orders_customer_fkey;\nDROP INDEX orders_customer_fkey ON orders;\n"
                .to_owned(),
        ),
        (
            "5_check",
            "ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0);\n".to_owned(),
            "ALTER TABLE orders DROP CONSTRAINT orders_total_check;\n".to_owned(),
        ),
        (
            "6_rewrite",
            "ALTER TABLE orders MODIFY COLUMN total bigint NOT NULL;\n".to_owned(),
            "ALTER TABLE orders MODIFY COLUMN total integer NOT NULL;\n".to_owned(),
        ),
        (
            "8_index",
            "CREATE INDEX orders_total_idx ON orders (total);\n".to_owned(),
            "DROP INDEX orders_total_idx ON orders;\n".to_owned(),
        ),
    ]
}

fn of_sqlite() -> Vec<File> {
    let rebuild = |customer: &str| {
        format!(
            "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\n\
             CREATE TABLE orders_new (id bigint NOT NULL, customer bigint NOT NULL{customer}, total integer NOT NULL, remark text, \
             state text NOT NULL DEFAULT 'new', CONSTRAINT orders_pkey PRIMARY KEY (id));\n\
             INSERT INTO orders_new (id, customer, total, remark, state) SELECT id, customer, total, remark, state FROM orders;\n\
             DROP TABLE orders;\nALTER TABLE orders_new RENAME TO orders;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n"
        )
    };
    vec![
        (
            "3_unique",
            "CREATE UNIQUE INDEX customer_email_key ON customer (email);\n".to_owned(),
            "DROP INDEX customer_email_key;\n".to_owned(),
        ),
        ("4_rebuild", rebuild(" CONSTRAINT orders_customer_fkey REFERENCES customer (id)"), rebuild("")),
        (
            "8_index",
            "CREATE INDEX orders_total_idx ON orders (total);\n".to_owned(),
            "DROP INDEX orders_total_idx;\n".to_owned(),
        ),
    ]
}
