//! The component's side: what [`crate::export!`] puts around a plugin.

#[cfg(target_arch = "wasm32")]
mod component;
mod heap;
#[cfg(target_arch = "wasm32")]
mod panic;

#[cfg(target_arch = "wasm32")]
pub use component::{Component, Hosted, Slot};
#[cfg(target_arch = "wasm32")]
pub use heap::{Heap, Memory, cabi_realloc};
#[cfg(target_arch = "wasm32")]
pub use panic::panic;
