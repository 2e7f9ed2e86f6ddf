//! What a user notices of `empty-answer`: an answer of nothing is asked for again, within
//! limits, and nothing else is.

use serde_json::{Value, json};

use crate::kit::*;

fn with_empty_answer(backend: &Backend, settings: &str) -> String {
    config_with(
        backend,
        &format!("    plugins: {{empty-answer: {settings}}}\n"),
    )
}

fn nothing() -> Answer {
    Answer::sse().role().finish("stop").done()
}

#[tokio::test]
async fn an_answer_of_nothing_is_asked_for_again_streamed_and_whole() {
    let backend = Backend::script([nothing(), nothing(), Answer::chat_stream(&["Hello"])]).await;
    let proxy = Proxy::start(&with_empty_answer(&backend, "{}")).await;
    let answer = proxy.chat(ask_stream("Hi")).await;
    assert_eq!(answer.content(), "Hello");
    assert_eq!(answer.header("x-yallmp-attempts"), Some("3"));

    let backend = Backend::script([Answer::chat(""), Answer::chat("Hello")]).await;
    let proxy = Proxy::start(&with_empty_answer(&backend, "{}")).await;
    let answer = proxy.chat(ask("Hi")).await;
    assert_eq!(answer.content(), "Hello", "{}", answer.text());
    assert_eq!(answer.header("x-yallmp-attempts"), Some("2"));
}

#[tokio::test]
async fn after_two_tries_more_the_client_gets_what_there_is() {
    let backend = Backend::always(nothing()).await;
    let proxy = Proxy::start(&with_empty_answer(&backend, "{}")).await;
    let answer = proxy.chat(ask_stream("Hi")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.content(), "");
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
    assert_eq!(backend.requests().len(), 3);
}

#[tokio::test]
async fn other_ends_and_tool_results_are_left_alone() {
    for (finish, messages) in [
        ("length", json!([user("Hi")])),
        ("content_filter", json!([user("Hi")])),
        (
            "stop",
            json!([user("Hi"), {"role": "tool", "tool_call_id": "a", "content": "ok"}]),
        ),
    ] {
        let backend = Backend::always(Answer::sse().role().finish(finish).done()).await;
        let proxy = Proxy::start(&with_empty_answer(&backend, "{reasoning_alone: true}")).await;
        let body: Value = json!({"model": "m", "stream": true, "messages": messages});
        assert_eq!(proxy.chat(body).await.status, 200);
        assert_eq!(backend.requests().len(), 1, "{finish}");
    }
}

#[tokio::test]
async fn reasoning_alone_is_nothing_by_choice() {
    let thought = || {
        Answer::sse()
            .role()
            .chunk(json!({"reasoning_content": "Hm"}), None)
    };
    for (settings, requests) in [("{}", 1), ("{reasoning_alone: true}", 2)] {
        let backend = Backend::script([
            thought().finish("stop").done(),
            thought().delta("Hello").finish("stop").done(),
        ])
        .await;
        let proxy = Proxy::start(&with_empty_answer(&backend, settings)).await;
        let answer = proxy.chat(ask_stream("Hi")).await;
        assert_eq!(backend.requests().len(), requests, "{settings}");
        assert!(answer.text().contains("\"Hm\""), "{}", answer.text());
        assert_eq!(answer.content() == "Hello", requests == 2);
    }
}
