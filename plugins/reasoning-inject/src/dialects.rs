//! How each kind of backend is asked to reason. A new kind is a new row of [`DIALECTS`].
//!
//! Sources of the rows: the vendors' documentation and servers, as of November 2026.

/// One way of asking.
pub struct Dialect {
    pub id: &'static str,
    /// For `/v1/chat/completions`.
    pub chat: Way,
    /// For `/v1/responses`.
    pub responses: Way,
}

pub enum Way {
    /// Not there.
    Nothing,
    Fields(&'static [Field]),
    Prompt(Prompt),
}

/// A member of the request: where, what, and for which settings.
pub struct Field {
    pub path: &'static [&'static str],
    pub value: Value,
    pub when: When,
}

pub enum Value {
    True,
    Text(&'static str),
    /// The effort, or this one if none is set.
    Effort(&'static str),
    /// The budget, or what the effort stands for.
    Budget,
    /// The same, but less than the request's `max_tokens`, as the backend demands.
    BudgetWithin,
}

pub enum When {
    Always,
    Effort,
    NoEffort,
    Budget,
    NoBudget,
    /// The effort is set and the budget is not: for backends that take only one of them.
    EffortAlone,
    Neither,
}

pub enum Prompt {
    /// A line in the system message, unless there is one with the same beginning.
    System { beginning: &'static str, rest: Rest },
    /// A word at the end of the last user message, unless a message has one of `words`.
    User {
        word: &'static str,
        words: &'static [&'static str],
    },
}

pub enum Rest {
    Text(&'static str),
    Effort(&'static str),
}

const fn field(path: &'static [&'static str], value: Value, when: When) -> Field {
    Field { path, value, when }
}

const fn chat(id: &'static str, fields: &'static [Field]) -> Dialect {
    Dialect {
        id,
        chat: Way::Fields(fields),
        responses: Way::Nothing,
    }
}

const fn both(id: &'static str, fields: &'static [Field], responses: &'static [Field]) -> Dialect {
    Dialect {
        id,
        chat: Way::Fields(fields),
        responses: Way::Fields(responses),
    }
}

const fn prompt(id: &'static str, prompt: Prompt) -> Dialect {
    Dialect {
        id,
        chat: Way::Prompt(prompt),
        responses: Way::Nothing,
    }
}

const EFFORT: &[&str] = &["reasoning_effort"];
const MEDIUM: Value = Value::Effort("medium");
const HIGH: Value = Value::Effort("high");

/// What a deployment gets that does not name a dialect.
pub const DEFAULT: &str = "thinking_type";

pub const DIALECTS: &[Dialect] = &[
    both(
        "openai_chat",
        &[field(EFFORT, MEDIUM, When::Always)],
        &[field(&["reasoning", "effort"], MEDIUM, When::Always)],
    ),
    Dialect {
        id: "openai_responses",
        chat: Way::Nothing,
        responses: Way::Fields(&[field(&["reasoning", "effort"], MEDIUM, When::Always)]),
    },
    // Claude up to 4.5.
    chat("anthropic_enabled", ANTHROPIC),
    // Claude from 4.6 on.
    chat(
        "anthropic_adaptive",
        &[
            field(&["thinking", "type"], Value::Text("adaptive"), When::Always),
            field(&["output_config", "effort"], HIGH, When::Effort),
        ],
    ),
    chat("anthropic_compat", ANTHROPIC),
    // Google takes an effort or a configuration, never both; `extra_body` is literal there.
    chat(
        "gemini_compat",
        &[
            field(EFFORT, MEDIUM, When::NoBudget),
            field(
                &["extra_body", "google", "thinking_config", "thinking_budget"],
                Value::Budget,
                When::Budget,
            ),
            field(
                &[
                    "extra_body",
                    "google",
                    "thinking_config",
                    "include_thoughts",
                ],
                Value::True,
                When::Budget,
            ),
        ],
    ),
    // DeepSeek, Moonshot, Zhipu, Volcano; the effort is DeepSeek's.
    chat(
        "thinking_type",
        &[
            field(&["thinking", "type"], Value::Text("enabled"), When::Always),
            field(EFFORT, HIGH, When::Effort),
        ],
    ),
    // MiniMax M3.
    chat(
        "thinking_type_adaptive",
        &[field(
            &["thinking", "type"],
            Value::Text("adaptive"),
            When::Always,
        )],
    ),
    // Qwen at Alibaba.
    chat(
        "dashscope",
        &[
            field(&["enable_thinking"], Value::True, When::Always),
            field(&["thinking_budget"], Value::Budget, When::Budget),
        ],
    ),
    // vLLM, SGLang, llama.cpp. Templates ignore the key of the two that they do not know; so
    // do the servers with the budget's name that is not theirs (vLLM's first).
    chat(
        "chat_template_kwargs",
        &[
            field(
                &["chat_template_kwargs", "enable_thinking"],
                Value::True,
                When::Always,
            ),
            field(
                &["chat_template_kwargs", "thinking"],
                Value::True,
                When::Always,
            ),
            field(
                &["chat_template_kwargs", "reasoning_effort"],
                MEDIUM,
                When::Effort,
            ),
            field(&["thinking_token_budget"], Value::Budget, When::Budget),
            field(&["thinking_budget_tokens"], Value::Budget, When::Budget),
        ],
    ),
    chat(
        "openrouter",
        &[
            field(&["reasoning", "enabled"], Value::True, When::Neither),
            field(&["reasoning", "effort"], MEDIUM, When::EffortAlone),
            field(&["reasoning", "max_tokens"], Value::Budget, When::Budget),
        ],
    ),
    // gpt-oss at Groq refuses `reasoning_format`, the other models `include_reasoning`.
    chat(
        "groq",
        &[
            field(&["reasoning_format"], Value::Text("parsed"), When::Always),
            field(EFFORT, Value::Effort("default"), When::Effort),
        ],
    ),
    chat(
        "groq_gpt_oss",
        &[
            field(&["include_reasoning"], Value::True, When::Always),
            field(EFFORT, MEDIUM, When::Always),
        ],
    ),
    chat("cerebras", &[field(EFFORT, MEDIUM, When::Always)]),
    chat(
        "together",
        &[
            field(&["reasoning", "enabled"], Value::True, When::Always),
            field(EFFORT, MEDIUM, When::Effort),
        ],
    ),
    // A number is a budget there.
    chat(
        "fireworks",
        &[
            field(EFFORT, MEDIUM, When::NoBudget),
            field(EFFORT, Value::Budget, When::Budget),
        ],
    ),
    chat("deepinfra", &[field(EFFORT, MEDIUM, When::Always)]),
    chat(
        "ollama_native",
        &[
            field(&["think"], Value::True, When::NoEffort),
            field(&["think"], MEDIUM, When::Effort),
        ],
    ),
    chat("ollama_compat", &[field(EFFORT, MEDIUM, When::Always)]),
    both(
        "lmstudio",
        &[field(EFFORT, MEDIUM, When::Always)],
        &[field(&["reasoning", "effort"], MEDIUM, When::Always)],
    ),
    chat("mistral", &[field(EFFORT, HIGH, When::Always)]),
    // Magistral.
    chat(
        "mistral_prompt_mode",
        &[field(
            &["prompt_mode"],
            Value::Text("reasoning"),
            When::Always,
        )],
    ),
    both(
        "xai",
        &[field(EFFORT, HIGH, When::Always)],
        &[field(&["reasoning", "effort"], HIGH, When::Always)],
    ),
    // gpt-oss on a server without knobs.
    prompt(
        "harmony_prompt",
        Prompt::System {
            beginning: "Reasoning: ",
            rest: Rest::Effort("high"),
        },
    ),
    // Nemotron v1.
    prompt(
        "nemotron_prompt",
        Prompt::System {
            beginning: "detailed thinking ",
            rest: Rest::Text("on"),
        },
    ),
    // Qwen3 (2504), later Nemotron, SmolLM3.
    prompt(
        "prompt_switch",
        Prompt::User {
            word: "/think",
            words: &["/think", "/no_think"],
        },
    ),
];

const ANTHROPIC: &[Field] = &[
    field(&["thinking", "type"], Value::Text("enabled"), When::Always),
    field(
        &["thinking", "budget_tokens"],
        Value::BudgetWithin,
        When::Always,
    ),
];

impl Dialect {
    /// Whether an effort changes anything.
    pub fn takes_effort(&self) -> bool {
        self.any(
            |field| {
                let budget = matches!(field.value, Value::Budget | Value::BudgetWithin);
                matches!(field.value, Value::Effort(_))
                    || budget && matches!(field.when, When::Always)
            },
            |prompt| {
                matches!(
                    prompt,
                    Prompt::System {
                        rest: Rest::Effort(_),
                        ..
                    }
                )
            },
        )
    }

    /// Whether a budget changes anything.
    pub fn takes_budget(&self) -> bool {
        let budget = |field: &Field| matches!(field.value, Value::Budget | Value::BudgetWithin);
        self.any(budget, |_| false)
    }

    fn any(&self, field: impl Fn(&Field) -> bool, prompt: impl Fn(&Prompt) -> bool) -> bool {
        [&self.chat, &self.responses]
            .into_iter()
            .any(|way| match way {
                Way::Nothing => false,
                Way::Fields(fields) => fields.iter().any(&field),
                Way::Prompt(words) => prompt(words),
            })
    }
}
