//! What a log tells, as values for programs.

mod summary;

pub use summary::{Gathering, State, Summary, Tokens};
