//! Every wait has an end, whatever the backend does with its bytes.

use std::time::{Duration, Instant};

use crate::kit::*;

/// Two models, `m` with these limits and `spare` after it.
async fn proxy(a: &Backend, b: &Backend, limits: &str) -> Proxy {
    Proxy::start(&format!(
        concat!(
            "plugins: []\nmodel_list:\n",
            "  - {{model_name: m, timeouts: {{{}}}, litellm_params: {{model: openai/m, api_base: \"{}/v1\"}}}}\n",
            "  - {{model_name: spare, litellm_params: {{model: openai/spare, api_base: \"{}/v1\"}}}}\n",
            "router_settings: {{num_retries: 1, fallbacks: [{{m: [spare]}}]}}\n",
        ),
        limits,
        a.url(),
        b.url()
    ))
    .await
}

/// The same piece again and again, with a pause before each.
fn drip(mut answer: Answer, piece: &str) -> Answer {
    for _ in 0..200 {
        answer = answer.pause(Duration::from_millis(50)).raw(piece);
    }
    answer
}

/// Less than any limit that nobody set.
const SOON: Duration = Duration::from_secs(14);

#[tokio::test]
async fn a_backend_that_takes_too_long_is_left_for_the_next() {
    let comment = ": still thinking\n\n";
    let json = || Answer::status(200).header("content-type", "application/json");
    for (what, limits, answer, stream) in [
        ("no head", "headers: 0.3", json().stall(), false),
        (
            "no body",
            "whole: 0.3",
            json().chunked().flush_head().stall(),
            false,
        ),
        (
            "a dripping body",
            "whole: 0.4",
            drip(json().chunked(), " "),
            false,
        ),
        (
            "no first event",
            "first_event: 0.3",
            Answer::sse().flush_head().stall(),
            true,
        ),
        (
            "only a preamble",
            "first_event: 0.3",
            Answer::sse().role().stall(),
            true,
        ),
        (
            "only comments",
            "whole: 0.4",
            drip(Answer::sse(), comment),
            true,
        ),
        (
            "comments, in all",
            "total: 0.4",
            drip(Answer::sse(), comment),
            true,
        ),
        (
            "half a body",
            "total: 0.3",
            json().chunked().raw("{").stall(),
            false,
        ),
    ] {
        let silent = Backend::always(answer).await;
        let spare = Backend::choose(|seen| match seen.text().contains("\"stream\":true") {
            true => Answer::chat_stream(&["spare"]),
            false => Answer::chat("spare"),
        })
        .await;
        let proxy = proxy(&silent, &spare, limits).await;
        let begun = Instant::now();
        let body = if stream { ask_stream("Hi") } else { ask("Hi") };
        let answer = proxy.chat(body).await;
        assert_eq!(answer.content(), "spare", "{what}: {}", answer.text());
        assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
        silent.wait_left(1).await;
    }
}

#[tokio::test]
async fn a_stream_that_has_begun_ends_at_the_limit_with_an_error() {
    for (what, limits, answer) in [
        (
            "silence",
            "between_events: 0.3",
            Answer::sse().delta("x").stall(),
        ),
        (
            "no end",
            // Longer than the first event takes, less than the drops last.
            "total: 3",
            drip(
                Answer::sse().delta("x"),
                "data: {\"choices\":[{\"delta\":{\"content\":\"y\"}}]}\n\n",
            ),
        ),
    ] {
        let endless = Backend::always(answer).await;
        let spare = Backend::always(Answer::chat("spare")).await;
        let proxy = proxy(&endless, &spare, limits).await;
        let begun = Instant::now();
        let answer = proxy.chat(ask_stream("Hi")).await;
        assert!(begun.elapsed() < SOON, "{what}: {:?}", begun.elapsed());
        let last = answer.events().pop().unwrap();
        assert_eq!(last["error"]["code"], "upstream_timeout", "{what}: {last}");
        assert!(!answer.text().contains("[DONE]"), "{what}");
        endless.wait_left(1).await;
    }
}

#[tokio::test]
async fn without_another_backend_the_client_is_told_of_the_limit() {
    let silent = Backend::always(Answer::sse().stall()).await;
    let more =
        "router_settings: {num_retries: 1}\ngeneral_settings: {timeouts: {first_event: 0.2}}\n";
    let proxy = Proxy::start(&config_with(&silent, more)).await;
    let answer = proxy.chat(ask_stream("Hi")).await;
    assert_eq!(answer.status, 504);
    assert_eq!(answer.error()["code"], "upstream_timeout");
}
