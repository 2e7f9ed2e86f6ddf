//! Pure decisions: which deployment next, and what a failure means.

pub mod failure;
pub use failure::*;
