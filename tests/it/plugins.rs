//! What a user notices of plugins: repaired answers, and that a bad plugin harms nobody.

use serde_json::json;

use crate::kit::*;

/// Model `m` with the shipped plugins, behind `backend` under another name.
fn shipped(backend: &Backend) -> String {
    format!(
        "model_list:\n  - model_name: m\n    litellm_params: {{model: openai/other-name, api_base: \"{}/v1\", supports_reasoning: true}}\n",
        backend.url()
    )
}

fn ask_with_tools(stream: bool) -> serde_json::Value {
    json!({
        "model": "m", "stream": stream, "messages": [user("Weather?")],
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters":
            {"type": "object", "properties": {"city": {"type": "string"}}}}}],
    })
}

const LEAKED: &str = "Let me look.\n<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";

/// An instance costs more than all else that the proxy does for a small exchange.
#[tokio::test]
async fn an_answer_that_needs_no_fix_wakes_no_shipped_plugin() {
    let whole = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_790_000_000, "model": "m",
        "choices": [{
            "index": 0, "logprobs": null, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "It rains in Oslo.", "refusal": null},
        }],
        "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14},
    });
    let stream = Answer::chat_stream(&["It", " rains", " in", " Oslo", "."]);
    let backend = Backend::script([Answer::json(whole), stream]).await;
    let proxy = Proxy::start(&format!(
        "model_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\"}}\n",
        backend.url()
    ))
    .await;
    for stream in [false, true] {
        assert_eq!(
            proxy.chat(ask_with_tools(stream)).await.content(),
            "It rains in Oslo."
        );
    }
    let metrics = proxy.get("/metrics").await.text();
    let calls: Vec<_> = metrics
        .lines()
        .filter(|line| line.starts_with("yallmp_plugin_calls_total"))
        .collect();
    assert!(calls.is_empty(), "{calls:#?}");
}

#[tokio::test]
async fn a_leaked_tool_call_becomes_one_streamed_and_whole_however_it_is_cut() {
    for size in [1, 3, 8, 1000] {
        let letters: Vec<char> = LEAKED.chars().collect();
        let pieces: Vec<String> = letters.chunks(size).map(|c| c.iter().collect()).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        let backend = Backend::always(Answer::chat_stream(&pieces)).await;
        let proxy = Proxy::start(&shipped(&backend)).await;
        let answer = proxy.chat(ask_with_tools(true)).await;
        let events = answer.events();
        let calls: Vec<_> = events
            .iter()
            .filter_map(|event| event["choices"][0]["delta"]["tool_calls"].as_array())
            .flatten()
            .collect();
        assert_eq!(
            calls[0]["function"]["name"], "get_weather",
            "pieces of {size}"
        );
        assert!(calls[0]["id"].is_string());
        let arguments: String = calls
            .iter()
            .filter_map(|call| call["function"]["arguments"].as_str())
            .collect();
        let arguments: serde_json::Value = serde_json::from_str(&arguments).unwrap();
        assert_eq!(arguments, json!({"city": "Oslo"}));
        assert!(
            !answer.content().contains("tool_call"),
            "{}",
            answer.content()
        );
        let finish = events
            .iter()
            .rev()
            .find_map(|e| e["choices"][0]["finish_reason"].as_str());
        assert_eq!(finish, Some("tool_calls"));
    }
    let backend = Backend::always(Answer::chat(LEAKED)).await;
    let proxy = Proxy::start(&shipped(&backend)).await;
    let answer = proxy.chat(ask_with_tools(false)).await.json();
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(
        choice["message"]["tool_calls"][0]["function"]["name"],
        "get_weather"
    );
    let sent = backend.request(1).json();
    assert_eq!(sent["model"], "other-name");
    assert_eq!(sent["thinking"], json!({"type": "enabled"}));
    let log = proxy.log(1).await;
    for plugin in ["model-rewrite", "reasoning-inject", "tool-call-fix"] {
        assert!(log.contains(plugin), "the log names {plugin}");
    }
}

const DEMO: &str = "
model_list:
  - model_name: think
    litellm_params: {model: openai/think-tags, api_base: 'builtin://demo', supports_reasoning: true}
  - model_name: shown
    litellm_params: {model: openai/think-tags, api_base: 'builtin://demo'}
    plugins: {reasoning-normalize: {target: details_html}}
";

/// Its bracket may begin a tag of reasoning, too, and is held back at first.
#[tokio::test]
async fn a_call_that_begins_with_a_bracket_is_found_where_the_bracket_comes_alone() {
    let pieces = ["[", "get_weather", "(", "city", "=\"", "Oslo", "\")]"];
    let backend = Backend::always(Answer::chat_stream(&pieces)).await;
    let proxy = Proxy::start(&shipped(&backend)).await;
    let answer = proxy.chat(ask_with_tools(true)).await;
    let names: Vec<_> = answer
        .events()
        .iter()
        .flat_map(|event| {
            event["choices"][0]["delta"]["tool_calls"]
                .as_array()
                .cloned()
        })
        .flatten()
        .filter_map(|call| call["function"]["name"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(names, ["get_weather"], "{}", answer.content());
    assert_eq!(answer.content(), "");
}

/// Reasoning that comes between tags in the text, cut anywhere, reaches its field.
#[tokio::test]
async fn reasoning_leaves_the_text() {
    let proxy = Proxy::start(DEMO).await;
    let ask = |model: &str, stream: bool| json!({"model": model, "stream": stream, "messages": [user("Who are you?")]});
    let streamed = proxy.chat(ask("think", true)).await;
    let reasoning: String = streamed
        .events()
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["reasoning_content"].as_str())
        .collect();
    assert!(reasoning.starts_with("The user says"), "{reasoning}");
    assert!(reasoning.ends_with("I say who I am."), "{reasoning}");
    assert!(
        streamed.content().starts_with("I am `think"),
        "{}",
        streamed.content()
    );

    let whole = proxy.chat(ask("think", false)).await.json();
    let message = &whole["choices"][0]["message"];
    assert_eq!(message["reasoning_content"], reasoning);
    assert_eq!(message["content"], streamed.content());

    // For clients that read nothing but the text.
    let shown = proxy.chat(ask("shown", true)).await.content();
    assert!(
        shown.starts_with("<details><summary>Thinking</summary>"),
        "{shown}"
    );
    assert!(shown.contains("</details>\n\nI am `think"), "{shown}");
}

#[tokio::test]
async fn an_answer_that_needs_no_patch_passes_the_default_chain_byte_for_byte() {
    let text = "data: {\"choices\" : [{\"delta\":{\"content\":\"if a < b { }\"}}]}\n\n\
                data: {\"choices\":[{\"delta\":{\"content\":\" fine\"},\"finish_reason\":\"stop\"}]}\n\n\
                data: [DONE]\n\n";
    let backend = Backend::always(Answer::sse().raw(text)).await;
    let proxy = Proxy::start(&shipped(&backend)).await;
    assert_eq!(proxy.chat(ask_with_tools(true)).await.text(), text);
}

/// Model `evil` with a plugin that does what `orders` says, model `good` without.
fn puppet(backend: &Backend, orders: &str, on_error: &str) -> String {
    let path = repository().join("tests/guests/dist/puppet.wasm");
    let model = |name: &str, plugins: &str| {
        format!(
            "  - model_name: {name}\n    litellm_params: {{model: openai/{name}, api_base: \"{}/v1\"}}\n    plugins: {plugins}\n",
            backend.url()
        )
    };
    format!(
        "plugins:\n  - name: puppet\n    path: {path:?}\n    config: {orders}\n    on_error: {on_error}\n    limits: {{memory_mb: 32, call_ms: 100}}\nmodel_list:\n{}{}",
        model("evil", "{}"),
        model("good", "[]"),
    )
}

/// Each kind of bad plugin, under each policy, while another exchange runs.
#[tokio::test]
async fn a_plugin_that_misbehaves_harms_nobody() {
    for orders in [
        "{event: trap}",
        "{event: loop}",
        "{event: grow}",
        "{event: huge}",
        "{event: recurse}",
        "{event: error}",
        "{event: bad-json}",
        "{event: bad-index}",
        "{event: bad-keep}",
        "{event: oversized}",
        "{event: second-traps}",
        "{begin: trap}",
        "{request: trap}",
        "{request: loop}",
        "{request: bad-json}",
        "{event: hold, end: trap}",
    ] {
        let backend = Backend::always(Answer::chat_stream(&["one ", "two ", "three"])).await;
        for on_error in ["skip", "fail"] {
            let orders = if orders.contains("oversized") && on_error == "fail" {
                continue; // 3 MiB are within the limit of a call.
            } else {
                orders
            };
            let proxy = Proxy::start(&puppet(&backend, orders, on_error)).await;
            let ask =
                |model: &str| json!({"model": model, "messages": [user("Hi")], "stream": true});
            let (evil, good) = tokio::join!(proxy.chat(ask("evil")), proxy.chat(ask("good")));
            assert_eq!(
                good.content(),
                "one two three",
                "{orders} {on_error}: the neighbour"
            );
            match on_error {
                "skip" => {
                    assert_eq!(evil.status, 200, "{orders}: {}", evil.text());
                    if !orders.contains("oversized") {
                        assert_eq!(evil.content(), "one two three", "{orders}: nothing is lost");
                    }
                    assert!(evil.text().ends_with("data: [DONE]\n\n"), "{orders}");
                }
                _ => {
                    assert!(evil.text().contains("puppet"), "{orders}: {}", evil.text());
                    assert!(!evil.text().contains("[DONE]"), "{orders}");
                }
            }
            let logs = proxy.log(2).await + &proxy.log(1).await;
            assert!(
                logs.contains("puppet"),
                "{orders}: the log names the plugin"
            );
        }
    }
}

#[tokio::test]
async fn everything_a_plugin_held_comes_out_when_it_dies() {
    let backend = Backend::always(Answer::chat_stream(&["a", "b", "c", "d"])).await;
    let proxy = Proxy::start(&puppet(&backend, "{event: hold, end: trap}", "skip")).await;
    let answer = proxy
        .chat(json!({"model": "evil", "messages": [user("Hi")], "stream": true}))
        .await;
    assert_eq!(answer.content(), "abcd");
}

#[tokio::test]
async fn a_plugin_can_answer_refuse_and_ask_for_another_try() {
    let backend = Backend::always(Answer::chat("x")).await;
    let proxy = Proxy::start(&puppet(&backend, "{request: reject}", "fail")).await;
    let answer = proxy
        .chat(json!({"model": "evil", "messages": [user("Hi")]}))
        .await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.error()["type"], "permission_error");
    assert_eq!(backend.requests().len(), 0);

    let yaml = puppet(&backend, "{event: retry}", "fail") + "router_settings: {num_retries: 2}\n";
    let proxy = Proxy::start(&yaml).await;
    let answer = proxy
        .chat(json!({"model": "evil", "messages": [user("Hi")]}))
        .await;
    assert_eq!(backend.requests().len(), 2);
    // In the last try there is no other to be had, and the answer is better than none.
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.content(), "x");
}

/// Plugins in other languages, built from source by CI (`sdk/examples/*/build.sh`): the same
/// stream through each, which masks addresses or renames the member that holds reasoning.
#[tokio::test]
async fn plugins_in_other_languages_patch_a_stream() {
    let required = std::env::var_os("YALLMP_EXAMPLES").is_some();
    for name in ["python", "javascript"] {
        let path = repository().join(format!("target/examples/{name}.wasm"));
        if !path.exists() {
            assert!(!required, "{} is not built", path.display());
            continue;
        }
        let mut answer = Answer::sse().role();
        for piece in ["write to ann", "@exam", "ple.org", " now"] {
            answer = answer.chunk(json!({"content": piece, "reasoning": "hm"}), None);
        }
        let backend = Backend::always(answer.finish("stop").done()).await;
        let yaml = config(&backend).replace(
            "plugins: []",
            &format!("plugins:\n  - name: {name}-example\n    path: {path:?}\n    on_error: fail\n    limits: {{memory_mb: 256, call_ms: 10000}}"),
        );
        compiled(&yaml).await;
        let proxy = Proxy::start(&yaml).await;
        let answer = proxy.chat(ask_stream("Hi")).await;
        let text = answer.text();
        assert!(text.ends_with("data: [DONE]\n\n"), "{name}: {text}");
        match name {
            "python" => {
                assert!(!answer.content().contains("ann@example.org"), "{text}");
                assert!(answer.content().ends_with(" now"), "{text}");
            }
            _ => {
                assert_eq!(
                    text.matches("\"reasoning_content\":\"hm\"").count(),
                    4,
                    "{text}"
                );
                assert!(!text.contains("\"reasoning\""), "{text}");
                assert_eq!(answer.content(), "write to ann@example.org now");
            }
        }
    }
}

/// An interpreter takes long to compile, once: `plugins list` does it and fills the cache.
async fn compiled(yaml: &str) {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("litellm_config.yaml"), yaml).unwrap();
    let mut list = std::process::Command::new(env!("CARGO_BIN_EXE_yallmp"));
    list.current_dir(dir.path()).args(["plugins", "list"]);
    let listed = tokio::task::spawn_blocking(move || list.output());
    let listed = tokio::time::timeout(std::time::Duration::from_secs(300), listed);
    let listed = listed.await.expect("compiled in time").unwrap().unwrap();
    assert!(listed.status.success(), "{listed:?}");
}

#[tokio::test]
async fn what_a_plugin_notes_is_in_the_head_of_the_answer_and_in_the_log() {
    let backend = Backend::choose(|seen| match seen.json()["stream"].as_bool() {
        Some(true) => Answer::chat_stream(&["hello"]),
        _ => Answer::chat("hello"),
    })
    .await;
    let proxy = Proxy::start(&puppet(&backend, "{request: note}", "skip")).await;
    for stream in [false, true] {
        let body = json!({"model": "evil", "stream": stream, "messages": [user("Hi")]});
        let answer = proxy.chat(body).await;
        assert_eq!(answer.content(), "hello");
        let noted = format!("told=1 of 2; ?, to-note={}", "v".repeat(256));
        assert_eq!(answer.header("x-yallmp-puppet"), Some(&*noted));
        let log = proxy.log(1 + usize::from(stream)).await;
        assert!(log.contains("note puppet\ntold: 1 of 2, ü\n"), "{log}");
    }
}
