//! The store in this process's memory.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

use super::{KEY_BYTES, Space, Store, StoreError, VALUE_BYTES};

/// What an entry counts besides its key and value.
const ENTRY_BYTES: usize = 128;

/// Entries in this process, bounded for each tenant and in total; the least recently used
/// goes first.
pub struct MemoryStore {
    tenant_bytes: usize,
    total_bytes: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    tenants: HashMap<Arc<str>, Tenant>,
    /// Whose entry was used when, oldest first.
    used: BTreeMap<u64, Arc<str>>,
    clock: u64,
    bytes: usize,
}

#[derive(Default)]
struct Tenant {
    entries: HashMap<Key, Entry>,
    /// Which entry was used when, oldest first.
    used: BTreeMap<u64, Key>,
    bytes: usize,
}

/// Plugin and key.
type Key = (Arc<str>, Arc<str>);

struct Entry {
    value: Bytes,
    used: u64,
    expires: Instant,
}

impl MemoryStore {
    /// Bytes kept for one tenant, and for all together.
    pub fn new(tenant_bytes: usize, total_bytes: usize) -> Self {
        Self {
            tenant_bytes,
            total_bytes,
            inner: Mutex::default(),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// 4 MiB for a tenant, 64 MiB in total.
impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(4 << 20, 64 << 20)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn get(&self, space: Space<'_>, key: &str) -> Result<Option<Bytes>, StoreError> {
        let key = owned(space, key)?;
        Ok(self.with(|inner| inner.get(space.tenant, &key)))
    }

    async fn put(
        &self,
        space: Space<'_>,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let key = owned(space, key)?;
        let size = weight(&key, &value);
        if value.len() > VALUE_BYTES || size > self.tenant_bytes.min(self.total_bytes) {
            return Err(StoreError::TooLarge);
        }
        self.with(|inner| {
            inner.remove(space.tenant, &key);
            inner.make_room(space.tenant, size, self.tenant_bytes, self.total_bytes);
            inner.insert(space.tenant, key, value, ttl);
        });
        Ok(())
    }

    async fn delete(&self, space: Space<'_>, key: &str) -> Result<(), StoreError> {
        let key = owned(space, key)?;
        self.with(|inner| inner.remove(space.tenant, &key));
        Ok(())
    }
}

fn owned(space: Space<'_>, key: &str) -> Result<Key, StoreError> {
    if key.is_empty() || key.len() > KEY_BYTES {
        return Err(StoreError::TooLarge);
    }
    Ok((space.plugin.into(), key.into()))
}

fn weight(key: &Key, value: &Bytes) -> usize {
    ENTRY_BYTES + key.0.len() + key.1.len() + value.len()
}

impl Inner {
    fn get(&mut self, tenant: &str, key: &Key) -> Option<Bytes> {
        let expires = self.tenants.get(tenant)?.entries.get(key)?.expires;
        if expires <= Instant::now() {
            self.remove(tenant, key);
            return None;
        }
        let now = self.tick();
        let (name, _) = self.tenants.get_key_value(tenant)?;
        self.used.insert(now, name.clone());
        let space = self.tenants.get_mut(tenant)?;
        let entry = space.entries.get_mut(key)?;
        self.used.remove(&entry.used);
        space.used.remove(&entry.used);
        space.used.insert(now, key.clone());
        entry.used = now;
        Some(entry.value.clone())
    }

    fn insert(&mut self, tenant: &str, key: Key, value: Bytes, ttl: Duration) {
        let now = self.tick();
        let name: Arc<str> = match self.tenants.get_key_value(tenant) {
            Some((name, _)) => name.clone(),
            None => tenant.into(),
        };
        let size = weight(&key, &value);
        let space = self.tenants.entry(name.clone()).or_default();
        let expires = Instant::now() + ttl;
        space.used.insert(now, key.clone());
        space.entries.insert(
            key,
            Entry {
                value,
                used: now,
                expires,
            },
        );
        space.bytes += size;
        self.bytes += size;
        self.used.insert(now, name);
    }

    fn remove(&mut self, tenant: &str, key: &Key) {
        let Some(space) = self.tenants.get_mut(tenant) else {
            return;
        };
        let Some(entry) = space.entries.remove(key) else {
            return;
        };
        let size = weight(key, &entry.value);
        space.used.remove(&entry.used);
        space.bytes -= size;
        self.used.remove(&entry.used);
        self.bytes -= size;
        if space.entries.is_empty() {
            self.tenants.remove(tenant);
        }
    }

    fn make_room(&mut self, tenant: &str, size: usize, tenant_bytes: usize, total_bytes: usize) {
        while let Some(space) = self.tenants.get(tenant)
            && space.bytes + size > tenant_bytes
            && let Some(oldest) = space.used.values().next().cloned()
        {
            self.remove(tenant, &oldest);
        }
        while self.bytes + size > total_bytes
            && let Some(name) = self.used.values().next().cloned()
            && let Some(oldest) = self.tenants[&name].used.values().next().cloned()
        {
            self.remove(&name, &oldest);
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }
}
