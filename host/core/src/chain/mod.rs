//! The chain: stages in order, for one attempt.

mod stage;

pub use stage::*;
