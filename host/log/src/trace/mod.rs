//! What a log tells, as values for programs: [`Summary`] in one line, [`Trace`] in full. As
//! JSON they are the schema of `docs/trace.md`.

mod delivery;
mod exchange;
mod read;
mod summary;

pub use delivery::{Frame, frames};
pub use exchange::*;
pub use summary::{Gathering, State, Summary, Tokens};
