//! What a user notices of `rules`: a line of YAML changes a request or an answer, and a rule
//! that makes no sense is refused with its place.

use serde_json::json;

use crate::kit::*;

fn with_rules(backend: &Backend, rules: &str) -> String {
    config_with(backend, &format!("    plugins: {{rules: {rules}}}\n"))
}

#[tokio::test]
async fn one_line_fixes_reach_the_backend_and_leave_the_rest_as_it_was() {
    let backend = Backend::always(Answer::chat("ok")).await;
    let rules = "{request: [{drop: [top_k, 'tools[*].ui']}, {clamp: {temperature: {max: 1}}}, \
                 {rename: {max_tokens: max_completion_tokens}}, \
                 {when: {stream: true}, set: {stream_options.include_usage: true}}]}";
    let proxy = Proxy::start(&with_rules(&backend, rules)).await;
    let answer = proxy
        .chat(json!({
            "model": "m", "messages": [user("Hi")], "top_k": 40, "temperature": 1.5,
            "max_tokens": 9, "tools": [{"type": "function", "ui": 1}], "vendor": {"x": [1]},
        }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let noted = "changed=request-1, changed=request-2, changed=request-3";
    assert_eq!(answer.header("x-yallmp-rules"), Some(noted));
    let sent = backend.request(1).json();
    let expect = json!({
        "model": "m", "messages": [user("Hi")], "temperature": 1, "max_completion_tokens": 9,
        "tools": [{"type": "function"}], "vendor": {"x": [1]},
    });
    assert_eq!(sent, expect);
}

#[tokio::test]
async fn events_and_whole_answers_have_rules_of_their_own() {
    let backend = Backend::choose(|seen| match seen.json()["stream"].as_bool() {
        Some(true) => Answer::sse()
            .chunk(json!({"reasoning": "Hm"}), None)
            .delta("Hello")
            .finish("stop")
            .done(),
        _ => Answer::json(json!({"id": "c", "object": "chat.completion", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "Hello", "thinking": "Hm"},
             "finish_reason": "stop"}]})),
    })
    .await;
    let rules = "{events: [{rename: {'choices[*].delta.reasoning': reasoning_content}}], \
                 response: [{rename: {'choices[*].message.thinking': reasoning_content}}]}";
    let proxy = Proxy::start(&with_rules(&backend, rules)).await;

    let streamed = proxy.chat(ask_stream("Hi")).await;
    let thought = &streamed.events()[0]["choices"][0]["delta"];
    assert_eq!(
        *thought,
        json!({"reasoning_content": "Hm"}),
        "{}",
        streamed.text()
    );
    assert_eq!(streamed.content(), "Hello");

    let whole = proxy.chat(ask("Hi")).await.json();
    let message = &whole["choices"][0]["message"];
    let expect = json!({"role": "assistant", "content": "Hello", "reasoning_content": "Hm"});
    assert_eq!(*message, expect);
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_is_refused_with_its_place_and_the_way_out() {
    let backend = Backend::always(Answer::chat("x")).await;
    let yaml = with_rules(&backend, "{request: [{name: mine, drop: a..b}]}");
    let ended = Proxy::with(&yaml).try_start().await.err().expect("refused");
    for said in ["rule request-1 (`mine`)", "`..` is not supported", "[*]"] {
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    let yaml = with_rules(&backend, "{request: [{remove: a}]}");
    let ended = Proxy::with(&yaml).try_start().await.err().expect("refused");
    assert!(ended.stderr.contains("remove"), "{}", ended.stderr);
}
