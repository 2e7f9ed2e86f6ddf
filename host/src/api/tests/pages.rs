//! Web pages of other origins as clients.

use super::*;

const CHAT: &str = "/v1/chat/completions";

async fn preflight(api: &Fixture, path: &str, origin: &str) -> Answer {
    let request = Request::options(path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        )
        .header("access-control-request-private-network", "true");
    api.send(request, "").await
}

async fn ask(api: &Fixture, path: &str, origin: &str) -> Answer {
    let request = Request::get(path)
        .header("host", LOCAL)
        .header("authorization", "Bearer sk-master")
        .header("origin", origin);
    api.send(request, "").await
}

#[tokio::test]
async fn a_page_of_this_machine_may_use_the_api() {
    let api = Fixture::new(YAML).await;
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://[::1]:8443",
    ] {
        let answer = preflight(&api, CHAT, origin).await;
        assert_eq!(answer.status, 204, "{origin}");
        let headers = &answer.headers;
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(headers["access-control-allow-methods"], "GET, POST");
        assert_eq!(
            headers["access-control-allow-headers"],
            "authorization,content-type"
        );
        assert_eq!(headers["access-control-allow-private-network"], "true");

        let answer = ask(&api, "/v1/models", origin).await;
        assert_eq!(answer.headers["access-control-allow-origin"], origin);
        // Also what went wrong must be readable.
        let answer = ask(&api, CHAT, origin).await;
        assert_eq!(answer.status, 405);
        assert_eq!(answer.headers["access-control-allow-origin"], origin);
    }
}

#[tokio::test]
async fn other_pages_read_nothing_unless_they_are_named() {
    let named =
        format!("general_settings: {{server: {{allowed_origins: https://chat.example/}}}}{YAML}");
    let all = format!("general_settings: {{server: {{allowed_origins: ['*']}}}}{YAML}");
    let none = format!("general_settings: {{server: {{allowed_origins: []}}}}{YAML}");
    let chat = "https://chat.example";
    let local = "http://localhost:3000";
    for (yaml, origin, allowed) in [
        (YAML, chat, false),
        (YAML, "null", false),
        (YAML, "http://localhost.evil.example", false),
        (&named, chat, true),
        (&named, local, false),
        (&all, "https://any.example", true),
        (&none, local, false),
    ] {
        let api = Fixture::new(yaml).await;
        let answer = preflight(&api, CHAT, origin).await;
        assert_eq!(answer.status == 204, allowed, "{origin} {yaml}");
        let answer = ask(&api, "/v1/models", origin).await;
        let allow = answer.headers.contains_key("access-control-allow-origin");
        assert_eq!(allow, allowed, "{origin} {yaml}");
    }
}

#[tokio::test]
async fn a_preflight_shows_no_key_and_the_request_must() {
    let api = Fixture::new(&format!(
        "general_settings: {{master_key: sk-master}}{YAML}"
    ))
    .await;
    let origin = "http://localhost:3000";
    assert_eq!(preflight(&api, CHAT, origin).await.status, 204);
    let request = Request::get("/v1/models").header("origin", origin);
    let refused = api.send(request, "").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.headers["access-control-allow-origin"], origin);
}

#[tokio::test]
async fn admin_metrics_and_inspector_are_for_no_other_page() {
    let yaml = format!(
        "general_settings: {{master_key: sk-master, server: {{allowed_origins: '*'}}}}{YAML}"
    );
    let api = Fixture::new(&yaml).await;
    for path in ["/admin/models", "/metrics", "/ui/api/exchanges", "/ui/"] {
        let origin = "http://localhost:3000";
        assert_ne!(preflight(&api, path, origin).await.status, 204, "{path}");
        let answer = ask(&api, path, origin).await;
        assert!(
            !answer.headers.contains_key("access-control-allow-origin"),
            "{path}"
        );
    }
}
