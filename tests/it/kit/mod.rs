//! What a black-box test is made of: a scripted backend, the proxy in front of it, a client
//! that asks. All on the loopback device, all ports chosen by the system, nothing slept for.
//!
//! ```ignore
//! #[tokio::test]
//! async fn a_second_try_answers() {
//!     let backend = Backend::script([Answer::status(503), Answer::chat("Hello")]).await;
//!     let proxy = Proxy::start(&config(&backend)).await;
//!
//!     let answer = proxy.chat(json!({"model": "m", "messages": [user("Hi")]})).await;
//!
//!     assert_eq!(answer.status, 200);
//!     assert_eq!(answer.json()["choices"][0]["message"]["content"], "Hello");
//!     assert_eq!(backend.requests().len(), 2);
//! }
//! ```

// Not every helper is used by every set of tests.
#![allow(dead_code, unused_imports)]

mod answer;
mod client;
mod forward;
mod proxy;
mod tls;
mod upstream;
mod wait;

pub use answer::{Answer, Gate};
pub use client::{Answered, Client, Live, raw, raw_open};
pub use forward::Forward;
pub use proxy::{Ended, Proxy, ProxyBuilder, Running, Started, run, start_command};
pub use tls::{Front, authority};
pub use upstream::{Backend, Seen};
pub use wait::{TempDir, eventually, once_within, within};

use std::path::PathBuf;

use serde_json::{Value, json};

/// The folder of all sources.
pub fn repository() -> PathBuf {
    let host = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    host.parent().expect("a folder above").to_owned()
}

/// A configuration with the one model `m` behind `backend` and no plugins.
pub fn config(backend: &Backend) -> String {
    config_with(backend, "")
}

/// The same, with more YAML after the model's `litellm_params` (top-level keys).
pub fn config_with(backend: &Backend, more: &str) -> String {
    format!(
        "plugins: []\nmodel_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\", api_key: sk-backend}}\n{more}",
        backend.url()
    )
}

pub fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

/// A chat request for model `m`.
pub fn ask(text: &str) -> Value {
    json!({"model": "m", "messages": [user(text)]})
}

/// The same, streamed.
pub fn ask_stream(text: &str) -> Value {
    json!({"model": "m", "messages": [user(text)], "stream": true})
}
