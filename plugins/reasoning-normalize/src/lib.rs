#![cfg_attr(target_arch = "wasm32", no_std)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod answer;
mod choice;
mod cumulative;
mod families;
mod interest;
mod ledger;
mod piece;
mod scanner;
mod settings;
mod strip;
mod target;

pub use answer::ReasoningNormalize;

yallmp_sdk::export!(ReasoningNormalize, no_std);
