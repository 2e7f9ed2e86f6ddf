//! `/v1/responses`, through the default chain.

use serde_json::json;

use crate::kit::*;

const ANSWER: &str = r#"{"id":"r", "object":"response","status":"completed","error":null,"model":"m","output":[{"type":"message","id":"i","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}"#;

fn stream(end: bool) -> String {
    let mut text = String::new();
    let mut say = |kind: &str, rest: &str| {
        text += &format!("event: {kind}\ndata: {{\"type\":\"{kind}\",{rest}}}\n\n");
    };
    say(
        "response.created",
        r#""sequence_number":0,"response":{"status":"in_progress"}"#,
    );
    say(
        "response.output_text.delta",
        r#""sequence_number":1, "delta":"Hello""#,
    );
    if end {
        say(
            "response.completed",
            &format!(r#""sequence_number":2,"response":{ANSWER}"#),
        );
    }
    text
}

async fn proxy(backend: &Backend) -> Proxy {
    let yaml = format!(
        "model_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\"}}\ngeneral_settings: {{enable_responses_endpoint: true}}\n",
        backend.url()
    );
    Proxy::start(&yaml).await
}

#[tokio::test]
async fn answers_pass_as_they_came() {
    let whole = Answer::status(200)
        .header("content-type", "application/json")
        .body(ANSWER);
    let backend = Backend::script([whole, Answer::sse().raw(stream(true)).done()]).await;
    let proxy = proxy(&backend).await;
    let body = json!({"model": "m", "input": "Hi"});
    let answer = proxy.post("/v1/responses", body.clone()).await;
    assert_eq!((answer.status, answer.text()), (200, ANSWER.into()));
    assert_eq!(backend.request(1).path, "/v1/responses");
    assert_eq!(backend.request(1).json(), body);

    let body = json!({"model": "m", "input": "Hi", "stream": true});
    let answer = proxy.post("/v1/responses", body).await;
    assert_eq!(answer.text(), stream(true), "without a `[DONE]`");
    for number in [1, 2] {
        let log = proxy.log(number).await;
        assert!(log.contains(" end success\n"), "{log}");
        assert!(log.contains(r#""total_tokens":3"#), "{log}");
    }
}

#[tokio::test]
async fn a_stream_that_is_cut_says_so_in_its_own_way() {
    let backend = Backend::always(Answer::sse().raw(stream(false)).hang_up()).await;
    let proxy = proxy(&backend).await;
    let body = json!({"model": "m", "input": "Hi", "stream": true});
    let answer = proxy.post("/v1/responses", body).await;
    let text = answer.text();
    let error = text.strip_prefix(&stream(false)).expect("first what came");
    assert!(
        error.starts_with("event: error\ndata: {\"type\":\"error\","),
        "{error}"
    );
    assert!(!text.contains("[DONE]"), "{text}");
    assert!(proxy.log(1).await.contains(" end error\n"));
}

#[tokio::test]
async fn a_backend_that_only_streams_serves_a_client_that_does_not() {
    let backend = Backend::always(Answer::sse().raw(stream(true))).await;
    let proxy = proxy(&backend).await;
    let answer = proxy
        .post("/v1/responses", json!({"model": "m", "input": "Hi"}))
        .await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.text(), ANSWER);
}
