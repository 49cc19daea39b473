//! sqlx's migration files: names, pairs, checksums.
