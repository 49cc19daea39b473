//! What the derives implement.
