//! The routes as a client sees them, without sockets and without a backend.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use yallmp_core::config::{self, Origin};
use yallmp_core::tape::{Entry, ExchangeMeta, Sink};
use yallmp_core::upstream::{Upstream, UpstreamError, UpstreamReply, UpstreamRequest};
use yallmp_wasm::Settings;

use super::*;
use crate::assembly::{Assembly, plugin_host};

const LOCAL: &str = "127.0.0.1:17771";

struct Silent;

impl Sink for Silent {
    fn append(&self, _exchange: &Arc<ExchangeMeta>, _entries: Vec<Entry>) -> Option<Vec<Entry>> {
        None
    }
}

/// A backend with a bug in our own code before it.
struct Panics;

#[async_trait::async_trait]
impl Upstream for Panics {
    async fn send(&self, _request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        panic!("this panic is part of a test")
    }
}

/// The routes behind one address, with a state file of their own.
struct Fixture {
    api: Api,
    peer: Peer,
    yaml: String,
    state_file: PathBuf,
}

impl Fixture {
    async fn new(yaml: &str) -> Self {
        Self::listening(yaml, LOCAL).await
    }

    async fn listening(yaml: &str, address: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("yallmp-api-{}-{number}.json", std::process::id());
        let state_file = std::env::temp_dir().join(name);
        Self::open(yaml, address, state_file).await
    }

    async fn open(yaml: &str, address: &str, state_file: PathBuf) -> Self {
        let text = format!("plugins: []\n{yaml}");
        let origin = Origin {
            file: "test.yaml".into(),
            folder: PathBuf::new(),
        };
        let env = std::collections::BTreeMap::<String, String>::new();
        let mut config = config::load(&text, &origin, &env).unwrap().config;
        config.server.state_file = state_file.clone();
        let store = Arc::new(yallmp_wasm::MemoryStore::default());
        let metrics = Arc::new(Metrics::new(None, None));
        let plugins = plugin_host(Settings {
            store: store.clone(),
            ..Settings::default()
        });
        let assembly = Assembly::new(plugins.unwrap(), Arc::new(Panics), Arc::new(Silent));
        let assembly = assembly.observed(metrics.clone());
        let registry = Arc::new(Registry::open(config, assembly).await.unwrap());
        let address: SocketAddr = address.parse().unwrap();
        Self {
            api: Api::new(registry, address, metrics, store, None),
            peer: Peer {
                local: address,
                remote: "127.0.0.1:50000".parse().unwrap(),
            },
            yaml: yaml.to_owned(),
            state_file,
        }
    }

    /// As after a restart.
    async fn reopened(self) -> Self {
        let address = self.peer.local.to_string();
        Self::open(&self.yaml, &address, self.state_file.clone()).await
    }

    async fn send(&self, request: http::request::Builder, body: impl Into<Bytes>) -> Answer {
        let request = request.body(Full::new(body.into())).unwrap();
        let response = self.api.handle(self.peer, request).await;
        let (head, body) = response.into_parts();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header("host", LOCAL), "")
            .await
    }

    async fn register(&self, model: Value) -> Answer {
        let request = Request::post("/admin/models")
            .header("host", LOCAL)
            .header("content-type", "application/json");
        self.send(request, model.to_string()).await
    }

    async fn remove(&self, name: &str) -> Answer {
        let path = format!("/admin/models/{name}");
        self.send(Request::delete(path).header("host", LOCAL), "")
            .await
    }

    async fn model_names(&self) -> Vec<String> {
        let list = self.get("/v1/models").await.json();
        let data = list["data"].as_array().unwrap();
        let ids = data.iter().map(|model| model["id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.state_file);
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Status and code of an error in OpenAI's shape.
    #[track_caller]
    fn error(&self) -> (u16, String) {
        let body = self.json();
        let error = body["error"].as_object().expect("an error object");
        let members: Vec<_> = error.keys().map(String::as_str).collect();
        assert_eq!(members, ["message", "type", "param", "code"]);
        assert!(self.headers.contains_key("x-request-id"));
        assert_eq!(self.headers["content-type"], "application/json");
        (self.status, error["code"].as_str().unwrap_or("").to_owned())
    }

    fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().to_owned()
    }
}

/// Two models and a wildcard; nothing listens behind them.
const YAML: &str = "
model_list:
  - {model_name: a, litellm_params: {model: openai/a, api_base: 'http://127.0.0.1:9/v1', api_key: sk-file}}
  - {model_name: b/c, litellm_params: {model: openai/b, api_base: 'http://127.0.0.1:9/v1', api_key: sk-file}}
  - {model_name: 'w/*', litellm_params: {model: 'openai/*', api_base: 'http://127.0.0.1:9/v1', api_key: sk-file}}
router_settings: {model_group_alias: {alias: a}}
";

mod admin;
mod pages;
mod routes;
