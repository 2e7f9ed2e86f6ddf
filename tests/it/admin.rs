//! Models registered while the proxy runs.

use serde_json::{Value, json};

use crate::kit::*;

const EMPTY: &str = "plugins: []\nmodel_list: []\n";

fn model(backend: &Backend) -> Value {
    json!({"model_name": "new", "api_base": backend.url(), "api_key": "sk-new", "target_model": "t"})
}

#[tokio::test]
async fn a_registered_model_answers_at_once() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(EMPTY).await;
    let ask = json!({"model": "new", "messages": [user("Hi")]});
    assert_eq!(proxy.chat(ask.clone()).await.status, 404);
    let answer = proxy.post("/admin/models", model(&backend)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(proxy.chat(ask.clone()).await.content(), "Hello");
    assert_eq!(
        backend.request(1).header("authorization"),
        Some("Bearer sk-new")
    );

    assert_eq!(proxy.delete("/admin/models/new").await.status, 200);
    assert_eq!(proxy.chat(ask).await.status, 404);
}

#[tokio::test]
async fn kill_9_forgets_nothing() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(EMPTY).await;
    let before = std::fs::read(proxy.dir().join("litellm_config.yaml")).unwrap();
    assert_eq!(
        proxy.post("/admin/models", model(&backend)).await.status,
        200
    );
    let proxy = proxy.restart().await;
    assert!(proxy.stdout().contains("new "), "{}", proxy.stdout());
    let answer = proxy
        .chat(json!({"model": "new", "messages": [user("Hi")]}))
        .await;
    assert_eq!(answer.content(), "Hello");
    let after = std::fs::read(proxy.dir().join("litellm_config.yaml")).unwrap();
    assert_eq!(before, after, "the YAML file is never written");
}

#[tokio::test]
async fn an_exchange_that_runs_keeps_what_it_began_with() {
    let gate = Gate::new();
    let slow = Backend::always(Answer::chat_held("Hel", &gate, "lo")).await;
    let proxy = Proxy::start(EMPTY).await;
    proxy.post("/admin/models", model(&slow)).await;
    let ask = json!({"model": "new", "messages": [user("Hi")], "stream": true});
    let mut live = proxy.chat_open(ask).await;
    live.event().await;
    assert_eq!(proxy.delete("/admin/models/new").await.status, 200);
    gate.open();
    assert_eq!(live.finish().await.content(), "lo");
}

#[tokio::test]
async fn a_broken_state_file_stops_the_start_and_is_left_alone() {
    let yaml = format!("{EMPTY}general_settings: {{server: {{state_file: state.json}}}}\n");
    let broken = "{\"version\": 1, \"mod";
    let builder = Proxy::with(&yaml).file("state.json", broken);
    let folder = builder.folder();
    let end = builder.try_start().await.err().expect("it must not start");
    assert_eq!(end.code, Some(1));
    assert!(end.stderr.contains("state.json"), "{}", end.stderr);
    let left = std::fs::read_to_string(folder.path().join("state.json"));
    assert_eq!(left.unwrap(), broken);
}
