//! Who may ask. One key (`general_settings.master_key`) opens everything; without one the
//! proxy trusts its own machine and nobody else.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderMap, HeaderName, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use yallmp_core::error::ProxyError;

use super::Peer;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Bytes of the hash that name a tenant: enough that two keys never meet.
const TENANT_BYTES: usize = 12;

pub struct Auth {
    master: Option<Master>,
    anonymous: Arc<str>,
    /// The address that was bound is a loopback one.
    local_only: bool,
}

/// Keys are compared as hashes: equal length, and nothing to learn from the time it takes.
struct Master {
    hash: [u8; 32],
    tenant: Arc<str>,
}

impl Auth {
    pub fn new(master_key: Option<&SecretString>, listening: SocketAddr) -> Self {
        Self {
            master: master_key.map(|key| {
                let hash = hash(key.expose_secret().as_bytes());
                Master {
                    hash,
                    tenant: tenant(&hash),
                }
            }),
            anonymous: "anonymous".into(),
            local_only: is_loopback(listening.ip()),
        }
    }

    /// The name of whoever shows no key.
    pub fn anonymous(&self) -> Arc<str> {
        self.anonymous.clone()
    }

    /// Who asks: an opaque name, equal for requests with the same key. 401 if there is a
    /// master key and this is not it.
    pub fn check(&self, headers: &HeaderMap) -> Result<Arc<str>, ProxyError> {
        let Some(master) = &self.master else {
            return Ok(match presented(headers).next() {
                Some(key) => tenant(&hash(key)),
                None => self.anonymous(),
            });
        };
        let mut asked = false;
        for key in presented(headers) {
            asked = true;
            if bool::from(hash(key).ct_eq(&master.hash)) {
                return Ok(master.tenant.clone());
            }
        }
        Err(unauthorized(asked))
    }

    /// Admin routes need the key. Where there is none, only this machine may ask, and not
    /// through a web page: neither one whose name was re-bound to our address (`host`) nor
    /// one that just sends a request here (`origin`).
    pub fn check_admin(&self, peer: Peer, headers: &HeaderMap) -> Result<(), ProxyError> {
        if self.master.is_some() {
            return Ok(());
        }
        let local = self.local_only
            && [peer.local, peer.remote]
                .iter()
                .all(|a| is_loopback(a.ip()));
        if local && names_loopback(headers) {
            return Ok(());
        }
        Err(ProxyError::new(
            StatusCode::FORBIDDEN,
            "permission_error",
            "admin routes answer only to this machine as long as `general_settings.master_key` is not set",
        )
        .code("master_key_required"))
    }
}

/// The keys that a request brings: `authorization: Bearer …` and `x-api-key: …`.
fn presented(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
        let (scheme, key) = value.as_bytes().split_at_checked("Bearer ".len())?;
        scheme
            .eq_ignore_ascii_case(b"Bearer ")
            .then_some(key.trim_ascii())
    });
    let plain = headers.get(X_API_KEY).map(|value| value.as_bytes());
    bearer.into_iter().chain(plain)
}

fn hash(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

fn tenant(hash: &[u8; 32]) -> Arc<str> {
    use std::fmt::Write as _;
    let mut name = String::with_capacity(2 * TENANT_BYTES);
    for byte in &hash[..TENANT_BYTES] {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.into()
}

/// Also `::ffff:127.0.0.1`, as a dual-stack socket spells it.
pub fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

fn names_loopback(headers: &HeaderMap) -> bool {
    let host = super::host(headers).is_some_and(is_loopback_name);
    let origin = match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, host)| is_loopback_name(host)),
    };
    host && origin
}

/// `host[:port]` that can only mean this machine.
pub fn is_loopback_name(authority: &str) -> bool {
    let Ok(authority) = authority.parse::<http::uri::Authority>() else {
        return false;
    };
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(is_loopback)
}

fn unauthorized(asked: bool) -> ProxyError {
    let message = if asked {
        "Incorrect API key provided; it must be the proxy's `general_settings.master_key` or `$LITELLM_MASTER_KEY`"
    } else {
        "You didn't provide an API key; send the proxy's `general_settings.master_key` or `$LITELLM_MASTER_KEY` as `Authorization: Bearer KEY` or `x-api-key: KEY`"
    };
    ProxyError::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message)
        .code("invalid_api_key")
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
