//! A deployment with nothing special about it. Also used by `examples/micro.rs`.

use std::time::Duration;

use serde_json::json;
use yallmp_core::config::{Backend, Deployment, Timeouts};

pub fn deployment() -> Deployment {
    let second = Duration::from_secs(1);
    Deployment {
        id: "m#1".into(),
        model_name: "m".into(),
        target_model: "target".into(),
        provider: "openai".into(),
        backend: Backend::Demo,
        api_key: None,
        weight: 1,
        rpm: None,
        tpm: None,
        tries: None,
        timeouts: Timeouts {
            connect: second,
            headers: second,
            first_event: second,
            between_events: second,
            whole: second,
            total: None,
        },
        extra_headers: Vec::new(),
        extra_body: serde_json::Map::new(),
        default_body: serde_json::Map::new(),
        drop_params: Vec::new(),
        supports_reasoning: None,
        model_info: json!({}),
        params: "{}".into(),
        plugins: Vec::new(),
        log_level: None,
        disabled: None,
    }
}
