//! `/ui/api`, as the inspector page and `yallmp logs tail` ask it.

use serde_json::{Value, json};

use crate::kit::*;

mod again;
mod errors;
mod overview;
mod turns;

/// Wait until all logs are in the index.
async fn indexed(proxy: &Proxy, count: u64) {
    let is = |status: &Value| status["log"]["indexed"] == json!(count);
    proxy.until("/ui/api/status", is).await;
}

/// The list, as soon as it has so many.
async fn listed(proxy: &Proxy, count: usize) -> Value {
    proxy
        .until("/ui/api/exchanges", |page| ids(page).len() == count)
        .await
}

fn ids(page: &Value) -> Vec<&str> {
    let exchanges = page["exchanges"].as_array().unwrap();
    exchanges
        .iter()
        .map(|e| e["id"].as_str().unwrap())
        .collect()
}

fn id(answer: &Answered) -> String {
    answer.header("x-request-id").unwrap().to_owned()
}

#[tokio::test]
async fn the_list_shows_what_was_asked_and_finds_it_again() {
    let backend = Backend::choose(|seen| match seen.text().contains("fail") {
        true => Answer::error(400, "no such thing"),
        false => Answer::chat_stream(&["It is ", "sunny in Oslo"]),
    })
    .await;
    let proxy = Proxy::start(&config(&backend)).await;
    proxy
        .chat_as("one", ask_stream("What is the weather?"))
        .await;
    proxy.chat_as("two", ask_stream("Please fail")).await;
    proxy
        .chat_as(
            "three",
            json!({"model": "<script>alert(1)</script>\"", "messages": []}),
        )
        .await;

    let page = proxy.get("/ui/api/exchanges").await;
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let page = listed(&proxy, 3).await;
    assert_eq!(ids(&page), ["three", "two", "one"]);
    let one = &page["exchanges"][2];
    assert_eq!(one["state"], "success");
    assert_eq!(one["title"], "What is the weather?");
    assert_eq!(one["deployment"], "m#1");

    indexed(&proxy, 3).await;
    for (query, expect) in [
        ("", vec!["three", "two", "one"]),
        ("?q=sunny", vec!["one"]),
        ("?q=weather", vec!["one"]),
        ("?q=%22no%20such%20thing%22", vec!["two"]),
        ("?q=%22", vec![]),
        ("?q=NEAR(", vec![]),
        ("?outcome=error", vec!["three", "two"]),
        ("?outcome=success&model=m&deployment=m%231", vec!["one"]),
        ("?plugin=tool-call-fix", vec![]),
        (
            "?since=2020-01-01T00:00:00Z&until=4000000000",
            vec!["three", "two", "one"],
        ),
        ("?until=2020-01-01T00:00:00Z", vec![]),
        ("?limit=1", vec!["three"]),
    ] {
        let page = proxy.get(&format!("/ui/api/exchanges{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text());
        assert_eq!(ids(&page.json()), expect, "{query}");
    }
    let facets = proxy.get("/ui/api/facets").await.json();
    assert_eq!(facets["deployments"], json!(["m#1"]));
    assert_eq!(facets["outcomes"], json!(["error", "success"]));
}

#[tokio::test]
async fn pages_stay_where_they_are_while_new_exchanges_come() {
    let backend = Backend::always(Answer::chat("Hi")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    for n in 0..5 {
        proxy.chat_as(&format!("old{n}"), ask("Hi")).await;
    }
    indexed(&proxy, 5).await;
    let first = proxy.get("/ui/api/exchanges?limit=2").await.json();
    assert_eq!(ids(&first), ["old4", "old3"]);
    proxy.chat_as("new", ask("Hi")).await;
    let next = first["next"].as_str().unwrap();
    let second = proxy
        .get(&format!("/ui/api/exchanges?limit=2&before={next}"))
        .await;
    let second = second.json();
    assert_eq!(ids(&second), ["old2", "old1"]);
    let next = second["next"].as_str().unwrap();
    let last = proxy
        .get(&format!("/ui/api/exchanges?limit=2&before={next}"))
        .await;
    let last = last.json();
    assert_eq!((ids(&last), &last["next"]), (vec!["old0"], &Value::Null));
}

#[tokio::test]
async fn one_exchange_in_full_also_while_it_runs() {
    let gate = Gate::new();
    let backend = Backend::always(Answer::chat_held("Hel", &gate, "lo")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.chat_open(ask_stream("Hi there")).await;
    live.event().await;
    let running = listed(&proxy, 1).await;
    assert_eq!(running["exchanges"][0]["state"], "running");
    let key = ids(&running)[0].to_owned();
    let path = format!("/ui/api/exchanges/{key}");
    let trace = proxy.get(&path).await.json();
    assert_eq!(trace["summary"]["state"], "running");
    assert_eq!(trace["end"], Value::Null);
    assert!(
        trace["client"]["body"]
            .as_str()
            .unwrap()
            .contains("Hi there")
    );

    gate.open();
    live.finish().await;
    indexed(&proxy, 1).await;
    let trace = proxy.get(&path).await.json();
    assert_eq!(trace["summary"]["state"], "success");
    let file = trace["summary"]["file"].as_str().unwrap();
    assert!(trace["attempts"][0]["events"].to_string().contains("Hel"));
    let log = proxy.get(&format!("{path}/log")).await;
    assert_eq!(
        log.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(log.text(), proxy.log(1).await);
    let same = proxy.get(&format!("/ui/api/exchanges/{file}")).await.json();
    assert_eq!(same["summary"]["id"], json!(key));

    for missing in [
        "nothing",
        "..%2f..%2flitellm_config.yaml",
        "20260101_000000-%2fx_y.log",
    ] {
        let answer = proxy.get(&format!("/ui/api/exchanges/{missing}")).await;
        assert_eq!(answer.status, 404, "{missing}");
        assert_eq!(answer.error()["code"], "exchange_not_found");
    }
}

#[tokio::test]
async fn a_stream_is_seen_as_it_runs() {
    let gate = Gate::new();
    let backend = Backend::always(Answer::chat_held("Hel", &gate, "lo")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let mut summaries = proxy.client().listen("/ui/api/live").await;
    let mut answer = proxy.chat_open(ask_stream("Hi")).await;
    answer.event().await;
    let begins = named(&mut summaries, "summary").await;
    assert_eq!(begins["state"], "running");
    let key = begins["id"].as_str().unwrap();
    let mut frames = proxy
        .client()
        .listen(&format!("/ui/api/live?id={key}"))
        .await;
    // What came before somebody looked, too.
    let mut content = String::new();
    while content != "Hel" {
        let frame = named(&mut frames, "frame").await;
        assert_eq!(frame["side"], "both");
        content += delta(&frame);
    }
    gate.open();
    answer.finish().await;
    while content != "Hello" {
        content += delta(&named(&mut frames, "frame").await);
    }
    named(&mut frames, "end").await;
    assert_eq!(frames.frame().await, None);
    loop {
        let summary = named(&mut summaries, "summary").await;
        if summary["state"] == "success" {
            break;
        }
    }
}

/// The data of the next event with this name.
async fn named(live: &mut Live, name: &str) -> Value {
    loop {
        let frame = live
            .frame()
            .await
            .unwrap_or_else(|| panic!("no {name} came"));
        if let Some(rest) = frame.strip_prefix(&format!("event: {name}\ndata: ")) {
            return serde_json::from_str(rest.trim()).unwrap();
        }
    }
}

fn delta(frame: &Value) -> &str {
    let raw = frame["raw"].as_str().unwrap();
    ["Hel", "lo"]
        .into_iter()
        .find(|piece| raw.contains(&format!("\"content\":\"{piece}\"")))
        .unwrap_or("")
}

#[tokio::test]
async fn what_follows_does_not_keep_the_proxy_from_stopping() {
    let backend = Backend::always(Answer::chat("Hi")).await;
    let mut proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.client().listen("/ui/api/live").await;
    live.frame().await;
    #[cfg(unix)]
    assert_eq!(proxy.terminate().await.code, Some(0));
    #[cfg(not(unix))]
    proxy.kill();
}

#[tokio::test]
async fn the_index_comes_back_after_kill_9_deletion_and_damage() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let mut proxy = Proxy::start(&config(&backend)).await;
    let damages: [&dyn Fn(&std::path::Path); 3] = [
        &|_| {},
        &|index| std::fs::remove_file(index).unwrap(),
        &|index| std::fs::write(index, "not a database").unwrap(),
    ];
    for (number, damage) in (1..).zip(damages) {
        proxy.chat_as(&format!("id{number}"), ask("Hi")).await;
        indexed(&proxy, number).await;
        proxy.kill();
        let index = proxy.dir().join("logs/requests/.index.sqlite");
        for suffix in ["-wal", "-shm"] {
            if number > 1 {
                let _ = std::fs::remove_file(format!("{}{suffix}", index.display()));
            }
        }
        damage(&index);
        proxy = proxy.restart().await;
        indexed(&proxy, number).await;
        let page = proxy.get("/ui/api/exchanges?q=Hello").await.json();
        assert_eq!(ids(&page).len() as u64, number);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_takes_the_index_and_not_the_proxy() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::with(&config(&backend)).full_disk().start().await;
    assert_eq!(proxy.chat(ask("Hi")).await.status, 200);
    // From memory.
    let page = listed(&proxy, 1).await;
    assert_eq!(page["exchanges"][0]["state"], "success");
}

#[tokio::test]
async fn what_is_not_logged_is_not_seen() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let yaml = config_with(
        &backend,
        "general_settings: {request_log: {enabled: false}}\n",
    );
    let proxy = Proxy::start(&yaml).await;
    proxy.chat(ask("Hi")).await;
    let page = proxy.get("/ui/api/exchanges").await.json();
    assert_eq!(ids(&page).len(), 0);
    let status = proxy.get("/ui/api/status").await.json();
    assert_eq!(status["log"]["enabled"], false);
}
