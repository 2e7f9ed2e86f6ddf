//! `yallmp mock`: a backend that misbehaves on purpose, or as one did that was recorded.
//!
//! [`Mock`] chooses a [`Scene`](crate::upstream::scene::Scene) for each request; [`serve`]
//! plays it over HTTP.

mod answer;
mod fault;
pub mod serve;
mod source;
mod tracks;

pub use answer::{Mock, Played};
pub use source::{Source, scenarios};
