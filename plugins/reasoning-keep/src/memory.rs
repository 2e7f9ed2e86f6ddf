//! Records in the store. A record is kept once, under a hash of itself; keys hold that hash.
//!
//! A key that would stand for two records stands for none: its entry becomes a tombstone,
//! and so it stays.
//!
//! A plugin has no clock, so two times to live make the two bounds: a key lives on when it is used, a
//! record does not.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::store::{self, StoreError};

use crate::digest::Hasher;
use crate::keys::{Kind, named};
use crate::record::Record;
use crate::settings::Lifetime;

const TOMBSTONE: &[u8] = b"!";

/// The store as one exchange sees it. After a call that was not answered no other is made:
/// an exchange waits once for a store that is away.
pub struct Memory {
    lifetime: Lifetime,
    pub away: bool,
}

impl Memory {
    pub fn new(lifetime: Lifetime) -> Self {
        Memory {
            lifetime,
            away: false,
        }
    }

    /// Keeps a record under all keys. `before` is what this exchange kept under them a moment
    /// ago, and may be replaced. Returns the record's name, or none if it is not kept.
    pub fn keep(
        &mut self,
        keys: &[(Kind, String)],
        record: &Record,
        before: Option<&str>,
    ) -> Option<String> {
        let text = record.to_text();
        let mut hasher = Hasher::default();
        hasher.text(&text);
        let name = named("r", &hasher.finish());
        let Lifetime { whole, idle } = self.lifetime;
        self.put(&name, text.as_bytes(), whole)?;
        for (_, key) in keys {
            let is_ours = |old: &[u8]| {
                old == name.as_bytes() || before.is_some_and(|it| old == it.as_bytes())
            };
            match self.get(key) {
                Some(old) if !is_ours(&old) => self.put(key, TOMBSTONE, whole),
                _ => self.put(key, name.as_bytes(), idle),
            };
        }
        (!self.away).then_some(name)
    }

    /// The record under the first key that has one.
    pub fn find(&mut self, keys: &[(Kind, String)]) -> Option<(Kind, Record)> {
        keys.iter().find_map(|(kind, key)| {
            let name = self.renew(key)?;
            if name == TOMBSTONE {
                self.put(key, TOMBSTONE, self.lifetime.whole);
                return None;
            }
            let text = self.get(core::str::from_utf8(&name).ok()?)?;
            let record = Record::parse(core::str::from_utf8(&text).ok()?)?;
            Some((*kind, record))
        })
    }

    fn get(&mut self, key: &str) -> Option<Vec<u8>> {
        self.ask(|| store::get(key))?
    }

    fn renew(&mut self, key: &str) -> Option<Vec<u8>> {
        let idle = self.lifetime.idle;
        self.ask(|| store::renew(key, idle))?
    }

    fn put(&mut self, key: &str, value: &[u8], ttl_seconds: u32) -> Option<()> {
        self.ask(|| store::put(key, value, ttl_seconds))
    }

    /// One call, if the store answers at all.
    fn ask<T>(&mut self, call: impl FnOnce() -> Result<T, StoreError>) -> Option<T> {
        if self.away {
            return None;
        }
        let answer = call();
        self.away = matches!(answer, Err(StoreError::Unavailable));
        answer.ok()
    }
}
