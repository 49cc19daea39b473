//! What MariaDB and MySQL can't do, or do otherwise than is said.

use std::collections::BTreeSet;

use super::{Rules, column, part};
use crate::dialect::mysql::lowered;
use crate::ir::{
    Column, Dialect, ForeignKey, Identity, Index, IndexKey, IndexTarget, ReferentialAction, SqlType, Table,
};
use crate::model::Path;

/// The longest key of InnoDB, in bytes, with the row formats DYNAMIC and COMPRESSED.
const KEY_BYTES: u64 = 3072;

const LEAVE_OUT: &str = "leave it out";

impl Rules<'_> {
    pub(super) fn mysql(&mut self) {
        if !self.dialect().is_mysql() {
            return;
        }
        self.types_of_their_own();
        let tables = lowered(&self.model.schema);
        for table in self.model.schema.tables.values() {
            self.table_options(table);
            table.columns.iter().for_each(|on| self.column_options(table, on));
            self.auto_increment(table);
            self.constraint_options(table);
            table.foreign_keys.iter().for_each(|key| self.foreign_key_options(table, key));
            table.indexes.iter().for_each(|index| self.index_options(table, index));
            if let Some(lowered) = tables.get(&table.name) {
                self.key_lengths(table, lowered);
                self.servers_own(table, lowered);
                for key in &table.foreign_keys {
                    if let Some(parent) = tables.get(&key.references) {
                        self.character_sets(lowered, key, parent);
                    }
                }
            }
        }
        self.foreign_key_names();
    }

    /// What the database has nothing like.
    fn no_such(&mut self, at: &Path, what: &str) {
        let message = format!("{what}: {} has nothing like it", self.dialect());
        self.error(at, message, &[LEAVE_OUT]);
    }

    fn types_of_their_own(&mut self) {
        let schema = &self.model.schema;
        let domains = schema.domains.keys().map(|name| (Path::Domain(name.clone()), format!("domain `{name}`")));
        let composites =
            schema.composites.keys().map(|name| (Path::Composite(name.clone()), format!("composite type `{name}`")));
        let sequences =
            schema.sequences.keys().map(|name| (Path::Sequence(name.clone()), format!("sequence `{name}`")));
        let found: Vec<(Path, String)> = domains.chain(composites).chain(sequences).collect();
        for (at, what) in found {
            self.no_such(&at, &what);
        }
    }

    fn table_options(&mut self, table: &Table) {
        let said = [
            (table.without_rowid, "`without_rowid`"),
            (table.unlogged, "`unlogged`"),
            (!table.inherits.is_empty(), "`inherits`"),
            (table.partition_by.is_some(), "`partition_by`, which makes tables of partitions"),
            (table.partition_of.is_some(), "`partition_of`, which makes tables of partitions"),
            (table.row_security || table.force_row_security, "row security"),
            (table.replica_identity.is_some(), "a replica identity"),
            (!table.exclusions.is_empty(), "an exclusion constraint"),
        ];
        for (_, what) in said.into_iter().filter(|(is_said, _)| *is_said) {
            self.no_such(&Path::Table(table.name.clone()), &format!("table `{}`: {what}", table.name));
        }
        self.storage(table);
        self.collation(
            &Path::Table(table.name.clone()),
            &format!("table `{}`", table.name),
            table.collation.as_deref(),
        );
    }

    /// A collation's name begins with its character set. MariaDB's names without one stand for another in each place.
    fn collation(&mut self, at: &Path, named: &str, collation: Option<&str>) {
        let Some(collation) = collation else { return };
        if collation.starts_with("uca1400") {
            let message = format!("{named}: `{collation}` is a different collation in each character set");
            self.error(at, message, &[&format!("write its full name: `utf8mb4_{collation}`")]);
        } else if collation != "binary" && !collation.contains('_') {
            let message = format!("{named}: {} has no collation `{collation}`", self.dialect());
            self.error(at, message, &["write one that begins with its character set, such as `utf8mb4_bin`"]);
        }
    }

    /// Other engines than the server's own take options of their own.
    fn storage(&mut self, table: &Table) {
        let engine = table.storage.get("engine").map_or("innodb", String::as_str).to_ascii_lowercase();
        if !["innodb", "aria", "myisam"].contains(&engine.as_str()) {
            return;
        }
        let known = storage_options(self.model.schema.dialect);
        let unknown = table.storage.keys().filter(|name| !known.contains(&name.to_ascii_lowercase().as_str()));
        let unknown: Vec<String> = unknown.map(|name| format!("`{name}`")).collect();
        if !unknown.is_empty() {
            let (message, known) = (unknown.join(", "), known.join(", "));
            let message = format!("table `{}`: {} has no table option {message}", table.name, self.dialect());
            self.error(&Path::Table(table.name.clone()), message, &[&format!("it knows {known}")]);
        }
    }

    fn column_options(&mut self, table: &Table, on: &Column) {
        let at = column(table, &on.name);
        let named = format!("table `{}`: column `{}`", table.name, on.name);
        let said = [
            (on.storage.is_some(), "`storage`"),
            (on.compression.is_some(), "`compression`"),
            (on.statistics.is_some(), "`statistics`"),
            (!on.identity_options.is_default(), "options of an identity"),
        ];
        for (_, what) in said.into_iter().filter(|(is_said, _)| *is_said) {
            self.no_such(&at, &format!("{named}: {what}"));
        }
        if on.identity == Some(Identity::Always) {
            let message = format!("{named}: AUTO_INCREMENT can't refuse given values as `identity = always` does");
            self.error(&at, message, &["write `identity`"]);
        }
        let has_text = crate::dialect::mysql::is_text(&on.ty) || matches!(on.ty, SqlType::Named(_));
        if (on.charset.is_some() || on.collation.is_some()) && !has_text {
            let message = format!("{named}: values of type `{}` have no character set", on.ty);
            self.error(&at, message, &["leave `charset` and `collate` out"]);
        }
        if let (Some(charset), Some(collation)) = (&on.charset, &on.collation)
            && !fits(charset, collation)
        {
            let message = format!("{named}: the collation `{collation}` is none of the character set `{charset}`");
            self.error(&at, message, &["state the one that is meant: `collate` alone says both"]);
        }
        self.collation(&at, &named, on.collation.as_deref());
        if on.on_update.is_some() && !is_time(&on.ty) {
            let message =
                format!("{named}: `on_update` is for `datetime` and `timestamp`, and its type is `{}`", on.ty);
            self.error(&at, message, &[LEAVE_OUT]);
        }
    }

    /// The server takes one such column, at the begin of a key.
    fn auto_increment(&mut self, table: &Table) {
        let identities: Vec<&Column> = table.columns.iter().filter(|on| on.identity.is_some()).collect();
        for on in identities.iter().skip(1) {
            let message = format!("table `{}`: column `{}` is a second identity", table.name, on.name);
            self.error(&column(table, &on.name), message, &["a table numbers one column"]);
        }
        let keys = table.primary_key.iter().map(|key| key.columns.first());
        let keys = keys.chain(table.uniques.iter().map(|unique| unique.columns.first()));
        let mut firsts: BTreeSet<&String> = keys.flatten().collect();
        firsts.extend(table.indexes.iter().filter_map(|index| index.keys.first()?.of_column()));
        for on in identities.iter().filter(|on| !firsts.contains(&on.name)) {
            let message = format!("table `{}`: no key begins with the identity column `{}`", table.name, on.name);
            self.error(&column(table, &on.name), message, &["make it the primary key", "or give it an index"]);
        }
    }

    fn constraint_options(&mut self, table: &Table) {
        let mut found: Vec<(&String, &str)> = Vec::new();
        if let Some(key) = &table.primary_key {
            found.extend((!key.include.is_empty()).then_some((&key.name, "`include`")));
            found.extend(key.deferrable.map(|_| (&key.name, "`deferrable`")));
        }
        for unique in &table.uniques {
            found.extend((!unique.include.is_empty()).then_some((&unique.name, "`include`")));
            found.extend(unique.deferrable.map(|_| (&unique.name, "`deferrable`")));
            found.extend(unique.nulls_not_distinct.then_some((&unique.name, "`nulls_not_distinct`")));
        }
        for check in &table.checks {
            found.extend(check.no_inherit.then_some((&check.name, "`no_inherit`")));
            found.extend(check.not_valid.then_some((&check.name, "`not_valid`")));
            let unenforced = check.not_enforced && self.dialect() == Dialect::MariaDb;
            found.extend(unenforced.then_some((&check.name, "`not_enforced`")));
        }
        let found: Vec<(String, &str)> = found.into_iter().map(|(name, what)| (name.clone(), what)).collect();
        for (name, what) in found {
            self.no_such(&part(table, &name), &format!("table `{}`: {what} of `{name}`", table.name));
        }
    }

    fn foreign_key_options(&mut self, table: &Table, key: &ForeignKey) {
        let said = [
            (key.match_full, "`match_full`"),
            (key.deferrable.is_some(), "`deferrable`"),
            (!key.set_columns.is_empty(), "a list of columns to set"),
            (key.not_valid, "`not_valid`"),
            (key.not_enforced, "`not_enforced`"),
            (
                [key.on_delete, key.on_update].contains(&ReferentialAction::SetDefault),
                "`set_default`, which InnoDB refuses",
            ),
        ];
        for (_, what) in said.into_iter().filter(|(is_said, _)| *is_said) {
            self.no_such(&part(table, &key.name), &format!("table `{}`: {what} of `{}`", table.name, key.name));
        }
    }

    fn index_options(&mut self, table: &Table, index: &Index) {
        let at = part(table, &index.name);
        let named = format!("table `{}`: index `{}`", table.name, index.name);
        let any = |has: fn(&IndexKey) -> bool| index.keys.iter().any(has);
        let said = [
            (!index.include.is_empty(), "`include`"),
            (index.nulls_not_distinct, "`nulls_not_distinct`"),
            (index.predicate.is_some(), "`where`"),
            (any(|key| key.opclass.is_some()), "`opclass`"),
            (any(|key| key.collation.is_some()), "a collation of its own"),
            (any(|key| key.nulls.is_some()), "`nulls_first` or `nulls_last`"),
        ];
        for (_, what) in said.into_iter().filter(|(is_said, _)| *is_said) {
            self.no_such(&at, &format!("{named}: {what}"));
        }
        if any(|key| matches!(key.target, IndexTarget::Expression(_))) && self.dialect() == Dialect::MariaDb {
            let help = "give the expression a column, `#[column(generated = \"..\")]`, and index that";
            self.error(&at, format!("{named}: MariaDB indexes columns, not expressions"), &[help]);
        }
        match index.method.as_deref() {
            None | Some("btree" | "fulltext" | "spatial") => {}
            Some("hash") if !is_innodb(table) => {}
            Some("hash") => {
                self.error(&at, format!("{named}: InnoDB makes a b-tree of a hash index"), &["leave `using` out"]);
            }
            Some(other) => {
                let message = format!("{named}: {} has no index method `{other}`", self.dialect());
                self.error(&at, message, &["use `btree`, `fulltext` or `spatial`"]);
            }
        }
        if index.method.as_deref() == Some("spatial") {
            for on in index.keys.iter().filter_map(IndexKey::of_column).filter_map(|name| table.column(name)) {
                if on.nullable {
                    let message = format!("{named}: column `{}` of a spatial index is nullable", on.name);
                    self.error(&at, message, &["make the field's type `T` instead of `Option<T>`"]);
                }
            }
        }
    }

    /// A text needs a prefix to be a key, and a key has an end (BUGS.md B56).
    fn key_lengths(&mut self, table: &Table, lowered: &Table) {
        let whole = |columns: &[String]| columns.iter().map(IndexKey::column).collect::<Vec<_>>();
        let mut keys: Vec<(String, Vec<IndexKey>)> =
            table.primary_key.iter().map(|key| (key.name.clone(), whole(&key.columns))).collect();
        keys.extend(lowered.uniques.iter().map(|unique| (unique.name.clone(), whole(&unique.columns))));
        let ordered = lowered.indexes.iter().filter(|index| !is_special(index));
        keys.extend(ordered.map(|index| (index.name.clone(), index.keys.clone())));
        for (name, keys) in keys {
            let columns = keys.iter().filter_map(|key| Some((key, lowered.column(key.of_column()?)?)));
            let mut bytes = 0;
            for (key, on) in columns {
                if is_large(&on.ty) && key.prefix.is_none() {
                    let message = format!(
                        "table `{}`: key `{name}` is over column `{}` of type `{}`, of which only a prefix can be a key",
                        table.name, on.name, on.ty
                    );
                    let help = [
                        "state one: `index(column prefix = 100)`",
                        "or another type: `#[column(type = \"varchar(255)\")]`",
                    ];
                    self.error(&part(table, &name), message, &help);
                }
                bytes += length(key, on);
            }
            if bytes > KEY_BYTES && is_innodb(table) {
                let message = format!(
                    "table `{}`: key `{name}` has up to {bytes} bytes, and InnoDB takes {KEY_BYTES}",
                    table.name
                );
                let help = ["index a prefix: `index(column prefix = 100)`", "or shorten the column"];
                self.error(&part(table, &name), message, &help);
            }
        }
    }

    /// The server refuses a foreign key between texts of two character sets or collations (BUGS.md B52).
    fn character_sets(&mut self, table: &Table, key: &ForeignKey, parent: &Table) {
        for (own, other) in key.columns.iter().zip(&key.referenced_columns) {
            let (Some(own), Some(other)) = (table.column(own), parent.column(other)) else { continue };
            let of = |on: &Column| (on.charset.clone(), on.collation.clone());
            if of(own) == of(other) {
                continue;
            }
            let said = |on: &Column| match (&on.charset, &on.collation) {
                (_, Some(collation)) => format!("`{collation}`"),
                (Some(charset), None) => format!("`{charset}`"),
                (None, None) => "the database's default".to_owned(),
            };
            let message = format!(
                "table `{}`: foreign key `{}` pairs column `{}` in {} with `{}` of `{}` in {}",
                table.name,
                key.name,
                own.name,
                said(own),
                other.name,
                parent.name,
                said(other)
            );
            self.error(&part(table, &key.name), message, &["give both columns the same character set and collation"]);
        }
    }

    /// A foreign key's name is the whole database's.
    fn foreign_key_names(&mut self) {
        let mut seen = std::collections::BTreeMap::new();
        for table in self.model.schema.tables.values() {
            for key in &table.foreign_keys {
                if let Some(first) = seen.insert(key.name.to_ascii_lowercase(), &table.name) {
                    if *first == table.name {
                        continue;
                    }
                    let message = format!(
                        "table `{}`: foreign key `{}` has the name of one of `{first}`, and a database has each once",
                        table.name, key.name
                    );
                    self.error(&part(table, &key.name), message, &["choose another `name = \"..\"`"]);
                }
            }
        }
    }
}

fn fits(charset: &str, collation: &str) -> bool {
    collation == charset
        || collation.strip_prefix(charset).is_some_and(|rest| rest.starts_with('_'))
        || charset == "utf8"
}

fn is_time(ty: &SqlType) -> bool {
    let text = ty.to_string();
    text.starts_with("datetime") || text.starts_with("timestamp")
}

fn is_innodb(table: &Table) -> bool {
    table.storage.get("engine").is_none_or(|engine| engine.eq_ignore_ascii_case("innodb"))
}

fn is_special(index: &Index) -> bool {
    matches!(index.method.as_deref(), Some("fulltext" | "spatial"))
}

fn is_large(ty: &SqlType) -> bool {
    let text = ty.to_string();
    (text.ends_with("text") || text.ends_with("blob")) && !text.contains('(') || text == "json"
}

/// Bytes of a key's value at most, a few more or less for what has no length of its own.
fn length(key: &IndexKey, on: &Column) -> u64 {
    let text = on.ty.to_string();
    let (base, inner) = text.split_once('(').unwrap_or((&text, ""));
    let stated = inner.split([',', ')']).next().and_then(|number| number.parse::<u64>().ok());
    let characters = key.prefix.map(u64::from).or(stated);
    let width = match on.charset.as_deref() {
        Some("latin1" | "ascii" | "binary") => 1,
        Some("utf8" | "utf8mb3") => 3,
        _ => 4,
    };
    match base {
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" => characters.unwrap_or(0) * width,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => characters.unwrap_or(0),
        _ => 8,
    }
}

/// Options of a table, but those that have an attribute of their own (MariaDB Knowledge Base, "CREATE TABLE"; MySQL manual,
/// section 15.1.20).
fn storage_options(dialect: Dialect) -> Vec<&'static str> {
    const BOTH: &str = "engine row_format key_block_size stats_persistent stats_auto_recalc stats_sample_pages checksum \
        delay_key_write min_rows max_rows avg_row_length pack_keys";
    const MARIADB: &str =
        "encrypted encryption_key_id page_checksum page_compressed page_compression_level transactional";
    const MYSQL: &str = "autoextend_size compression encryption engine_attribute secondary_engine tablespace";
    let own = if dialect == Dialect::MySql { MYSQL } else { MARIADB };
    BOTH.split_whitespace().chain(own.split_whitespace()).collect()
}
