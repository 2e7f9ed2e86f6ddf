use super::*;

const KEYED: &str = "general_settings: {master_key: sk-master}\nmodel_list: []\n";

#[tokio::test]
async fn models_are_listed_in_openais_shape() {
    let api = Fixture::new(YAML).await;
    assert_eq!(api.model_names().await, ["a", "b/c", "alias"]);
    let list = api.get("/models").await.json();
    assert_eq!(list["object"], "list");
    let first = &list["data"][0];
    assert_eq!(first["object"], "model");
    assert!(first["created"].is_u64() && first["owned_by"].is_string());
}

#[tokio::test]
async fn wildcards_are_listed_on_demand_and_match_when_shown() {
    let api = Fixture::new(YAML).await;
    let all = api
        .get("/v1/models?return_wildcard_routes=true")
        .await
        .json();
    let ids: Vec<_> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| &m["id"])
        .collect();
    assert!(ids.contains(&&json!("w/*")), "{ids:?}");
    for id in ["a", "b/c", "w/anything", "alias"] {
        let model = api.get(&format!("/v1/models/{id}")).await;
        assert_eq!((model.status, &model.json()["id"]), (200, &json!(id)));
    }
    let unknown = api.get("/v1/models/zzz").await;
    assert_eq!(unknown.error(), (404, "model_not_found".into()));
}

#[tokio::test]
async fn a_model_that_is_disabled_is_not_listed() {
    let api = Fixture::new(
        "model_list: [{model_name: a, litellm_params: {model: openai/a, api_key: '${NOT_SET_ANYWHERE}'}}]",
    )
    .await;
    assert!(api.model_names().await.is_empty());
    assert_eq!(api.get("/health/readiness").await.status, 503);
    assert_eq!(api.get("/health/liveness").await.status, 200);
}

#[tokio::test]
async fn readiness_ends_when_the_proxy_stops() {
    let api = Fixture::new(YAML).await;
    assert_eq!(api.get("/health/readiness").await.status, 200);
    api.api.drain();
    let answer = api.get("/health/readiness").await;
    assert_eq!(
        (answer.status, &answer.json()["status"]),
        (503, &json!("stopping"))
    );
}

#[tokio::test]
async fn the_key_guards_everything_but_health() {
    let api = Fixture::new(KEYED).await;
    for path in ["/v1/models", "/v1/models/a", "/admin/models", "/nowhere"] {
        assert_eq!(
            api.get(path).await.error(),
            (401, "invalid_api_key".into()),
            "{path}"
        );
    }
    let chat = Request::post("/v1/chat/completions");
    assert_eq!(api.send(chat, "{}").await.error().0, 401);
    for path in ["/health", "/health/readiness", "/health/liveness"] {
        assert_ne!(api.get(path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn the_key_is_taken_from_both_headers() {
    let api = Fixture::new(KEYED).await;
    for (name, value, status) in [
        ("authorization", "Bearer sk-master", 200),
        ("authorization", "bearer  sk-master", 200),
        ("x-api-key", "sk-master", 200),
        ("authorization", "sk-master", 401),
        ("authorization", "Basic sk-master", 401),
        ("authorization", "Bearer sk-maste", 401),
        ("authorization", "Bearer sk-master2", 401),
        ("authorization", "Bearer ", 401),
        ("x-api-key", "", 401),
    ] {
        let request = Request::get("/v1/models").header(name, value);
        assert_eq!(
            api.send(request, "").await.status,
            status,
            "{name}: {value}"
        );
    }
    let answer = api.get("/v1/models").await;
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    assert!(!answer.message().contains("sk-master"));
}

#[tokio::test]
async fn unknown_routes_and_methods_are_json_errors() {
    let api = Fixture::new(YAML).await;
    assert_eq!(api.get("/").await.error(), (404, "unknown_url".into()));
    assert_eq!(
        api.get("/v1/files").await.error(),
        (404, "unknown_url".into())
    );
    for path in ["/v1/chat/completions", "/embeddings"] {
        let answer = api.get(path).await;
        assert_eq!(answer.error(), (405, "method_not_allowed".into()));
        assert_eq!(answer.headers["allow"], "POST");
    }
    let answer = api.send(Request::delete("/v1/models"), "").await;
    assert_eq!(answer.error(), (405, "method_not_allowed".into()));
    assert!(answer.headers["allow"].to_str().unwrap().contains("GET"));
}

/// The rest of a path goes to the backend, with the backend's key.
#[tokio::test]
async fn no_path_leads_out_of_the_api() {
    let api = Fixture::new(YAML).await;
    for path in [
        "/v1/../admin/models",
        "/v1/chat/../../metrics",
        "/v1/./chat/completions",
        "/v1/%2e%2E/admin",
        "/v1/chat/.%2e/x",
        "/v1/..%2fadmin",
        "/v1/..%5Cadmin",
        "/v1//chat/completions",
    ] {
        let body = r#"{"model":"a","messages":[{"role":"user","content":"x"}]}"#;
        let answer = api.send(Request::post(path), body).await;
        assert_eq!(answer.error(), (404, "unknown_url".into()), "{path}");
    }
}

#[tokio::test]
async fn the_responses_endpoint_says_how_to_switch_it_on() {
    let api = Fixture::new(YAML).await;
    for path in ["/v1/responses", "/responses", "/v1/responses/r1/cancel"] {
        let answer = api
            .send(Request::post(path), r#"{"model":"a","input":"x"}"#)
            .await;
        assert_eq!(answer.error(), (404, "responses_endpoint_disabled".into()));
        assert!(answer.message().contains("enable_responses_endpoint"));
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let yaml = "general_settings: {server: {max_body_mb: 1}}\nmodel_list: []\n";
    let api = Fixture::new(yaml).await;
    for size in [(1 << 20) + 1, 5 << 20] {
        let body = vec![b' '; size];
        let answer = api.send(Request::post("/v1/chat/completions"), body).await;
        assert_eq!(answer.error(), (413, "request_too_large".into()));
    }
    let answer = api
        .send(Request::post("/v1/chat/completions"), vec![b' '; 1 << 20])
        .await;
    assert_eq!(answer.error().0, 400);
}

#[tokio::test]
async fn bodies_that_cannot_be_json_are_refused() {
    let api = Fixture::new(YAML).await;
    for (name, value) in [
        ("content-type", "multipart/form-data; boundary=x"),
        ("content-type", "AUDIO/wav"),
        ("content-encoding", "gzip"),
    ] {
        let request = Request::post("/v1/audio/transcriptions").header(name, value);
        let answer = api.send(request, "{}").await;
        assert_eq!(answer.error(), (415, "unsupported_content_type".into()));
    }
}

#[tokio::test]
async fn the_clients_request_id_comes_back() {
    let api = Fixture::new(YAML).await;
    let mine = Request::get("/v1/models").header("x-request-id", "mine-1");
    assert_eq!(api.send(mine, "").await.headers["x-request-id"], "mine-1");
    let bad = Request::get("/nowhere").header("x-request-id", "a b");
    assert_ne!(api.send(bad, "").await.headers["x-request-id"], "a b");
}

#[tokio::test]
async fn a_panic_is_a_500_and_not_the_end() {
    let api = Fixture::new(YAML).await;
    let body = r#"{"model":"a","messages":[{"role":"user","content":"x"}]}"#;
    for _ in 0..2 {
        let answer = api.send(Request::post("/v1/chat/completions"), body).await;
        assert_eq!(answer.error(), (500, "internal_error".into()));
        assert!(!answer.message().contains("part of a test"));
    }
}
