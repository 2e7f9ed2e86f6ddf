//! `/ui/api`, as the inspector page and `yallmp logs tail` ask it.

use serde_json::{Value, json};

use crate::kit::*;

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
async fn the_turn_before_is_found() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let first = id(&proxy.chat(ask("Hi")).await);
    proxy.chat(ask("Something else")).await;
    let history = [
        user("Hi"),
        json!({"role": "assistant", "content": "Hello"}),
        user("And now?"),
    ];
    let second = id(&proxy.chat(json!({"model": "m", "messages": history})).await);
    indexed(&proxy, 3).await;
    let previous = |key: &str| format!("/ui/api/exchanges/{key}/previous");
    assert_eq!(
        proxy.get(&previous(&second)).await.json()["id"],
        json!(first)
    );
    assert_eq!(proxy.get(&previous(&first)).await.json()["id"], Value::Null);
}

#[tokio::test]
async fn the_turn_before_is_found_by_the_answer_that_a_request_names() {
    let backend = Backend::choose(|seen| match seen.json()["stream"] == json!(true) {
        true => Answer::sse()
            .event(json!({"type": "response.created", "response": {"id": "resp_1"}}))
            .event(json!({"type": "response.output_text.delta", "delta": "Hello"}))
            .event(json!({"type": "response.completed", "response": {
                "id": "resp_1", "object": "response", "status": "completed", "output": [],
            }})),
        false => Answer::json(json!({
            "id": "resp_2", "object": "response", "status": "completed",
            "output": [{"type": "message", "role": "assistant",
                "content": [{"type": "output_text", "text": "Fine"}]}],
        })),
    })
    .await;
    let more = "general_settings: {enable_responses_endpoint: true}\n";
    let proxy = Proxy::start(&config_with(&backend, more)).await;
    let mut turns = Vec::new();
    for (before, stream) in [
        (Value::Null, true),
        (json!("resp_1"), false),
        (json!("resp_2"), true),
    ] {
        let body = json!({"model": "m", "input": "Go on", "stream": stream,
            "previous_response_id": before});
        turns.push(id(&proxy.post("/v1/responses", body).await));
    }
    let unknown = json!({"model": "m", "input": "Go on", "previous_response_id": "resp_9"});
    turns.push(id(&proxy.post("/v1/responses", unknown).await));
    indexed(&proxy, 4).await;
    let mut found = Vec::new();
    for turn in &turns {
        let path = format!("/ui/api/exchanges/{turn}/previous");
        found.push(proxy.get(&path).await.json()["id"].clone());
    }
    assert_eq!(
        found,
        [Value::Null, json!(turns[0]), json!(turns[1]), Value::Null]
    );
}

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
    }
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

#[tokio::test]
async fn a_wrong_parameter_is_named_with_what_it_could_be() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    const TIME: &str = "is no time; write 2026-11-22T18:00:00Z, or seconds since 1970";
    for (query, param, message) in [
        (
            "exchanges?since=yesterday",
            "since",
            format!("`since` is `yesterday`, which {TIME}"),
        ),
        (
            "overview?until=%1b%5b2J",
            "until",
            format!("`until` is `?[2J`, which {TIME}"),
        ),
        (
            "exchanges?limit=-3",
            "limit",
            "`limit` is `-3`, which is no whole number from 1 to 1000".into(),
        ),
        (
            "overview?buckets=0",
            "buckets",
            "`buckets` is `0`, which is no whole number from 1 to 500".into(),
        ),
        (
            "exchanges?outcome=failed",
            "outcome",
            "`outcome` is `failed`, which is none of `success`, `error`, `cancelled`, `running`"
                .into(),
        ),
        (
            "exchanges?before=nonsense",
            "before",
            "`before` is `nonsense`, which is not the `next` of a page".into(),
        ),
        (
            "exchanges/x/export?as=pdf",
            "as",
            "`as` is `pdf`, which is none of `jsonl`, `curl`, `har`, `fixture`".into(),
        ),
        (
            "exchanges/x/export",
            "as",
            "`as` says in which form: `jsonl`, `curl`, `har` or `fixture`".into(),
        ),
        (
            "exchanges?model=a&model=b",
            "model",
            "`model` is there more than once".into(),
        ),
        (
            "live?modle=m",
            "modle",
            "there is no parameter `modle` here; known: `id`".into(),
        ),
        (
            "overview?since=2000000000&until=1",
            "since",
            "`since` must be before `until`".into(),
        ),
    ] {
        let refused = proxy.get(&format!("/ui/api/{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        let error = refused.error();
        assert_eq!(error["message"], message, "{query}");
        assert_eq!(error["param"], param, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_even_text_gets_an_error_of_the_usual_shape() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    for path in ["/ui/api/exchanges/%ff", "/ui/%ff", "/v1/models/%ff"] {
        let refused = proxy.get(path).await;
        assert_eq!(refused.status, 400, "{path}");
        let what = "the name in the path is not UTF-8, once its % signs are decoded";
        assert_eq!(refused.error()["message"], what, "{path}");
    }
    let wish = json!({"modle": "x"});
    let refused = proxy.post("/ui/api/exchanges/x/replay", wish).await;
    assert_eq!(refused.status, 400);
    let message = refused.error()["message"].as_str().unwrap().to_owned();
    for part in ["`model`, `stream` or `offline`", "unknown field `modle`"] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn only_whoever_may_see_it_does() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
        let stranger = proxy.client().with_header(name, value);
        for path in ["/ui/api/exchanges", "/ui/api/live", "/ui/"] {
            let refused = stranger.get(path).await;
            assert_eq!(refused.status, 403, "{name} {path}");
        }
    }

    let yaml = config_with(&backend, "general_settings: {master_key: sk-master}\n");
    let proxy = Proxy::start(&yaml).await;
    let known = proxy.client().with_key("sk-master");
    for path in ["/ui/api/exchanges", "/ui/api/status", "/ui/api/overview"] {
        assert_eq!(proxy.get(path).await.status, 401, "{path}");
        assert_eq!(known.get(path).await.status, 200, "{path}");
    }
    // The page has no data in it, and a browser has no key before it.
    let page = proxy.get("/ui/").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));

    let off = Proxy::start(&config_with(
        &backend,
        "general_settings: {inspector: false}\n",
    ))
    .await;
    for path in ["/ui/", "/ui", "/ui/api/exchanges"] {
        assert_eq!(off.get(path).await.status, 404, "{path}");
    }
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
