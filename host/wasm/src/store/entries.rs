//! Entries in memory under a bound: what the memory store is, and what the disk store keeps
//! in front of its file.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Space, StoreError};

/// What an entry counts besides its key and value.
const ENTRY_BYTES: usize = 128;

/// Whose entry it is, and its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub tenant: Arc<str>,
    pub plugin: Arc<str>,
    pub name: Arc<str>,
}

impl Key {
    pub fn new(space: Space<'_>, name: &str) -> Self {
        Self {
            tenant: space.tenant.into(),
            plugin: space.plugin.into(),
            name: name.into(),
        }
    }
}

pub(super) struct Entries {
    tenant_bytes: usize,
    total_bytes: usize,
    tenants: HashMap<Arc<str>, Tenant>,
    /// Whose entry was used when, oldest first.
    used: BTreeMap<u64, Arc<str>>,
    clock: u64,
    bytes: usize,
    /// Keys that changed since they were last taken, if anyone takes them.
    changed: Option<HashSet<Key>>,
}

#[derive(Default)]
struct Tenant {
    entries: HashMap<Key, Entry>,
    /// Which entry was used when, oldest first.
    used: BTreeMap<u64, Key>,
    bytes: usize,
}

#[derive(Clone)]
pub(super) struct Entry {
    pub value: Bytes,
    pub expires: Instant,
    used: u64,
}

impl Entries {
    /// Bytes kept for one tenant, and for all together.
    pub fn new(tenant_bytes: usize, total_bytes: usize) -> Self {
        Self {
            tenant_bytes,
            total_bytes,
            tenants: HashMap::new(),
            used: BTreeMap::new(),
            clock: 0,
            bytes: 0,
            changed: None,
        }
    }

    /// From now on remember which keys change.
    pub fn watch(&mut self) {
        self.changed.get_or_insert_default();
    }

    /// Keys that changed, each with what it now holds, if anything.
    pub fn take_changes(&mut self) -> Vec<(Key, Option<Entry>)> {
        let changed = self
            .changed
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default();
        let now = |key: Key| {
            let entry = self
                .tenants
                .get(&key.tenant)
                .and_then(|it| it.entries.get(&key));
            let entry = entry.cloned();
            (key, entry)
        };
        changed.into_iter().map(now).collect()
    }

    /// Take keys back into the changes: they could not be written.
    pub fn mark(&mut self, keys: impl IntoIterator<Item = Key>) {
        if let Some(changed) = &mut self.changed {
            changed.extend(keys);
        }
    }

    pub fn has_changes(&self) -> bool {
        self.changed
            .as_ref()
            .is_some_and(|changed| !changed.is_empty())
    }

    pub fn get(&mut self, key: &Key) -> Option<Bytes> {
        let expires = self.tenants.get(&key.tenant)?.entries.get(key)?.expires;
        if expires <= Instant::now() {
            self.remove(key);
            return None;
        }
        let now = self.tick();
        self.used.insert(now, key.tenant.clone());
        let tenant = self.tenants.get_mut(&key.tenant)?;
        let entry = tenant.entries.get_mut(key)?;
        self.used.remove(&entry.used);
        tenant.used.remove(&entry.used);
        tenant.used.insert(now, key.clone());
        entry.used = now;
        Some(entry.value.clone())
    }

    /// As `get`; an entry of which less than half of `ttl` is left gets it anew.
    pub fn renew(&mut self, key: &Key, ttl: Duration) -> Option<Bytes> {
        let value = self.get(key)?;
        let now = Instant::now();
        let tenant = self.tenants.get_mut(&key.tenant)?;
        let entry = tenant.entries.get_mut(key)?;
        if entry.expires < now + ttl / 2 {
            entry.expires = now + ttl;
            self.mark([key.clone()]);
        }
        Some(value)
    }

    pub fn put(&mut self, key: Key, value: Bytes, ttl: Duration) -> Result<(), StoreError> {
        let size = weight(&key, &value);
        if size > self.tenant_bytes.min(self.total_bytes) {
            return Err(StoreError::TooLarge);
        }
        self.remove(&key);
        self.make_room(&key.tenant, size);
        self.mark([key.clone()]);
        let now = self.tick();
        let tenant = self.tenants.entry(key.tenant.clone()).or_default();
        tenant.bytes += size;
        tenant.used.insert(now, key.clone());
        self.bytes += size;
        self.used.insert(now, key.tenant.clone());
        let expires = Instant::now() + ttl;
        let entry = Entry {
            value,
            expires,
            used: now,
        };
        tenant.entries.insert(key, entry);
        Ok(())
    }

    pub fn remove(&mut self, key: &Key) {
        let Some(tenant) = self.tenants.get_mut(&key.tenant) else {
            return;
        };
        let Some(entry) = tenant.entries.remove(key) else {
            return;
        };
        let size = weight(key, &entry.value);
        tenant.used.remove(&entry.used);
        tenant.bytes -= size;
        self.used.remove(&entry.used);
        self.bytes -= size;
        if tenant.entries.is_empty() {
            self.tenants.remove(&key.tenant);
        }
        self.mark([key.clone()]);
    }

    /// Removes all of a plugin; how many there were.
    pub fn clear(&mut self, plugin: &str) -> u64 {
        let keys = self.tenants.values().flat_map(|it| it.entries.keys());
        let keys: Vec<Key> = keys.filter(|key| &*key.plugin == plugin).cloned().collect();
        for key in &keys {
            self.remove(key);
        }
        keys.len() as u64
    }

    fn make_room(&mut self, tenant: &str, size: usize) {
        while let Some(full) = self.tenants.get(tenant)
            && full.bytes + size > self.tenant_bytes
            && let Some(oldest) = full.used.values().next().cloned()
        {
            self.remove(&oldest);
        }
        while self.bytes + size > self.total_bytes
            && let Some(name) = self.used.values().next()
            && let Some(oldest) = self.tenants[name].used.values().next().cloned()
        {
            self.remove(&oldest);
        }
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.bytes == 0 && self.tenants.is_empty() && self.used.is_empty()
    }
}

fn weight(key: &Key, value: &Bytes) -> usize {
    ENTRY_BYTES + key.plugin.len() + key.name.len() + value.len()
}
