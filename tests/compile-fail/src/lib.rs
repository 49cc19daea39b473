//! Holds a test alone: what the compiler says of structs that are wrong.
#![forbid(unsafe_code)]
