//! `general_settings.plugin_store`: where plugins remember.

use std::path::PathBuf;

use secrecy::SecretString;

use super::findings::{At, Findings};
use super::raw::Value;
use super::{PluginStore, StoreEngine};

const SCHEMES: [&str; 4] = ["redis://", "rediss://", "valkey://", "valkeys://"];

pub fn read(at: Option<&At<'_>>, findings: &mut Findings<'_>) -> PluginStore {
    let mut store = PluginStore::default();
    let Some(at) = at else {
        return store;
    };
    if !matches!(at.node.value, Value::Map(_)) {
        if at.node.as_text() != Some("memory") {
            store.engine = url(at, findings).unwrap_or(StoreEngine::Memory);
        }
        return store;
    }
    let bytes = |key, default| match at.get(key).and_then(|at| at.node.as_number()) {
        Some(mb) => (mb * f64::from(1 << 20)) as usize,
        None => default,
    };
    store.tenant_bytes = bytes("tenant_mb", store.tenant_bytes);
    store.total_bytes = bytes("total_mb", store.total_bytes);
    match (at.get("path"), at.get("url")) {
        (Some(_), Some(url)) => {
            let hint = "take one of them out".to_owned();
            findings.error(
                &url,
                "a store has a `path` or a `url`, not both",
                Some(hint),
            );
        }
        (Some(path), None) => {
            if is_set(&path, findings)
                && let Some(text) = path.node.as_text()
            {
                store.engine = StoreEngine::Disk(PathBuf::from(text));
            }
        }
        (None, Some(at)) => store.engine = url(&at, findings).unwrap_or(StoreEngine::Memory),
        (None, None) => {}
    }
    store
}

fn url(at: &At<'_>, findings: &mut Findings<'_>) -> Option<StoreEngine> {
    if !is_set(at, findings) {
        return None;
    }
    let text = at.node.as_text()?.trim();
    let server = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
    let problem = match server {
        None => "this is no store for plugins",
        Some(server) if !names_host(server) => "the URL names no server",
        Some(_) => return Some(StoreEngine::Redis(SecretString::from(text))),
    };
    findings.error(
        at,
        problem,
        Some(
            "write `memory`, a URL such as `redis://127.0.0.1:6379`, or a map with `path`"
                .to_owned(),
        ),
    );
    None
}

/// `server`: a URL behind its scheme. The rest of it is the client library's to judge.
fn names_host(server: &str) -> bool {
    let authority = server.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    !host.is_empty() && !host.starts_with(':')
}

/// Without its place, the memory would silently be another one.
fn is_set(at: &At<'_>, findings: &mut Findings<'_>) -> bool {
    let Some((_, variable)) = at.node.first_unset() else {
        return true;
    };
    findings.escalate(
        at,
        format!("`plugin_store` needs the variable `{variable}`, which is not set"),
        Some("set it, or take `plugin_store` out to remember in memory only".to_owned()),
    );
    false
}
