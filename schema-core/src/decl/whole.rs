//! A sequence's options with those that are not given: what the scan remembers names no fields, so none may be left out.

use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

use crate::ir::SequenceOptions;

type Whole = ([Option<i64>; 5], bool);

pub(super) fn serialize<S: Serializer>(options: &SequenceOptions, serializer: S) -> Result<S::Ok, S::Error> {
    let SequenceOptions { start, increment, min, max, cache, cycle } = *options;
    ([start, increment, min, max, cache], cycle).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SequenceOptions, D::Error> {
    let ([start, increment, min, max, cache], cycle) = Whole::deserialize(deserializer)?;
    Ok(SequenceOptions { start, increment, min, max, cache, cycle })
}
