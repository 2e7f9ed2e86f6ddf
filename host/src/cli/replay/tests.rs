use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};

use clap::Parser;

use super::*;
use yallmp_log::text::parse::Log;

const LOG: &str = r#"yallmp log 1
id: 0199
started: 2026-11-22T18:03:11.123456Z
model: demo
level: full

=== +0.000000 request POST /v1/chat/completions
host: HOST
streaming: yes
    content-type: application/json
    host: HOST
    content-length: 88
    accept-encoding: gzip
    x-note: it's "$HOME"
    authorization: Bearer sk-...cdef
body: 88
. {"model":"demo","messages":[{"role":"user","content":"it's $5 \\n `id` !! ü"}],"stream":true,"stream_options":{}}
"#;

fn log(host: &str) -> Log {
    parse::parse(LOG.replace("HOST", host).as_bytes()).unwrap()
}

fn body() -> &'static str {
    LOG.lines().last().unwrap().trim_start_matches(". ")
}

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn args(flags: &[&str]) -> Args {
    Cli::try_parse_from(["replay", "some.log"].iter().chain(flags))
        .unwrap()
        .args
}

fn plan(host: &str, flags: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Plan> {
    let env = |name: &str| {
        env.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.to_string())
    };
    Plan::new(&log(host), &args(flags).wishes(), env)
}

fn described(host: &str, flags: &[&str], env: &[(&str, &str)]) -> String {
    String::from_utf8(plan(host, flags, env).unwrap().describe()).unwrap()
}

/// A server for one request. It answers with the given bytes and closes; its thread returns
/// what it was asked: the head's lines in lower case, sorted but for the first, and the body.
fn server(answer: &'static str) -> (String, JoinHandle<(Vec<String>, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let asked = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(socket.try_clone().unwrap());
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_string()),
            }
        }
        let length = lines.iter().find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        let mut body = vec![0; length.unwrap_or(0)];
        reader.read_exact(&mut body).unwrap();
        socket.write_all(answer.as_bytes()).unwrap();
        lines[1..].sort();
        (lines, String::from_utf8(body).unwrap())
    });
    (host, asked)
}

/// Exit code, standard output and standard error of a replay.
fn replayed(host: &str, flags: &[&str], env: &[(&str, &str)]) -> (Outcome, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let plan = plan(host, flags, env).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let sent = send::send(plan, args(flags).timeout, &mut out, &mut err);
    let outcome = runtime.block_on(sent).unwrap();
    (
        outcome,
        String::from_utf8(out).unwrap(),
        String::from_utf8(err).unwrap(),
    )
}

#[test]
fn the_request_goes_to_where_it_went() {
    let text = described("localhost:17771", &[], &[]);
    let expect = format!(
        "POST http://localhost:17771/v1/chat/completions\ncontent-type: application/json\nx-note: it's \"$HOME\"\n\n{}\n",
        body()
    );
    assert_eq!(text, expect);
}

#[test]
fn flags_change_it() {
    let first = |flags| {
        described("h", flags, &[])
            .lines()
            .next()
            .unwrap()
            .to_string()
    };
    assert_eq!(
        first(&["--base-url", "https://x/api/v1/"]),
        "POST https://x/api/v1/chat/completions"
    );
    assert_eq!(
        first(&["--base-url", "http://x:1"]),
        "POST http://x:1/v1/chat/completions"
    );

    let last = |flags| {
        described("h", flags, &[])
            .lines()
            .last()
            .unwrap()
            .to_string()
    };
    assert_eq!(last(&["--stream-mode", "auto"]), body());
    assert_eq!(last(&["--stream-mode", "on"]), body());
    let off = body().replace(r#""stream":true,"stream_options":{}"#, r#""stream":false"#);
    assert_eq!(last(&["--stream-mode", "off"]), off);
    assert_eq!(
        last(&["--model", "a\"b"]),
        body().replace(r#""demo""#, r#""a\"b""#)
    );
}

#[test]
fn keys() {
    fn key(flags: &[&str], env: &[(&str, &str)]) -> (Option<String>, String) {
        let plan = plan("h", flags, env).unwrap();
        let headers = plan.all_headers().unwrap();
        let value = headers
            .get("authorization")
            .map(|v| v.to_str().unwrap().to_string());
        (value, plan.remarks.last().unwrap().clone())
    }
    let (ours, theirs) = (("YALLMP_API_KEY", "ours"), ("OPENAI_API_KEY", "theirs"));
    let (value, remark) = key(&["--api-key", "flag"], &[ours, theirs]);
    assert_eq!(
        (value.as_deref(), &*remark),
        (
            Some("Bearer flag"),
            "key: from --api-key, sent as `authorization`"
        )
    );
    let (value, remark) = key(&[], &[theirs, ours]);
    assert_eq!(
        (value.as_deref(), &*remark),
        (
            Some("Bearer ours"),
            "key: from $YALLMP_API_KEY, sent as `authorization`"
        )
    );
    let (value, remark) = key(&[], &[theirs]);
    assert_eq!(
        (value.as_deref(), &*remark),
        (
            Some("Bearer theirs"),
            "key: from $OPENAI_API_KEY, sent as `authorization`"
        )
    );
    let (value, _) = key(&[], &[("YALLMP_API_KEY", ""), theirs]);
    assert_eq!(value.as_deref(), Some("Bearer theirs"));
    let (value, remark) = key(&["--print-curl", "--api-key", "flag"], &[ours]);
    assert_eq!(value, None);
    assert_eq!(
        remark,
        "key: the command takes it from $YALLMP_API_KEY, as `authorization`"
    );
    let (value, remark) = key(&[], &[]);
    assert_eq!(value, None);
    assert!(
        remark.starts_with("no key is sent, but the logged client had one"),
        "{remark}"
    );
}

#[test]
fn a_key_is_sent_the_way_the_client_sent_its_own_and_only_if_it_did() {
    let env = |_: &str| Some("secret".to_string());
    let with = |header: &str| {
        parse::parse(
            LOG.replace("authorization: Bearer sk-...cdef", header)
                .as_bytes(),
        )
        .unwrap()
    };
    let plan = Plan::new(&with("x-api-key: ***"), &args(&[]).wishes(), env).unwrap();
    assert_eq!(plan.all_headers().unwrap()["x-api-key"], "secret");
    let plan = Plan::new(&with("x-other: a"), &args(&[]).wishes(), env).unwrap();
    assert!(!plan.all_headers().unwrap().contains_key("authorization"));
}

#[test]
fn logs_that_cannot_be_replayed_say_why() {
    let metadata = LOG
        .replace("level: full", "level: metadata")
        .replace("body: 88", "body: 88, not kept");
    let metadata = metadata
        .lines()
        .take_while(|line| !line.starts_with(". "))
        .collect::<Vec<_>>()
        .join("\n")
        + "\n";
    let broken = LOG.replace("{\"model\"", "{model");
    for (text, flags, expect) in [
        (
            metadata,
            &[][..],
            "it was written at level `metadata` and holds no body",
        ),
        (
            LOG.split("\n===").next().unwrap().to_string() + "\n",
            &[],
            "it holds no request: its beginning is lost",
        ),
        (
            LOG.replace("HOST", ""),
            &[],
            "it has no Host header; give --base-url",
        ),
        (
            LOG.replace("HOST", "a b"),
            &[],
            "`http://a b/v1/chat/completions` is no URL (invalid uri character); give --base-url",
        ),
        (
            LOG.to_string(),
            &["--base-url", "localhost"],
            "--base-url begins with http:// or https://",
        ),
        (broken, &["--model", "x"], "cannot change the logged body"),
    ] {
        let log = parse::parse(text.as_bytes()).unwrap();
        let error = Plan::new(&log, &args(flags).wishes(), |_| None).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }
}

#[test]
fn a_stream_is_passed_on_as_it_came() {
    let (host, asked) = server(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-seen: 1\r\nconnection: close\r\n\r\ndata: {\"a\":1}\n\n: ping\n\ndata: [DONE]\n\n",
    );
    let (outcome, out, err) = replayed(&host, &["--api-key", "k"], &[]);
    assert_eq!(outcome, Outcome::Complete);
    assert_eq!(out, "data: {\"a\":1}\n\n: ping\n\ndata: [DONE]\n\n");
    assert!(
        err.starts_with("HTTP/1.1 200 OK\n") && err.contains("x-seen: 1\n"),
        "{err}"
    );
    let (head, asked) = asked.join().unwrap();
    assert_eq!(asked, body());
    assert_eq!(head[0], "POST /v1/chat/completions HTTP/1.1");
    assert!(
        head.contains(&"authorization: Bearer k".to_string()),
        "{head:?}"
    );
    assert!(
        head.contains(&"x-note: it's \"$HOME\"".to_string()),
        "{head:?}"
    );
    assert!(!head.iter().any(|line| line.contains("...")), "{head:?}");
}

#[test]
fn outcomes() {
    for (answer, outcome, complaint) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            Outcome::Complete,
            "",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}",
            Outcome::HttpError,
            "",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}",
            Outcome::Cut,
            "error: the answer was cut",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {}\n\n",
            Outcome::Cut,
            "error: the stream ended without `[DONE]`",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"error\":{\"message\":\"x\"}}\n\ndata: [DONE]\n\n",
            Outcome::Cut,
            "error: the stream reports {\"error\":{\"message\":\"x\"}}",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"type\":\"response.completed\",\"response\":{\"error\":null}}\n\n",
            Outcome::Complete,
            "",
        ),
        ("", Outcome::NoAnswer, "error: no answer from"),
    ] {
        let (host, asked) = server(answer);
        let (got, _, err) = replayed(&host, &[], &[]);
        assert_eq!(got, outcome, "{answer}\n{err}");
        assert!(
            err.lines()
                .last()
                .unwrap_or_default()
                .starts_with(complaint),
            "{answer}\n{err}"
        );
        asked.join().unwrap();
    }
}

#[test]
fn silence_ends_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let (outcome, _, err) = replayed(&host, &["--timeout", "0.05"], &[]);
    assert_eq!(outcome, Outcome::NoAnswer);
    assert!(err.contains("within 50ms"), "{err}");
}

/// What curl sends when a shell runs the command is what replay sends.
#[test]
fn the_curl_command_works_when_pasted() {
    if Command::new("curl").arg("--version").output().is_err() || cfg!(windows) {
        eprintln!("no curl or no POSIX shell here: not tested");
        return;
    }
    let (host, asked) =
        server("HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nanswer");
    let command = curl::command(&plan(&host, &[], &[]).unwrap());
    let mut shell = Command::new("sh")
        .env("YALLMP_API_KEY", "k")
        .env("no_proxy", "*")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(&command).unwrap();
    let output = shell.wait_with_output().unwrap();
    assert_eq!(
        output.stdout,
        b"answer",
        "{}",
        String::from_utf8_lossy(&command)
    );
    let (head, sent) = asked.join().unwrap();
    assert_eq!(sent, body());
    let expect = [
        "POST /v1/chat/completions HTTP/1.1".to_string(),
        format!("Content-Length: {}", body().len()),
        format!("Host: {host}"),
        "authorization: Bearer k".to_string(),
        "content-type: application/json".to_string(),
        "x-note: it's \"$HOME\"".to_string(),
    ];
    assert_eq!(head, expect);
}
