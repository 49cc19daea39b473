//! The build step: base, draft, sealed.
