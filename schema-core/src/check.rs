//! Rules that hold within one schema: references, duplicates, what the dialect can do.
