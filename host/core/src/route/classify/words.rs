//! The words by which backends say what is wrong. Each is from a vendor's documentation or
//! from an answer seen in the wild; `cases.txt` holds one such answer for most of them.

use http::StatusCode;

use super::{Class, ErrorBody};

/// Machine names: `code`, `type` or `status` of an error, in lower case. They are exact, so
/// they win over the status.
const NAMES: &[(Class, &[&str])] = &[
    (
        Class::Quota,
        &[
            "insufficient_quota",           // OpenAI, on 429
            "exceeded_current_quota_error", // Moonshot, on 429
            "billing_hard_limit_reached",
            "billing_not_active",
            "billing_error", // Anthropic
            "insufficient_balance",
            "insufficient_credits",
            "insufficient_user_quota", // one-api and its kin
            "accountoverdueerror",     // Volcano Ark
            "arrearage",               // DashScope, on 400
            "allocationquota.freetieronly",
            "usage_limit_reached", // ChatGPT's plans
            "1113",                // Zhipu, on 429
            "1304",                // its daily and weekly limits, and those of its plans
            "1308",
            "1309",
            "1310",
            "1008", // MiniMax
            "2056",
        ],
    ),
    (
        Class::ContextLength,
        &[
            "context_length_exceeded",
            "exceed_context_size_error", // llama.cpp
            "context_window_exceeded",
            "model_context_window_exceeded",
            "model_max_prompt_tokens_exceeded", // Copilot
            "request_too_large",                // Anthropic, on 413
            "1261",                             // Zhipu
        ],
    ),
    (
        Class::ContentPolicy,
        &[
            "content_filter",
            "content_policy_violation",
            "contentfilter",
            "responsibleaipolicyviolation", // Azure
            "data_inspection_failed",       // DashScope
            "datainspectionfailed",
            "1301", // Zhipu
            "1026", // MiniMax
            "1027",
        ],
    ),
    (
        Class::Overloaded,
        &[
            "overloaded_error", // Anthropic, on 529 and inside streams
            "engine_overloaded_error",
            "server_overloaded",
            "unavailable_error", // llama.cpp while it loads
            "service_unavailable",
            "unavailable", // Google
            "serviceunavailable",
            "1305", // Zhipu
            "1312",
        ],
    ),
    (
        Class::RateLimited,
        &[
            "rate_limit_error",
            "rate_limit_reached_error", // Moonshot
            "1302",                     // Zhipu
        ],
    ),
    (
        Class::NotFound,
        &[
            "model_not_found",
            "model_decommissioned", // Groq, on 400
            "invalid_model",        // Mistral, on 400
        ],
    ),
];

/// Statuses in which a phrase is believed.
#[derive(Clone, Copy)]
enum In {
    /// Any failure.
    Any,
    /// A refusal: 4xx, or an error inside a success.
    Refusal,
    /// A refusal that does not have a clearer status of its own.
    Vague,
}

/// Phrases for people, in lower case. All parts must be there. First match wins.
// A table: a row is a line.
#[rustfmt::skip]
const PHRASES: &[(Class, In, &[&str])] = &[
    // 429 or 413 for a single request over the limit per minute: waiting does not help.
    (Class::ContextLength, In::Refusal, &["request too large"]),
    (Class::ContextLength, In::Any, &["maximum context length"]),
    (Class::ContextLength, In::Any, &["context window"]),
    (Class::ContextLength, In::Any, &["context size"]),
    (Class::ContextLength, In::Any, &["exceed", "context length"]),
    (Class::ContextLength, In::Any, &["exceed", "context limit"]),
    (Class::ContextLength, In::Any, &["context length", "overflow"]),
    (Class::ContextLength, In::Any, &["greater than the context length"]),
    (Class::ContextLength, In::Any, &["context the overflows"]), // LM Studio
    (Class::ContextLength, In::Refusal, &["maximum prompt length"]), // xAI
    (Class::ContextLength, In::Refusal, &["prompt is too long"]), // Anthropic
    (Class::ContextLength, In::Refusal, &["prompt too long"]),
    (Class::ContextLength, In::Refusal, &["input is too long"]), // Bedrock
    (Class::ContextLength, In::Refusal, &["longer than the maximum model length"]), // vLLM
    (Class::ContextLength, In::Refusal, &["longer than the model's context"]),
    (Class::ContextLength, In::Refusal, &["reduce the length of the"]),
    (Class::ContextLength, In::Refusal, &["input token count", "exceeds the maximum"]), // Google
    (Class::ContextLength, In::Refusal, &["input length", "exceeds the maximum"]), // SGLang
    (Class::ContextLength, In::Refusal, &["range of input length"]), // DashScope
    (Class::ContextLength, In::Refusal, &["exceeded model token limit"]), // Moonshot
    (Class::ContextLength, In::Refusal, &["`inputs` tokens", "max_new_tokens"]), // TGI, Together
    (Class::ContextLength, In::Refusal, &["tokens", "too large for model with"]), // Mistral
    (Class::ContextLength, In::Refusal, &["prompt token count", "exceeds the limit"]), // Copilot
    (Class::ContextLength, In::Refusal, &["max_tokens must be at least 1, got -"]), // vLLM, old: nothing is left
    (Class::ContextLength, In::Refusal, &["exceeds maximum input length"]), // TensorRT-LLM
    (Class::ContextLength, In::Refusal, &["max_seq_len"]), // SiliconFlow, TabbyAPI
    (Class::ContextLength, In::Refusal, &["exceed max message tokens"]), // Volcano Ark
    (Class::ContextLength, In::Refusal, &["too many tokens", "cannot exceed"]), // Cohere
    (Class::ContentPolicy, In::Refusal, &["content management policy"]), // Azure
    (Class::ContentPolicy, In::Refusal, &["content filtering policy"]), // Anthropic
    (Class::ContentPolicy, In::Refusal, &["content exists risk"]), // DeepSeek
    (Class::ContentPolicy, In::Refusal, &["considered high risk"]), // Moonshot
    (Class::ContentPolicy, In::Refusal, &["safety system"]),       // OpenAI
    (Class::ContentPolicy, In::Refusal, &["violating our usage policy"]),
    (Class::ContentPolicy, In::Refusal, &["input was flagged"]), // OpenRouter, on 403
    (Class::ContentPolicy, In::Refusal, &["inappropriate content"]), // DashScope
    (Class::Quota, In::Refusal, &["insufficient balance"]),      // DeepSeek, on 402
    (Class::Quota, In::Refusal, &["insufficient credit"]),
    (Class::Quota, In::Refusal, &["credit balance is too low"]), // Anthropic, on 400
    (Class::Quota, In::Refusal, &["requires more credits"]),     // OpenRouter
    (Class::Quota, In::Refusal, &["monthly spend limit"]),
    (Class::Quota, In::Refusal, &["requestsperday"]), // Google's free tier
    (Class::Quota, In::Refusal, &["free-models-per-day"]), // OpenRouter
    (Class::Quota, In::Refusal, &["per day limit exceeded"]), // Cerebras
    (Class::Quota, In::Refusal, &["used all available credits"]), // xAI
    (Class::Quota, In::Refusal, &["reached your", "usage limit"]), // Ollama, Kimi; Anthropic on 400
    (Class::Overloaded, In::Vague, &["overloaded"]),
    (Class::Overloaded, In::Vague, &["server is busy"]),
    (Class::Overloaded, In::Vague, &["server busy"]),
    (Class::Overloaded, In::Vague, &["queue is full"]),
    (Class::Overloaded, In::Vague, &["temporarily unavailable"]),
    (Class::Overloaded, In::Vague, &["no available worker"]),
    (Class::Overloaded, In::Vague, &["at capacity"]),
    (Class::Overloaded, In::Vague, &["currently loading"]),
    (Class::RateLimited, In::Vague, &["rate limit"]),
    (Class::RateLimited, In::Vague, &["too many requests"]),
    (Class::Unauthorized, In::Vague, &["incorrect api key"]),
    (Class::Unauthorized, In::Vague, &["invalid api key"]),
    (Class::Unauthorized, In::Vague, &["api key not valid"]), // Google, on 400
    (Class::Unauthorized, In::Vague, &["api key expired"]),
    (Class::NotFound, In::Vague, &["not a valid model id"]), // OpenRouter
    (Class::NotFound, In::Vague, &["model not exist"]), // DeepSeek
];

pub(super) fn by_name(body: &ErrorBody) -> Option<Class> {
    let (class, _) = NAMES
        .iter()
        .find(|(_, names)| body.names.iter().any(|name| names.contains(&name.as_str())))?;
    Some(*class)
}

pub(super) fn by_phrase(status: Option<StatusCode>, body: &ErrorBody) -> Option<Class> {
    let believed = |place: In| match (place, status.map(|status| status.as_u16())) {
        (In::Any, _) | (_, None) => true,
        (In::Refusal, Some(status)) => status < 500,
        (In::Vague, Some(status)) => matches!(status, 400 | 422),
    };
    let (class, ..) = PHRASES.iter().find(|(_, place, parts)| {
        believed(*place) && parts.iter().all(|part| body.text.contains(part))
    })?;
    Some(*class)
}
