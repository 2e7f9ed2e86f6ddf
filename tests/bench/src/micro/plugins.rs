//! What each shipped plugin costs by itself: an event that it does not want, one that it looks at,
//! one that it changes, and a request that it is called for.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use bytestring::ByteString;
use serde_json::{Value, json};

use super::guests::Bench;

/// A plugin, with settings under which it has something to do.
struct Part {
    name: &'static str,
    config: Value,
    /// It is called for this request.
    request: Value,
    /// An event that it looks at and passes on.
    looked_at: Option<Value>,
    /// One that it changes.
    changed: Option<Value>,
}

pub fn print() -> Result<()> {
    let mut bench = Bench::new()?;
    println!("| plugin | event not wanted | looked at | changed | instance and request |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let empty = bench.chain(&[])?;
    for part in parts() {
        let dist = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugins/dist");
        let file = PathBuf::from(dist).join(format!("{}.wasm", part.name));
        if !file.exists() {
            eprintln!("{} is missing: the plugin is left out", file.display());
            continue;
        }
        let chain = bench.chain(&[(file, part.config)])?;
        let request = part.request.to_string();
        bench.target = "m";
        bench.text = text(&json!({"content": " word"}));
        let unwanted = bench.events_of(&chain, request.clone())?;
        // Only another name than the client's is rewritten.
        if part.name == "model-rewrite" {
            bench.target = "n";
        }
        let bare = bench.exchanges(&empty, request.clone())?;
        let whole = bench
            .exchanges(&chain, request.clone())?
            .saturating_sub(bare);
        let mut time_of = |delta: Option<Value>| -> Result<Option<Duration>> {
            let Some(delta) = delta else { return Ok(None) };
            bench.text = text(&delta);
            bench.events_of(&chain, request.clone()).map(Some)
        };
        let looked_at = time_of(part.looked_at)?;
        let changed = time_of(part.changed)?;
        let cells = [Some(unwanted), looked_at, changed, Some(whole)].map(cell);
        println!("| `{}` | {} |", part.name, cells.join(" | "));
    }
    Ok(())
}

fn cell(time: Option<Duration>) -> String {
    time.map_or("–".into(), |time| {
        format!("{:.2} us", time.as_secs_f64() * 1e6)
    })
}

fn text(delta: &Value) -> ByteString {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": null});
    let event = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "n",
        "choices": [choice]});
    event.to_string().into()
}

fn parts() -> Vec<Part> {
    let ask = json!({"role": "user", "content": "What is the weather in Oslo?"});
    let call = json!({"id": "call_3fA9x2LmQ0wZt7RbYc5K", "type": "function",
        "function": {"name": "weather", "arguments": "{}"}});
    let turn = json!([ask, {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_3fA9x2LmQ0wZt7RbYc5K", "content": "rain"}]);
    let tools = json!([{"type": "function", "function": {"name": "weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}}}}]);
    let request = |more: Value| {
        let mut request = json!({"model": "m", "stream": true, "messages": [ask]});
        for (name, value) in more.as_object().into_iter().flatten() {
            request[name] = value.clone();
        }
        request
    };
    let part = |name, config, more| Part {
        name,
        config,
        request: request(more),
        looked_at: None,
        changed: None,
    };
    vec![
        Part {
            changed: Some(json!({"content": " word"})),
            ..part("model-rewrite", json!({"restore": true}), json!({}))
        },
        Part {
            looked_at: Some(json!({"reasoning_content": " word"})),
            ..part(
                "reasoning-keep",
                json!({"field": "reasoning_content"}),
                json!({"messages": turn}),
            )
        },
        part(
            "reasoning-inject",
            json!({"dialect": "openai_chat", "reasoning": "high"}),
            json!({}),
        ),
        part(
            "request-fix",
            json!({"request": {"drop": ["parallel_tool_calls"]}}),
            json!({"parallel_tool_calls": true}),
        ),
        Part {
            looked_at: Some(json!({"content": " a < b"})),
            changed: Some(json!({"content": " word", "tool_calls": []})),
            ..part(
                "tool-call-fix",
                json!({"formats": ["hermes"]}),
                json!({"tools": tools}),
            )
        },
        Part {
            looked_at: Some(json!({"reasoning_content": " word"})),
            changed: Some(json!({"reasoning": " word"})),
            ..part(
                "reasoning-normalize",
                json!({"target": "reasoning_content"}),
                json!({}),
            )
        },
        Part {
            looked_at: Some(json!({"content": " word", "x": {"logprobs": 1}})),
            changed: Some(json!({"content": " word", "logprobs": 1})),
            ..part(
                "rules",
                json!({
                    "request": [{"drop": "top_k"}],
                    "events": [{"drop": "choices[0].delta.logprobs"}]
                }),
                json!({"top_k": 40}),
            )
        },
        part("stable-prefix", json!({}), json!({})),
        part("empty-answer", json!({}), json!({})),
    ]
}
