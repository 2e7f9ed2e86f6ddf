//! Exchanges while they run. The thread that writes the log tells the [`Hub`] what it takes
//! from its queue, so an exchange does nothing more for being looked at, but that its notes
//! come sooner while somebody is.
//!
//! [`Watch`] hears how summaries change, [`Follow`] what one exchange receives and sends.
//! An exchange whose log is off makes no notes, and is not seen here either.

mod follow;
mod hub;
mod watch;

pub use follow::{Follow, Followed, Side, frames};
pub use hub::{Hub, Known};
pub use watch::Watch;

#[cfg(test)]
mod tests;
