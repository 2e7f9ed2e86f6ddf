//! What a request asks of a demonstration model.

use serde_json::{Map, Value, json};

pub(super) struct Ask {
    pub model: String,
    pub streaming: bool,
    pub include_usage: bool,
    /// What the user said last.
    pub question: String,
    /// What a tool said, if that was the last message.
    pub tool_result: Option<String>,
    /// The first tool that is offered, or an example.
    pub tool: Tool,
    /// The request's own words for "think", if it has any.
    pub thinking: Option<String>,
    pub prompt_tokens: usize,
}

pub(super) struct Tool {
    pub name: String,
    pub arguments: Map<String, Value>,
}

impl Ask {
    pub fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        body.as_object()?;
        let no_messages = Vec::new();
        let messages = body["messages"].as_array().unwrap_or(&no_messages);
        let last = |role: &str| messages.iter().rfind(|message| message["role"] == role);
        let thinking = [
            "thinking",
            "reasoning",
            "reasoning_effort",
            "chat_template_kwargs",
        ]
        .into_iter()
        .find(|name| !body[*name].is_null());
        let tool = &body["tools"][0]["function"];
        Some(Self {
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            streaming: body["stream"] == true,
            include_usage: body["stream_options"]["include_usage"] == true,
            question: last("user").map(text).unwrap_or_default(),
            tool_result: messages
                .last()
                .filter(|message| message["role"] == "tool")
                .map(text),
            tool: match tool["name"].as_str() {
                Some(name) => Tool {
                    name: name.to_owned(),
                    arguments: match example(&tool["parameters"], "", 0) {
                        Value::Object(arguments) => arguments,
                        _ => Map::new(),
                    },
                },
                None => Tool {
                    name: "get_weather".to_owned(),
                    arguments: Map::from_iter([("city".to_owned(), json!("Paris"))]),
                },
            },
            thinking: thinking.map(|name| format!("\"{name}\": {}", body[name])),
            prompt_tokens: messages
                .iter()
                .map(|message| text(message).len() / 4 + 4)
                .sum(),
        })
    }
}

/// A message's text, whether it is a string or a list of parts.
fn text(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts
                .iter()
                .filter_map(|part| part["text"].as_str())
                .collect();
            texts.join(" ")
        }
        _ => String::new(),
    }
}

/// A plausible value for a JSON schema. `name` is the property that it is for.
fn example(schema: &Value, name: &str, depth: usize) -> Value {
    let given = [
        &schema["const"],
        &schema["enum"][0],
        &schema["default"],
        &schema["examples"][0],
    ];
    if let Some(value) = given.into_iter().find(|value| !value.is_null()) {
        return value.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null"),
        kind => Some(kind),
    };
    match kind.and_then(Value::as_str) {
        _ if depth > 4 => Value::Null,
        Some("object") => object(schema, depth),
        None if schema["properties"].is_object() => object(schema, depth),
        Some("array") => json!([example(&schema["items"], name, depth + 1)]),
        Some("integer") => json!(schema["minimum"].as_i64().unwrap_or(1)),
        Some("number") => json!(schema["minimum"].as_f64().unwrap_or(1.5)),
        Some("boolean") => json!(true),
        _ => json!(word(name)),
    }
}

/// The required properties, or the first one.
fn object(schema: &Value, depth: usize) -> Value {
    let Some(properties) = schema["properties"].as_object() else {
        return json!({});
    };
    let required = schema["required"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let members: Map<String, Value> = properties
        .iter()
        .filter(|(name, _)| required.iter().any(|required| required == name.as_str()))
        .chain(properties.iter().take(usize::from(required.is_empty())))
        .map(|(name, schema)| (name.clone(), example(schema, name, depth + 1)))
        .collect();
    members.into()
}

fn word(property: &str) -> &'static str {
    const WORDS: [(&str, &str); 9] = [
        ("city", "Paris"),
        ("location", "Paris"),
        ("place", "Paris"),
        ("country", "France"),
        ("path", "README.md"),
        ("file", "README.md"),
        ("url", "https://example.org/"),
        ("command", "ls"),
        ("query", "weather in Paris"),
    ];
    let property = property.to_lowercase();
    let word = WORDS.iter().find(|(part, _)| property.contains(part));
    word.map_or("example", |(_, word)| word)
}
