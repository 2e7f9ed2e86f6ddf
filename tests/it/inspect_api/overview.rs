//! Many exchanges at once, and the proxy itself.

use super::*;

#[tokio::test]
async fn numbers_over_time_and_the_proxy_itself() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    proxy.chat(ask("Hi")).await;
    proxy.chat(ask("Hi")).await;
    indexed(&proxy, 2).await;
    let overview = proxy.get("/ui/api/overview?buckets=3").await.json();
    assert_eq!(overview["times"].as_array().unwrap().len(), 3);
    let series = overview["series"].as_array().unwrap();
    assert_eq!(series.len(), 1, "{overview}");
    assert_eq!(series[0]["model"], "m");
    assert_eq!(series[0]["requests"], json!([0, 0, 2]));
    assert_eq!(overview["totals"]["requests"], 2);
    let status = proxy.get("/ui/api/status").await.json();
    assert_eq!(
        status["deployments"],
        json!([{"id": "m#1", "state": "ok", "until": null}])
    );
    assert_eq!(status["log"]["enabled"], true);
}

#[tokio::test]
async fn the_overview_remembers_when_deployments_cooled_down() {
    let backend = Backend::choose(|seen| match seen.text().contains("fail") {
        true => Answer::status(500),
        false => Answer::chat("Hello"),
    })
    .await;
    let yaml = format!(
        "{}  - model_name: well\n    litellm_params: {{model: openai/well, api_base: \"{}/v1\"}}\n{}",
        config(&backend),
        backend.url(),
        "router_settings: {num_retries: 0, allowed_fails: 0, cooldown_time: 3}\n"
    );
    let proxy = Proxy::start(&yaml).await;
    proxy.chat(ask("fail")).await;
    let overview = proxy.get("/ui/api/overview").await.json();
    let now = &overview["cooldowns"][0];
    assert_eq!(
        (&now["deployment"], &now["now"]),
        (&json!("m#1"), &json!(true)),
        "{overview}"
    );
    // It is over, and seen all the same.
    let over = proxy
        .until("/ui/api/overview?model=m", |overview| {
            overview["cooldowns"][0]["now"] == false
        })
        .await;
    let cooldowns = over["cooldowns"].as_array().unwrap();
    assert_eq!(cooldowns.len(), 1, "{over}");
    let time = |name: &str| cooldowns[0][name].as_f64().unwrap();
    let length = time("until") - time("since");
    assert!((2.9..3.1).contains(&length), "{length}");
    assert!(over["cooldowns_known_since"].as_f64().unwrap() < time("since"));

    for other in [
        "model=well",
        "deployment=well%231",
        "until=2020-01-01T00:00:00Z",
    ] {
        let overview = proxy.get(&format!("/ui/api/overview?{other}")).await.json();
        assert_eq!(overview["cooldowns"], json!([]), "{other}");
    }
}
