//! Tags that models put around reasoning. From chat templates and the tests of the parsers of
//! vLLM, SGLang and dynamo.

/// Recognised at the start of every text that nobody is known to have parsed.
pub const TAGS: [(&str, &str); 15] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    // Gemini's OpenAI-compatible endpoint.
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    // Magistral.
    ("[THINK]", "[/THINK]"),
    // Kimi-VL.
    ("◁think▷", "◁/think▷"),
    // Seed-OSS.
    ("<seed:think>", "</seed:think>"),
    // Gemma 4.
    ("<|channel>thought\n", "<channel|>"),
    // Command A.
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    // Kimi K3.
    ("<|open|>think<|sep|>", "<|close|>think<|sep|>"),
    // K2 Horizon, by effort.
    ("<ifm|think>", "</ifm|think>"),
    ("<ifm|think_fast>", "</ifm|think_fast>"),
    ("<ifm|think_faster>", "</ifm|think_faster>"),
    // Solar Open 2.
    ("<|think:start|>", "<|think:end|>"),
    // gpt-oss.
    ("<|channel|>analysis<|message|>", "<|end|>"),
];

/// Around the answer: gpt-oss, whose preamble is content too, and Command R7B and A.
pub const ANSWERS: [(&str, &str); 5] = [
    (
        "<|start|>assistant<|channel|>final<|message|>",
        "<|return|>",
    ),
    ("<|channel|>final<|message|>", "<|return|>"),
    (
        "<|start|>assistant<|channel|>commentary<|message|>",
        "<|end|>",
    ),
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ("<|START_TEXT|>", "<|END_TEXT|>"),
];

/// What begins a tool call, and so ends reasoning that was not closed.
pub const CALLS: [&str; 12] = [
    "<tool_call>",
    "<tool_calls>",
    "<|tool_calls_section_begin|>",
    "<|tool_call_begin|>",
    "<minimax:tool_call>",
    "<seed:tool_call>",
    "<ifm|tool_calls>",
    "<ifm|tool_call>",
    "<｜DSML｜",
    "<invoke ",
    "<|python_tag|>",
    "[TOOL_CALLS]",
];
