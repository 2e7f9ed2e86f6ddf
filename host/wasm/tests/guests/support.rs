//! One host for all tests, and short ways to put a guest into it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;
use yallmp_core::body::RequestBody;
use yallmp_core::chain::{AttemptFacts, EventKind, EventRef, Plugin, Stage};
use yallmp_core::config::{Backend, Deployment, Place, PluginLimits, PluginSource, PluginUse};
use yallmp_wasm::{Cache, Host, LoadError, Settings};

pub fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| {
        Host::new(Settings {
            cache: Cache::off(),
            direct: crate::DIRECT,
            ..Settings::default()
        })
        .unwrap()
    })
}

pub fn guest(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/guests/dist")
        .join(format!("{name}.wasm"))
}

pub fn usage(guest_name: &str, config: Value) -> PluginUse {
    PluginUse {
        name: guest_name.into(),
        source: PluginSource::File(guest(guest_name)),
        config,
        on_error: None,
        limits: PluginLimits {
            call: Duration::from_millis(300),
            memory_bytes: 16 << 20,
            output_bytes: 2 << 20,
            ..PluginLimits::default()
        },
        place: Place::default(),
    }
}

pub fn deployment() -> Deployment {
    Deployment {
        target_model: "target".into(),
        ..Deployment::new("m", Backend::Demo)
    }
}

pub async fn load(usage: &PluginUse) -> Result<Arc<dyn Plugin>, LoadError> {
    host().load(usage, &deployment()).await
}

pub const BODY: &str = r#"{"model": "m", "gone": 1}"#;

/// A stage of the puppet with these orders.
pub async fn puppet(orders: Value) -> Box<dyn Stage> {
    start(&usage("puppet", orders), "tenant").await
}

pub async fn start(usage: &PluginUse, tenant: &str) -> Box<dyn Stage> {
    let plugin = load(usage).await.unwrap();
    let facts = Arc::new(facts(tenant));
    plugin.start(facts, RequestBody::parse(BODY.into()).unwrap())
}

pub fn facts(tenant: &str) -> AttemptFacts {
    let mut headers = HeaderMap::new();
    headers.insert("x-test", "yes".parse().unwrap());
    AttemptFacts {
        id: "id".into(),
        path: "/v1/chat/completions".into(),
        client_model: "m".into(),
        target_model: "target".into(),
        streaming: true,
        attempt: 1,
        tenant: tenant.into(),
        deployment: Arc::new(deployment()),
        headers: Arc::new(headers),
    }
}

pub fn chunk(data: &str) -> EventRef<'_> {
    EventRef {
        kind: EventKind::Chunk,
        number: 1,
        name: None,
        data,
    }
}
