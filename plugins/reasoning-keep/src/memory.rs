//! Records in the store. A record is kept once, under a hash of itself; keys hold that hash.
//!
//! A key that would stand for two records stands for none: its entry becomes a tombstone,
//! and so it stays.

use alloc::string::String;
use alloc::vec::Vec;

use yallmp_sdk::store::{self, StoreError};

use crate::digest::Hasher;
use crate::keys::{Kind, named};
use crate::record::Record;

const TOMBSTONE: &[u8] = b"!";

/// The store as one exchange sees it. After a call that was not answered no other is made:
/// an exchange waits once for a store that is away.
pub struct Memory {
    ttl_seconds: u32,
    pub away: bool,
}

impl Memory {
    pub fn new(ttl_seconds: u32) -> Self {
        Memory {
            ttl_seconds,
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
        self.put(&name, text.as_bytes())?;
        for (_, key) in keys {
            let is_ours = |old: &[u8]| {
                old == name.as_bytes() || before.is_some_and(|it| old == it.as_bytes())
            };
            match self.get(key) {
                Some(old) if !is_ours(&old) => self.put(key, TOMBSTONE),
                _ => self.put(key, name.as_bytes()),
            };
        }
        (!self.away).then_some(name)
    }

    /// The record under the first key that has one.
    pub fn find(&mut self, keys: &[(Kind, String)]) -> Option<(Kind, Record)> {
        keys.iter().find_map(|(kind, key)| {
            let name = self.renew(key).filter(|name| name != TOMBSTONE)?;
            let text = self.renew(core::str::from_utf8(&name).ok()?)?;
            let record = Record::parse(core::str::from_utf8(&text).ok()?)?;
            Some((*kind, record))
        })
    }

    fn get(&mut self, key: &str) -> Option<Vec<u8>> {
        self.ask(|_| store::get(key))?
    }

    /// What is used lives on.
    fn renew(&mut self, key: &str) -> Option<Vec<u8>> {
        self.ask(|ttl_seconds| store::renew(key, ttl_seconds))?
    }

    fn put(&mut self, key: &str, value: &[u8]) -> Option<()> {
        self.ask(|ttl_seconds| store::put(key, value, ttl_seconds))
    }

    /// One call, if the store answers at all.
    fn ask<T>(&mut self, call: impl FnOnce(u32) -> Result<T, StoreError>) -> Option<T> {
        if self.away {
            return None;
        }
        let answer = call(self.ttl_seconds);
        self.away = matches!(answer, Err(StoreError::Unavailable));
        answer.ok()
    }
}
