//! `yallmp logs show`, `diff` and `export`: one exchange, looked at closely.

use serde_json::{Value, json};

use crate::kit::*;

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
async fn an_exchange_that_runs_is_shown_as_far_as_it_came() {
    let gate = Gate::new();
    let backend = Backend::always(Answer::chat_held("Hel", &gate, "lo")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    // While somebody looks on, notes reach the file at once and not in batches.
    let _watch = proxy.client().listen("/ui/api/live").await;
    let client = proxy.client().with_header("x-request-id", "slow");
    let mut live = client.open("/v1/chat/completions", ask_stream("Hi")).await;
    live.event().await;
    let page = within("it has a file", async {
        loop {
            let ended = logs(&proxy, &["show", "slow"]).await;
            if ended.code == Some(0) {
                return ended.stdout;
            }
            // The file comes with the second second.
            assert!(
                ended.stderr.contains("no log of `slow`"),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains("has only begun"), "{}", ended.stderr);
        }
    })
    .await;
    assert!(page.starts_with("slow  running 200\n"), "{page}");
    assert!(page.contains("user       Hi\n"), "{page}");
    assert!(page.contains("answer     Hel\n"), "{page}");
    assert!(page.contains("events came so far"), "{page}");
    let trace = shown(&proxy, &["slow", "--json"]).await;
    let trace: Value = serde_json::from_str(&trace).unwrap();
    assert_eq!(
        (&trace["summary"]["file"], &trace["end"]),
        (&Value::Null, &Value::Null)
    );
    let tail = logs(&proxy, &["tail", "slow"]).await;
    assert_eq!(tail.stdout, "Hel\n", "{}", tail.stderr);
    let same = logs(&proxy, &["diff", "slow", "slow"]).await;
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    for format in ["jsonl", "curl", "har"] {
        let export = logs(&proxy, &["export", "--format", format, "slow"]).await;
        assert_eq!(export.code, Some(0), "{format}: {}", export.stderr);
        assert!(export.stdout.contains("Hi"), "{}", export.stdout);
    }
    let fixture = ["export", "--format", "fixture", "slow", "-o", "folder"];
    let refused = logs(&proxy, &fixture).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("still running"),
        "{}",
        refused.stderr
    );

    gate.open();
    live.finish().await;
    proxy.log(1).await;
    let page = shown(&proxy, &["slow"]).await;
    assert!(page.starts_with("slow  success 200\n"), "{page}");
}

#[tokio::test]
async fn show_says_where_it_looked_and_what_to_do() {
    let dir = TempDir::new();
    let nowhere = run(dir.path(), &["logs", "show", "nobody"]).await;
    assert_eq!(nowhere.code, Some(1));
    for part in ["`nobody`", "no folder `logs/requests`", "--dir", "--config"] {
        assert!(
            nowhere.stderr.contains(part),
            "{part} in {}",
            nowhere.stderr
        );
    }
    std::fs::create_dir(dir.path().join("mine")).unwrap();
    let unknown = run(
        dir.path(),
        &["logs", "show", "no\x1b[2Jbody", "--dir", "mine"],
    )
    .await;
    assert_eq!(unknown.code, Some(1));
    for part in ["`no?[2Jbody`", "no log in `mine`", "`yallmp logs ls`"] {
        assert!(
            unknown.stderr.contains(part),
            "{part} in {}",
            unknown.stderr
        );
    }
    let name = "mine/20261122_180311-new_m.log.partial";
    std::fs::write(dir.path().join(name), "").unwrap();
    let empty = run(dir.path(), &["logs", "show", "new", "--dir", "mine"]).await;
    assert_eq!(empty.code, Some(1));
    assert!(
        empty.stderr.contains("has only begun; ask again"),
        "{}",
        empty.stderr
    );
}

/// In the client's words, so that no configuration needs to know it.
const HOSTILE: &str =
    "<script>alert(1)</script>\"'`\r\n\tid: x\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}1m\u{202e}../..";

#[tokio::test]
async fn a_hostile_model_name_is_text_in_the_terminal_and_in_the_api() {
    let backend = Backend::always(Answer::chat_stream(&["Hello"])).await;
    let yaml = config(&backend).replace("model_name: m\n", "model_name: \"*\"\n");
    let proxy = Proxy::start(&yaml).await;
    let mut body = ask_stream("Hi");
    body["model"] = HOSTILE.into();
    let answer = proxy.chat_as("odd", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    proxy.log(1).await;

    let harmless = |text: &str| {
        let odd = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!text.contains(odd), "{text:?}");
    };
    let shown_as = "<script>alert(1)</script>\"'`? ";
    let ls = logs(&proxy, &["ls"]).await;
    assert_eq!(ls.stdout.lines().count(), 2, "{}", ls.stdout);
    assert!(ls.stdout.contains(shown_as), "{}", ls.stdout);
    harmless(&ls.stdout);
    let page = shown(&proxy, &["odd"]).await;
    assert!(page.contains(&format!("model {shown_as}")), "{page}");
    harmless(&page);
    for stage in [
        "client",
        "upstream",
        "received",
        "delivered",
        "plugins",
        "events",
    ] {
        harmless(&shown(&proxy, &["odd", "--stage", stage]).await);
    }
    harmless(&logs(&proxy, &["diff", "odd"]).await.stdout);
    for format in ["jsonl", "har", "curl"] {
        harmless(
            &logs(&proxy, &["export", "--format", format, "odd"])
                .await
                .stdout,
        );
    }
    let unknown = logs(&proxy, &["show", HOSTILE]).await;
    assert_eq!(unknown.code, Some(1));
    harmless(&unknown.stderr);

    // The API gives it as it is, as JSON and never as a page, and finds it by itself.
    let trace = proxy.get("/ui/api/exchanges/odd").await;
    assert_eq!(trace.header("content-type"), Some("application/json"));
    assert_eq!(trace.json()["summary"]["model"], HOSTILE);
    let file = trace.json()["summary"]["file"].as_str().unwrap().to_owned();
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    assert!(file.chars().all(is_safe), "{file}");
    let log = proxy.get("/ui/api/exchanges/odd/log").await;
    assert_eq!(log.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        log.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let model: String = HOSTILE.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let path = format!("/ui/api/exchanges?model={model}");
    let is_it = |page: &Value| page["exchanges"][0]["file"] == json!(file);
    proxy.until(&path, is_it).await;
    let facets = |facets: &Value| facets["models"] == json!([HOSTILE]);
    proxy.until("/ui/api/facets", facets).await;
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
async fn every_command_that_takes_a_log_takes_the_id_of_an_exchange() {
    let mut proxy = Proxy::start(DEMO).await;
    proxy.chat_as("one", demo("leaky-tools", true, "Hi")).await;
    proxy.log(1).await;
    proxy.kill();
    let dir = proxy.dir();
    let offline = run(dir, &["replay", "--offline", "one", "--diff"]).await;
    assert_eq!(offline.code, Some(0), "{}", offline.stderr);
    let curl = run(dir, &["replay", "one", "--print-curl"]).await;
    assert!(curl.stdout.contains("curl -"), "{}", curl.stderr);
    let fixture = run(dir, &["fixture", "one", "-o", "folder"]).await;
    assert_eq!(fixture.code, Some(0), "{}", fixture.stderr);
    let mut mock = start_command(dir, &["mock", "--from", "one", "--port", "0"]).await;
    assert!(mock.stop().stdout.contains("plays "));

    for command in [&["replay", "two"][..], &["fixture", "two", "-o", "x"]] {
        let unknown = run(dir, command).await;
        assert_eq!(unknown.code, Some(1));
        assert!(
            unknown.stderr.contains("no log of `two`"),
            "{}",
            unknown.stderr
        );
    }
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
