//! The key-value store that plugins see.

mod disk;
mod entries;
mod guard;
mod memory;
mod redis;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::ExposeSecret;
use yallmp_core::config::{PluginStore, StoreEngine};

pub use disk::{DiskError, DiskStore};
pub use memory::MemoryStore;
pub use redis::RedisStore;

use guard::Guarded;

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

/// An engine that keeps entries; see `store` in `wit/patch.wit`. Keys and values are within their
/// limits: [`check_key`] and [`check_value`] are the caller's. An engine that can be slow brings its
/// own time limit and answers [`StoreError::Unavailable`].
#[async_trait]
pub trait Store: Send + Sync {
    async fn get(&self, space: Space<'_>, key: &str) -> Result<Option<Bytes>, StoreError>;
    /// As `get`; what is there lives on for `ttl` from now. An engine may leave an entry alone that
    /// has more than half of that before it.
    async fn renew(
        &self,
        space: Space<'_>,
        key: &str,
        ttl: Duration,
    ) -> Result<Option<Bytes>, StoreError>;
    async fn put(
        &self,
        space: Space<'_>,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<(), StoreError>;
    async fn delete(&self, space: Space<'_>, key: &str) -> Result<(), StoreError>;
    /// Forgets all that a plugin keeps, of every tenant, for good. How many entries that were. No exchange
    /// waits for it, so it may take some time.
    async fn clear(&self, plugin: &str) -> Result<u64, StoreError>;
}

/// The engine that a configuration asks for. Call it inside a tokio runtime.
///
/// # Errors
/// The file cannot be used, or the URL is none. A server that is away is no error: it may
/// come back.
pub fn open(config: &PluginStore) -> Result<Arc<dyn Store>, OpenError> {
    Ok(match &config.engine {
        StoreEngine::Memory => Arc::new(MemoryStore::new(config.tenant_bytes, config.total_bytes)),
        StoreEngine::Disk(path) => {
            let store = DiskStore::open(path, config.tenant_bytes, config.total_bytes);
            Arc::new(store.map_err(|error| OpenError::Disk {
                path: path.clone(),
                error,
            })?)
        }
        StoreEngine::Redis(url) => {
            let store = RedisStore::new(url.expose_secret()).map_err(OpenError::Url)?;
            Arc::new(Guarded::new(store))
        }
    })
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the plugin store `{}` cannot be opened: {error}", path.display())]
    Disk { path: PathBuf, error: DiskError },
    /// What is wrong with it, without the URL itself: it may hold a password.
    #[error("`plugin_store` holds no URL of a server: {0}")]
    Url(String),
}

/// Refuse what no engine takes.
pub(crate) fn check_key(key: &str) -> Result<(), StoreError> {
    match key.len() {
        1..=KEY_BYTES => Ok(()),
        _ => Err(StoreError::TooLarge),
    }
}

pub(crate) fn check_value(value: &[u8]) -> Result<(), StoreError> {
    match value.len() {
        0..=VALUE_BYTES => Ok(()),
        _ => Err(StoreError::TooLarge),
    }
}

/// A guest's `ttl-seconds`, brought into its range.
pub(crate) fn ttl(seconds: u32) -> Duration {
    Duration::from_secs(seconds.clamp(1, MAX_TTL_SECONDS).into())
}
