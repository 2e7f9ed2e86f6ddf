//! The key-value store that plugins see.

mod memory;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

pub use memory::MemoryStore;

/// Of a key.
const KEY_BYTES: usize = 256;
const VALUE_BYTES: usize = 256 << 10;
const MAX_TTL_SECONDS: u32 = 30 * 24 * 60 * 60;

/// The part of a store that one plugin sees for one tenant.
#[derive(Debug, Clone, Copy)]
pub struct Space<'a> {
    pub plugin: &'a str,
    pub tenant: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("the key or the value is too large")]
    TooLarge,
    #[error("the store did not answer")]
    Unavailable,
}

/// An engine that keeps entries; see `store` in `wit/patch.wit`. An engine that can be slow
/// brings its own time limit and answers [`StoreError::Unavailable`].
#[async_trait]
pub trait Store: Send + Sync {
    async fn get(&self, space: Space<'_>, key: &str) -> Result<Option<Bytes>, StoreError>;
    async fn put(
        &self,
        space: Space<'_>,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<(), StoreError>;
    async fn delete(&self, space: Space<'_>, key: &str) -> Result<(), StoreError>;
}

/// A guest's `ttl-seconds`, brought into its range.
pub(crate) fn ttl(seconds: u32) -> Duration {
    Duration::from_secs(seconds.clamp(1, MAX_TTL_SECONDS).into())
}
