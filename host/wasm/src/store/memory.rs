//! The store in this process's memory.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::entries::{Entries, Key};
use super::{Space, Store, StoreError};

/// Entries in this process, bounded for each tenant and in total; the least recently used
/// goes first.
pub struct MemoryStore {
    entries: Mutex<Entries>,
}

impl MemoryStore {
    /// Bytes kept for one tenant, and for all together.
    pub fn new(tenant_bytes: usize, total_bytes: usize) -> Self {
        Self {
            entries: Mutex::new(Entries::new(tenant_bytes, total_bytes)),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Entries) -> T) -> T {
        work(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// As in a configuration that says nothing.
impl Default for MemoryStore {
    fn default() -> Self {
        let config = yallmp_core::config::PluginStore::default();
        Self::new(config.tenant_bytes, config.total_bytes)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, space: Space<'_>, key: &str) -> Result<Option<Bytes>, StoreError> {
        let key = Key::new(space, key);
        Ok(self.with(|entries| entries.get(&key)))
    }

    async fn renew(
        &self,
        space: Space<'_>,
        key: &str,
        ttl: Duration,
    ) -> Result<Option<Bytes>, StoreError> {
        let key = Key::new(space, key);
        Ok(self.with(|entries| entries.renew(&key, ttl)))
    }

    async fn put(
        &self,
        space: Space<'_>,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let key = Key::new(space, key);
        self.with(|entries| entries.put(key, value, ttl))
    }

    async fn delete(&self, space: Space<'_>, key: &str) -> Result<(), StoreError> {
        let key = Key::new(space, key);
        self.with(|entries| entries.remove(&key));
        Ok(())
    }

    async fn clear(&self, plugin: &str) -> Result<u64, StoreError> {
        Ok(self.with(|entries| entries.clear(plugin)))
    }
}
