//! Old migrations folded into one baseline, proven equal.
