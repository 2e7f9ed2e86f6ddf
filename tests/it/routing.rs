//! What a user notices of routing: that an answer comes although a backend does not give one,
//! and that the reason is told when none can.

use serde_json::json;

use crate::kit::*;

/// Two models `a` and `b`, `a` falls back to `b`.
fn two(a: &Backend, b: &Backend, router: &str) -> String {
    format!(
        concat!(
            "plugins: []\n",
            "model_list:\n",
            "  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\"}}\n",
            "  - model_name: spare\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\"}}\n",
            "router_settings: {{fallbacks: [{{m: [spare]}}], {}}}\n",
        ),
        a.url(),
        b.url(),
        router
    )
}

#[tokio::test]
async fn a_backend_that_fails_twice_and_then_works_is_asked_three_times() {
    let backend = Backend::script([
        Answer::error(503, "no"),
        Answer::error(500, "no"),
        Answer::chat("yes"),
    ])
    .await;
    let proxy = Proxy::start(&config_with(
        &backend,
        "router_settings: {num_retries: 3}\n",
    ))
    .await;
    let answer = proxy.chat(ask("Hi")).await;
    assert_eq!(answer.content(), "yes");
    assert_eq!(answer.header("x-yallmp-attempts"), Some("3"));
    assert_eq!(backend.requests().len(), 3);
}

#[tokio::test]
async fn what_cannot_be_mended_by_asking_again_goes_to_the_fallback_at_once() {
    for bad in [
        Answer::error(401, "bad key"),
        Answer::error(404, "no such model"),
        Answer::status(302).header("location", "http://127.0.0.1:1/"),
        Answer::error(429, "later").header("retry-after", "3600"),
    ] {
        let (a, b) = (
            Backend::always(bad).await,
            Backend::always(Answer::chat("spare")).await,
        );
        let proxy = Proxy::start(&two(&a, &b, "num_retries: 3")).await;
        let answer = proxy.chat(ask("Hi")).await;
        assert_eq!(answer.content(), "spare");
        assert_eq!(answer.header("x-yallmp-deployment"), Some("spare#1"));
        assert_eq!(a.requests().len(), 1);
    }
}

#[tokio::test]
async fn an_answer_without_an_answer_is_a_failure() {
    for (what, bad) in [
        (
            "html",
            Answer::status(200)
                .header("content-type", "text/html")
                .body("<html></html>"),
        ),
        ("nothing", Answer::status(200)),
        (
            "an error",
            Answer::json(json!({"error": {"message": "overloaded"}})),
        ),
        ("done alone", Answer::sse().done()),
        ("a preamble", Answer::sse().role().done()),
        (
            "an error event",
            Answer::sse().event(json!({"error": {"message": "overloaded"}})),
        ),
        ("garbage", Answer::bytes("this is not HTTP\r\n\r\n")),
        ("a reset", Answer::sse().role().reset()),
    ] {
        let (a, b) = (
            Backend::always(bad).await,
            Backend::always(Answer::chat_stream(&["spare"])).await,
        );
        let proxy = Proxy::start(&two(&a, &b, "num_retries: 1")).await;
        let answer = proxy.chat(ask_stream("Hi")).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        assert_eq!(answer.content(), "spare", "{what}");
    }
}

#[tokio::test]
async fn a_context_that_is_too_long_goes_to_the_model_named_for_that() {
    let error = Answer::json(json!({"error": {"message": "maximum context length is 8 tokens", "code": "context_length_exceeded", "type": "invalid_request_error", "param": null}})).with_status(400);
    let (a, b) = (
        Backend::always(error).await,
        Backend::always(Answer::chat("long")).await,
    );
    let yaml = two(&a, &b, "context_window_fallbacks: [{m: [spare]}]")
        .replace("fallbacks: [{m: [spare]}], ", "");
    let proxy = Proxy::start(&yaml).await;
    assert_eq!(proxy.chat(ask("Hi")).await.content(), "long");
}

#[tokio::test]
async fn a_refusal_of_content_is_handed_back_as_it_came() {
    let error = json!({"error": {"message": "content policy", "code": "content_filter", "type": "x", "param": null}});
    let (a, b) = (
        Backend::always(Answer::json(error.clone()).with_status(400)).await,
        Backend::always(Answer::chat("spare")).await,
    );
    let proxy = Proxy::start(&two(&a, &b, "num_retries: 3")).await;
    let answer = proxy.chat(ask("Hi")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json(), error);
    assert_eq!((a.requests().len(), b.requests().len()), (1, 0));
}

#[tokio::test]
async fn when_all_fail_the_last_backends_words_are_passed_on() {
    let (a, b) = (
        Backend::always(Answer::error(500, "first")).await,
        Backend::always(Answer::error(503, "last")).await,
    );
    let proxy = Proxy::start(&two(&a, &b, "num_retries: 1")).await;
    let answer = proxy.chat(ask("Hi")).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.error()["message"], "last");
    let dead = Backend::dead_url().await;
    let yaml = format!(
        "model_list: [{{model_name: m, litellm_params: {{model: openai/m, api_base: \"{dead}\"}}}}]\nrouter_settings: {{num_retries: 1}}\n"
    );
    let answer = Proxy::start(&yaml).await.chat(ask("Hi")).await;
    assert_eq!(answer.status, 502);
    answer.error();
}

#[tokio::test]
async fn a_backend_that_keeps_failing_is_left_alone_for_a_while() {
    let backend = Backend::always(Answer::error(500, "no")).await;
    let more = "router_settings: {num_retries: 1, allowed_fails: 2, cooldown_time: 60}\n";
    let proxy = Proxy::start(&config_with(&backend, more)).await;
    let mut cooling = None;
    for _ in 0..6 {
        let answer = proxy.chat(ask("Hi")).await;
        if answer.status == 503 {
            cooling = Some(answer);
        }
    }
    let cooling = cooling.expect("it cools down");
    let after: u64 = cooling
        .header("retry-after")
        .expect("says when")
        .parse()
        .unwrap();
    assert!((1..=60).contains(&after), "{after}");
    assert!(
        backend.requests().len() < 6,
        "while it cools down it is not asked"
    );
}

#[tokio::test]
async fn load_is_spread_by_weight() {
    let (a, b) = (
        Backend::always(Answer::chat("a")).await,
        Backend::always(Answer::chat("b")).await,
    );
    let entry = |backend: &Backend, weight| {
        format!(
            "  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"{}/v1\", weight: {weight}}}\n",
            backend.url()
        )
    };
    let proxy = Proxy::start(&format!(
        "plugins: []\nmodel_list:\n{}{}",
        entry(&a, 1),
        entry(&b, 9)
    ))
    .await;
    for _ in 0..200 {
        assert_eq!(proxy.chat(ask("Hi")).await.status, 200);
    }
    let (a, b) = (a.requests().len(), b.requests().len());
    assert_eq!(a + b, 200);
    assert!(
        (5..=50).contains(&a),
        "one in ten, more or less: {a} of 200"
    );
}

#[tokio::test]
async fn wildcards_and_aliases_find_their_backend() {
    let backend = Backend::always(Answer::chat("x")).await;
    let yaml = format!(
        "model_list:\n  - model_name: \"openai/*\"\n    litellm_params: {{model: \"openai/*\", api_base: \"{}/v1\"}}\nrouter_settings: {{model_group_alias: {{gpt: openai/gpt-9}}}}\n",
        backend.url()
    );
    let proxy = Proxy::start(&yaml).await;
    for (asked, sent) in [("openai/gpt-5", "gpt-5"), ("gpt", "gpt-9")] {
        let answer = proxy
            .chat(json!({"model": asked, "messages": [user("Hi")]}))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(backend.requests().last().unwrap().json()["model"], sent);
    }
}
