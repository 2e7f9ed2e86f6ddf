//! What is asked for wrongly, and by whom.

use super::*;

#[tokio::test]
async fn a_wrong_parameter_is_named_with_what_it_could_be() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    const TIME: &str = "is no time; write 2026-11-22T18:00:00Z, or seconds since 1970";
    for (query, param, message) in [
        (
            "exchanges?since=yesterday",
            "since",
            format!("`since` is `yesterday`, which {TIME}"),
        ),
        (
            "overview?until=%1b%5b2J",
            "until",
            format!("`until` is `?[2J`, which {TIME}"),
        ),
        (
            "exchanges?limit=-3",
            "limit",
            "`limit` is `-3`, which is no whole number from 1 to 1000".into(),
        ),
        (
            "overview?buckets=0",
            "buckets",
            "`buckets` is `0`, which is no whole number from 1 to 500".into(),
        ),
        (
            "exchanges?outcome=failed",
            "outcome",
            "`outcome` is `failed`, which is none of `success`, `error`, `cancelled`, `running`"
                .into(),
        ),
        (
            "exchanges?before=nonsense",
            "before",
            "`before` is `nonsense`, which is not the `next` of a page".into(),
        ),
        (
            "exchanges/x/export?as=pdf",
            "as",
            "`as` is `pdf`, which is none of `jsonl`, `curl`, `har`, `fixture`".into(),
        ),
        (
            "exchanges/x/export",
            "as",
            "`as` says in which form: `jsonl`, `curl`, `har` or `fixture`".into(),
        ),
        (
            "exchanges?model=a&model=b",
            "model",
            "`model` is there more than once".into(),
        ),
        (
            "live?modle=m",
            "modle",
            "there is no parameter `modle` here; known: `id`".into(),
        ),
        (
            "overview?since=2000000000&until=1",
            "since",
            "`since` must be before `until`".into(),
        ),
    ] {
        let refused = proxy.get(&format!("/ui/api/{query}")).await;
        assert_eq!(refused.status, 400, "{query}");
        let error = refused.error();
        assert_eq!(error["message"], message, "{query}");
        assert_eq!(error["param"], param, "{query}");
    }
}

#[tokio::test]
async fn what_is_not_even_text_gets_an_error_of_the_usual_shape() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    for path in ["/ui/api/exchanges/%ff", "/ui/%ff", "/v1/models/%ff"] {
        let refused = proxy.get(path).await;
        assert_eq!(refused.status, 400, "{path}");
        let what = "the name in the path is not UTF-8, once its % signs are decoded";
        assert_eq!(refused.error()["message"], what, "{path}");
    }
    let wish = json!({"modle": "x"});
    let refused = proxy.post("/ui/api/exchanges/x/replay", wish).await;
    assert_eq!(refused.status, 400);
    let message = refused.error()["message"].as_str().unwrap().to_owned();
    for part in ["`model`, `stream` or `offline`", "unknown field `modle`"] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn only_whoever_may_see_it_does() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
        let stranger = proxy.client().with_header(name, value);
        for path in ["/ui/api/exchanges", "/ui/api/live", "/ui/"] {
            let refused = stranger.get(path).await;
            assert_eq!(refused.status, 403, "{name} {path}");
        }
    }

    let yaml = config_with(&backend, "general_settings: {master_key: sk-master}\n");
    let proxy = Proxy::start(&yaml).await;
    let known = proxy.client().with_key("sk-master");
    for path in ["/ui/api/exchanges", "/ui/api/status", "/ui/api/overview"] {
        assert_eq!(proxy.get(path).await.status, 401, "{path}");
        assert_eq!(known.get(path).await.status, 200, "{path}");
    }
    // The page has no data in it, and a browser has no key before it.
    let page = proxy.get("/ui/").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));

    let off = Proxy::start(&config_with(
        &backend,
        "general_settings: {inspector: false}\n",
    ))
    .await;
    for path in ["/ui/", "/ui", "/ui/api/exchanges"] {
        assert_eq!(off.get(path).await.status, 404, "{path}");
    }
}
