//! Backends that demand their reasoning back, and clients that drop it.
//!
//! The backend checks every request as the real ones do and refuses it in their words. The
//! same conversations without the plugin fail: each refusal is one that clients were seen
//! to get.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::kit::*;

mod refusals;
mod tags;
mod wiped;

/// What a backend sends with its calls, and demands back.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Vendor {
    /// `reasoning_content` of every message with calls.
    DeepSeek,
    /// The same, of those of the running turn.
    Kimi,
    /// The signature of the first call of each step.
    Gemini,
    /// `reasoning_details` with the signature, unchanged.
    Claude,
}

const VENDORS: [Vendor; 4] = [
    Vendor::DeepSeek,
    Vendor::Kimi,
    Vendor::Gemini,
    Vendor::Claude,
];

impl Vendor {
    fn profile(self) -> &'static str {
        match self {
            Vendor::DeepSeek => "deepseek",
            Vendor::Kimi => "moonshot",
            Vendor::Gemini => "gemini",
            Vendor::Claude => "openrouter",
        }
    }

    fn model(self) -> &'static str {
        match self {
            Vendor::DeepSeek => "deepseek-v4-pro",
            Vendor::Kimi => "kimi-k2-thinking",
            Vendor::Gemini => "gemini-3-pro",
            Vendor::Claude => "anthropic/claude-sonnet-4.5",
        }
    }

    /// The message of a step, with everything that this vendor says.
    fn message(self, step: usize) -> Value {
        let thought = format!("Step {step}: think <hard>.\n\"ü\" ");
        let ids = [format!("call_{step}_a"), format!("call_{step}_b")];
        let call = |id: &str| {
            json!({"id": id, "type": "function",
                "function": {"name": "look", "arguments": format!("{{\"step\": {step}}}")}})
        };
        let mut message = json!({"role": "assistant", "content": null,
            "tool_calls": [call(&ids[0]), call(&ids[1])]});
        match self {
            Vendor::DeepSeek | Vendor::Kimi => message["reasoning_content"] = thought.into(),
            Vendor::Gemini => {
                let signature = json!({"google": {"thought_signature": format!("CsUB{step}+/==")}});
                message["tool_calls"][0]["extra_content"] = signature;
            }
            Vendor::Claude => {
                message["reasoning"] = thought.clone().into();
                message["reasoning_details"] = json!([{"type": "reasoning.text", "text": thought,
                    "signature": format!("EpAC{step}"), "format": "anthropic-claude-v1", "index": 0}]);
            }
        }
        message
    }

    /// Why a request is refused, if it is.
    fn refusal(self, messages: &[Value]) -> Option<String> {
        let last_user = messages.iter().rposition(|it| it["role"] == "user");
        for (at, message) in messages.iter().enumerate() {
            let Some(step) = step_of(message) else {
                continue;
            };
            let whole = self.message(step);
            let fits = |member: &str| message[member] == whole[member];
            let refused = match self {
                Vendor::DeepSeek => (!fits("reasoning_content") && message["reasoning_content"] != "").then(|| {
                    "The `reasoning_content` in the thinking mode must be passed back to the API.".to_owned()
                }),
                Vendor::Kimi => (last_user.is_none_or(|user| at > user) && !fits("reasoning_content") && message["reasoning_content"] != "").then(|| {
                    format!("thinking is enabled but reasoning_content is missing in assistant tool call message at index {at}")
                }),
                Vendor::Gemini => {
                    let extra = |it: &Value| it["tool_calls"][0]["extra_content"].clone();
                    let filler = json!({"google": {"thought_signature": "skip_thought_signature_validator"}});
                    (extra(message) != extra(&whole) && extra(message) != filler).then(|| {
                        "Function call is missing a thought_signature in functionCall parts.".to_owned()
                    })
                }
                Vendor::Claude => (last_user.is_none_or(|user| at > user) && !fits("reasoning_details")).then(|| {
                    format!("messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.")
                }),
            };
            if refused.is_some() {
                return refused;
            }
        }
        None
    }
}

/// By the arguments: ids are the proxy's to change.
fn step_of(message: &Value) -> Option<usize> {
    let arguments = message["tool_calls"][0]["function"]["arguments"].as_str()?;
    let arguments: Value = serde_json::from_str(arguments).ok()?;
    Some(arguments["step"].as_u64()? as usize)
}

/// Answers step n to the n-th group of calls, and with text when ten were made. What it
/// refuses is counted.
async fn backend(vendor: Vendor, streamed: bool) -> Backend {
    Backend::choose(move |seen| {
        let messages = seen.json()["messages"].as_array().unwrap().clone();
        if let Some(why) = vendor.refusal(&messages) {
            return Answer::error(400, &why);
        }
        let done = messages.iter().filter(|it| step_of(it).is_some()).count();
        let message = match done {
            0..10 => vendor.message(done),
            _ => json!({"role": "assistant", "content": "Done."}),
        };
        answer(&message, streamed)
    })
    .await
}

fn answer(message: &Value, streamed: bool) -> Answer {
    let calls = message["tool_calls"].is_array();
    let finish = if calls { "tool_calls" } else { "stop" };
    if !streamed {
        return Answer::json(json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        }));
    }
    let mut answer = Answer::sse().role();
    for member in ["reasoning_content", "reasoning", "content"] {
        let text: Vec<char> = message[member]
            .as_str()
            .unwrap_or_default()
            .chars()
            .collect();
        for piece in text.chunks(3) {
            let piece: String = piece.iter().collect();
            let mut delta = json!({member: piece});
            // Said twice, and the signature by itself, as OpenRouter does.
            if member == "reasoning" {
                delta["reasoning_details"] = json!([{"type": "reasoning.text", "text": piece, "format": "anthropic-claude-v1", "index": 0}]);
            }
            answer = answer.chunk(delta, None);
        }
    }
    if let Some(signature) = message["reasoning_details"][0]["signature"].as_str() {
        let detail = json!([{"type": "reasoning.text", "signature": signature, "format": "anthropic-claude-v1", "index": 0}]);
        answer = answer.chunk(json!({"reasoning_details": detail}), None);
    }
    for (index, call) in message["tool_calls"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        let mut call = call.clone();
        call["index"] = index.into();
        let arguments = call["function"]["arguments"].as_str().unwrap().to_owned();
        let (head, tail) = arguments.split_at(arguments.len() / 2);
        call["function"]["arguments"] = head.into();
        let rest = json!({"index": index, "function": {"arguments": tail}});
        answer = answer.chunk(json!({"tool_calls": [call]}), None);
        answer = answer.chunk(json!({"tool_calls": [rest]}), None);
    }
    answer.finish(finish).done()
}

/// Model `m` behind `backend`, with the shipped chain and `more` of `general_settings`.
fn config(backend: &Backend, vendor: Vendor, more: &str) -> String {
    format!(
        "general_settings: {{{more}}}\nmodel_list:\n  - model_name: m\n    litellm_params: {{model: \"openai/{}\", api_base: \"{}/v1\", api_key: sk-backend, profile: {}, max_retries: 0}}\n",
        vendor.model(),
        backend.url(),
        vendor.profile(),
    )
}

/// An agent that keeps of an answer what clients keep that know no reasoning.
struct Agent {
    messages: Vec<Value>,
    streamed: bool,
    /// What this client does to its history before each request.
    habit: Habit,
}

type Habit = fn(&mut Vec<Value>);

fn faithful(_: &mut Vec<Value>) {}

impl Agent {
    fn new(streamed: bool) -> Self {
        let system = json!({"role": "system", "content": "You are an agent."});
        Self {
            messages: vec![system, user("Look ten times.")],
            streamed,
            habit: faithful,
        }
    }

    /// One request. The answer goes into the history, and a result for each of its calls.
    async fn step(&mut self, client: &Client) -> Answered {
        (self.habit)(&mut self.messages);
        let body = json!({"model": "m", "stream": self.streamed, "messages": self.messages});
        let answered = client.post("/v1/chat/completions", body).await;
        if answered.status == 200 {
            let message = forgetful(&answered, self.streamed);
            let calls = message["tool_calls"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            self.messages.push(message);
            self.messages.extend(calls.iter().map(
                |call| json!({"role": "tool", "tool_call_id": call["id"], "content": "nothing"}),
            ));
        }
        answered
    }

    /// Until the model is done. Panics at the first refusal.
    async fn run(&mut self, client: &Client) -> Vec<Answered> {
        let mut answers = Vec::new();
        loop {
            assert!(answers.len() < 12, "the model asks for steps without end");
            let answered = self.step(client).await;
            assert_eq!(
                answered.status,
                200,
                "step {}: {}",
                answers.len(),
                answered.text()
            );
            let done = self.messages.last().unwrap()["role"] == "assistant";
            answers.push(answered);
            if done {
                return answers;
            }
        }
    }
}

/// Content, ids, names and arguments: what Roo Code, Continue, LangChain and others keep.
fn forgetful(answered: &Answered, streamed: bool) -> Value {
    let mut content = String::new();
    let mut calls: Vec<Value> = Vec::new();
    if streamed {
        for event in answered.events() {
            let delta = &event["choices"][0]["delta"];
            content += delta["content"].as_str().unwrap_or_default();
            for piece in delta["tool_calls"].as_array().into_iter().flatten() {
                let at = piece["index"].as_u64().unwrap() as usize;
                if at == calls.len() {
                    let name = &piece["function"]["name"];
                    calls.push(json!({"id": piece["id"], "type": "function",
                        "function": {"name": name, "arguments": ""}}));
                }
                let more = piece["function"]["arguments"].as_str().unwrap_or_default();
                let before = calls[at]["function"]["arguments"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                calls[at]["function"]["arguments"] = (before + more).into();
            }
        }
    } else {
        let message = &answered.json()["choices"][0]["message"];
        content += message["content"].as_str().unwrap_or_default();
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            calls.push(json!({"id": call["id"], "type": "function", "function": call["function"]}));
        }
    }
    let mut message = json!({"role": "assistant", "content": content});
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    message
}

/// What the header says of the request. Of a whole answer it goes on with what was kept.
fn keep_header(answered: &Answered) -> &str {
    let header = answered.header("x-yallmp-reasoning-keep");
    let header = header.unwrap_or_default();
    let end = header.find("kept=").unwrap_or(header.len());
    header[..end].trim_end_matches(", ")
}

#[tokio::test]
async fn ten_turns_of_parallel_calls_work_and_fail_without() {
    for vendor in VENDORS {
        for streamed in [true, false] {
            let backend = backend(vendor, streamed).await;
            let with = config(&backend, vendor, "");
            let proxy = Proxy::start(&with).await;
            let answers = Agent::new(streamed).run(proxy.client()).await;
            assert_eq!(answers.len(), 11, "{vendor:?}");
            assert_eq!(keep_header(&answers[0]), "", "nothing was to be restored");
            let places: Vec<String> = (0..10).map(|step| (2 + step * 3).to_string()).collect();
            let all = format!("restored=k1:{}", places.join("/"));
            assert_eq!(keep_header(&answers[10]), all, "{vendor:?}");
            let log = proxy.log(11).await;
            assert!(log.contains(&all.replace('=', ": ")), "{log}");

            let without = with.replace(
                "general_settings",
                "plugins: [{name: model-rewrite}]\ngeneral_settings",
            );
            let proxy = Proxy::start(&without).await;
            let mut agent = Agent::new(streamed);
            assert_eq!(agent.step(proxy.client()).await.status, 200);
            let refused = agent.step(proxy.client()).await;
            assert_eq!(refused.status, 400, "{vendor:?}: {}", refused.text());
        }
    }
}

/// What was sent at turn n is the beginning of what is sent at turn n+1, byte for byte, so
/// the backend's prompt cache goes on to fit.
#[tokio::test]
async fn each_request_begins_with_the_one_before() {
    for vendor in VENDORS {
        let backend = backend(vendor, true).await;
        let proxy = Proxy::start(&config(&backend, vendor, "")).await;
        Agent::new(true).run(proxy.client()).await;
        let sent: Vec<String> = backend.requests().iter().map(Seen::text).collect();
        assert_eq!(sent.len(), 11);
        for pair in sent.windows(2) {
            // The messages are the last member of the body.
            let before = pair[0].strip_suffix("]}").unwrap();
            assert!(pair[1].starts_with(before), "{vendor:?}: {pair:#?}");
        }
    }
}

#[tokio::test]
async fn clients_that_change_their_history() {
    // A new system prompt for each request, as with a clock in it.
    let clock = |messages: &mut Vec<Value>| {
        let time = format!("You are an agent. Message {}.", messages.len());
        messages[0]["content"] = time.into();
    };
    // Rewrites the question, as compaction does, and marks its last message for a cache. The ids are too short
    // to prove anything, so what was answered to the former question is not known.
    let compact = |messages: &mut Vec<Value>| {
        if messages.len() > 12 {
            messages[1]["content"] = "Look ten times. (Summary: looked once.)".into();
        }
        for message in messages.iter_mut() {
            message.as_object_mut().unwrap().remove("cache_control");
        }
        let last = messages.last_mut().unwrap();
        last["cache_control"] = json!({"type": "ephemeral"});
    };
    // Writes null for no text, and arguments in its own spelling.
    let rewrite = |messages: &mut Vec<Value>| {
        for message in messages.iter_mut().filter(|it| it["tool_calls"].is_array()) {
            message["content"] = Value::Null;
            for call in message["tool_calls"].as_array_mut().unwrap() {
                let text = call["function"]["arguments"].as_str().unwrap();
                let parsed: Value = serde_json::from_str(text).unwrap();
                call["function"]["arguments"] = parsed.to_string().into();
            }
        }
    };
    // Shows what it thinks as text, and sends that too.
    let echo = |messages: &mut Vec<Value>| {
        for message in messages.iter_mut().filter(|it| it["tool_calls"].is_array()) {
            message["content"] = "<think>\nSomething like it\n</think>\n".into();
        }
    };
    let habits: [(&str, Habit, &str); 4] = [
        ("clock", clock, "restored=k3:2/5/8/11/14/17/20/23/26/29"),
        (
            "compact",
            compact,
            "restored=k1:14/17/20/23/26/29, missed=2/5/8/11 empty",
        ),
        ("rewrite", rewrite, "restored=k1:2/5/8/11/14/17/20/23/26/29"),
        ("echo", echo, "restored=k1:2/5/8/11/14/17/20/23/26/29"),
    ];
    for (name, habit, told) in habits {
        let backend = backend(Vendor::Kimi, true).await;
        let proxy = Proxy::start(&config(&backend, Vendor::Kimi, "")).await;
        let mut agent = Agent {
            habit,
            ..Agent::new(true)
        };
        let mut answers = agent.run(proxy.client()).await;
        let last = answers.pop().unwrap();
        assert_eq!(keep_header(&last), told, "{name}");
        let text = backend.request(11).text();
        assert!(
            !text.contains("<think>"),
            "shown text is not sent beside the field: {text}"
        );
    }
}

/// Kimi and Ollama count their ids anew in each conversation, some in each turn.
#[tokio::test]
async fn equal_ids_in_other_conversations_are_other_calls() {
    let thoughts = Arc::new(Mutex::new(0));
    let counter = thoughts.clone();
    let backend = Backend::choose(move |_| {
        let mut count = counter.lock().unwrap();
        *count += 1;
        answer(&json!({"role": "assistant", "content": null, "reasoning_content": format!("thought {count}"),
            "tool_calls": [{"id": "functions.look:0", "type": "function", "function": {"name": "look", "arguments": "{}"}}]}), true)
    })
    .await;
    let proxy = Proxy::start(&config(&backend, Vendor::Kimi, "")).await;
    let mut agents = [Agent::new(true), Agent::new(true)];
    agents[1].messages[1] = user("Look somewhere else.");
    for agent in &mut agents {
        agent.step(proxy.client()).await;
    }
    for agent in &mut agents {
        agent.step(proxy.client()).await;
    }
    let sent =
        |number: usize| backend.request(number).json()["messages"][2]["reasoning_content"].clone();
    assert_eq!((sent(3), sent(4)), (json!("thought 1"), json!("thought 2")));
    // The same question again, and the same call for another reason: nobody can know.
    let mut again = Agent::new(true);
    again.step(proxy.client()).await;
    let answered = again.step(proxy.client()).await;
    assert_eq!(sent(6), "", "the policy for what is not known");
    assert_eq!(keep_header(&answered), "missed=2 empty");
}

/// Two clients with the same words never get each other's thoughts.
#[tokio::test]
async fn tenants_are_apart() {
    let backend = backend(Vendor::DeepSeek, false).await;
    let proxy = Proxy::start(&config(&backend, Vendor::DeepSeek, "")).await;
    let (mine, yours) = (
        proxy.client().with_key("sk-one"),
        proxy.client().with_key("sk-two"),
    );
    let mut agent = Agent::new(false);
    agent.step(&mine).await;
    let body = json!({"model": "m", "messages": agent.messages});
    let other = yours.post("/v1/chat/completions", body.clone()).await;
    assert_eq!(keep_header(&other), "missed=2 empty");
    assert_eq!(
        backend.request(2).json()["messages"][2]["reasoning_content"],
        ""
    );
    let own = mine.post("/v1/chat/completions", body).await;
    assert_eq!(keep_header(&own), "restored=k1:2");
}

/// The thoughts of one model are not shown to another, and text is, to the same model elsewhere.
#[tokio::test]
async fn a_switch_of_models() {
    let first = backend(Vendor::DeepSeek, false).await;
    let second = Backend::always(Answer::chat("Hm.")).await;
    let entry = |name: &str, model: &str, backend: &Backend| {
        format!(
            "  - model_name: {name}\n    litellm_params: {{model: \"openai/{model}\", api_base: \"{}/v1\", api_key: k, profile: deepseek}}\n",
            backend.url()
        )
    };
    let yaml = format!(
        "model_list:\n{}{}{}",
        entry("m", "deepseek-v4-pro", &first),
        entry("same", "deepseek-ai/DeepSeek-V4-Pro", &second),
        entry("other", "deepseek-v4-flash", &second),
    );
    let proxy = Proxy::start(&yaml).await;
    let mut agent = Agent::new(false);
    agent.step(proxy.client()).await;
    for (model, thought) in [
        (
            "same",
            Vendor::DeepSeek.message(0)["reasoning_content"].clone(),
        ),
        ("other", json!("")),
    ] {
        let body = json!({"model": model, "messages": agent.messages});
        assert_eq!(proxy.chat(body).await.status, 200);
        let sent = second.requests().pop().unwrap().json();
        assert_eq!(sent["messages"][2]["reasoning_content"], thought, "{model}");
    }
}

#[tokio::test]
async fn a_restart_in_the_middle() {
    let backend = backend(Vendor::Gemini, true).await;
    let folder = TempDir::new();
    let path = folder.path().join("plugins.redb");
    let on_disk = config(
        &backend,
        Vendor::Gemini,
        &format!("plugin_store: {{path: {path:?}}}"),
    );
    let mut agent = Agent::new(true);
    let proxy = Proxy::start(&on_disk).await;
    let said = format!("plugins remember in: {} (not encrypted)", path.display());
    assert!(proxy.stdout().contains(&said), "{}", proxy.stdout());
    for _ in 0..5 {
        assert_eq!(agent.step(proxy.client()).await.status, 200);
    }
    stop(proxy, &path).await;
    let proxy = Proxy::start(&on_disk).await;
    let answers = agent.run(proxy.client()).await;
    assert_eq!(keep_header(&answers[0]), "restored=k1:2/5/8/11/14");
    assert_eq!(answers.len(), 6);
    // Without the file the filler is sent, and Google takes it.
    drop(proxy);
    agent.messages.pop();
    let proxy = Proxy::start(&config(&backend, Vendor::Gemini, "")).await;
    let answered = agent.step(proxy.client()).await;
    assert_eq!(answered.status, 200);
    assert!(
        keep_header(&answered).ends_with("placeholder_signature"),
        "{}",
        keep_header(&answered)
    );
}

/// In order: what is still to be written is written.
#[cfg(unix)]
async fn stop(mut proxy: Proxy, _store: &std::path::Path) {
    assert_eq!(proxy.terminate().await.code, Some(0));
}

/// When the file was not written to for a moment.
#[cfg(not(unix))]
async fn stop(proxy: Proxy, store: &std::path::Path) {
    eventually("the file is written", || {
        let changed = std::fs::metadata(store).ok()?.modified().ok()?;
        (changed.elapsed().ok()? > std::time::Duration::from_millis(300)).then_some(())
    })
    .await;
    drop(proxy);
}

#[tokio::test]
async fn two_proxies_with_one_redis() {
    for tls in [false, true] {
        let Some(redis) = Redis::start(tls) else {
            return;
        };
        two_proxies_with(&redis).await;
    }
}

async fn two_proxies_with(redis: &Redis) {
    let backend = backend(Vendor::Claude, true).await;
    let shared = config(&backend, Vendor::Claude, "plugin_store: \"${STORE}\"");
    let start = || {
        // What the system trusts.
        let authority = authority();
        let proxy = Proxy::with(&shared).env("STORE", &redis.url());
        proxy
            .env("SSL_CERT_FILE", authority.to_str().unwrap())
            .start()
    };
    let proxies = [start().await, start().await];
    for _ in 0..5 {
        for proxy in &proxies {
            has_store(proxy).await;
        }
        let Err(refused) = by_turns(&proxies).await else {
            return;
        };
        // On a busy machine Redis may be too late for an exchange, which then goes on without.
        let late = "the plugin store did not answer within";
        let excused = proxies.iter().any(|proxy| proxy.stderr().contains(late));
        assert!(excused, "{refused}");
    }
    panic!("Redis was too late five times");
}

/// One conversation, a step here and a step there, or the answer that ended it too early.
async fn by_turns(proxies: &[Proxy; 2]) -> Result<(), String> {
    let mut agent = Agent::new(true);
    for step in 0..11 {
        let answered = agent.step(proxies[step % 2].client()).await;
        if answered.status != 200 {
            return Err(format!("step {step}: {}", answered.text()));
        }
    }
    assert_eq!(agent.messages.last().unwrap()["content"], "Done.");
    Ok(())
}

/// A store that is away costs no request more than a moment.
#[tokio::test]
async fn without_its_store_a_proxy_goes_on() {
    let backend = backend(Vendor::DeepSeek, true).await;
    // Takes connections and never says a word.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://:hunter2@{}", silent.local_addr().unwrap());
    let proxy = Proxy::start(&config(
        &backend,
        Vendor::DeepSeek,
        &format!("plugin_store: \"{url}\""),
    ))
    .await;
    let began = std::time::Instant::now();
    let answers = Agent::new(true).run(proxy.client()).await;
    assert!(
        began.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
    let last = keep_header(&answers[10]);
    assert!(
        last.starts_with("store=unavailable, missed=2/5/8/11/14/17/20/23/26/29 empty"),
        "{last}"
    );
    let said = proxy.stderr();
    assert_eq!(
        said.matches("the plugin store did not answer").count(),
        1,
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
}

/// A server of its own on a free port; skipped where none is installed, unless
/// `YALLMP_EXAMPLES` is set, as in CI.
struct Redis {
    process: std::process::Child,
    port: u16,
    tls: bool,
    _dir: TempDir,
}

impl Redis {
    fn start(tls: bool) -> Option<Self> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let dir = TempDir::new();
        let certificate = |name: &str| authority().with_file_name(name);
        let started = ["redis-server", "valkey-server"]
            .into_iter()
            .find_map(|name| {
                let mut command = std::process::Command::new(name);
                command.args(["--bind", "127.0.0.1", "--save", ""]);
                if tls {
                    command
                        .args(["--port", "0", "--tls-auth-clients", "no"])
                        .args(["--tls-port", &port.to_string(), "--tls-cert-file"])
                        .arg(certificate("server.pem"))
                        .arg("--tls-key-file")
                        .arg(certificate("server.key"))
                        .arg("--tls-ca-cert-file")
                        .arg(authority());
                } else {
                    command.args(["--port", &port.to_string()]);
                }
                command
                    .current_dir(dir.path())
                    .stdout(std::process::Stdio::null())
                    .spawn()
                    .ok()
            });
        let required = std::env::var_os("YALLMP_EXAMPLES").is_some();
        assert!(
            started.is_some() || !required,
            "no redis-server is installed"
        );
        if started.is_none() {
            eprintln!("SKIPPED: neither redis-server nor valkey-server is installed");
        }
        Some(Self {
            process: started?,
            port,
            tls,
            _dir: dir,
        })
    }

    fn url(&self) -> String {
        let scheme = if self.tls { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Until the proxy has reached its store; a question of its own for each try.
async fn has_store(proxy: &Proxy) {
    for number in 0..600 {
        let mut probe = Agent::new(true);
        probe.messages[1] = user(&format!("Question {number}."));
        probe.step(proxy.client()).await;
        let answered = probe.step(proxy.client()).await;
        if keep_header(&answered).contains("restored") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the store is not reached: {}", proxy.stderr());
}
