//! What is seen at start, and what keeps the proxy from starting.

use crate::kit::*;

#[tokio::test]
async fn it_says_where_it_listens_what_it_serves_and_what_to_try() {
    let backend = Backend::always(Answer::chat("Hello")).await;
    let yaml = config_with(
        &backend,
        "  - model_name: cloud\n    litellm_params: {model: openai/gpt, api_key: os.environ/NOT_SET_ANYWHERE}\n",
    );
    let proxy = Proxy::start(&yaml).await;
    let said = proxy.stdout();
    assert!(
        said.contains(&format!("listening on {}", proxy.url(""))),
        "{said}"
    );
    assert!(
        said.contains(&format!("m      {}", backend.url())),
        "{said}"
    );
    let (_, unusable) = said
        .split_once("not usable:")
        .expect("the disabled model is named");
    assert!(
        unusable.contains("cloud#1") && unusable.contains("NOT_SET_ANYWHERE"),
        "{said}"
    );
    assert!(
        said.contains(&format!("curl {}", proxy.url("/v1/chat/completions"))),
        "{said}"
    );
    assert!(!said.contains("sk-backend"), "{said}");
}

#[tokio::test]
async fn the_line_to_try_works_in_a_shell() {
    let backend = Backend::always(Answer::chat("It works")).await;
    let proxy =
        Proxy::start(&config(&backend).replace("model_name: m", "model_name: \"it's\"")).await;
    let said = proxy.stdout();
    let line = said.lines().find(|line| line.trim().starts_with("curl "));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", line.expect("a line to try")]);
    let ran = tokio::task::spawn_blocking(move || shell.output());
    let Ok(ran) = within("the line ends", ran).await.unwrap() else {
        return; // There is no shell here.
    };
    if ran.status.code() == Some(127) {
        return; // There is no curl here.
    }
    let answer = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(answer.contains("It works"), "{answer}");
    assert_eq!(backend.request(1).json()["model"], "it's");
}

#[tokio::test]
async fn flags_beat_the_file() {
    let dir = TempDir::new();
    let yaml =
        "plugins: []\nmodel_list: []\ngeneral_settings: {server: {host: 192.0.2.1, port: 9}}\n";
    std::fs::write(dir.path().join("litellm_config.yaml"), yaml).unwrap();
    let refused = run(dir.path(), &[]).await;
    assert_eq!(refused.code, Some(1), "{refused:#?}");
    let proxy = Proxy::with(yaml)
        .arg("--host")
        .arg("127.0.0.1")
        .start()
        .await;
    assert_eq!(proxy.get("/health/liveness").await.status, 200);
}

#[tokio::test]
async fn without_a_key_it_listens_on_this_machine_only() {
    let yaml = "plugins: []\nmodel_list: []\n";
    for host in ["0.0.0.0", "::"] {
        let end = Proxy::with(yaml).arg("--host").arg(host).try_start().await;
        let end = end.err().expect("it must not start");
        assert_eq!(end.code, Some(1));
        assert!(end.stderr.contains("master_key"), "{}", end.stderr);
    }
    let keyed = format!("{yaml}general_settings: {{master_key: sk-master}}\n");
    Proxy::with(&keyed)
        .arg("--host")
        .arg("0.0.0.0")
        .start()
        .await;
    let allowed =
        format!("{yaml}general_settings: {{server: {{allow_remote_without_key: true}}}}\n");
    Proxy::with(&allowed)
        .arg("--host")
        .arg("0.0.0.0")
        .start()
        .await;
}

#[tokio::test]
async fn a_broken_configuration_is_shown_with_all_its_problems() {
    let yaml = "model_list:\n  - {model_name: 7, litellm_params: []}\nrouter_settings: {num_retries: many}\n";
    let end = Proxy::with(yaml)
        .try_start()
        .await
        .err()
        .expect("it must not start");
    assert_eq!(end.code, Some(1));
    for part in ["litellm_config.yaml:2:", "litellm_params", "num_retries"] {
        assert!(end.stderr.contains(part), "{part}: {}", end.stderr);
    }
}

#[tokio::test]
async fn what_is_no_address_to_listen_on_is_told_with_the_way_out() {
    for host in ["", "http://127.0.0.1", "127.0.0.1:80"] {
        let starting = Proxy::with("model_list: []\n").arg("--host").arg(host);
        let end = starting.try_start().await.err();
        let end = end.expect("it must not start");
        assert_eq!(end.code, Some(1), "{host}");
        assert!(end.stderr.contains("without a port"), "{}", end.stderr);
    }
}

#[tokio::test]
async fn a_plugin_that_is_not_there_keeps_it_from_starting() {
    let yaml = "plugins:\n  - {name: mine, path: gone.wasm}\nmodel_list:\n  - {model_name: m, litellm_params: {model: openai/m, api_base: 'http://127.0.0.1:9'}}\n";
    let end = Proxy::with(yaml)
        .try_start()
        .await
        .err()
        .expect("it must not start");
    assert_eq!(end.code, Some(1));
    assert!(
        end.stderr.contains("mine") && end.stderr.contains("gone.wasm"),
        "{}",
        end.stderr
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = TempDir::new();
    std::fs::write(
        dir.path().join("litellm_config.yaml"),
        "plugins: []\nmodel_list: []\n",
    )
    .unwrap();
    let end = run(dir.path(), &["--port", &port]).await;
    assert_eq!(end.code, Some(1));
    assert!(
        end.stderr.contains(&port) && end.stderr.contains("--port"),
        "{}",
        end.stderr
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_low_limit_of_open_files_is_raised() {
    let backend = Backend::always(Answer::sse().delta("x").stall()).await;
    let proxy = Proxy::with(&config(&backend))
        .soft_limit_of_files(64)
        .env("RUST_LOG", "yallmp=debug")
        .start()
        .await;
    let mut open = Vec::new();
    for _ in 0..100 {
        let mut live = proxy.chat_open(ask_stream("Hi")).await;
        live.event().await;
        open.push(live);
    }
    let said = proxy.stderr();
    assert!(said.contains("limit of open files before=64 "), "{said}");
}
