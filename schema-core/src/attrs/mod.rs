//! Attributes: syn in, declarations out.
