//! A stand-in for the host, one for each thread: the request, the store and the log.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;

use crate::Interest;
use crate::host::Level;

#[derive(Default)]
struct World {
    body: String,
    headers: Vec<(String, String)>,
    store: BTreeMap<String, Entry>,
    /// Seconds.
    now: u64,
    logged: Vec<(Level, String)>,
    noted: Vec<(String, String)>,
    listen: Option<Interest>,
}

struct Entry {
    value: Vec<u8>,
    expires: u64,
}

impl World {
    fn entry(&mut self, key: &str) -> Option<&mut Entry> {
        let now = self.now;
        self.store.get_mut(key).filter(|entry| entry.expires > now)
    }
}

std::thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

fn with<T>(use_it: impl FnOnce(&mut World) -> T) -> T {
    WORLD.with_borrow_mut(use_it)
}

/// A new exchange: the store and the log go on.
pub(super) fn enter(body: &str, headers: &[(String, String)]) {
    with(|world| {
        world.body = body.to_string();
        world.headers = headers.to_vec();
        world.listen = None;
    });
}

pub(super) fn take_listen() -> Option<Interest> {
    with(|world| world.listen.take())
}

/// What this thread's plugins logged since the last call.
#[must_use]
pub fn logged() -> Vec<(Level, String)> {
    with(|world| core::mem::take(&mut world.logged))
}

/// What this thread's plugins noted since the last call.
#[must_use]
pub fn noted() -> Vec<(String, String)> {
    with(|world| core::mem::take(&mut world.noted))
}

/// What this thread's plugins have in their store.
#[must_use]
pub fn stored() -> BTreeMap<String, Vec<u8>> {
    with(|world| {
        let entries = world.store.iter();
        let living = entries.filter(|(_, entry)| entry.expires > world.now);
        let pair = |(key, entry): (&String, &Entry)| (key.clone(), entry.value.clone());
        living.map(pair).collect()
    })
}

/// Lets time pass for the store of this thread's plugins, in whole seconds.
pub fn pass(time: Duration) {
    with(|world| world.now += time.as_secs());
}

pub(crate) mod request {
    use std::string::{String, ToString};

    use super::with;
    use crate::Json;

    pub(crate) fn member(name: &str) -> Option<String> {
        with(|world| Some(Json::parse(&world.body).ok()?.get(name)?.to_text()))
    }

    pub(crate) fn body() -> String {
        with(|world| world.body.clone())
    }

    pub(crate) fn header(name: &str) -> Option<String> {
        with(|world| {
            let mut headers = world.headers.iter();
            let (_, value) = headers.find(|(known, _)| known == name)?;
            Some(value.to_string())
        })
    }
}

pub(crate) mod host {
    use std::string::ToString;

    use super::with;
    use crate::Interest;
    use crate::host::Level;

    pub(crate) fn log(level: Level, message: &str) {
        with(|world| world.logged.push((level, message.to_string())));
    }

    pub(crate) fn note(name: &str, value: &str) {
        with(|world| world.noted.push((name.to_string(), value.to_string())));
    }

    pub(crate) fn listen(response: &Interest) {
        with(|world| world.listen = Some(response.clone()));
    }
}

pub(crate) mod store {
    use std::string::ToString;
    use std::vec::Vec;

    use super::{Entry, with};
    use crate::store::StoreError;

    const MAX_KEY: usize = 256;
    const MAX_VALUE: usize = 256 * 1024;

    #[expect(clippy::unnecessary_wraps, reason = "the import's own shape")]
    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(with(|world| Some(world.entry(key)?.value.clone())))
    }

    #[expect(clippy::unnecessary_wraps, reason = "the import's own shape")]
    pub(crate) fn renew(key: &str, ttl_seconds: u32) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(with(|world| {
            let expires = world.now + u64::from(ttl_seconds);
            let entry = world.entry(key)?;
            entry.expires = expires;
            Some(entry.value.clone())
        }))
    }

    pub(crate) fn put(key: &str, value: &[u8], ttl_seconds: u32) -> Result<(), StoreError> {
        if key.is_empty() || key.len() > MAX_KEY || value.len() > MAX_VALUE {
            return Err(StoreError::TooLarge);
        }
        with(|world| {
            let entry = Entry {
                value: value.to_vec(),
                expires: world.now + u64::from(ttl_seconds),
            };
            world.store.insert(key.to_string(), entry);
        });
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the import's own shape")]
    pub(crate) fn delete(key: &str) -> Result<(), StoreError> {
        with(|world| world.store.remove(key));
        Ok(())
    }
}
