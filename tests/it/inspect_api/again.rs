//! An exchange once more: sent again, run again without a network, taken along.

use super::*;

#[tokio::test]
async fn an_exchange_is_replayed_from_here() {
    let backend = Backend::always(Answer::chat_stream(&["Hel", "lo"])).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let key = id(&proxy.chat(ask_stream("Hi")).await);
    proxy.log(1).await;
    let path = format!("/ui/api/exchanges/{key}/replay");

    let offline = proxy.post(&path, json!({"offline": true})).await;
    assert_eq!(offline.status, 200, "{}", offline.text());
    let offline = offline.json();
    assert_eq!(
        (&offline["same"], &offline["diff"]),
        (&json!(true), &json!(""))
    );
    assert_eq!(backend.requests().len(), 1, "nothing went to the backend");

    let online = proxy.post(&path, json!({"stream": false})).await;
    assert_eq!(online.status, 200, "{}", online.text());
    let again = online.json()["id"].as_str().unwrap().to_owned();
    assert_ne!(again, key);
    proxy
        .until("/ui/api/exchanges", |page| {
            let newest = &page["exchanges"][0];
            newest["id"] == json!(again) && newest["state"] != "running"
        })
        .await;
    assert_eq!(backend.request(2).json()["stream"], json!(false));
    assert_eq!(
        backend.request(2).header("authorization"),
        Some("Bearer sk-backend")
    );

    let wrong = proxy
        .client()
        .request("POST", &path, &[("content-type", "text/plain")], "{}");
    assert_eq!(wrong.await.status, 415);
}

#[tokio::test]
async fn an_offline_replay_shows_what_a_new_configuration_changes() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let key = id(&proxy.chat(ask("Hi")).await);
    proxy.log(1).await;
    let yaml = config(&backend).replace(
        "api_key: sk-backend",
        "api_key: sk-backend, extra_body: {seed: 7}",
    );
    std::fs::write(proxy.dir().join("litellm_config.yaml"), yaml).unwrap();
    let proxy = proxy.restart().await;
    let path = format!("/ui/api/exchanges/{key}/replay");
    let offline = proxy.post(&path, json!({"offline": true})).await.json();
    assert_eq!(offline["same"], json!(false), "{offline}");
    assert!(
        offline["diff"].as_str().unwrap().contains("seed"),
        "{offline}"
    );
}

#[tokio::test]
async fn an_exchange_leaves_in_other_forms() {
    let backend = Backend::always(Answer::chat_stream(&["Hel", "lo"])).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let key = id(&proxy.chat(ask_stream("Hi there")).await);
    proxy.log(1).await;
    for (form, ending, part) in [
        ("jsonl", "jsonl", "\"schema\":1"),
        ("curl", "sh", "curl -"),
        ("har", "har", "\"log\":"),
        ("fixture", "tar", "/fixture.json"),
    ] {
        let path = format!("/ui/api/exchanges/{key}/export?as={form}");
        let export = proxy.get(&path).await;
        assert_eq!(export.status, 200, "{form}: {}", export.text());
        let name = format!("attachment; filename=\"{key}.{ending}\"");
        assert_eq!(export.header("content-disposition"), Some(name.as_str()));
        let text = String::from_utf8_lossy(&export.body);
        assert!(text.contains(part) && text.contains("Hi there"), "{text}");
        if form == "jsonl" {
            let shown = proxy.get(&format!("/ui/api/exchanges/{key}")).await;
            assert_eq!(text.trim_end(), shown.text());
        }
    }
}
