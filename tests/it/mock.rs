//! `yallmp fixture` and `yallmp mock`: what a log is good for.

use std::path::Path;

use serde_json::{Value, json};

use crate::kit::*;

fn demo() -> String {
    let model = |name| {
        format!(
            "  - {{model_name: {name}, litellm_params: {{model: openai/{name}, api_base: 'builtin://demo'}}}}\n"
        )
    };
    format!("model_list:\n{}{}", model("leaky-tools"), model("flaky"))
}

fn call(model: &str, stream: bool) -> Value {
    json!({"model": model, "stream": stream, "messages": [user("Look!")],
        "tools": [{"type": "function", "function": {"name": "look", "parameters": {}}}]})
}

/// A mock with these flags, and a client of it.
async fn mock(dir: &Path, flags: &[&str]) -> (Started, Client) {
    let flags = [&["mock", "--port", "0", "--speed", "max"], flags].concat();
    let started = start_command(dir, &flags).await;
    let client = Client::new(started.addr());
    (started, client)
}

async fn post(client: &Client, body: &Value) -> Answered {
    client.post("/v1/chat/completions", body.clone()).await
}

#[tokio::test]
async fn a_log_becomes_a_fixture_and_a_backend() {
    let proxy = Proxy::start(&demo()).await;
    let ask = call("leaky-tools", true);
    let answer = proxy.chat(ask.clone()).await.text();
    assert!(answer.contains("\"tool_calls\""), "{answer}");
    let whole = proxy.chat(call("leaky-tools", false)).await;
    proxy.chat(call("flaky", true)).await;
    proxy.log(3).await;
    let (log, _) = &proxy.logs()[0];
    let log = log.to_str().unwrap();

    let made = run(
        proxy.dir(),
        &[
            "fixture",
            log,
            "-o",
            "made/oslo",
            "--plugins",
            "tool-call-fix",
        ],
    )
    .await;
    assert_eq!(made.code, Some(0), "{made:#?}");
    let read =
        |name: &str| std::fs::read_to_string(proxy.dir().join("made/oslo").join(name)).unwrap();
    assert_eq!(read("request.json"), ask.to_string());
    assert_eq!(read("expected.sse"), answer);
    let leak = read("upstream.sse");
    assert!(
        leak.ends_with("data: [DONE]\n\n") && !leak.contains("\"tool_calls\""),
        "{leak}"
    );
    let facts: Value = serde_json::from_str(&read("fixture.json")).unwrap();
    assert_eq!(
        facts["plugins"],
        json!([{"name": "tool-call-fix", "config": null}])
    );

    // The backend of the fixture, and of the log, says what the backend said.
    for from in ["made/oslo", log] {
        let (_mock, client) = mock(proxy.dir(), &["--from", from]).await;
        let mut other = ask.clone();
        other["model"] = "any".into();
        for _ in 0..2 {
            assert_eq!(post(&client, &other).await.text(), leak, "{from}");
        }
    }

    // Of a folder the one that fits; tries come one after the other.
    std::fs::write(proxy.dir().join("logs/requests/torn.log"), "yallmp log 1").unwrap();
    let (mut mock, client) = mock(proxy.dir(), &["--from", "logs/requests"]).await;
    let said = post(&client, &call("leaky-tools", false)).await.content();
    assert!(said.contains("<tool_call>"), "{said}");
    assert_eq!(whole.json()["choices"][0]["finish_reason"], "tool_calls");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(post(&client, &call("flaky", true)).await.status);
    }
    assert_eq!(statuses, [503, 503, 200, 503]);
    let said = mock.stop().stderr;
    assert_eq!(said.lines().count(), 1 + 5, "{said}");
    assert!(
        said.starts_with("passed over: ") && said.contains("torn.log"),
        "{said}"
    );
}

#[tokio::test]
async fn every_scenario_is_listed_and_played() {
    let dir = TempDir::new();
    let listed = run(dir.path(), &["mock", "--list"]).await;
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    let names: Vec<_> = listed
        .stdout
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    let (_mock, client) = mock(dir.path(), &[]).await;
    let models = client.get("/v1/models").await.json();
    let models: Vec<_> = models["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert_eq!(models, names);

    for name in names {
        let ask =
            json!({"model": format!("openai/{name}"), "stream": true, "messages": [user("Hi")]});
        let endless = ["stalls", "stalls-first", "never-answers"].contains(&name);
        if endless {
            let hears =
                tokio::time::timeout(std::time::Duration::from_millis(300), post(&client, &ask));
            assert!(hears.await.is_err(), "{name} comes to an end");
            continue;
        }
        if name == "closes" {
            let request = format!(
                "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{ask}",
                ask.to_string().len()
            );
            assert_eq!(raw(client.addr(), request).await, b"");
            continue;
        }
        let answer = post(&client, &ask).await;
        let text = answer.text();
        let status = match name {
            "rate-limited" | "rate-limited-once" => 429,
            "overloaded" | "flaky" => 503,
            "unauthorized" => 401,
            "context-too-long" => 400,
            "html-502" => 502,
            _ => 200,
        };
        assert_eq!(answer.status, status, "{name}: {text}");
        let is_broken = ["cut", "cut-in-event", "dies-midstream"].contains(&name);
        assert_eq!(answer.broken.is_some(), is_broken, "{name}: {text}");
        let is_error = text.contains("\"error\"");
        assert_eq!(
            is_error,
            (status != 200 && status != 502) || name.starts_with("error-"),
            "{name}: {text}"
        );
        let lacks_end = is_broken || is_error || status != 200;
        let lacks_end = lacks_end
            || ["html", "empty", "ends-early", "no-done", "whole-for-stream"].contains(&name);
        assert_eq!(!text.contains("[DONE]"), lacks_end, "{name}: {text}");
    }
}

#[tokio::test]
async fn one_scenario_for_all_and_unknown_names() {
    let dir = TempDir::new();
    let (_mock, client) = mock(dir.path(), &["--from", "rate-limited-once"]).await;
    let ask = json!({"model": "gpt-9", "messages": [user("Hi")]});
    let refused = post(&client, &ask).await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("1"))
    );
    assert!(post(&client, &ask).await.content().contains("Hi."));

    let none = run(dir.path(), &["mock", "--from", "nonesuch"]).await;
    assert_eq!(none.code, Some(1));
    assert!(
        none.stderr.contains("`nonesuch` is no scenario"),
        "{none:#?}"
    );
    let empty = run(dir.path(), &["mock", "--from", "."]).await;
    assert!(empty.stderr.contains("no `*.log`"), "{empty:#?}");
    for flags in [["mock", "--speed", "0"], ["mock", "--speed", "x"]] {
        assert_eq!(run(dir.path(), &flags).await.code, Some(2));
    }
}

/// The proxy in front of a mock mends what can be mended, and is honest about the rest.
#[tokio::test]
async fn the_proxy_stands_before_it() {
    let dir = TempDir::new();
    let (mock, _) = mock(dir.path(), &[]).await;
    let yaml = format!(
        "model_list: [{{model_name: '*', litellm_params: {{model: 'openai/*', api_base: 'http://{}/v1'}}}}]\nrouter_settings: {{num_retries: 2, retry_after: 0.01}}\n",
        mock.addr()
    );
    let proxy = Proxy::start(&yaml).await;
    for (model, good) in [
        ("no-done", true),
        ("malformed-event", true),
        ("whole-for-stream", true),
        ("cut", false),
        ("ends-early", false),
        ("error-midstream", false),
    ] {
        let ask = json!({"model": model, "stream": true, "messages": [user("Hi")]});
        let text = proxy.chat(ask).await.text();
        assert_eq!(text.ends_with("data: [DONE]\n\n"), good, "{model}: {text}");
        assert_eq!(text.contains("\"error\""), !good, "{model}: {text}");
    }
}

#[tokio::test]
async fn what_makes_no_fixture_says_why() {
    let backend = Backend::choose(|seen| match seen.text().contains("whole") {
        true => Answer::chat("Hello sk-0123456789abcdef0123"),
        false => Answer::error(400, "no"),
    })
    .await;
    let proxy = Proxy::start(&config(&backend)).await;
    proxy.chat(ask("refuse")).await;
    proxy.chat(ask("whole")).await;
    proxy.chat(ask_stream("whole")).await;
    proxy.log(3).await;
    let fixture = async |number: usize| {
        let (log, _) = &proxy.logs()[number];
        run(
            proxy.dir(),
            &["fixture", log.to_str().unwrap(), "-o", "made"],
        )
        .await
    };
    for (number, why) in [(0, "no backend answered"), (2, "made the answer a stream")] {
        let end = fixture(number).await;
        assert_eq!(end.code, Some(1), "{end:#?}");
        assert!(end.stderr.contains(why), "{end:#?}");
    }
    assert!(!proxy.dir().join("made").exists());
    let end = fixture(1).await;
    assert_eq!(end.code, Some(0), "{end:#?}");
    assert!(
        end.stderr.contains("keys in bodies were masked"),
        "{end:#?}"
    );
    for file in ["upstream.json", "expected.json"] {
        let text = std::fs::read_to_string(proxy.dir().join("made").join(file)).unwrap();
        assert!(
            text.contains("Hello sk-xxxxxxxxxxxxxxxxxxxx"),
            "{file}: {text}"
        );
    }
}
