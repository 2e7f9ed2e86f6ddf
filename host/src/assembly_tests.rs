//! All parts between a backend's bytes and the client's, with the shipped components.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use yallmp_core::config::{self, Origin};
use yallmp_core::exchange::{self, ClientRequest, ReplyBody};
use yallmp_core::tape::Discard;
use yallmp_core::upstream::{UpstreamError, UpstreamReply, UpstreamRequest};
use yallmp_wasm::Settings;

use super::*;

const CONFIG: &str = "
model_list:
  - model_name: m
    litellm_params: {model: openai/m, api_base: 'http://127.0.0.1:1/v1'}
router_settings: {num_retries: 1, disable_cooldowns: true}
";

/// What models write that the default chain mends, in pieces as they come.
const STREAMS: &[&[&str]] = &[
    &["Hé", "llo 🙂"],
    &["<think>\nI gr", "eet.\n</think>\n\nHello."],
    &[
        "On it.\n<tool_call>\n{\"name\": \"weather\", \"argu",
        "ments\": {\"city\": \"Oslo\"}}\n</tool_call>",
    ],
    &[
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.weather:0<|tool_call_argument_begin|>{\"city\":",
        "\"Oslo\"}<|tool_call_end|><|tool_calls_section_end|>",
    ],
    &[
        "<tool_call>\n<function=weather>\n<parameter=city>\nOs",
        "lo\n</parameter>\n</function>\n</tool_call>",
    ],
    &[
        "<tool_call>weather\n<arg_key>city</arg_key>\n<arg_value>Os",
        "lo</arg_value>\n</tool_call>",
    ],
];

/// Says its bytes again and again, cut in two.
struct Cut(Mutex<(Bytes, usize)>);

#[async_trait::async_trait]
impl Upstream for Cut {
    async fn send(&self, _: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        let (bytes, cut) = self.0.lock().unwrap().clone();
        let pieces = [Ok(bytes.slice(..cut)), Ok(bytes.slice(cut..))];
        let mut headers = HeaderMap::new();
        let events = HeaderValue::from_static("text/event-stream");
        headers.insert(header::CONTENT_TYPE, events);
        Ok(UpstreamReply {
            status: StatusCode::OK,
            headers,
            // Each piece is there only when the one before it was taken.
            body: Box::pin(stream::iter(pieces).then(async |piece| {
                tokio::task::yield_now().await;
                piece
            })),
        })
    }
}

/// As a backend sends it, with these line ends.
fn stream_of(texts: &[&str], line_end: &str) -> Bytes {
    let delta = |text: &&str| json!({"index": 0, "delta": {"content": text}});
    let end = json!({"index": 0, "delta": {}, "finish_reason": "stop"});
    let choices = texts.iter().map(delta).chain([end]);
    let chunks = choices.map(|choice| json!({ "choices": [choice] }).to_string());
    let events = chunks.chain(["[DONE]".to_owned()]);
    let frames = events.map(|data| format!("data: {data}{line_end}{line_end}"));
    frames.collect::<String>().into()
}

async fn gateway(upstream: Arc<Cut>) -> Arc<Gateway> {
    let origin = Origin {
        file: "test.yaml".into(),
        folder: PathBuf::new(),
    };
    let env = BTreeMap::<String, String>::new();
    let config = config::load(CONFIG, &origin, &env).unwrap().config;
    let plugins = plugin_host(Settings::default()).unwrap();
    let assembly = Assembly::new(plugins, upstream, Arc::new(Discard));
    let mut chains = Chains::new();
    for deployment in &config.deployments {
        let chain = assembly.chain(deployment).await.unwrap();
        chains.insert(deployment.id.clone(), chain);
    }
    Arc::new(assembly.gateway(config, chains))
}

/// What comes out, with LF for every line end. Where a cut falls into a CRLF decides to which
/// event the LF belongs; before one that a plugin made it is a blank line more, which means nothing.
async fn ask(gateway: &Arc<Gateway>) -> String {
    let body = json!({
        "model": "m", "stream": true,
        "messages": [{"role": "user", "content": "Weather in Paris?"}],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters":
            {"type": "object", "properties": {"city": {"type": "string"}}}}}],
    });
    let request = ClientRequest {
        id: "same".into(),
        path: "/v1/chat/completions".into(),
        host: "localhost".into(),
        headers: HeaderMap::new(),
        body: body.to_string().into(),
        tenant: "t".into(),
        trace: None,
    };
    let reply = exchange::run(gateway.clone(), request).await.unwrap();
    let ReplyBody::Stream(stream) = reply.body else {
        panic!("a stream");
    };
    let pieces: Vec<_> = stream.map(|piece| piece.unwrap()).collect().await;
    let text = String::from_utf8(pieces.concat()).unwrap();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.replace("\n\n\n", "\n\n")
}

/// Through framer and default chain, with the components that are shipped.
#[tokio::test]
async fn where_a_backend_cuts_its_stream_changes_nothing_of_what_comes_out() {
    let upstream = Arc::new(Cut(Mutex::default()));
    let gateway = gateway(upstream.clone()).await;
    for (texts, line_end) in STREAMS.iter().zip(["\n", "\r\n", "\r"].iter().cycle()) {
        let bytes = stream_of(texts, line_end);
        *upstream.0.lock().unwrap() = (bytes.clone(), 0);
        let uncut = ask(&gateway).await;
        assert!(uncut.ends_with("data: [DONE]\n\n"), "{uncut}");
        for cut in 1..bytes.len() {
            upstream.0.lock().unwrap().1 = cut;
            assert_eq!(ask(&gateway).await, uncut, "{texts:?} cut at {cut}");
        }
    }
}
