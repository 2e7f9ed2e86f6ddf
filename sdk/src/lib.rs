#![no_std]
#![doc = include_str!("../README.md")]

extern crate alloc;
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

#[doc(hidden)]
pub mod bindings;
pub mod chat;
mod drive;
mod error;
mod event;
mod export;
mod glob;
#[cfg(any(target_arch = "wasm32", test))]
#[doc(hidden)]
pub mod guest;
pub mod host;
mod imports;
pub mod json;
mod out;
mod patch;
pub mod request;
pub mod store;
#[cfg(not(target_arch = "wasm32"))]
pub mod testkit;
mod tray;
mod wants;
mod whole;

pub use bindings::yallmp::patch::types::{
    Answer, BodyEdit, Deployment, EndReason, Exchange, Rejection, RequestEdit, RequestOutcome,
};
pub use chat::{Choice, Chunk};
pub use error::{Error, Result};
pub use event::{Event, EventKind};
pub use glob::Glob;
pub use json::Json;
pub use out::{Data, Out};
pub use patch::{Info, Patch};
pub use request::Edit;
pub use wants::{Interest, Wants};
