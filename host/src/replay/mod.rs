//! A logged exchange once more, without a network: the client's request and the backend's
//! answers come from the log, everything between them is the proxy itself.
//!
//! [`Recording`] is what a log holds of both sides, [`Setup`] the configuration to run it
//! in, [`player`] the backend, [`Outcome`] what came out, of the log and of the replay alike.
//! [`request`] and [`curl`] are for sending the request to a real backend again.

pub mod again;
pub mod curl;
mod diff;
pub mod fixture;
mod outcome;
mod player;
mod recording;
pub mod request;
mod run;
mod setup;
#[cfg(test)]
mod tests;

pub use again::{Again, Changes};
pub use diff::{Change, changes, diff};
pub use outcome::{Answer, Outcome};
pub use recording::{Incomplete, Recording, Try};
pub use run::{Pacing, Replayed, replay};
pub use setup::{Chosen, Setup};
