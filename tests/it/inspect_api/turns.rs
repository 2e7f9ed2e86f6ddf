//! The turn before.

use super::*;

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
