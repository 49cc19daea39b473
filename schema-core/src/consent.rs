//! What the source must allow, and what it allows in vain.
