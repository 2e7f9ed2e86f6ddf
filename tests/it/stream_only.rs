//! Backends that think only in streams, and clients that want the answer whole.

use serde_json::{Value, json};

use crate::kit::*;

/// As Alibaba answers for open weights of Qwen3.
async fn dashscope() -> Backend {
    Backend::choose(|seen| {
        let asked = seen.json();
        let thinks = asked["enable_thinking"] != false;
        match (thinks, asked["stream"] == true) {
            (true, false) => Answer::error(
                400,
                "parameter.enable_thinking must be set to false for non-streaming calls",
            ),
            (false, false) => Answer::chat("Hello"),
            (_, true) => Answer::sse()
                .role()
                .chunk(
                    json!({"content": null, "reasoning_content": "Let me "}),
                    None,
                )
                .chunk(
                    json!({"content": null, "reasoning_content": "greet."}),
                    None,
                )
                .delta("Hel")
                .delta("lo")
                .finish("stop")
                .event(
                    json!({"id": "c", "object": "chat.completion.chunk", "choices": [],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}),
                )
                .done(),
        }
    })
    .await
}

fn config(backend: &Backend) -> String {
    format!(
        "model_list:\n  - model_name: m\n    litellm_params: {{model: openai/qwen3-32b, api_base: \"{}/v1\", api_key: k, profile: dashscope}}\n",
        backend.url()
    )
}

#[tokio::test]
async fn a_whole_answer_of_a_model_that_thinks_only_in_streams() {
    let backend = dashscope().await;
    let proxy = Proxy::start(&config(&backend)).await;
    let answer = proxy.chat(ask("Hi")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let kind = answer.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{kind}");
    let whole = answer.json();
    let message =
        json!({"role": "assistant", "content": "Hello", "reasoning_content": "Let me greet."});
    assert_eq!(whole["object"], "chat.completion");
    assert_eq!(whole["choices"][0]["message"], message);
    assert_eq!(whole["choices"][0]["finish_reason"], "stop");
    assert_eq!(whole["usage"]["total_tokens"], 3);
    assert_eq!(backend.requests().len(), 1);

    // Who does not want thoughts asks as before.
    let mut quiet: Value = ask("Hi");
    quiet["reasoning_effort"] = "none".into();
    assert_eq!(proxy.chat(quiet).await.content(), "Hello");
    assert_ne!(backend.request(2).json()["stream"], true);

    // And who streams gets what it asked for, without the count.
    let streamed = proxy.chat(ask_stream("Hi")).await;
    assert_eq!(streamed.content(), "Hello");
    assert!(
        !streamed.text().contains("total_tokens"),
        "{}",
        streamed.text()
    );
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_no_whole_answer() {
    let backend = Backend::always(Answer::sse().role().delta("Hel")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let answer = proxy.chat(ask("Hi")).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert!(!answer.text().contains("Hel\""), "{}", answer.text());
}
