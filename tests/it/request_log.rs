//! Logs in `logs/requests`, and `yallmp replay`.

use serde_json::json;

use crate::kit::*;

fn log_settings(backend: &Backend, settings: &str) -> String {
    config_with(
        backend,
        &format!("general_settings: {{request_log: {{{settings}}}}}\n"),
    )
}

#[tokio::test]
async fn a_stream_is_logged_as_it_came_and_went() {
    let backend = Backend::always(Answer::chat_stream(&["Hel", "lo"])).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let answer = proxy.chat(ask_stream("Hi there")).await;
    let log = proxy.log(1).await;
    let (path, _) = &proxy.logs()[0];
    let name = path.file_name().unwrap().to_str().unwrap();
    let id = answer.header("x-request-id").unwrap();
    assert!(name.ends_with(&format!("-{id}_m.log")), "{name}");
    for part in [
        "yallmp log 1\n",
        " request POST /v1/chat/completions\n",
        r#"{"role":"user","content":"Hi there"}"#,
        " attempt 1\ndeployment: m#1\n",
        " sent\n",
        " head 200 OK\n",
        r#"{"content":"Hel"}"#,
        " committed\n",
        " end success\nstatus: 200\nreason: done\n",
    ] {
        assert!(log.contains(part), "no {part:?} in\n{log}");
    }
    assert!(
        log.lines()
            .any(|line| line.starts_with("< +") && line.contains("Hel"))
    );
}

#[tokio::test]
async fn keys_are_not_in_the_log() {
    let backend =
        Backend::always(Answer::chat("Hello").header("set-cookie", "a=hidden-cookie")).await;
    let yaml = config_with(
        &backend,
        "general_settings: {master_key: sk-master-0123456789abcdef}\n",
    );
    let proxy = Proxy::start(&yaml).await;
    let client = proxy.client().with_key("sk-master-0123456789abcdef");
    client
        .with_header("cookie", "c=hidden-too")
        .post("/v1/chat/completions", ask("Hi"))
        .await;
    let log = proxy.log(1).await;
    assert!(
        log.contains("    authorization: Bearer sk-...cdef\n"),
        "{log}"
    );
    for secret in ["0123456789", "sk-backend", "hidden"] {
        assert!(!log.contains(secret), "{secret} in\n{log}");
    }
}

#[tokio::test]
async fn metadata_quotes_nothing_and_off_writes_nothing() {
    let answer = Answer::sse()
        .raw("data: private, but no JSON\n\n")
        .delta("private")
        .delta(" words")
        .finish("stop")
        .done();
    let backend = Backend::always(answer).await;
    let proxy = Proxy::start(&log_settings(&backend, "level: metadata")).await;
    proxy.chat(ask_stream("my secret plan")).await;
    let log = proxy.log(1).await;
    assert!(
        !log.contains("private") && !log.contains("secret plan"),
        "{log}"
    );
    assert!(
        log.contains(", not kept\n") && log.contains("events_in: "),
        "{log}"
    );
    assert!(
        log.contains("text: an event is not a JSON object\n"),
        "{log}"
    );

    let mut proxy = Proxy::start(&log_settings(&backend, "enabled: false")).await;
    assert_eq!(proxy.chat(ask_stream("Hi")).await.status, 200);
    let folder = proxy.dir().join("logs");
    proxy.kill();
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_model_can_say_how_much_is_logged() {
    let backend = Backend::always(Answer::chat("private words")).await;
    let model = |name: &str, level: &str| {
        format!(
            "  - {{model_name: {name}, request_log: {level}, litellm_params: {{model: openai/{name}, api_base: \"{}/v1\"}}}}\n",
            backend.url()
        )
    };
    let yaml = format!(
        "plugins: []\nmodel_list:\n{}{}{}general_settings: {{request_log: {{level: metadata}}}}\n",
        model("silent", "off"),
        model("plain", "metadata"),
        model("m", "full")
    );
    let proxy = Proxy::start(&yaml).await;
    for model in ["silent", "plain", "m"] {
        let body = json!({"model": model, "messages": [user("my plan")]});
        assert_eq!(proxy.chat(body).await.status, 200);
    }
    let (second, third) = (proxy.log(1).await, proxy.log(2).await);
    let tells = |log: &str| log.contains("private words") && log.contains("my plan");
    assert!(!tells(&second) && tells(&third), "{second}\n{third}");
    assert_eq!(proxy.logs().len(), 2);
}

#[tokio::test]
async fn a_client_that_leaves_is_logged_as_cancelled() {
    let backend = Backend::always(Answer::sse().delta("Hel").stall()).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    live.event().await;
    live.hang_up();
    let log = proxy.log(1).await;
    assert!(log.contains(" end cancelled\n"), "{log}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_hurts_no_request() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::with(&log_settings(&backend, "dir: blocked/requests"));
    let mut proxy = proxy
        .file("blocked", "a file where a folder should be")
        .start()
        .await;
    for _ in 0..5 {
        assert_eq!(proxy.chat(ask("Hi")).await.status, 200);
    }
    eventually("it is said", || {
        proxy
            .stderr()
            .contains("cannot write the request log")
            .then_some(())
    })
    .await;
    proxy.kill();
    assert_eq!(
        proxy
            .stderr()
            .matches("cannot write the request log")
            .count(),
        1
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_hurts_no_request() {
    let backend = Backend::choose(|request| match request.text().contains("stream") {
        true => Answer::chat_stream(&["Hel", "lo"]),
        false => Answer::chat("Hello"),
    })
    .await;
    // With the default chain: the cache of compiled plugins has no room either.
    let yaml = config(&backend).replace("plugins: []\n", "");
    let proxy = Proxy::with(&yaml).full_disk().start().await;
    for _ in 0..5 {
        assert_eq!(proxy.chat(ask("Hi")).await.content(), "Hello");
        assert_eq!(proxy.chat(ask_stream("Hi")).await.content(), "Hello");
    }
    eventually("it is said", || {
        let said = proxy.stderr();
        said.contains("cannot write the request log").then_some(())
    })
    .await;
    // What cannot be kept is not promised.
    let model = json!({"model_name": "new", "api_base": backend.url()});
    let refused = proxy.post("/admin/models", model).await;
    assert_eq!(refused.status, 500, "{}", refused.text());
    assert_eq!(refused.error()["code"], "state_not_saved");
    let ask = json!({"model": "new", "messages": [user("Hi")]});
    assert_eq!(proxy.chat(ask).await.status, 404);
}

#[tokio::test]
async fn a_folder_that_goes_away_while_it_runs_comes_back() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    proxy.chat(ask("one")).await;
    proxy.log(1).await;
    std::fs::remove_dir_all(proxy.dir().join("logs")).unwrap();
    for _ in 0..3 {
        assert_eq!(proxy.chat(ask("two")).await.status, 200);
    }
    assert!(proxy.log(1).await.contains("two"));
}

#[tokio::test]
async fn retention_keeps_the_newest() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let proxy = Proxy::start(&log_settings(&backend, "max_files: 3")).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        let answer = proxy.chat(ask("Hi")).await;
        ids.push(answer.header("x-request-id").unwrap().to_string());
    }
    eventually("the newest three are left", || {
        let logs = proxy.logs();
        let newest = logs
            .iter()
            .zip(&ids[5..])
            .all(|((path, _), id)| path.to_str().unwrap().contains(id));
        (logs.len() == 3 && newest).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_kill_leaves_finished_logs_and_what_was_there_of_others() {
    let backend = Backend::choose(|request| match request.text().contains("stall") {
        true => Answer::sse().delta("Hel").stall(),
        false => Answer::chat("Hello"),
    })
    .await;
    let proxy = Proxy::start(&config(&backend)).await;
    proxy.chat(ask("Hi")).await;
    let finished = proxy.log(1).await;
    let mut live = proxy.chat_open(ask_stream("stall")).await;
    live.event().await;
    let folder = proxy.dir().join("logs/requests");
    eventually("the running exchange has a partial log", || {
        let mut paths = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let path = paths.find(|path| path.to_string_lossy().ends_with(".log.partial"))?;
        // The file is there a moment before its text.
        std::fs::read_to_string(path)
            .unwrap()
            .contains("stall")
            .then_some(())
    })
    .await;

    let proxy = proxy.restart().await;

    let interrupted = proxy.log(2).await;
    assert_eq!(proxy.log(1).await, finished);
    assert!(
        interrupted.contains(r#""content":"stall""#),
        "{interrupted}"
    );
    assert!(
        interrupted.contains(" end error\n") && interrupted.contains("error: interrupted"),
        "{interrupted}"
    );
}

#[tokio::test]
async fn a_log_can_be_replayed() {
    let backend = Backend::script([
        Answer::chat_stream(&["Hel", "lo"]),
        Answer::chat_stream(&["Hel", "lo"]),
        Answer::chat("Hello"),
        Answer::sse().delta("Hel").hang_up(),
        Answer::error(400, "no"),
    ])
    .await;
    let yaml = config_with(&backend, "general_settings: {master_key: sk-master}\n");
    let proxy = Proxy::start(&yaml).await;
    let client = proxy.client().with_key("sk-master");
    let body = json!({"model": "m", "messages": [user("it's \"quoted\"\n")], "stream": true});
    let answer = client.post("/v1/chat/completions", body.clone()).await;
    proxy.log(1).await;
    let (log, _) = &proxy.logs()[0];
    let log = log.to_str().unwrap();
    let replay = async |flags: &[&str]| run(proxy.dir(), &[&["replay", log], flags].concat()).await;

    let refused = replay(&[]).await;
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert!(refused.stderr.contains("no key is sent"), "{refused:#?}");

    let key = ["--api-key", "sk-master"];
    let again = replay(&key).await;
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert_eq!(again.stdout.matches("data: ").count(), answer.data().len());
    assert_eq!(backend.request(2).json(), backend.request(1).json());

    let whole = replay(&[&key[..], &["--stream-mode", "off"]].concat()).await;
    assert_eq!(whole.code, Some(0), "{whole:#?}");
    assert!(whole.stdout.contains(r#""content":"Hello""#), "{whole:#?}");

    let asked = backend.requests().len();
    let dry = replay(&["--dry-run"]).await;
    assert_eq!(dry.code, Some(0), "{dry:#?}");
    let shown = format!("{}{}", dry.stdout, dry.stderr);
    assert!(shown.contains("/v1/chat/completions"), "{dry:#?}");
    assert_eq!(backend.requests().len(), asked, "nothing was sent");

    assert_eq!(replay(&key).await.code, Some(5), "the stream was cut");
    assert_eq!(replay(&key).await.code, Some(3), "the backend said no");
    assert_eq!(
        replay(&[&key[..], &["--base-url", "http://127.0.0.1:1"]].concat())
            .await
            .code,
        Some(4)
    );
    assert_eq!(
        run(proxy.dir(), &["replay", "litellm_config.yaml"])
            .await
            .code,
        Some(1)
    );
    assert_eq!(run(proxy.dir(), &["replay"]).await.code, Some(2));
}
