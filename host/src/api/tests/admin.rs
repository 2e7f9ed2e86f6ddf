use super::*;

fn model(name: &str) -> Value {
    json!({"model_name": name, "api_base": "http://127.0.0.1:9/v1", "api_key": "sk-secret-1"})
}

#[tokio::test]
async fn a_registered_model_is_there_at_once_and_after_a_restart() {
    let api = Fixture::new(YAML).await;
    let mut new = model("new");
    new["fallbacks"] = json!("a");
    let answer = api.register(new).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    assert_eq!(
        answer.json(),
        json!({"status": "ok", "model": "new", "replaced": false, "fallbacks": ["a"]})
    );
    assert!(api.model_names().await.contains(&"new".to_owned()));

    let api = api.reopened().await;
    assert!(api.model_names().await.contains(&"new".to_owned()));
    let fallbacks = &api.api.app.gateway().config.router.fallbacks.general;
    assert_eq!(fallbacks["new"], ["a"]);
}

#[tokio::test]
async fn a_key_without_effect_is_named_in_the_answer() {
    let api = Fixture::new(YAML).await;
    let mut new = model("new");
    new["quux"] = json!(true);
    assert_eq!(api.register(new).await.json()["ignored"], json!(["quux"]));
}

#[tokio::test]
async fn registering_again_replaces() {
    let api = Fixture::new(YAML).await;
    assert_eq!(api.register(model("new")).await.json()["replaced"], false);
    let mut other = model("new");
    other["api_base"] = json!("http://127.0.0.1:10/v1");
    assert_eq!(api.register(other).await.json()["replaced"], true);
    let gateway = api.api.app.gateway();
    let bases: Vec<_> = gateway
        .config
        .deployments
        .iter()
        .filter(|d| d.model_name == "new")
        .map(|d| crate::registry::api_base(&d.backend))
        .collect();
    assert_eq!(bases.len(), 1);
    assert!(bases[0].contains(":10"), "{bases:?}");
}

#[tokio::test]
async fn removing_brings_back_what_the_file_says() {
    let api = Fixture::new(YAML).await;
    assert_eq!(api.register(model("a")).await.json()["replaced"], true);
    let target = |api: &Fixture| {
        let gateway = api.api.app.gateway();
        let mut found = gateway
            .config
            .deployments
            .iter()
            .filter(|d| d.model_name == "a");
        let id = found.next().unwrap().id.clone();
        assert!(found.next().is_none());
        id
    };
    assert_eq!(target(&api), "a#registered");
    assert_eq!(api.remove("a").await.status, 200);
    assert_eq!(target(&api), "a#1");

    let again = api.remove("a").await;
    assert_eq!(again.error(), (404, "model_not_registered".into()));
    assert!(again.message().contains("configuration file"));
    assert_eq!(api.remove("zzz").await.error().0, 404);

    assert_eq!(api.register(model("x/y")).await.status, 200);
    assert_eq!(api.remove("x/y").await.status, 200);
}

#[tokio::test]
async fn wrong_types_are_named() {
    let api = Fixture::new(YAML).await;
    for (field, value) in [
        ("model_name", json!(7)),
        ("api_base", json!(["x"])),
        ("api_key", json!({})),
        ("request_timeout", json!("soon")),
        ("supports_reasoning", json!("maybe")),
        ("fallbacks", json!(7)),
        ("plugins", json!(7)),
    ] {
        let mut bad = model("new");
        bad[field] = value;
        let answer = api.register(bad).await;
        assert_eq!(answer.status, 400, "{field}: {:?}", answer.body);
        let param = answer.json()["error"]["param"]
            .as_str()
            .unwrap_or("")
            .to_owned();
        assert!(param.ends_with(field), "{field}: {param}");
    }
    assert!(!api.model_names().await.contains(&"new".to_owned()));
    let answer = api.register(json!([])).await;
    assert_eq!(answer.error().0, 400);
    assert!(answer.json()["error"]["param"].is_null());
}

#[tokio::test]
async fn keys_are_never_shown() {
    let api = Fixture::new(YAML).await;
    let mut new = model("new");
    new["api_base"] = json!("http://user:sk-in-url@127.0.0.1:9/v1");
    let registered = api.register(new).await;
    let listed = api.get("/admin/models").await;
    for answer in [&registered, &listed] {
        let text = String::from_utf8_lossy(&answer.body);
        assert!(!text.contains("sk-"), "{text}");
    }
    let data = listed.json()["data"].clone();
    let find = |name: &str| {
        let mut all = data.as_array().unwrap().iter();
        all.find(|m| m["model_name"] == name).unwrap().clone()
    };
    assert_eq!(find("a")["origin"], "file");
    assert_eq!(find("a")["has_api_key"], true);
}

#[cfg(unix)]
#[tokio::test]
async fn the_state_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let api = Fixture::new(YAML).await;
    api.register(model("new")).await;
    let rights = std::fs::metadata(&api.state_file).unwrap().permissions();
    assert_eq!(rights.mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_registration_that_lost_its_plugin_is_kept_and_reported() {
    let api = Fixture::new(YAML).await;
    let state = json!({"version": 1, "models": {
        "broken": {"model_name": "broken", "api_base": "http://127.0.0.1:9", "plugins": ["gone"]},
    }});
    std::fs::write(&api.state_file, state.to_string()).unwrap();
    let api = api.reopened().await;
    assert!(!api.model_names().await.contains(&"broken".to_owned()));
    let listed = api.get("/admin/models").await.json();
    let broken = listed["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(broken["model_name"], "broken");
    assert!(
        broken["disabled"].as_str().unwrap().contains("gone"),
        "{broken}"
    );

    api.register(model("new")).await;
    let text = std::fs::read_to_string(&api.state_file).unwrap();
    assert!(text.contains("broken") && text.contains("new"), "{text}");
}

#[tokio::test]
async fn without_a_key_only_this_machine_may_register() {
    let body = || model("new").to_string();
    let request = || Request::post("/admin/models").header("content-type", "application/json");
    let api = Fixture::new(YAML).await;
    for (name, value, status) in [
        ("host", "localhost:17771", 200),
        ("host", "[::1]:17771", 200),
        ("host", "evil.example", 403),
        ("host", "127.0.0.1.evil.example", 403),
    ] {
        let answer = api.send(request().header(name, value), body()).await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    for (origin, status) in [
        ("http://localhost:3000", 200),
        ("https://evil.example", 403),
        ("null", 403),
    ] {
        let request = request().header("host", LOCAL).header("origin", origin);
        assert_eq!(api.send(request, body()).await.status, status, "{origin}");
    }
    assert_eq!(api.send(request(), body()).await.status, 403);
    let plain = Request::post("/admin/models")
        .header("host", LOCAL)
        .header("content-type", "text/plain");
    assert_eq!(api.send(plain, body()).await.status, 415);
}

#[tokio::test]
async fn without_a_key_admin_is_closed_on_other_addresses() {
    for address in ["0.0.0.0:17771", "192.0.2.1:17771", "[::]:17771"] {
        let api = Fixture::listening(YAML, address).await;
        let answer = api.register(model("new")).await;
        assert_eq!(
            answer.error(),
            (403, "master_key_required".into()),
            "{address}"
        );
        assert_eq!(api.get("/v1/models").await.status, 200);
    }
    let mut api = Fixture::new(YAML).await;
    api.peer.remote = "192.0.2.9:1234".parse().unwrap();
    assert_eq!(api.get("/admin/models").await.status, 403);
}

#[tokio::test]
async fn with_a_key_admin_is_open_everywhere() {
    let yaml = format!("general_settings: {{master_key: sk-master}}\n{YAML}");
    let mut api = Fixture::listening(&yaml, "0.0.0.0:17771").await;
    api.peer.remote = "192.0.2.9:1234".parse().unwrap();
    let request = Request::get("/admin/models")
        .header("host", "proxy.example")
        .header("x-api-key", "sk-master");
    assert_eq!(api.send(request, "").await.status, 200);
}
