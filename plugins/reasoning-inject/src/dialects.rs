//! How each kind of backend is asked to reason. A new kind is a new row of [`DIALECTS`].
//!
//! Sources of the rows: the vendors' documentation and servers, as of November 2026.

/// One way of asking.
pub struct Dialect {
    pub id: &'static str,
    /// The words it has for how much, where the profile names none. Empty: any.
    pub efforts: &'static [&'static str],
    /// For `/v1/chat/completions`.
    pub chat: Way,
    /// For `/v1/responses`.
    pub responses: Way,
}

pub enum Way {
    /// Not there.
    Nothing,
    /// Members for on and for off. What is in the one and not in the other is taken out.
    Fields {
        on: &'static [Field],
        off: &'static [Field],
    },
    Prompt(Prompt),
}

/// A member of the request: where, what, and for which wishes.
pub struct Field {
    pub path: &'static [&'static str],
    pub value: Value,
    pub when: When,
}

pub enum Value {
    Flag(bool),
    Text(&'static str),
    /// What the client wrote, else this.
    KeptOr(&'static Value),
    /// The model's word for the effort, or for this one if none is wanted.
    Effort(&'static str),
    /// The model's word for none, or for the least.
    Off,
    /// The budget, or what the effort stands for.
    Budget,
    /// The same, but less than the request's `max_tokens`, as the backend demands.
    BudgetWithin,
}

pub enum When {
    Always,
    /// An effort or a budget is wanted.
    Depth,
    NoDepth,
    /// The same, and the profile lists efforts, or knows nothing.
    DepthIfTaken,
    Budget,
    NoBudget,
    /// For backends that take only one of them.
    EffortAlone,
    /// The chat template reads this member, or nothing is known of it.
    Kwarg(&'static str),
    /// An effort is wanted, and the chat template reads one or nothing is known of it.
    EffortKwarg,
    /// Google's configuration, for wishes that it has to say: with a level if the client wrote one or the model
    /// has such, else with a budget.
    Config(Config),
}

pub enum Config {
    /// There is none, and a word beside it will do.
    Absent,
    Present,
    Level,
    Budget,
}

pub enum Prompt {
    /// A line in the system message, unless there is one with the same beginning.
    System { beginning: &'static str, rest: Rest },
    /// A word at the end of the last user message, unless a message has one of them.
    User { on: &'static str, off: &'static str },
}

pub enum Rest {
    Words {
        on: &'static str,
        off: &'static str,
    },
    Effort {
        default: &'static str,
        off: &'static str,
    },
}

const fn field(path: &'static [&'static str], value: Value, when: When) -> Field {
    Field { path, value, when }
}

const fn chat(id: &'static str, on: &'static [Field], off: &'static [Field]) -> Dialect {
    Dialect {
        id,
        efforts: &[],
        chat: Way::Fields { on, off },
        responses: Way::Nothing,
    }
}

/// `reasoning_effort`, at `/v1/responses` `reasoning.effort`.
const fn effort(id: &'static str, on: &'static [Field], responses: Way) -> Dialect {
    Dialect {
        id,
        efforts: &[],
        chat: Way::Fields {
            on,
            off: EFFORT_OFF,
        },
        responses,
    }
}

const fn prompt(id: &'static str, prompt: Prompt) -> Dialect {
    Dialect {
        id,
        efforts: &[],
        chat: Way::Prompt(prompt),
        responses: Way::Nothing,
    }
}

impl Dialect {
    const fn with(self, efforts: &'static [&'static str]) -> Dialect {
        Dialect { efforts, ..self }
    }
}

const EFFORT: &[&str] = &["reasoning_effort"];
const MEDIUM: Value = Value::Effort("medium");
const HIGH: Value = Value::Effort("high");

const EFFORT_MEDIUM: &[Field] = &[field(EFFORT, MEDIUM, When::Always)];
const EFFORT_HIGH: &[Field] = &[field(EFFORT, HIGH, When::Always)];
const EFFORT_OFF: &[Field] = &[field(EFFORT, Value::Off, When::Always)];

const RESPONSES: Way = Way::Fields {
    on: &[field(&["reasoning", "effort"], MEDIUM, When::Always)],
    off: &[field(&["reasoning", "effort"], Value::Off, When::Always)],
};

const ANTHROPIC: &[Field] = &[
    field(&["thinking", "type"], Value::Text("enabled"), When::Always),
    field(
        &["thinking", "budget_tokens"],
        Value::BudgetWithin,
        When::Always,
    ),
];

const DISABLED: &[Field] = &[field(
    &["thinking", "type"],
    Value::Text("disabled"),
    When::Always,
)];

pub const KWARGS: &str = "chat_template_kwargs";
const ENABLE: &[&str] = &[KWARGS, "enable_thinking"];
const THINKING: &[&str] = &[KWARGS, "thinking"];
/// Google's.
pub const CONFIG: &[&str] = &["extra_body", "google", "thinking_config"];
pub const CONFIG_LEVEL: &[&str] = &["extra_body", "google", "thinking_config", "thinking_level"];
const CONFIG_BUDGET: &[&str] = &["extra_body", "google", "thinking_config", "thinking_budget"];
const CONFIG_SHOW: &[&str] = &[
    "extra_body",
    "google",
    "thinking_config",
    "include_thoughts",
];
const ENABLED: &[&str] = &["reasoning", "enabled"];
const NOT_ENABLED: &[Field] = &[field(ENABLED, Value::Flag(false), When::Always)];

/// What a deployment with `supports_reasoning` gets when nothing is known of it.
pub const DEFAULT: &str = "thinking_type";

pub const DIALECTS: &[Dialect] = &[
    effort("openai_chat", EFFORT_MEDIUM, RESPONSES),
    Dialect {
        id: "openai_responses",
        efforts: &[],
        chat: Way::Nothing,
        responses: RESPONSES,
    },
    // Claude up to 4.5.
    chat("anthropic_enabled", ANTHROPIC, DISABLED),
    // Claude from 4.6 on; a budget is refused there.
    chat(
        "anthropic_adaptive",
        &[
            field(&["thinking", "type"], Value::Text("adaptive"), When::Always),
            field(&["output_config", "effort"], HIGH, When::Depth),
        ],
        &[],
    )
    .with(&["low", "medium", "high", "max"]),
    chat("anthropic_compat", ANTHROPIC, DISABLED),
    // Google takes an effort or a configuration, never both; `extra_body` is literal there.
    chat(
        "gemini_compat",
        &[
            field(EFFORT, MEDIUM, When::Config(Config::Absent)),
            field(CONFIG_LEVEL, MEDIUM, When::Config(Config::Level)),
            field(CONFIG_BUDGET, Value::Budget, When::Config(Config::Budget)),
            field(
                CONFIG_SHOW,
                Value::KeptOr(&Value::Flag(true)),
                When::Config(Config::Present),
            ),
        ],
        EFFORT_OFF,
    ),
    // DeepSeek, Moonshot, Zhipu, Volcano; the effort is DeepSeek's and GLM's.
    chat(
        "thinking_type",
        &[
            field(&["thinking", "type"], Value::Text("enabled"), When::Always),
            field(EFFORT, HIGH, When::DepthIfTaken),
        ],
        DISABLED,
    ),
    // MiniMax M3.
    chat(
        "thinking_type_adaptive",
        &[field(
            &["thinking", "type"],
            Value::Text("adaptive"),
            When::Always,
        )],
        DISABLED,
    ),
    // MiniMax M2 always thinks; this asks for a field instead of tags in the text.
    chat(
        "minimax_split",
        &[field(&["reasoning_split"], Value::Flag(true), When::Always)],
        &[],
    ),
    // Qwen at Alibaba.
    chat(
        "dashscope",
        &[
            field(&["enable_thinking"], Value::Flag(true), When::Always),
            field(&["thinking_budget"], Value::Budget, When::Depth),
        ],
        &[field(
            &["enable_thinking"],
            Value::Flag(false),
            When::Always,
        )],
    ),
    // vLLM, SGLang, llama.cpp. Templates ignore the key of the two that they do not know; so
    // do the servers with the budget's name that is not theirs (vLLM's first).
    chat(
        "chat_template_kwargs",
        &[
            field(ENABLE, Value::Flag(true), When::Kwarg("enable_thinking")),
            field(THINKING, Value::Flag(true), When::Kwarg("thinking")),
            field(&[KWARGS, "reasoning_effort"], MEDIUM, When::EffortKwarg),
            field(&["thinking_token_budget"], Value::Budget, When::Budget),
            field(&["thinking_budget_tokens"], Value::Budget, When::Budget),
        ],
        &[
            field(ENABLE, Value::Flag(false), When::Kwarg("enable_thinking")),
            field(THINKING, Value::Flag(false), When::Kwarg("thinking")),
        ],
    ),
    chat(
        "openrouter",
        &[
            field(ENABLED, Value::Flag(true), When::NoDepth),
            field(&["reasoning", "effort"], MEDIUM, When::EffortAlone),
            field(&["reasoning", "max_tokens"], Value::Budget, When::Budget),
        ],
        NOT_ENABLED,
    ),
    // gpt-oss at Groq refuses `reasoning_format`, the other models `include_reasoning`.
    chat(
        "groq",
        &[
            field(
                &["reasoning_format"],
                Value::KeptOr(&Value::Text("parsed")),
                When::Always,
            ),
            field(EFFORT, Value::Effort("default"), When::Depth),
        ],
        EFFORT_OFF,
    )
    .with(&["none", "default"]),
    chat(
        "groq_gpt_oss",
        &[
            field(&["include_reasoning"], Value::Flag(true), When::Always),
            field(EFFORT, MEDIUM, When::Always),
        ],
        &[
            field(&["include_reasoning"], Value::Flag(true), When::Always),
            field(EFFORT, Value::Off, When::Always),
        ],
    )
    .with(&["low", "medium", "high"]),
    chat(
        "cerebras",
        EFFORT_MEDIUM,
        &[field(
            &["disable_reasoning"],
            Value::Flag(true),
            When::Always,
        )],
    ),
    chat(
        "together",
        &[
            field(ENABLED, Value::Flag(true), When::Always),
            field(EFFORT, MEDIUM, When::Depth),
        ],
        NOT_ENABLED,
    ),
    // A number is a budget there.
    chat(
        "fireworks",
        &[
            field(EFFORT, MEDIUM, When::NoBudget),
            field(EFFORT, Value::Budget, When::Budget),
        ],
        EFFORT_OFF,
    ),
    effort("deepinfra", EFFORT_MEDIUM, Way::Nothing),
    chat(
        "ollama_native",
        &[
            field(&["think"], Value::Flag(true), When::NoDepth),
            field(&["think"], MEDIUM, When::Depth),
        ],
        &[field(&["think"], Value::Flag(false), When::Always)],
    )
    .with(&["low", "medium", "high"]),
    effort("ollama_compat", EFFORT_MEDIUM, Way::Nothing).with(&["none", "low", "medium", "high"]),
    effort("lmstudio", EFFORT_MEDIUM, RESPONSES)
        .with(&["none", "minimal", "low", "medium", "high", "xhigh"]),
    effort("mistral", EFFORT_HIGH, Way::Nothing),
    // Magistral.
    chat(
        "mistral_prompt_mode",
        &[field(
            &["prompt_mode"],
            Value::Text("reasoning"),
            When::Always,
        )],
        &[],
    ),
    // Grok has no word for none.
    Dialect {
        id: "xai",
        efforts: &[],
        chat: Way::Fields {
            on: EFFORT_HIGH,
            off: &[field(EFFORT, Value::Text("low"), When::Always)],
        },
        responses: Way::Fields {
            on: &[field(&["reasoning", "effort"], HIGH, When::Always)],
            off: &[field(
                &["reasoning", "effort"],
                Value::Text("low"),
                When::Always,
            )],
        },
    },
    // gpt-oss on a server without knobs.
    prompt(
        "harmony_prompt",
        Prompt::System {
            beginning: "Reasoning: ",
            rest: Rest::Effort {
                default: "high",
                off: "low",
            },
        },
    )
    .with(&["low", "medium", "high"]),
    // Nemotron v1.
    prompt(
        "nemotron_prompt",
        Prompt::System {
            beginning: "detailed thinking ",
            rest: Rest::Words {
                on: "on",
                off: "off",
            },
        },
    ),
    // Qwen3 (2504), later Nemotron, SmolLM3.
    prompt(
        "prompt_switch",
        Prompt::User {
            on: "/think",
            off: "/no_think",
        },
    ),
];
