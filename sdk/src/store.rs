//! A small memory that outlives the exchange, private to the plugin and the tenant. Any entry
//! may be gone at any time.

use alloc::vec::Vec;

use crate::imports;

pub use crate::bindings::yallmp::patch::store::StoreError;

/// # Errors
/// The store did not answer: treat it as a miss.
pub fn get(key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    imports::store::get(key)
}

/// As [`get`], and the entry lives on for so long from this call.
///
/// # Errors
/// The store did not answer: treat it as a miss.
pub fn renew(key: &str, ttl_seconds: u32) -> Result<Option<Vec<u8>>, StoreError> {
    imports::store::renew(key, ttl_seconds)
}

/// `ttl_seconds`: 1 to 2,592,000 (30 days).
///
/// # Errors
/// The key is over 256 bytes or the value over 256 KiB, or the store did not answer.
pub fn put(key: &str, value: &[u8], ttl_seconds: u32) -> Result<(), StoreError> {
    imports::store::put(key, value, ttl_seconds)
}

/// # Errors
/// The store did not answer.
pub fn delete(key: &str) -> Result<(), StoreError> {
    imports::store::delete(key)
}
