//! `yallmp logs` in a terminal.

use serde_json::{Value, json};

use crate::kit::*;

async fn ls(proxy: &Proxy, args: &[&str]) -> Ended {
    run(proxy.dir(), &[&["logs", "ls"], args].concat()).await
}

async fn ids(proxy: &Proxy, args: &[&str]) -> Vec<String> {
    let listed = ls(proxy, &[args, &["--json"]].concat()).await;
    assert_eq!(listed.code, Some(0), "{}", listed.stderr);
    let lines = listed.stdout.lines();
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|summary| summary["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn ls_finds_exchanges_without_a_proxy() {
    let backend = Backend::choose(|seen| match seen.text().contains("fail") {
        true => Answer::error(400, "no"),
        false => Answer::chat_stream(&["It is ", "sunny"]),
    })
    .await;
    let mut proxy = Proxy::start(&config(&backend)).await;
    proxy
        .chat_as("one", ask_stream("What is the weather?"))
        .await;
    proxy.chat_as("two", ask_stream("fail")).await;
    proxy
        .chat_as("three", ask_stream("Look at \x1b[2J this"))
        .await;
    proxy.log(3).await;
    proxy.kill();
    // As if no proxy had ever kept an index.
    for suffix in ["", "-wal", "-shm"] {
        let index = proxy
            .dir()
            .join(format!("logs/requests/.index.sqlite{suffix}"));
        let _ = std::fs::remove_file(index);
    }
    assert_eq!(ids(&proxy, &[]).await, ["three", "two", "one"]);
    assert_eq!(ids(&proxy, &["--outcome", "error"]).await, ["two"]);
    assert_eq!(ids(&proxy, &["--text", "sunny weather"]).await, ["one"]);
    assert_eq!(
        ids(&proxy, &["--text", "sun* AND ("]).await,
        Vec::<String>::new()
    );
    assert_eq!(
        ids(&proxy, &["--since", "1h", "-n", "2"]).await,
        ["three", "two"]
    );
    assert_eq!(ids(&proxy, &["--until", "1h"]).await, Vec::<String>::new());
    for (filter, fits, does_not) in [
        ("--model", "m", "n"),
        ("--deployment", "m#1", "m#2"),
        ("--outcome", "success", "cancelled"),
    ] {
        let found = ids(&proxy, &[filter, fits]).await;
        assert_eq!(found.last().unwrap(), "one", "{filter}");
        let none = ids(&proxy, &[filter, does_not]).await;
        assert_eq!(none, Vec::<String>::new(), "{filter}");
    }

    let listed = ls(&proxy, &[]).await;
    assert_eq!(listed.stdout.lines().count(), 4, "{}", listed.stdout);
    assert!(listed.stdout.starts_with("started "));
    assert!(listed.stdout.contains("error 400"), "{}", listed.stdout);
    assert!(!listed.stdout.contains('\x1b'), "{:?}", listed.stdout);

    let tail = run(proxy.dir(), &["logs", "tail", "-n", "2"]).await;
    let last: Vec<_> = tail.stdout.lines().collect();
    assert!(
        last[0].contains("two") && last[1].contains("three"),
        "{last:?}"
    );
    let one = run(proxy.dir(), &["logs", "tail", "one"]).await;
    assert_eq!(one.stdout, "It is sunny\n", "{}", one.stderr);
}

#[tokio::test]
async fn ls_keeps_its_columns_with_long_names_and_says_why_it_failed() {
    let backend = Backend::choose(|seen| match seen.text().contains("fail") {
        true => Answer::error(400, "the context is too long"),
        false => Answer::chat("Hello"),
    })
    .await;
    let long = "openrouter/somebody/a-model-with-a-name-of-fifty-three";
    let more = format!(
        "  - model_name: {long}\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\"}}\n",
        backend.url()
    );
    let yaml = config_with(&backend, &more);
    let mut proxy = Proxy::start(&yaml).await;
    for (model, said) in [(long, "Hi"), ("m", "fail")] {
        let body = json!({"model": model, "messages": [user(said)]});
        proxy.chat(body).await;
    }
    proxy.log(2).await;
    proxy.kill();
    let listed = ls(&proxy, &[]).await.stdout;
    let lines: Vec<&str> = listed.lines().collect();
    let at = lines[0].find("deployment").expect("a head");
    assert!(lines[1][at..].starts_with("m#1 "), "{listed}");
    assert!(
        lines[2][at..].starts_with(&format!("{long}#1 ")),
        "{listed}"
    );
    assert!(lines[1].contains("the context is too long"), "{listed}");
}

#[tokio::test]
async fn ls_asks_the_index_of_a_proxy_that_runs() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    proxy.chat_as("one", ask_stream("Hi")).await;
    proxy.log(1).await;
    // The index may be made in this very moment: that is waited for.
    assert_eq!(ids(&proxy, &[]).await, ["one"]);
}

#[tokio::test]
async fn ls_says_where_it_looked() {
    let dir = TempDir::new();
    let ended = run(dir.path(), &["logs", "ls"]).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("logs/requests"), "{}", ended.stderr);
    let ended = run(dir.path(), &["logs", "ls", "--since", "yesterday"]).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("2026-11-22T18:00:00Z"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn tail_shows_an_answer_as_it_streams() {
    let gate = Gate::new();
    let backend = Backend::always(
        Answer::sse()
            .chunk(json!({"reasoning_content": "Hm"}), None)
            .delta("Hel")
            .gate(&gate)
            .delta("lo")
            .finish("stop")
            .done(),
    )
    .await;
    let proxy = Proxy::start(&config(&backend)).await;
    let url = proxy.url("");
    let tail = Running::start(
        proxy.dir(),
        &["logs", "tail", "-f", "--url", &url, "-n", "0"],
    );
    // It follows from when it is connected, so ask until it has seen one.
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    live.event().await;
    tail.prints("-- reasoning\nHm\n-- answer\nHel").await;
    gate.open();
    live.finish().await;
    tail.prints("Hello\n").await;
}

#[tokio::test]
async fn tail_says_that_no_proxy_runs() {
    let dir = TempDir::new();
    let url = Backend::dead_url().await;
    let ended = run(dir.path(), &["logs", "tail", "-f", "--url", &url]).await;
    assert_eq!(ended.code, Some(1));
    assert!(
        ended.stderr.contains("no proxy answers at"),
        "{}",
        ended.stderr
    );

    let backend = Backend::always(Answer::chat("Hello")).await;
    let yaml = config_with(&backend, "general_settings: {master_key: sk-master}\n");
    let proxy = Proxy::start(&yaml).await;
    let url = proxy.url("");
    let wrong = ["logs", "tail", "-f", "--url", &url, "--api-key", "sk-wrong"];
    let ended = run(dir.path(), &wrong).await;
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("401"), "{}", ended.stderr);
}
