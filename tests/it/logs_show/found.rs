//! Which log is meant, and what there is of it.

use super::*;

#[tokio::test]
async fn an_exchange_that_runs_is_shown_as_far_as_it_came() {
    let gate = Gate::new();
    let backend = Backend::always(Answer::chat_held("Hel", &gate, "lo")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    // While somebody looks on, notes reach the file at once and not in batches.
    let _watch = proxy.client().listen("/ui/api/live").await;
    let client = proxy.client().with_header("x-request-id", "slow");
    let mut live = client.open("/v1/chat/completions", ask_stream("Hi")).await;
    live.event().await;
    let page = within("it has a file", async {
        loop {
            let ended = logs(&proxy, &["show", "slow"]).await;
            if ended.code == Some(0) {
                return ended.stdout;
            }
            // The file comes with the second second.
            assert!(
                ended.stderr.contains("no log of `slow`"),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains("has only begun"), "{}", ended.stderr);
        }
    })
    .await;
    assert!(page.starts_with("slow  running 200\n"), "{page}");
    assert!(page.contains("user       Hi\n"), "{page}");
    assert!(page.contains("answer     Hel\n"), "{page}");
    assert!(page.contains(" came so far"), "{page}");
    let trace = shown(&proxy, &["slow", "--json"]).await;
    let trace: Value = serde_json::from_str(&trace).unwrap();
    assert_eq!(
        (&trace["summary"]["file"], &trace["end"]),
        (&Value::Null, &Value::Null)
    );
    let ls = async |args: &[&str]| logs(&proxy, &[&["ls"], args].concat()).await.stdout;
    for args in [
        &[][..],
        &["--outcome", "running"],
        &["--model", "m", "--since", "1h"],
    ] {
        let list = ls(args).await;
        assert_eq!(list.lines().count(), 2, "{args:?}: {list}");
        assert!(
            list.contains(" running ") && list.contains("slow"),
            "{list}"
        );
    }
    for args in [
        ["--outcome", "success"],
        ["--model", "n"],
        ["--until", "1h"],
        ["-n", "0"],
    ] {
        let expect = if args == ["-n", "0"] { 2 } else { 0 };
        assert_eq!(ls(&args).await.lines().count(), expect, "{args:?}");
    }
    let tail = logs(&proxy, &["tail", "slow"]).await;
    assert_eq!(tail.stdout, "Hel\n", "{}", tail.stderr);
    let same = logs(&proxy, &["diff", "slow", "slow"]).await;
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    for format in ["jsonl", "curl", "har"] {
        let export = logs(&proxy, &["export", "--format", format, "slow"]).await;
        assert_eq!(export.code, Some(0), "{format}: {}", export.stderr);
        assert!(export.stdout.contains("Hi"), "{}", export.stdout);
    }
    let fixture = ["export", "--format", "fixture", "slow", "-o", "folder"];
    let refused = logs(&proxy, &fixture).await;
    assert_eq!(refused.code, Some(1));
    assert!(
        refused.stderr.contains("still running"),
        "{}",
        refused.stderr
    );

    gate.open();
    live.finish().await;
    proxy.log(1).await;
    let page = shown(&proxy, &["slow"]).await;
    assert!(page.starts_with("slow  success 200\n"), "{page}");
    assert_eq!(ls(&["--outcome", "running"]).await, "");
    assert!(ls(&[]).await.contains(" ok "));
}

/// A proxy under load makes files of its logs later, and may be killed before.
#[tokio::test]
async fn a_log_that_has_no_file_yet_is_found_by_its_id() {
    let mut proxy = Proxy::start(DEMO).await;
    proxy.chat_as("one", demo("leaky-tools", true, "Hi")).await;
    proxy.log(1).await;
    proxy.kill();
    let (path, text) = proxy.logs().remove(0);
    let stem = path.file_stem().unwrap().to_str().unwrap();
    let lengths = [stem.len() as u32, text.len() as u32].map(u32::to_le_bytes);
    let spool = [lengths.as_flattened(), stem.as_bytes(), text.as_bytes()].concat();
    std::fs::write(path.with_file_name(".spool-0"), spool).unwrap();
    std::fs::remove_file(&path).unwrap();

    let page = shown(&proxy, &["one"]).await;
    assert!(page.starts_with("one  success 200\n"), "{page}");
    for (args, count) in [
        (&["ls", "--json"][..], 1),
        (
            &["ls", "--json", "--outcome", "success", "--since", "1h"],
            1,
        ),
        (
            &[
                "ls",
                "--json",
                "--plugin",
                "tool-call-fix",
                "--model",
                "leaky-tools",
            ],
            1,
        ),
        (&["ls", "--json", "--outcome", "error"], 0),
        (&["ls", "--json", "--outcome", "running"], 0),
        (&["ls", "--json", "--until", "1h"], 0),
        (&["export", "--format", "jsonl", "--outcome", "success"], 1),
    ] {
        let found = logs(&proxy, args).await;
        assert_eq!(found.stdout.lines().count(), count, "{args:?}: {found:#?}");
        assert!(
            count == 0 || found.stdout.contains("\"id\":\"one\""),
            "{found:#?}"
        );
    }
    let trace: Value = serde_json::from_str(&shown(&proxy, &["one", "--json"]).await).unwrap();
    assert_eq!(trace["summary"]["file"], Value::Null);
    let dir = proxy.dir();
    let offline = run(dir, &["replay", "--offline", "one", "--diff"]).await;
    assert_eq!(offline.code, Some(0), "{}", offline.stderr);
    let fixture = run(dir, &["fixture", "one", "-o", "folder"]).await;
    assert_eq!(fixture.code, Some(0), "{}", fixture.stderr);
    let mut mock = start_command(dir, &["mock", "--from", "one", "--port", "0"]).await;
    assert!(mock.stop().stdout.contains("plays 1 recorded"));

    // Of several proxies on a folder, one makes the files. This one does not.
    let lock = std::fs::File::create(path.with_file_name(".lock")).unwrap();
    lock.lock().unwrap();
    let mut proxy = proxy.restart().await;
    let trace = proxy.get("/ui/api/exchanges/one").await.json();
    assert_eq!(trace["summary"]["id"], "one", "{trace}");
    assert_eq!(trace["summary"]["file"], Value::Null);
    let log = proxy.get("/ui/api/exchanges/one/log").await;
    assert_eq!(log.text(), text);

    proxy.kill();
    drop(lock);
    let proxy = proxy.restart().await;
    assert_eq!(proxy.log(1).await, text);
}

#[tokio::test]
async fn show_says_where_it_looked_and_what_to_do() {
    let dir = TempDir::new();
    let nowhere = run(dir.path(), &["logs", "show", "nobody"]).await;
    assert_eq!(nowhere.code, Some(1));
    for part in ["`nobody`", "no folder `logs/requests`", "--dir", "--config"] {
        assert!(
            nowhere.stderr.contains(part),
            "{part} in {}",
            nowhere.stderr
        );
    }
    std::fs::create_dir(dir.path().join("mine")).unwrap();
    let unknown = run(
        dir.path(),
        &["logs", "show", "no\x1b[2Jbody", "--dir", "mine"],
    )
    .await;
    assert_eq!(unknown.code, Some(1));
    for part in ["`no?[2Jbody`", "no log in `mine`", "`yallmp logs ls`"] {
        assert!(
            unknown.stderr.contains(part),
            "{part} in {}",
            unknown.stderr
        );
    }
    let name = "mine/20261122_180311-new_m.log.partial";
    std::fs::write(dir.path().join(name), "").unwrap();
    let empty = run(dir.path(), &["logs", "show", "new", "--dir", "mine"]).await;
    assert_eq!(empty.code, Some(1));
    assert!(
        empty.stderr.contains("has only begun; ask again"),
        "{}",
        empty.stderr
    );
}

#[tokio::test]
async fn every_command_that_takes_a_log_takes_the_id_of_an_exchange() {
    let mut proxy = Proxy::start(DEMO).await;
    proxy.chat_as("one", demo("leaky-tools", true, "Hi")).await;
    proxy.log(1).await;
    proxy.kill();
    let dir = proxy.dir();
    let offline = run(dir, &["replay", "--offline", "one", "--diff"]).await;
    assert_eq!(offline.code, Some(0), "{}", offline.stderr);
    let curl = run(dir, &["replay", "one", "--print-curl"]).await;
    assert!(curl.stdout.contains("curl -"), "{}", curl.stderr);
    let fixture = run(dir, &["fixture", "one", "-o", "folder"]).await;
    assert_eq!(fixture.code, Some(0), "{}", fixture.stderr);
    let mut mock = start_command(dir, &["mock", "--from", "one", "--port", "0"]).await;
    assert!(mock.stop().stdout.contains("plays "));

    for command in [&["replay", "two"][..], &["fixture", "two", "-o", "x"]] {
        let unknown = run(dir, command).await;
        assert_eq!(unknown.code, Some(1));
        assert!(
            unknown.stderr.contains("no log of `two`"),
            "{}",
            unknown.stderr
        );
    }
}
