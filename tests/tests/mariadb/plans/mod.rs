//! What the planner writes for MariaDB, on a real server with rows in the tables.

mod columns;
mod harness;
mod keys;
mod objects;
mod storage;
mod tables;
