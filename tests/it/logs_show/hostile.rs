//! What a client says cannot act on the terminal.

use super::*;

/// In the client's words, so that no configuration needs to know it.
const HOSTILE: &str =
    "<script>alert(1)</script>\"'`\r\n\tid: x\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}1m\u{202e}../..";

#[tokio::test]
async fn a_hostile_model_name_is_text_in_the_terminal_and_in_the_api() {
    let backend = Backend::always(Answer::chat_stream(&["Hello"])).await;
    let yaml = config(&backend).replace("model_name: m\n", "model_name: \"*\"\n");
    let proxy = Proxy::start(&yaml).await;
    let mut body = ask_stream("Hi");
    body["model"] = HOSTILE.into();
    let answer = proxy.chat_as("odd", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    proxy.log(1).await;

    let harmless = |text: &str| {
        let odd = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!text.contains(odd), "{text:?}");
    };
    let shown_as = "<script>alert(1)</script>\"'`? ";
    let ls = logs(&proxy, &["ls"]).await;
    assert_eq!(ls.stdout.lines().count(), 2, "{}", ls.stdout);
    assert!(ls.stdout.contains(shown_as), "{}", ls.stdout);
    harmless(&ls.stdout);
    let page = shown(&proxy, &["odd"]).await;
    assert!(page.contains(&format!("model {shown_as}")), "{page}");
    harmless(&page);
    for stage in [
        "client",
        "upstream",
        "received",
        "delivered",
        "plugins",
        "events",
    ] {
        harmless(&shown(&proxy, &["odd", "--stage", stage]).await);
    }
    harmless(&logs(&proxy, &["diff", "odd"]).await.stdout);
    for format in ["jsonl", "har", "curl"] {
        harmless(
            &logs(&proxy, &["export", "--format", format, "odd"])
                .await
                .stdout,
        );
    }
    let unknown = logs(&proxy, &["show", HOSTILE]).await;
    assert_eq!(unknown.code, Some(1));
    harmless(&unknown.stderr);

    // The API gives it as it is, as JSON and never as a page, and finds it by itself.
    let trace = proxy.get("/ui/api/exchanges/odd").await;
    assert_eq!(trace.header("content-type"), Some("application/json"));
    assert_eq!(trace.json()["summary"]["model"], HOSTILE);
    let file = trace.json()["summary"]["file"].as_str().unwrap().to_owned();
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    assert!(file.chars().all(is_safe), "{file}");
    let log = proxy.get("/ui/api/exchanges/odd/log").await;
    assert_eq!(log.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        log.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    let model: String = HOSTILE.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let path = format!("/ui/api/exchanges?model={model}");
    let is_it = |page: &Value| page["exchanges"][0]["file"] == json!(file);
    proxy.until(&path, is_it).await;
    let facets = |facets: &Value| facets["models"] == json!([HOSTILE]);
    proxy.until("/ui/api/facets", facets).await;
}
