//! The commands beside `serve`, as they are typed.

use crate::kit::*;

fn folder(yaml: &str) -> TempDir {
    let dir = TempDir::new();
    std::fs::write(dir.path().join("litellm_config.yaml"), yaml).unwrap();
    dir
}

const DEMO: &str = "
model_list:
  - {model_name: a, litellm_params: {model: openai/plain, api_base: 'builtin://demo'}}
  - {model_name: b, litellm_params: {model: openai/plain, api_base: 'builtin://demo'}}
  - {model_name: bare, litellm_params: {model: openai/plain, api_base: 'builtin://demo'}, plugins: []}
  - {model_name: 'w/*', litellm_params: {model: 'openai/*', api_base: 'builtin://demo'}, plugins: {tool-call-fix: {formats: [kimi_k2]}}}
";

#[tokio::test]
async fn plugins_are_listed_in_order_with_all_there_is_to_know() {
    let dir = folder(DEMO);
    let all = run(dir.path(), &["plugins", "list"]).await;
    assert_eq!(all.code, Some(0), "{all:#?}");
    assert!(
        all.stdout.starts_with("a#1, b#1\n"),
        "one chain is shown once: {}",
        all.stdout
    );
    let place = |part: &str| {
        all.stdout
            .find(part)
            .unwrap_or_else(|| panic!("{part}: {}", all.stdout))
    };
    let chain = [
        "1. model-rewrite",
        "2. reasoning-keep",
        "3. reasoning-inject",
        "4. request-fix",
        "5. tool-call-fix",
    ];
    assert!(chain.map(place).is_sorted());
    for part in [
        "shipped, sha256 ",
        "on_error  fail",
        "memory 64 MiB",
        "bare#1\n  profile: none\n  no plugins",
    ] {
        place(part);
    }
}

#[tokio::test]
async fn plugins_of_one_model_are_found_by_name_and_wildcard() {
    let dir = folder(DEMO);
    for (model, id) in [("bare", "bare#1"), ("w/x", "w/*#1"), ("w/*", "w/*#1")] {
        let one = run(dir.path(), &["plugins", "list", "--model", model]).await;
        assert_eq!(one.code, Some(0), "{one:#?}");
        assert!(one.stdout.starts_with(&format!("{id}\n")), "{}", one.stdout);
    }
    let none = run(dir.path(), &["plugins", "list", "--model", "bar"]).await;
    assert_eq!(none.code, Some(1));
    assert!(
        none.stderr.contains("did you mean `bare`"),
        "{}",
        none.stderr
    );
}

#[tokio::test]
async fn check_says_what_is_wrong_and_what_is_ignored() {
    let good = folder(DEMO);
    let end = run(good.path(), &["check", "--strict"]).await;
    assert_eq!(end.code, Some(0), "{end:#?}");

    let odd = folder(&format!("{DEMO}litellm_settings: {{cache: true}}\n"));
    assert_eq!(run(odd.path(), &["check"]).await.code, Some(0));
    assert_eq!(run(odd.path(), &["check", "--strict"]).await.code, Some(1));

    let file = odd.path().join("other.yaml");
    std::fs::write(&file, "model_list: 7\n").unwrap();
    let end = run(odd.path(), &["check", "other.yaml"]).await;
    assert_eq!(end.code, Some(1));
    assert!(end.stdout.contains("other.yaml:1:"), "{end:#?}");
    let end = run(odd.path(), &["check", "gone.yaml"]).await;
    assert_eq!(end.code, Some(1));
    assert!(end.stderr.contains("gone.yaml"), "{end:#?}");
}

#[tokio::test]
async fn check_looks_into_the_settings_of_plugins() {
    let dir = folder(&DEMO.replace("kimi_k2", "klingon"));
    let end = run(dir.path(), &["check"]).await;
    assert_eq!(end.code, Some(1), "{end:#?}");
    assert!(
        end.stdout.contains("tool-call-fix") && end.stdout.contains("klingon"),
        "{}",
        end.stdout
    );
    assert!(end.stdout.contains("1 error,"), "{}", end.stdout);
}

/// A mistake in the file itself keeps nothing else from being said.
#[tokio::test]
async fn one_run_shows_mistakes_in_the_file_and_in_settings_of_plugins_at_their_places() {
    let yaml = "\
plugins:
  - name: tool-call-fix
    config:
      formts: [hermes]
      in_reasoning: anywere
  - {name: mine, path: gone.wasm, enabled: false}
model_list:
  - model_name: a
    litellm_params: {model: openai/plain, api_base: 'builtin://demo', timeout: [1]}
  - model_name: b
    litellm_params: {model: openai/plain, api_base: 'https://b.example', ssl_verify: gone.pem}
    plugins: [{name: rules, config: {request: [{drop: 'a['}]}}]
";
    let dir = folder(yaml);
    let checked = run(dir.path(), &["check"]).await;
    assert_eq!(checked.code, Some(1), "{checked:#?}");
    for problem in [
        "error: plugin `tool-call-fix`: there is no such setting
  --> litellm_config.yaml:4:7 (plugins[0].config.formts)
   |
 4 |       formts: [hermes]
   |       ^^^^^^
   = hint: did you mean `formats`?",
        ":5:21 (plugins[0].config.in_reasoning)",
        "hint: did you mean `anywhere`?",
        ":9:80 (model_list[0].litellm_params.timeout)",
        ":11:86 (model_list[1].litellm_params.ssl_verify)",
        ":12:55 (model_list[1].plugins[0].config.request[0].drop)",
        "warning: plugin `mine`: ",
    ] {
        assert!(
            checked.stdout.contains(problem),
            "{problem}\nin\n{}",
            checked.stdout
        );
    }
    assert!(
        checked.stdout.contains(": 5 errors, "),
        "{}",
        checked.stdout
    );

    // The same where somebody wanted more than to look.
    let shown = |text: &str| text.matches("\nerror: ").count() + 1;
    for command in [&["serve"][..], &["plugins", "list"]] {
        let refused = run(dir.path(), command).await;
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        assert_eq!(shown(&refused.stderr), 5, "{}", refused.stderr);
    }
}

#[tokio::test]
async fn a_file_can_be_named_with_and_without_the_flag() {
    let dir = folder("model_list: 7\n");
    std::fs::write(dir.path().join("good.yaml"), DEMO).unwrap();
    for command in [&["check"][..], &["plugins", "list"]] {
        for named in [
            &["good.yaml"][..],
            &["--config", "good.yaml"],
            &["-c", "good.yaml"],
        ] {
            let end = run(dir.path(), &[command, named].concat()).await;
            assert_eq!(end.code, Some(0), "{command:?} {named:?}: {end:#?}");
        }
        let both = ["good.yaml", "--config", "good.yaml"];
        let end = run(dir.path(), &[command, &both].concat()).await;
        assert_eq!(end.code, Some(2), "{end:#?}");
    }
    // It would serve; that it read this file is enough.
    std::fs::write(dir.path().join("bad.yaml"), "plugins: 3\n").unwrap();
    for named in [
        &["serve", "bad.yaml"][..],
        &["serve", "-c", "bad.yaml"],
        &["-c", "bad.yaml"],
    ] {
        let end = run(dir.path(), named).await;
        assert_eq!(end.code, Some(1), "{end:#?}");
        assert!(end.stderr.contains("bad.yaml:1:10 (plugins)"), "{end:#?}");
    }
}

#[tokio::test]
async fn wrong_usage_is_told_from_failure() {
    let dir = folder(DEMO);
    for args in [&["chekc"][..], &["--port", "x"], &["plugins"], &["replay"]] {
        let end = run(dir.path(), args).await;
        assert_eq!(end.code, Some(2), "{args:?}: {end:#?}");
    }
    let help = run(dir.path(), &["--help"]).await;
    assert_eq!(help.code, Some(0));
    for command in ["serve", "check", "plugins", "replay"] {
        assert!(help.stdout.contains(command), "{}", help.stdout);
    }
}

#[tokio::test]
async fn a_wrong_number_is_told_what_it_could_be() {
    let dir = folder(DEMO);
    let port = "a port is a number from 0 to 65535";
    let whole = "a whole number is wanted";
    for (args, said) in [
        (&["--port", "abc"][..], port),
        (&["serve", "--port", "99999"], port),
        (&["mock", "--port", "any"], port),
        (&["replay", "x.log", "--offline", "--recut", "x"], whole),
        (&["logs", "ls", "-n", "many"], whole),
        (&["logs", "tail", "-n", "1.5"], whole),
    ] {
        let end = run(dir.path(), args).await;
        assert_eq!(end.code, Some(2), "{args:?}: {end:#?}");
        assert!(end.stderr.contains(said), "{args:?}: {end:#?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_error() {
    let dir = folder(DEMO);
    let script = format!(
        "\"{}\" plugins list 2>err.txt | head -n 0; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_yallmp")
    );
    let mut bash = std::process::Command::new("bash");
    bash.current_dir(dir.path()).args(["-c", &script]);
    let Ok(output) = tokio::task::spawn_blocking(move || bash.output())
        .await
        .unwrap()
    else {
        return; // There is no bash here.
    };
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        std::fs::read_to_string(dir.path().join("err.txt")).unwrap(),
        ""
    );
}

#[tokio::test]
async fn included_files_are_read_and_named() {
    let dir = folder("include: [more/models.yaml]\n");
    std::fs::create_dir(dir.path().join("more")).unwrap();
    std::fs::write(dir.path().join("more/models.yaml"), DEMO).unwrap();
    let listed = run(dir.path(), &["plugins", "list", "--model", "bare"]).await;
    assert_eq!(listed.code, Some(0), "{listed:#?}");
    let checked = run(dir.path(), &["check"]).await;
    assert_eq!(checked.code, Some(0), "{checked:#?}");
    assert!(
        checked.stdout.contains("more/models.yaml:3"),
        "{}",
        checked.stdout
    );

    std::fs::write(dir.path().join("more/models.yaml"), "model_list: 7\n").unwrap();
    let broken = run(dir.path(), &["check"]).await;
    assert_eq!(broken.code, Some(1));
    assert!(
        broken.stdout.contains("--> more/models.yaml:1:13"),
        "{}",
        broken.stdout
    );

    std::fs::remove_file(dir.path().join("more/models.yaml")).unwrap();
    let gone = run(dir.path(), &["serve"]).await;
    assert_eq!(gone.code, Some(1));
    assert!(gone.stderr.contains("more/models.yaml"), "{}", gone.stderr);
}
