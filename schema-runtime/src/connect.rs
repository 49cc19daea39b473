//! Opening connections with stated limits.
