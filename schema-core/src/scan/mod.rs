//! Finds the declarations of a crate and lowers them to a model.
