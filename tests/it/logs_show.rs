//! `yallmp logs show`, `diff` and `export`: one exchange, looked at closely.

use serde_json::{Value, json};

use crate::kit::*;

mod found;
mod hostile;

const DEMO: &str = "
model_list:
  - model_name: leaky-tools
    litellm_params: {model: openai/leaky-tools, api_base: builtin://demo}
  - model_name: flaky
    litellm_params: {model: openai/flaky, api_base: builtin://demo}
";

fn demo(model: &str, stream: bool, text: &str) -> Value {
    let tool = json!({"type": "function", "function": {"name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}},
    }}});
    json!({"model": model, "stream": stream, "messages": [user(text)], "tools": [tool]})
}

async fn logs(proxy: &Proxy, args: &[&str]) -> Ended {
    run(proxy.dir(), &[&["logs"], args].concat()).await
}

async fn shown(proxy: &Proxy, args: &[&str]) -> String {
    let ended = logs(proxy, &[&["show"], args].concat()).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stdout.contains('\x1b'), "{:?}", ended.stdout);
    ended.stdout
}

#[tokio::test]
async fn show_tells_what_was_said_and_who_changed_it() {
    let mut proxy = Proxy::start(DEMO).await;
    proxy
        .chat_as("one", demo("leaky-tools", true, "Rain \x1b[2J today?"))
        .await;
    proxy.log(1).await;
    proxy.kill();
    let page = shown(&proxy, &["one"]).await;
    for part in [
        "one  success 200",
        "user       Rain ?[2J today?",
        "calls      get_weather",
        "the same, client and upstream",
        "| delivered",
        "<tool_call>",
        "tool-call-fix  ",
        "format: hermes",
    ] {
        assert!(page.contains(part), "{part} in\n{page}");
    }
    let client = shown(&proxy, &["one", "--stage", "client"]).await;
    assert!(
        client.contains("\n  \"model\": \"leaky-tools\",\n"),
        "{client}"
    );
    let tail = logs(&proxy, &["tail", "one"]).await.stdout;
    assert!(
        tail.ends_with(".\n\n-- calls\nget_weather {\"city\":\"Paris\"}\n"),
        "{tail}"
    );
    let events = shown(&proxy, &["one", "--stage", "events"]).await;
    assert!(
        events.contains(" ~ ") && events.contains(" tool-call-fix: held 1\n"),
        "{events}"
    );
    assert!(events.contains(r#" * {"tool_calls":"#), "{events}");
    let delivered = shown(&proxy, &["one", "--stage", "delivered"]).await;
    assert!(delivered.ends_with("data: [DONE]\n\n"), "{delivered}");
    let received: Value =
        serde_json::from_str(&shown(&proxy, &["one", "--stage", "received", "--json"]).await)
            .unwrap();
    assert_eq!(received[0]["head"]["status"], 200);
}

/// Of a stream with repairs, of tries that failed, of a whole answer, of an error.
#[tokio::test]
async fn the_traces_of_real_exchanges_are_as_the_schema_says() {
    let proxy = Proxy::start(DEMO).await;
    proxy
        .chat_as("stream", demo("leaky-tools", true, "Hi"))
        .await;
    proxy.chat_as("tries", demo("flaky", true, "Hi")).await;
    proxy
        .chat_as("whole", demo("leaky-tools", false, "Hi"))
        .await;
    proxy.chat_as("error", demo("nobody", false, "Hi")).await;
    proxy.log(4).await;
    let whole = shown(&proxy, &["whole"]).await;
    assert!(whole.contains("1 event came, 1 went out"), "{whole}");
    let schema = repository().join("docs/trace.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for id in ["stream", "tries", "whole", "error"] {
        let trace: Value = serde_json::from_str(&shown(&proxy, &[id, "--json"]).await).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&trace)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{id}: {errors:?}");
        assert_eq!(trace["summary"]["id"], id);
        let attempts = trace["attempts"].as_array().unwrap();
        assert_eq!(
            attempts.len(),
            trace["summary"]["attempts"].as_u64().unwrap() as usize
        );
        if id == "stream" {
            let fix = &attempts[0]["plugins"][0];
            assert_eq!(fix["name"], "tool-call-fix");
            assert!(
                fix["time"].as_f64().unwrap() > 0.0 && fix["held_events"] != 0,
                "{fix}"
            );
            assert_eq!(
                trace["out"].as_array().unwrap().len() as u64 - 1,
                trace["end"]["events_out"]
            );
        }
    }
}

#[tokio::test]
async fn diff_says_same_or_different() {
    let proxy = Proxy::start(DEMO).await;
    proxy.chat_as("a", demo("leaky-tools", false, "Hi")).await;
    proxy.chat_as("b", demo("leaky-tools", false, "Ho")).await;
    proxy.log(2).await;
    let same = logs(&proxy, &["diff", "a", "a"]).await;
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (Some(0), ""),
        "{}",
        same.stderr
    );
    let different = logs(&proxy, &["diff", "a", "b", "--stages", "client"]).await;
    assert_eq!(different.code, Some(1));
    assert_eq!(
        different.stdout,
        "client\n  ~ messages[0].content: \"Hi\" → \"Ho\"\n"
    );
    let stages = logs(&proxy, &["diff", "a", "--stages", "received,delivered"]).await;
    assert_eq!(stages.code, Some(1));
    assert!(
        stages.stdout.contains("+ choices[0].message.tool_calls: "),
        "{}",
        stages.stdout
    );
    // What became of it on both ways.
    let both = logs(&proxy, &["diff", "a"]).await;
    assert_eq!(both.code, Some(1));
    assert!(
        both.stdout.starts_with("received → delivered\n"),
        "{}",
        both.stdout
    );
    let missing = logs(&proxy, &["diff", "a", "c"]).await;
    assert_eq!(missing.code, Some(2));
    assert!(
        missing.stderr.contains("no log of `c`"),
        "{}",
        missing.stderr
    );
}

#[tokio::test]
async fn export_gives_other_programs_what_they_read() {
    let mut proxy = Proxy::start(DEMO).await;
    proxy
        .chat_as("a", demo("leaky-tools", true, "It's rain?"))
        .await;
    proxy.chat_as("b", demo("flaky", false, "Hi")).await;
    proxy.log(2).await;
    proxy.kill();
    let export = async |args: &[&str]| {
        let ended = logs(&proxy, &[&["export", "--format"], args].concat()).await;
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    let lines = export(&["jsonl"]).await;
    let ids: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["summary"]["id"].clone())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    let shown: Value = serde_json::from_str(&shown(&proxy, &["a", "--json"]).await).unwrap();
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first, shown, "the same trace, with the name of its file");
    let har: Value = serde_json::from_str(&export(&["har", "--model", "flaky"]).await).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let statuses: Vec<_> = entries
        .iter()
        .map(|it| it["response"]["status"].clone())
        .collect();
    assert_eq!(statuses, [200, 503, 503, 200]);
    let curl = export(&["curl", "a"]).await;
    assert!(curl.starts_with("# a\nprintf %s '"), "{curl}");
    export(&["fixture", "a", "-o", "folder"]).await;
    assert!(proxy.dir().join("folder/fixture.json").is_file());
    export(&["jsonl", "b", "-o", "b.jsonl"]).await;
    assert_eq!(
        std::fs::read_to_string(proxy.dir().join("b.jsonl"))
            .unwrap()
            .lines()
            .count(),
        1
    );

    let none = logs(&proxy, &["export", "--format", "har", "--model", "nobody"]).await;
    assert_eq!(
        (none.code, none.stderr.as_str()),
        (Some(1), "error: no log fits\n")
    );
}

#[tokio::test]
async fn what_the_configuration_names_is_in_no_log() {
    const SECRET: &str = "correct-horse-battery";
    let backend = Backend::always(Answer::chat_stream(&["It is ", SECRET])).await;
    let masks = "
general_settings:
  request_log:
    mask_headers: x-customer-*
    mask_json: [user, messages.*.content, choices.*.delta.content]
";
    let proxy = Proxy::start(&config_with(&backend, masks)).await;
    let mut body = ask_stream(SECRET);
    body["user"] = SECRET.into();
    let client = proxy.client().with_header("x-customer-id", SECRET);
    let answer = client.post("/v1/chat/completions", body).await;
    assert_eq!(answer.content(), format!("It is {SECRET}"));
    let log = proxy.log(1).await;
    assert!(!log.contains(SECRET), "{log}");
    assert!(log.contains(r#""user":"***""#), "{log}");
    assert!(log.contains("x-customer-id: ***"), "{log}");
}
