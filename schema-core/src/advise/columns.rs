//! Advice on columns and keys.

use super::{Advice, Subject};
use crate::ir::{Column, Dialect, SqlType};
use crate::stats::{grouped, rewrite_time};

/// From where on the work on a table as a whole takes hours.
const LARGE: u64 = 50_000_000_000;

impl Subject<'_> {
    pub(super) fn of_columns(&self) -> Vec<Advice> {
        let mut found: Vec<Advice> = self.no_primary_key().into_iter().collect();
        match self.schema.dialect {
            Dialect::Postgres => {
                found.extend(self.narrow_key());
                found.extend(self.table.columns.iter().filter_map(|column| self.of_type(column)));
                found.extend(self.large_table());
            }
            Dialect::MariaDb | Dialect::MySql => {
                found.extend(self.narrow_key());
                found.extend(self.table.columns.iter().filter_map(|column| self.local_time(column)));
            }
            Dialect::Sqlite => {}
        }
        found
    }

    /// A partition has its parent's.
    fn no_primary_key(&self) -> Option<Advice> {
        let table = self.table;
        let lacks = table.primary_key.is_none() && table.partition_of.is_none();
        lacks.then(|| {
            let remedy = "`#[column(primary_key)]` on a field, or `#[table(primary_key(a, b))]`";
            self.say("no_primary_key", None, "no column or columns identify a row", remedy)
        })
    }

    fn narrow_key(&self) -> Option<Advice> {
        let [name] = self.table.primary_key.as_ref()?.columns.as_slice() else { return None };
        let column = self.table.column(name)?;
        let (last, ty, wide) = match type_text(column)? {
            "tinyint" => (u128::from(i8::MAX.unsigned_abs()), "i8", "i64"),
            "tinyint unsigned" => (u128::from(u8::MAX), "u8", "u64"),
            "smallint" => (u128::from(i16::MAX.unsigned_abs()), "i16", "i64"),
            "smallint unsigned" => (u128::from(u16::MAX), "u16", "u64"),
            "mediumint" => (8_388_607, "i32", "i64"),
            "mediumint unsigned" => (16_777_215, "u32", "u64"),
            "integer" | "int" => (u128::from(i32::MAX.unsigned_abs()), "i32", "i64"),
            "int unsigned" => (u128::from(u32::MAX), "u32", "u64"),
            _ => return None,
        };
        // There the draft copies the table, and those that refer to it.
        let how = if self.schema.dialect.is_mysql() {
            "the draft copies the tables while writes wait"
        } else {
            "the draft widens them while the table is in use"
        };
        let is_numbered = column.identity.is_some()
            || column
                .default
                .as_deref()
                .is_some_and(|text| text.trim_start().to_ascii_lowercase().starts_with("nextval("));
        let reached = self.stats.map_or_else(String::new, |stats| {
            let share = |number: u64| u128::from(number) * 100 / last;
            match stats.numbered {
                Some(number) => format!("; its sequence is at {}, {} % of that", grouped(number), share(number)),
                None => {
                    format!(
                        "; the rows there are make {} % of that, those that were deleted not counted",
                        share(stats.rows)
                    )
                }
            }
        });
        is_numbered.then(|| {
            let evidence = format!("`{name}` is numbered and ends at {last}{reached}");
            let remedy = format!("`{wide}` in the place of `{ty}`, with the columns that refer to it: {how}");
            self.say("narrow_key", Some(name), evidence, remedy)
        })
    }

    /// The type of MariaDB and MySQL that names a moment ends in 2038, or in 2106 from MariaDB 11.5 on.
    fn local_time(&self, column: &Column) -> Option<Advice> {
        let ty = type_text(column).filter(|ty| ty.starts_with("datetime"))?;
        let evidence = format!("`{}` is of type `{ty}`", column.name);
        let remedy = "`DateTime<Utc>` or `OffsetDateTime`, which are `timestamp`, where no moment after 2038 is stored";
        Some(self.say("local_time", Some(&column.name), evidence, remedy))
    }

    fn of_type(&self, column: &Column) -> Option<Advice> {
        let (name, ty) = (column.name.as_str(), type_text(column)?);
        let evidence = format!("`{name}` is of type `{ty}`");
        match ty.split(['(', ' ']).next()? {
            "json" => Some(self.say("json_text", Some(name), evidence, "`#[column(type = \"jsonb\")]`")),
            "timestamp" if !ty.ends_with("with time zone") => {
                let remedy = "`DateTime<Utc>` or `OffsetDateTime`, which are `timestamp with time zone`";
                Some(self.say("local_time", Some(name), evidence, remedy))
            }
            "character" | "char" | "bpchar"
                if !ty.starts_with("character varying") && !ty.starts_with("char varying") =>
            {
                let length = ty.split(['(', ')']).nth(1).unwrap_or("1");
                let remedy = format!("a `String` with `#[column(check = \"char_length({name}) = {length}\")]`");
                Some(self.say("padded_text", Some(name), evidence, remedy))
            }
            _ => None,
        }
    }

    fn large_table(&self) -> Option<Advice> {
        let stats = self.stats.filter(|stats| stats.bytes >= LARGE)?;
        let is_whole = self.table.partition_by.is_none() && self.table.partition_of.is_none();
        let is_moment = |column: &&Column| {
            !column.nullable && type_text(column).is_some_and(|ty| ty.starts_with("timestamp") || ty == "date")
        };
        let key = self.table.columns.iter().find(is_moment).filter(|_| is_whole)?;
        let keys = self
            .table
            .primary_key
            .iter()
            .map(|key| &key.columns)
            .chain(self.table.uniques.iter().map(|it| &it.columns));
        let lacking = keys.filter(|columns| !columns.contains(&key.name)).count();
        let price = if lacking == 0 {
            String::new()
        } else {
            format!("; {lacking} of its keys would have to hold `{}` too", key.name)
        };
        let evidence = format!(
            "{} rows in {} GB, and `{}` orders them in time{price}",
            stats.rows,
            stats.bytes / 1_000_000_000,
            key.name
        );
        let time = self.export.and_then(|export| rewrite_time(export, &stats));
        let cost = time.map_or_else(
            || "nobody reads or writes it meanwhile".to_owned(),
            |time| format!("nobody reads or writes it meanwhile, for {time}"),
        );
        let remedy = format!(
            "`#[table(partition_by(range({})))]`: the draft makes the table anew, in one transaction: {cost}",
            key.name
        );
        Some(self.say("large_table", Some(&key.name), evidence, remedy))
    }
}

fn type_text(column: &Column) -> Option<&str> {
    match &column.ty {
        SqlType::Builtin(text) => Some(text),
        SqlType::Named(_) | SqlType::Array(_) => None,
    }
}
