//! What a client says cannot act on the terminal, nor on the shell that runs a command made of it.

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

/// Of somebody else, or edited by hand: what no proxy would write is in it, too.
#[cfg(unix)]
const EVIL_LOG: &str = r#"yallmp log 1
id: odd\ntouch hacked1\n
started: 2026-11-22T18:03:11.123456Z
model: m
level: full

=== +0.000000 request `touch\tX` /v1/chat/completions?a='b'&c=$(touch$IFS'hacked3')&d=`id`
host: 127.0.0.1:1
streaming: no
    x-quotes: '; touch hacked4; ' "; touch hacked5; "
    x-dollar: $(touch hacked6) `touch hacked7` ${HOME} $HOME \\ \\' %s %n !! ~ * ? # end\\
    x-`touch-hacked8`: y
    x-empty: 
    authorization: ***
body: 1
. {"model":"m","messages":[{"role":"user","content":"BODY"}]}
"#;

#[cfg(unix)]
#[tokio::test]
async fn an_exported_command_does_nothing_but_ask() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = TempDir::new();
    let bin = dir.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let curl = "#!/bin/sh\nfor word; do printf '%s\\0' \"$word\"; done > said\ncat > body\n";
    std::fs::write(bin.join("curl"), curl).unwrap();
    let may_run = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(bin.join("curl"), may_run).unwrap();
    // As text in JSON, and as bytes that no JSON has.
    let bodies = [
        r#"'; touch hackedA; ' "; touch hackedB; $(touch hackedC) `touch hackedD` \\ \n %s %d \\0101 !! ~"#,
        "line\nline' \u{1b}[2J $(touch hackedE)\u{9b}1m `touch hackedF` \\x41 \\\\ %s\r\t日本",
    ];
    for (method, text) in [("POST", bodies[0]), ("P`touch$IFS'hacked2'`", bodies[1])] {
        let log = EVIL_LOG.replace("`touch\\tX`", method);
        // Each line of a body stands behind its mark.
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":"{text}"}}]}}"#);
        let marked: String = body
            .split_inclusive('\n')
            .map(|line| match line.strip_suffix('\n') {
                Some(line) => format!("\\| {}\n", escaped(line)),
                None => format!("\\. {}\n", escaped(line)),
            })
            .collect();
        let at = log.find(". {").unwrap();
        std::fs::write(
            dir.path().join("odd.log"),
            format!("{}{marked}", &log[..at]),
        )
        .unwrap();

        let export = ["logs", "export", "--format", "curl", "odd.log"];
        let export = run(dir.path(), &export).await;
        assert_eq!(export.code, Some(0), "{}", export.stderr);
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let shell = std::process::Command::new("sh")
            .args(["-c", &export.stdout])
            .current_dir(dir.path())
            .env("PATH", path)
            .env("YALLMP_API_KEY", "sk-mine")
            .output()
            .unwrap();
        assert!(shell.status.success(), "{}\n{shell:?}", export.stdout);
        let said = std::fs::read_to_string(dir.path().join("said")).unwrap();
        let said: Vec<&str> = said.trim_end_matches('\0').split('\0').collect();
        let url = "http://127.0.0.1:1/v1/chat/completions?a='b'&c=$(touch$IFS'hacked3')&d=`id`";
        for word in [
            method,
            url,
            r#"x-quotes: '; touch hacked4; ' "; touch hacked5; ""#,
            r"x-dollar: $(touch hacked6) `touch hacked7` ${HOME} $HOME \ \' %s %n !! ~ * ? # end\",
            "x-`touch-hacked8`: y",
            "x-empty;",
            "authorization: Bearer sk-mine",
        ] {
            assert!(
                said.contains(&word),
                "{word} in {said:#?}\n{}",
                export.stdout
            );
        }
        assert_eq!(
            std::fs::read_to_string(dir.path().join("body")).unwrap(),
            body
        );
        let left: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !["bin", "odd.log", "said", "body"].contains(&name.as_str()))
            .collect();
        assert!(left.is_empty(), "{left:?}\n{}", export.stdout);
    }
}

/// As a line of a log.
#[cfg(unix)]
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '\\' => "\\\\".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if c.is_control() => {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).bytes();
            bytes.map(|byte| format!("\\x{byte:02x}")).collect()
        }
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
