#![cfg_attr(target_arch = "wasm32", no_std)]
#![doc = include_str!("../README.md")]

extern crate alloc;

mod answer;
mod arguments;
mod calls;
mod choice;
mod edit;
mod finish;
mod formats;
mod identity;
mod ids;
mod interest;
mod lexer;
mod offer;
mod passage;
mod queue;
mod repair;
mod settings;
mod text;
mod tools;

pub use answer::ToolCallFix;

yallmp_sdk::export!(ToolCallFix, no_std);
