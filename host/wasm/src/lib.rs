//! Plugins as WebAssembly components: [`Host::load`] turns an entry of the configuration
//! into a [`yallmp_core::chain::Plugin`]. The interface is `wit/patch.wit`.
//!
//! An instance is made for one attempt, at its first call, and dropped at its end. What a
//! guest may use up is bounded: time per call, memory, tables, stack, output. A guest that
//! goes over a limit, traps or returns what it must not is dead for that attempt; nothing
//! else notices.

mod abi;
mod cache;
mod call;
mod clock;
mod engine;
mod error;
mod host;
mod limits;
mod loaded;
mod schema;
mod stage;
mod state;
mod store;
mod wasi;

pub use abi::{Foreign, PLUGIN};
pub use cache::Cache;
pub use engine::THREAD_STACK;
pub use error::{LoadError, LoadProblem};
pub use host::{Host, Inspection, Settings, Shipped};
pub use schema::ConfigProblem;
pub use store::{MemoryStore, OpenError, Space, Store, StoreError, open as open_store};
