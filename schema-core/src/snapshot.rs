//! The checked-in base: `schema/snapshot.json` and one file per object.
