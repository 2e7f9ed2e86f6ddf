//! Whoever runs the proxy has the memory of a plugin wiped.

use super::*;

/// The CLI wipes it where the proxy listens, with its key; what was remembered is gone, also from the file.
#[tokio::test]
async fn what_was_wiped_is_restored_no_more() {
    let backend = backend(Vendor::Gemini, true).await;
    let folder = TempDir::new();
    let path = folder.path().join("plugins.redb");
    let yaml = config(
        &backend,
        Vendor::Gemini,
        &format!("master_key: sk-master, plugin_store: {{path: {path:?}}}"),
    );
    let mut agent = Agent::new(true);
    let proxy = Proxy::start(&yaml).await;
    let client = proxy.client().with_key("sk-master");
    agent.step(&client).await;
    agent.step(&client).await;
    let base = format!("http://{}", proxy.addr());
    let wipe = ["store", "clear", "reasoning-keep", "--base-url", &base];
    let end = run(proxy.dir(), &wipe).await;
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    assert!(
        end.stdout.starts_with("reasoning-keep forgot "),
        "{}",
        end.stdout
    );
    assert_ne!(end.stdout, "reasoning-keep forgot 0 entries\n");
    let again = run(proxy.dir(), &wipe).await;
    assert_eq!(again.stdout, "reasoning-keep forgot 0 entries\n");
    let header = |answered: &Answered| keep_header(answered).to_owned();
    let filler = "missed=2/5 placeholder_signature";
    let answered = agent.step(&client).await;
    assert!(
        header(&answered).starts_with(filler),
        "{}",
        header(&answered)
    );

    // Killed at once after it: nothing waits to be written.
    let end = run(proxy.dir(), &wipe).await;
    assert_eq!(end.code, Some(0), "{}", end.stderr);
    let proxy = proxy.restart().await;
    let client = proxy.client().with_key("sk-master");
    let answered = agent.step(&client).await;
    let filler = "missed=2/5/8 placeholder_signature";
    assert!(
        header(&answered).starts_with(filler),
        "{}",
        header(&answered)
    );
}

#[tokio::test]
async fn what_several_proxies_share_is_wiped_at_one() {
    let Some(redis) = Redis::start(false) else {
        return;
    };
    let backend = backend(Vendor::Gemini, true).await;
    let shared = config(&backend, Vendor::Gemini, "plugin_store: \"${STORE}\"");
    let start = || Proxy::with(&shared).env("STORE", &redis.url()).start();
    let proxies = [start().await, start().await];
    for proxy in &proxies {
        has_store(proxy).await;
    }
    let mut agent = Agent::new(true);
    agent.step(proxies[0].client()).await;
    let wiped = proxies[1].delete("/admin/store/reasoning-keep").await;
    assert_eq!(wiped.status, 200, "{}", wiped.text());
    assert!(
        wiped.json()["removed"].as_u64() > Some(0),
        "{}",
        wiped.text()
    );
    let answered = agent.step(proxies[0].client()).await;
    let missed = keep_header(&answered);
    assert!(missed.starts_with("missed=2 "), "{missed}");
}

#[tokio::test]
async fn who_may_not_or_cannot_is_told_why() {
    let backend = backend(Vendor::Gemini, true).await;
    let yaml = config(&backend, Vendor::Gemini, "master_key: sk-master");
    let proxy = Proxy::start(&yaml).await;
    let wiped = proxy.delete("/admin/store/reasoning-keep").await;
    assert_eq!(wiped.status, 401, "{}", wiped.text());
    let base = format!("http://{}", proxy.addr());
    let typo = run(
        proxy.dir(),
        &["store", "clear", "reasoning_keep", "--base-url", &base],
    )
    .await;
    assert_eq!(typo.code, Some(1));
    let why = "no plugin `reasoning_keep` has a store";
    assert!(typo.stderr.contains(why), "{}", typo.stderr);
    let dir = proxy.dir().to_owned();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let end = run(
        &dir,
        &["store", "clear", "reasoning-keep", "--base-url", &nobody],
    )
    .await;
    assert_eq!(end.code, Some(1));
    assert!(
        end.stderr.contains("only a proxy that runs can forget"),
        "{}",
        end.stderr
    );
}

/// Nothing is forgotten by a wrong name, and whoever wrote it hears so.
#[tokio::test]
async fn a_misspelled_plugin_is_not_said_to_have_forgotten() {
    let backend = backend(Vendor::Gemini, true).await;
    let proxy = Proxy::start(&config(&backend, Vendor::Gemini, "")).await;
    let base = format!("http://{}", proxy.addr());
    for (name, why) in [
        ("reasoning-kep", "did you mean `reasoning-keep`?"),
        ("reasoning_keep", "did you mean `reasoning-keep`?"),
        ("my-own", "plugins here: `"),
    ] {
        let wiped = proxy.delete(&format!("/admin/store/{name}")).await;
        assert_eq!(wiped.status, 404, "{}", wiped.text());
        let error = wiped.json()["error"].clone();
        assert_eq!(error["param"], "plugin");
        assert_eq!(error["code"], "plugin_unknown");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("no plugin `{name}` has a store")),
            "{message}"
        );
        assert!(message.contains(why), "{message}");
        let end = run(proxy.dir(), &["store", "clear", name, "--base-url", &base]).await;
        assert_eq!(end.code, Some(1), "{}", end.stdout);
        assert_eq!(end.stdout, "");
        assert!(end.stderr.contains(why), "{}", end.stderr);
    }
    // One that is there, and has nothing.
    let wiped = proxy.delete("/admin/store/reasoning-keep").await;
    assert_eq!(wiped.status, 200, "{}", wiped.text());
    assert_eq!(wiped.json()["removed"], 0);
}
