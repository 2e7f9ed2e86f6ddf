//! Pure decisions: which deployment next, and what a failure means. No I/O, no clock:
//! `now` comes in from outside.
//!
//! [`Router`] makes a [`Plan`] for one request; the exchange asks the plan for one
//! [`Step`] after the other and reports to the router how each try ended.

mod balance;
mod classify;
mod cooldown;
pub mod failure;
mod give_up;
mod health;
mod plan;
mod retry_after;
mod router;
mod table;

pub use classify::{Action, Class, Verdict, classify};
pub use cooldown::Cooldown;
pub use failure::*;
pub use health::Health;
pub use plan::{Candidate, Plan, Reach, Step};
pub use router::Router;

/// What a client is told of a failure that nothing follows: the stream was already its.
pub fn error_of(
    failure: &Failure,
    deployment: &crate::config::Deployment,
) -> crate::error::ProxyError {
    give_up::from_failure(
        failure,
        classify(failure, std::time::SystemTime::now()),
        deployment,
    )
}
