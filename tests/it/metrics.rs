//! What whoever looks at `/metrics` sees.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::kit::*;

/// The series of one scrape, by name and labels as they stand in it.
struct Scrape {
    text: String,
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    async fn of(proxy: &Proxy) -> Self {
        let answer = proxy.get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self::read(answer.text())
    }

    fn read(text: String) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut samples = BTreeMap::new();
        for line in lines {
            let (series, value) = line.rsplit_once(' ').expect("a name and a value");
            let value = value
                .parse()
                .unwrap_or_else(|_| panic!("no number: {line}"));
            let twice = samples.insert(series.to_owned(), value);
            assert!(twice.is_none(), "{series} stands there twice");
        }
        assert!(text.ends_with("# EOF\n"), "it is whole");
        Self { text, samples }
    }

    #[track_caller]
    fn get(&self, series: &str) -> f64 {
        match self.samples.get(series) {
            Some(value) => *value,
            None => panic!("no {series} in\n{}", self.text),
        }
    }

    /// The series of one metric.
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a str, f64)> {
        let found = self.samples.iter().filter(move |(series, _)| {
            let rest = series.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('{'))
        });
        found.map(|(series, value)| (series.as_str(), *value))
    }
}

fn model(name: &str, backend: &Backend, more: &str) -> String {
    format!(
        "  - model_name: {name}\n    litellm_params: {{model: openai/{name}, api_base: \"{}/v1\"}}\n{more}",
        backend.url()
    )
}

fn ask_for(model: &str) -> Value {
    json!({"model": model, "messages": [user("Hi")]})
}

#[tokio::test]
async fn requests_attempts_tokens_and_times_are_counted() {
    let m = Backend::script([
        Answer::error(503, "no"),
        Answer::error(500, "no"),
        Answer::chat("yes"),
        Answer::error(400, "your mistake"),
    ])
    .await;
    let spare = Backend::always(
        Answer::sse()
            .role()
            .delta("a")
            .delta("b")
            .finish("stop")
            .event(json!({
                "id": "c", "choices": [],
                "usage": {"prompt_tokens": 12, "completion_tokens": 5,
                          "prompt_tokens_details": {"cached_tokens": 8},
                          "completion_tokens_details": {"reasoning_tokens": 3}},
            }))
            .done(),
    )
    .await;
    let yaml = format!(
        "plugins: []\nmodel_list:\n{}{}{}router_settings: {{num_retries: 3, fallbacks: [{{gone: [spare]}}], retry_after: 0}}\ngeneral_settings: {{request_log: off}}\n",
        model("m", &m, ""),
        model("spare", &spare, ""),
        format_args!(
            "  - model_name: gone\n    litellm_params: {{model: openai/x, api_base: \"{}/v1\", max_retries: 1}}\n",
            Backend::dead_url().await
        ),
    );
    let proxy = Proxy::start(&yaml).await;

    assert_eq!(proxy.chat(ask_for("m")).await.content(), "yes");
    assert_eq!(proxy.chat(ask_for("m")).await.status, 400);
    let mut stream = ask_for("gone");
    stream["stream"] = json!(true);
    stream["stream_options"] = json!({"include_usage": true});
    assert_eq!(proxy.chat(stream).await.content(), "ab");
    assert_eq!(proxy.chat(ask_for("nobody/knows#this")).await.status, 404);

    let scrape = Scrape::of(&proxy).await;
    for (series, value) in [
        (
            r#"requests_total{model="m",api="chat",outcome="success",error="none"}"#,
            1.0,
        ),
        (
            r#"requests_total{model="m",api="chat",outcome="error",error="bad_request"}"#,
            1.0,
        ),
        (
            r#"requests_total{model="gone",api="chat",outcome="success",error="none"}"#,
            1.0,
        ),
        (
            r#"requests_total{model="other",api="chat",outcome="error",error="model_not_found"}"#,
            1.0,
        ),
        ("requests_in_flight", 0.0),
        (
            r#"attempts_total{model="m",deployment="m#1",reach="first",result="overloaded"}"#,
            1.0,
        ),
        (
            r#"attempts_total{model="m",deployment="m#1",reach="first",result="bad_request"}"#,
            1.0,
        ),
        (
            r#"attempts_total{model="m",deployment="m#1",reach="retry",result="overloaded"}"#,
            1.0,
        ),
        (
            r#"attempts_total{model="m",deployment="m#1",reach="retry",result="answered"}"#,
            1.0,
        ),
        (
            r#"attempts_total{model="gone",deployment="gone#1",reach="first",result="connection"}"#,
            1.0,
        ),
        (
            r#"attempts_total{model="gone",deployment="spare#1",reach="fallback",result="answered"}"#,
            1.0,
        ),
        (
            r#"tokens_total{model="gone",deployment="spare#1",type="input"}"#,
            12.0,
        ),
        (
            r#"tokens_total{model="gone",deployment="spare#1",type="cached"}"#,
            8.0,
        ),
        (
            r#"tokens_total{model="gone",deployment="spare#1",type="output"}"#,
            5.0,
        ),
        (
            r#"tokens_total{model="gone",deployment="spare#1",type="reasoning"}"#,
            3.0,
        ),
        (
            r#"request_duration_seconds_count{model="gone",api="chat",streaming="true"}"#,
            1.0,
        ),
        (
            r#"request_duration_seconds_count{model="m",api="chat",streaming="false"}"#,
            2.0,
        ),
        (r#"first_event_seconds_count{model="gone"}"#, 1.0),
        (r#"overhead_seconds_count{model="gone"}"#, 1.0),
        (r#"overhead_seconds_count{model="m"}"#, 1.0),
        (
            r#"attempt_first_event_seconds_count{deployment="spare#1"}"#,
            1.0,
        ),
        (r#"attempt_duration_seconds_count{deployment="m#1"}"#, 4.0),
        (r#"events_total{model="gone",direction="in"}"#, 5.0),
        (
            r#"deployment_cooling{model="spare",deployment="spare#1"}"#,
            0.0,
        ),
    ] {
        assert_eq!(scrape.get(&format!("yallmp_{series}")), value, "{series}");
    }
    let bytes = scrape.get(r#"yallmp_response_bytes_total{model="gone"}"#);
    assert!(bytes > 100.0, "{bytes}");
    let build: Vec<_> = scrape.all("yallmp_build_info").collect();
    let version = concat!(
        "yallmp_build_info{version=\"",
        env!("CARGO_PKG_VERSION"),
        "\"}"
    );
    assert_eq!(build, [(version, 1.0)]);
}

#[tokio::test]
async fn a_request_that_runs_is_in_flight_and_one_whose_client_left_is_cancelled() {
    let gate = Gate::new();
    let backend = Backend::always(
        Answer::sse()
            .role()
            .delta("a")
            .gate(&gate)
            .delta("b")
            .finish("stop")
            .done(),
    )
    .await;
    let proxy = Proxy::start(&config(&backend)).await;
    let mut live = proxy.chat_open(ask_stream("Hi")).await;
    live.event().await;
    let scrape = Scrape::of(&proxy).await;
    assert_eq!(scrape.get("yallmp_requests_in_flight"), 1.0);
    assert_eq!(scrape.all("yallmp_requests_total").count(), 0);
    live.hang_up();
    let cancelled =
        r#"yallmp_requests_total{model="m",api="chat",outcome="cancelled",error="none"}"#;
    backend.wait_left(1).await;
    let scrape = Scrape::of(&proxy).await;
    assert_eq!(scrape.get(cancelled), 1.0);
    assert_eq!(scrape.get("yallmp_requests_in_flight"), 0.0);
    let attempt =
        r#"yallmp_attempts_total{model="m",deployment="m#1",reach="first",result="cancelled"}"#;
    assert_eq!(scrape.get(attempt), 1.0);
}

/// How long a pause is to the digit is tested in paused time. A busy machine may stop the proxy
/// between two events, so the pauses are made longer until they stand out.
#[tokio::test]
async fn the_gaps_of_a_stream_are_seen() {
    let mut seen = Vec::new();
    for pause in [60, 300, 1500, 6000].map(std::time::Duration::from_millis) {
        let (b, c) = (Gate::new(), Gate::new());
        let answer = Answer::sse().role().delta("a").gate(&b).delta("b");
        let answer = answer.gate(&c).delta("c").finish("stop").done();
        let backend = Backend::always(answer).await;
        let proxy = Proxy::start(&config(&backend)).await;
        let mut live = proxy.chat_open(ask_stream("Hi")).await;
        // The pause begins when the proxy has the event before it, however late that is.
        while live.event().await["choices"][0]["delta"]["content"] != "a" {}
        tokio::time::sleep(pause).await;
        b.open();
        live.event().await;
        tokio::time::sleep(pause).await;
        c.open();
        live.finish().await;
        let scrape = Scrape::of(&proxy).await;
        let gap = |part| {
            scrape.get(&format!(
                "yallmp_event_gap_seconds_{part}{{deployment=\"m#1\"}}"
            ))
        };
        let short = scrape.get(r#"yallmp_event_gap_seconds_bucket{le="0.05",deployment="m#1"}"#);
        let delays = scrape.get(r#"yallmp_event_delay_seconds_count{model="m"}"#);
        let delay = scrape.get(r#"yallmp_event_delay_seconds_sum{model="m"}"#);
        let are_long = short <= gap("count") - 2.0 && gap("sum") >= 1.6 * pause.as_secs_f64();
        // Waiting is no delay.
        if gap("count") >= 2.0 && are_long && delays >= 2.0 && delay < gap("sum") / 2.0 {
            return;
        }
        seen.push((pause, gap("count"), gap("sum"), short, delays, delay));
    }
    panic!("pause, gaps, their sum, short ones, delays, their sum: {seen:?}");
}

#[tokio::test]
async fn a_deployment_that_cools_down_shows_it() {
    let backend = Backend::always(Answer::error(500, "no")).await;
    let more = "router_settings: {num_retries: 1, allowed_fails: 0, cooldown_time: 600}\n";
    let proxy = Proxy::start(&config_with(&backend, more)).await;
    let cooling = r#"yallmp_deployment_cooling{model="m",deployment="m#1"}"#;
    assert_eq!(Scrape::of(&proxy).await.get(cooling), 0.0);
    proxy.chat(ask("Hi")).await;
    assert_eq!(proxy.chat(ask("Hi")).await.status, 503);
    let scrape = Scrape::of(&proxy).await;
    assert_eq!(scrape.get(cooling), 1.0);
    let refused =
        r#"yallmp_requests_total{model="m",api="chat",outcome="error",error="model_cooling_down"}"#;
    assert_eq!(scrape.get(refused), 1.0);
}

#[tokio::test]
async fn plugins_show_their_calls_their_time_and_their_deaths() {
    let backend = Backend::always(Answer::chat_stream(&["one ", "two ", "three"])).await;
    // A busy machine may need long for what is not about time.
    for (orders, kind, call_ms) in [
        ("{event: trap}", "trap", 10_000),
        ("{event: loop}", "time_limit", 100),
        ("{event: grow}", "memory_limit", 10_000),
        ("{event: error}", "error", 10_000),
        ("{event: bad-index}", "invalid_result", 10_000),
    ] {
        let path = repository().join("tests/guests/dist/puppet.wasm");
        let yaml = format!(
            "plugins:\n  - name: puppet\n    path: {path:?}\n    config: {orders}\n    limits: {{memory_mb: 32, call_ms: {call_ms}}}\nmodel_list:\n{}",
            model("m", &backend, "")
        );
        let proxy = Proxy::start(&yaml).await;
        assert_eq!(
            proxy.chat(ask_stream("Hi")).await.content(),
            "one two three"
        );
        let scrape = Scrape::of(&proxy).await;
        let failures: Vec<_> = scrape.all("yallmp_plugin_failures_total").collect();
        let series = format!("yallmp_plugin_failures_total{{plugin=\"puppet\",kind=\"{kind}\"}}");
        assert_eq!(failures, [(&*series, 1.0)], "{orders}");
        assert!(scrape.get(r#"yallmp_plugin_calls_total{plugin="puppet"}"#) >= 1.0);
        assert!(scrape.get(r#"yallmp_plugin_time_seconds_total{plugin="puppet"}"#) > 0.0);
    }
}

#[tokio::test]
async fn what_a_plugin_changed_and_held_is_counted() {
    let call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";
    let pieces: Vec<&str> = call.split_inclusive(' ').collect();
    let backend = Backend::always(Answer::chat_stream(&pieces)).await;
    let yaml = format!(
        "plugins:\n  - name: tool-call-fix\nmodel_list:\n{}",
        model("m", &backend, "")
    );
    let proxy = Proxy::start(&yaml).await;
    let mut ask = ask_stream("What is the weather?");
    ask["tools"] = json!([{"type": "function", "function": {"name": "get_weather", "parameters":
        {"type": "object", "properties": {"city": {"type": "string"}}}}}]);
    let answer = proxy.chat(ask).await;
    assert!(
        answer.text().contains("\"tool_calls\""),
        "{}",
        answer.text()
    );
    let scrape = Scrape::of(&proxy).await;
    for series in [
        r#"plugin_changes_total{plugin="tool-call-fix"}"#,
        r#"plugin_events_total{plugin="tool-call-fix",what="dropped"}"#,
        r#"plugin_events_total{plugin="tool-call-fix",what="added"}"#,
        r#"plugin_held_bytes_count{plugin="tool-call-fix"}"#,
        r#"plugin_held_bytes_sum{plugin="tool-call-fix"}"#,
    ] {
        assert!(scrape.get(&format!("yallmp_{series}")) >= 1.0, "{series}");
    }
}

/// Clients name what they like: that makes no series.
#[tokio::test]
async fn a_thousand_invented_models_make_no_series() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let wildcard = format!(
        "  - model_name: \"any/*\"\n    litellm_params: {{model: \"openai/*\", api_base: \"{}/v1\"}}\n",
        backend.url()
    );
    let yaml = format!(
        "plugins: []\nmodel_list:\n{wildcard}{}general_settings: {{request_log: metadata}}\n",
        model("m", &backend, "")
    );
    let proxy = Proxy::start(&yaml).await;
    let names = |model: &str| vec![format!("{model}-0"), format!("any/{model}-0")];
    for name in names("first") {
        proxy.chat(ask_for(&name)).await;
    }
    let before: BTreeSet<String> = Scrape::of(&proxy).await.samples.into_keys().collect();
    for number in 1..=500 {
        for name in names(&format!("made-up-{number}\\\"}}\n")) {
            proxy.chat(ask_for(&name)).await;
        }
    }
    let after = Scrape::of(&proxy).await;
    assert!(!after.text.contains("made-up"), "no name of a client");
    let names: BTreeSet<String> = after.samples.keys().cloned().collect();
    assert_eq!(names, before);
    let of = |model: &str, rest: &str| {
        after.get(&format!(
            "yallmp_requests_total{{model=\"{model}\",api=\"chat\",{rest}}}"
        ))
    };
    assert_eq!(of("any/*", r#"outcome="success",error="none""#), 501.0);
    assert_eq!(
        of("other", r#"outcome="error",error="model_not_found""#),
        501.0
    );
}

#[tokio::test]
async fn metrics_want_the_key_unless_they_are_public() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let with = |metrics: &str| {
        let more = format!("general_settings: {{master_key: sk-master{metrics}}}\n");
        config_with(&backend, &more)
    };
    let proxy = Proxy::start(&with("")).await;
    let bare = Client::new(proxy.addr());
    assert_eq!(bare.get("/metrics").await.status, 401);
    let answer = bare.with_key("sk-master").get("/metrics").await;
    assert_eq!(answer.status, 200);
    let kind = answer.header("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");

    let proxy = Proxy::start(&with(", metrics: {public: true}")).await;
    let bare = Client::new(proxy.addr());
    assert_eq!(bare.get("/metrics").await.status, 200);
    assert_eq!(bare.get("/v1/models").await.status, 401, "nothing else is");

    let proxy = Proxy::start(&with(", metrics: {enabled: false}")).await;
    let answer = Client::new(proxy.addr())
        .with_key("sk-master")
        .get("/metrics")
        .await;
    assert_eq!(answer.status, 404);
    let message = answer.error()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("general_settings.metrics.enabled"),
        "{message}"
    );
}

/// Without a key only this machine may look, and no web page through its browser.
#[tokio::test]
async fn a_web_page_cannot_read_metrics() {
    let backend = Backend::always(Answer::chat("yes")).await;
    let proxy = Proxy::start(&config(&backend)).await;
    let page = Client::new(proxy.addr()).with_header("origin", "https://evil.example");
    assert_eq!(page.get("/metrics").await.status, 403);
}

/// A proxy that has shown all that there is to count.
async fn everything() -> (Scrape, [Backend; 2]) {
    let call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";
    let mut answer = Answer::sse().role();
    for piece in call.split_inclusive(' ') {
        answer = answer.delta(piece);
    }
    let answer = answer
        .pause(std::time::Duration::from_millis(5))
        .finish("stop");
    let usage =
        json!({"id": "c", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
    let backend = Backend::always(answer.event(usage).done()).await;
    let collector = Backend::always(Answer::status(200)).await;
    let path = repository().join("tests/guests/dist/puppet.wasm");
    let yaml = format!(
        "plugins:\n  - name: tool-call-fix\n  - name: puppet\n    path: {path:?}\n    config: {{event: trap}}\nmodel_list:\n{}{}general_settings: {{otlp: \"{}\"}}\n",
        model("m", &backend, "    plugins: {puppet: false}\n"),
        model("evil", &backend, ""),
        collector.url(),
    );
    let proxy = Proxy::start(&yaml).await;
    for name in ["m", "evil"] {
        let mut ask = ask_for(name);
        ask["stream"] = json!(true);
        ask["tools"] = json!([{"type": "function", "function": {"name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]);
        assert_eq!(proxy.chat(ask).await.status, 200);
    }
    (Scrape::of(&proxy).await, [backend, collector])
}

/// Metrics of the exposition as a query names them, with the names of their labels.
fn labels(scrape: &Scrape) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for series in scrape.samples.keys() {
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let names = labels.split("=\"").filter_map(|part| {
            let name = part.rsplit(['{', ',']).next()?;
            (!name.is_empty() && !name.contains(['"', '}'])).then(|| name.to_owned())
        });
        found.entry(name.to_owned()).or_default().extend(names);
    }
    found
}

/// The words of a query: names of metrics, labels, functions.
fn words(query: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    query
        .split(move |c| !is_name(c))
        .filter(|word| !word.is_empty())
}

#[tokio::test]
async fn the_documentation_and_the_dashboard_name_what_is_really_there() {
    let (scrape, _backends) = everything().await;
    let there = labels(&scrape);

    let docs = std::fs::read_to_string(repository().join("docs/metrics.md")).unwrap();
    let documented: BTreeSet<&str> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("| `yallmp_")?.split_once('`'))
        .map(|(name, _)| name)
        .collect();
    let families: BTreeSet<&str> = there
        .keys()
        .map(|name| {
            let name = name.strip_prefix("yallmp_").expect("our name");
            let parts = ["_bucket", "_sum", "_count"];
            parts
                .iter()
                .find_map(|part| name.strip_suffix(part))
                .unwrap_or(name)
        })
        .collect();
    assert_eq!(documented, families);

    let file = repository().join("docs/grafana/yallmp.json");
    let dashboard: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets: Vec<&Value> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().into_iter().flatten())
        .collect();
    assert!(targets.len() > 30, "{} queries", targets.len());
    let mut asked = BTreeSet::new();
    for target in targets {
        let query = target["expr"].as_str().unwrap();
        let metrics: Vec<&str> = words(query)
            .filter(|word| word.starts_with("yallmp_"))
            .collect();
        assert!(!metrics.is_empty(), "{query}");
        let mut known: BTreeSet<&str> = BTreeSet::new();
        for metric in metrics {
            let labels = there.get(metric);
            let labels = labels.unwrap_or_else(|| panic!("{metric} is not there: {query}"));
            known.extend(labels.iter().map(String::as_str));
            asked.insert(metric.to_owned());
        }
        let selectors = query
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next());
        let selected = selectors
            .flat_map(|inside| inside.split(','))
            .map(|one| one.split(['=', '!']).next().unwrap_or_default().trim());
        let grouped = query
            .split("by (")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        let grouped = grouped.flat_map(|inside| inside.split(',')).map(str::trim);
        let legend = target["legendFormat"].as_str().unwrap();
        let shown = legend
            .split("{{")
            .skip(1)
            .filter_map(|rest| rest.split("}}").next());
        for label in selected.chain(grouped).chain(shown) {
            assert!(
                known.contains(label),
                "no label {label}: {query} / {legend}"
            );
        }
    }
    // Every metric has its place on the dashboard.
    for name in &families {
        let name = format!("yallmp_{name}");
        let used = asked
            .iter()
            .any(|asked| *asked == name || asked.strip_suffix("_bucket") == Some(&*name));
        assert!(used, "{name} is on no panel");
    }
}
