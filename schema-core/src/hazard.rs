//! The catalogue of dangerous operations (HAZARDS.md).
