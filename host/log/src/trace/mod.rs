//! What a log tells, as values for programs: [`Summary`] in one line, [`Trace`] in full. As
//! JSON they are the schema of `docs/trace.md`.

mod delivery;
mod difference;
mod exchange;
mod har;
mod read;
mod summary;

pub use delivery::{Frame, frames};
pub use difference::{Change as JsonChange, Difference, differences};
pub use exchange::*;
pub use har::har;
pub use summary::{Gathering, State, Summary, Tokens};
