//! `yallmp replay --offline`: logged exchanges once more, without their backend.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::*;

/// What a backend may do, each for a user who says its name.
fn faults() -> Vec<(&'static str, Answer)> {
    let html = |status| {
        Answer::status(status)
            .header("content-type", "text/html")
            .body("<html>Sorry</html>")
    };
    let pause = Duration::from_millis(60);
    vec![
        ("a good stream", Answer::chat_stream(&["Hel", "lo"])),
        ("small pieces", Answer::chat_stream(&["Köln", " ☀️"]).cut(7)),
        ("slow", Answer::sse().role().delta("a").pause(pause).delta("b").finish("stop").done()),
        ("comments", Answer::sse().comment("one").role().delta("a").comment("two").finish("stop").done()),
        ("line ends", Answer::sse().raw("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\r\n\r").raw("\ndata: [DONE]\r\n\r\n")),
        ("usage", Answer::sse().delta("a").finish("stop").event(json!({"choices": [], "usage": {"total_tokens": 3}})).done()),
        ("no end at all", Answer::sse().delta("a").finish("stop")),
        ("no reason", Answer::sse().delta("a").done()),
        ("only [DONE]", Answer::sse().done()),
        ("nothing", Answer::sse()),
        ("cut off", Answer::sse().role().delta("a").hang_up()),
        ("cut in an event", Answer::sse().delta("a").raw("data: {\"choices\"").hang_up()),
        ("not JSON", Answer::sse().delta("a").raw("data: {\"choices\":\n\n").raw(b"data: \xff\n\n".to_vec()).finish("stop").done()),
        ("silence", Answer::sse().delta("a").stall()),
        ("silence at first", Answer::sse().role().stall()),
        ("no head", Answer::sse().stall()),
        ("an error event", Answer::sse().delta("a").event(json!({"error": {"message": "no", "code": 500}}))),
        ("a whole answer", Answer::chat("Hello")),
        ("overloaded", Answer::error(503, "busy").header("retry-after", "1")),
        ("refused", Answer::error(400, "no").header("x-reason", "why")),
        ("a web page", html(200)),
        ("a bad gateway", html(502)),
        ("a closed door", Answer::bytes("")),
    ]
}

async fn backend() -> Backend {
    Backend::choose(|seen| {
        let said = seen.json()["messages"][0]["content"].clone();
        let fault = faults().into_iter().find(|(name, _)| said == *name);
        fault.expect("a fault of this name").1
    })
    .await
}

fn models(backend: &Backend, plugins: &str) -> String {
    let url = backend.url();
    format!(
        "{plugins}
model_list:
  - {{model_name: m, litellm_params: {{model: openai/target, api_base: '{url}/v1', api_key: sk-x, extra_body: {{seed: 7}}, drop_params: [user]}}, timeouts: {{first_event: 0.3, between_events: 0.4, whole: 0.3}}}}
  - {{model_name: m, litellm_params: {{model: openai/other, api_base: '{url}/v1'}}, timeouts: {{first_event: 0.2, between_events: 0.3, whole: 0.2}}}}
  - {{model_name: last, litellm_params: {{model: openai/last, api_base: '{url}/v1'}}, timeouts: {{first_event: 0.2, between_events: 0.3, whole: 0.2}}}}
router_settings: {{num_retries: 2, retry_after: 0.01, fallbacks: [{{m: [last]}}], disable_cooldowns: true, max_retry_after: 0.5}}
"
    )
}

fn request(said: &str, stream: bool) -> Value {
    json!({"model": "m", "stream": stream, "user": "u", "messages": [user(said)]})
}

async fn replay(proxy: &Proxy, log: &std::path::Path, flags: &[&str]) -> Ended {
    let log = log.to_str().unwrap();
    run(
        proxy.dir(),
        &[&["replay", "--offline", log], flags].concat(),
    )
    .await
}

/// Every exchange of all models, streamed and whole, through tries and fallbacks.
#[tokio::test]
async fn whatever_a_backend_did_comes_out_again() {
    let backend = backend().await;
    let proxy = Proxy::start(&models(&backend, "plugins: []")).await;
    let mut asked = Vec::new();
    for (name, _) in faults() {
        for stream in [true, false] {
            // A stall takes as long as the limits.
            let answer = proxy.chat(request(name, stream)).await;
            let id = answer.header("x-request-id").unwrap().to_owned();
            asked.push((name, stream, id, answer));
        }
    }
    proxy.log(asked.len()).await;
    drop(backend);
    let logs = proxy.logs();
    for (name, stream, id, answer) in &asked {
        let log = logs
            .iter()
            .find(|(path, _)| path.to_str().unwrap().contains(id));
        let (path, text) = log.unwrap();
        for flags in [
            &["--config", "litellm_config.yaml"][..],
            &["--plugins", "", "--recut", "5"],
        ] {
            let end = replay(&proxy, path, flags).await;
            let context = format!("{name}, stream: {stream}, {flags:?}");
            assert_eq!(end.code, Some(0), "{context}: {end:#?}\n{text}");
            let plain = |text: &str| {
                text.replace("\r\n", "\n")
                    .replace('\r', "\n")
                    .trim()
                    .to_owned()
            };
            assert_eq!(plain(&end.stdout), plain(&answer.text()), "{context}");
        }
    }
}

#[tokio::test]
async fn another_chain_is_told_from_the_one_that_ran() {
    let leak = [
        "<tool_",
        "call>\n{\"name\": \"look\", \"arguments\": {}}\n</tool_call>",
    ];
    let backend = Backend::always(Answer::chat_stream(&leak)).await;
    let proxy = Proxy::start(&models(&backend, "")).await;
    let mut ask = request("look", true);
    ask["tools"] = json!([{"type": "function", "function": {"name": "look"}}]);
    let answer = proxy.chat(ask).await;
    assert!(
        answer.text().contains("\"tool_calls\""),
        "{}",
        answer.text()
    );
    proxy.log(1).await;
    let (log, _) = &proxy.logs()[0];

    let same = replay(&proxy, log, &["-c", "litellm_config.yaml"]).await;
    assert_eq!(same.code, Some(0), "{same:#?}");
    assert!(same.stderr.ends_with("same\n"), "{same:#?}");
    let waiting = replay(&proxy, log, &["--timing", "--diff"]).await;
    assert_eq!((waiting.code, waiting.stdout.as_str()), (Some(0), ""));

    let without = replay(&proxy, log, &["--plugins", "model-rewrite", "--diff"]).await;
    assert_eq!(without.code, Some(1), "{without:#?}");
    assert!(without.stderr.contains("different: answer"), "{without:#?}");
    let line = |sign, part: &str| {
        let mut lines = without.stdout.lines();
        lines.any(|line| line.starts_with(sign) && line.contains(part))
    };
    assert!(
        line('-', "\"tool_calls\":[") && line('+', "<tool_"),
        "{}",
        without.stdout
    );

    let own = proxy.dir().join("my_fixer.wasm");
    std::fs::copy(
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../plugins/dist/tool-call-fix.wasm"
        ),
        &own,
    )
    .unwrap();
    let own = replay(&proxy, log, &["--plugins", "model-rewrite,my_fixer.wasm"]).await;
    assert_eq!(own.code, Some(0), "{own:#?}");

    for (plugins, what) in [
        (
            "model-rewite",
            "`--plugins` names `model-rewite`, which is no shipped plugin",
        ),
        (
            "fixer.wat",
            "any other is named by the path of its component",
        ),
        (
            "rules,model-rewrite,rules",
            "two of `--plugins` are called `rules`",
        ),
        (
            "my_fixer.wasm,./my_fixer.wasm",
            "two of `--plugins` are called `my-fixer`",
        ),
        ("nowhere.wasm", "nowhere.wasm cannot be read"),
    ] {
        let wrong = replay(&proxy, log, &["--plugins", plugins]).await;
        assert_eq!(wrong.code, Some(2), "{wrong:#?}");
        assert!(wrong.stderr.contains(what), "{}", wrong.stderr);
        assert!(!wrong.stderr.contains("model_list"), "{}", wrong.stderr);
    }
}

#[tokio::test]
async fn a_client_that_left_leaves_again() {
    let backend = Backend::always(Answer::sse().role().delta("Hel").stall()).await;
    let proxy = Proxy::start(&models(&backend, "")).await;
    let mut live = proxy.chat_open(request("Hi", true)).await;
    live.event().await;
    live.hang_up();
    assert!(proxy.log(1).await.contains(" end cancelled\n"));
    let (log, _) = &proxy.logs()[0];
    let end = replay(&proxy, log, &["--plugins", "model-rewrite", "--diff"]).await;
    assert_eq!((end.code, end.stdout.as_str()), (Some(0), ""), "{end:#?}");
}

#[tokio::test]
async fn what_cannot_be_replayed_is_told_from_what_differs() {
    let backend = Backend::always(Answer::chat_stream(&["Hello"])).await;
    let metadata = models(
        &backend,
        "general_settings: {request_log: {level: metadata}}",
    );
    let proxy = Proxy::start(&metadata).await;
    proxy.chat(request("Hi", true)).await;
    let text = proxy.log(1).await;
    let (log, _) = &proxy.logs()[0];
    let end = replay(&proxy, log, &[]).await;
    assert_eq!(end.code, Some(2), "{end:#?}");
    assert!(end.stderr.contains("level `metadata`"), "{end:#?}");

    let broken = proxy.dir().join("broken.log");
    for (text, why) in [
        (
            text.replace("level: metadata", "level: full"),
            "was not kept",
        ),
        (text.replace("yallmp log 1", "yallmp log 9"), "yallmp log 9"),
        ("hello".to_owned(), "this is no request log"),
    ] {
        std::fs::write(&broken, text).unwrap();
        let end = replay(&proxy, &broken, &[]).await;
        assert_eq!(end.code, Some(2), "{end:#?}");
        assert!(end.stderr.contains(why), "{end:#?}");
    }
    let end = replay(&proxy, &proxy.dir().join("gone.log"), &[]).await;
    assert_eq!(end.code, Some(2), "{end:#?}");
}

#[tokio::test]
async fn a_configuration_without_the_deployment_says_so() {
    let backend = Backend::always(Answer::chat_stream(&["Hello"])).await;
    let other = models(&backend, "plugins: []").replace("model_name: m,", "model_name: n,");
    let proxy = Proxy::with(&models(&backend, "plugins: []"))
        .file("other.yaml", other)
        .start()
        .await;
    proxy.chat(request("Hi", true)).await;
    proxy.log(1).await;
    let (log, _) = &proxy.logs()[0];
    let end = replay(&proxy, log, &["--config", "other.yaml"]).await;
    assert_eq!(end.code, Some(2), "{end:#?}");
    assert!(end.stderr.contains("names the deployment `m#"), "{end:#?}");
    for flags in [
        &["--plugins", "x", "--config", "other.yaml"][..],
        &["--model", "x"],
        &["--recut", "1", "--timing"],
    ] {
        assert_eq!(replay(&proxy, log, flags).await.code, Some(2), "{flags:?}");
    }
    let none = replay(&proxy, log, &["--plugins", "nonesuch"]).await;
    assert_eq!(none.code, Some(2), "{none:#?}");
    assert!(
        none.stderr
            .contains("`nonesuch`, which is no shipped plugin"),
        "{none:#?}"
    );
}

/// Other paths than chat: the Responses API, and what is passed on without being understood.
#[tokio::test]
async fn other_paths_come_out_again() {
    let event =
        |kind: &str, rest: &str| format!("event: {kind}\ndata: {{\"type\":\"{kind}\",{rest}}}\n\n");
    let stream = move |end: &str| {
        let delta = event("response.output_text.delta", "\"delta\":\"Hello\"");
        Answer::sse()
            .raw(event("response.created", "\"response\":{}"))
            .raw(delta)
            .raw(event(
                end,
                "\"response\":{\"status\":\"x\",\"output\":[],\"error\":{\"message\":\"no\"}}",
            ))
    };
    let backend =
        Backend::choose(
            move |seen| match (seen.path.as_str(), seen.text().contains("fail")) {
                ("/v1/responses", false) => stream("response.completed"),
                ("/v1/responses", true) => stream("response.failed"),
                _ => Answer::sse()
                    .raw("data: odd\n\n")
                    .event(json!({"x": 1}))
                    .done(),
            },
        )
        .await;
    let settings = "general_settings: {enable_responses_endpoint: true}";
    let proxy = Proxy::start(&models(&backend, settings)).await;
    let asked = [
        ("/v1/responses", "Hi"),
        ("/v1/responses", "fail"),
        ("/v1/audio/odd", "Hi"),
    ];
    for (path, input) in asked {
        let ask = json!({"model": "m", "stream": true, "input": input});
        let answer = proxy.post(path, ask).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    proxy.log(asked.len()).await;
    for (log, text) in proxy.logs() {
        for flags in [
            &["--diff", "-c", "litellm_config.yaml"][..],
            &["--diff", "--recut", "1"],
        ] {
            let end = replay(&proxy, &log, flags).await;
            assert_eq!(end.code, Some(0), "{end:#?}\n{text}");
        }
    }
}

/// What happens when it fails, and what a plugin is told to do.
const ACTS: [(&str, &str); 15] = [
    ("fail", "event: split"),
    ("fail", "event: drop"),
    ("fail", "event: stand-in"),
    ("fail", "event: second-traps"),
    ("fail", "end: say"),
    ("fail", "event: hold, end: flush"),
    ("fail", "request: answer"),
    ("fail", "request: reject"),
    ("fail", "request: error"),
    ("skip", "request: trap"),
    ("fail", "event: retry"),
    ("skip", "event: trap"),
    ("fail", "event: error"),
    ("skip", "event: hold, end: trap"),
    ("skip", "event: hold"),
];

/// What plugins do to requests and tries: answer, refuse, ask for another try, die.
#[tokio::test]
async fn plugins_do_again_what_they_did() {
    let guest = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/guests/dist/puppet.wasm"
    );
    let backend = Backend::always(Answer::chat_stream(&["Hel", "lo"])).await;
    let guests = |on_error: &str, act: &str| {
        format!(
            "plugins: [{{name: model-rewrite}}, {{name: puppet, path: '{guest}', on_error: {on_error}, config: {{{act}}}}}]"
        )
    };
    for (on_error, act) in ACTS {
        let proxy = Proxy::start(&models(&backend, &guests(on_error, act))).await;
        let said = proxy.chat(request("Hi", true)).await.text();
        let log = proxy.log(1).await;
        let (path, _) = &proxy.logs()[0];
        let end = replay(&proxy, path, &["--diff", "-c", "litellm_config.yaml"]).await;
        assert_eq!(end.code, Some(0), "{act}: {end:#?}\n{said}\n{log}");
    }
}
