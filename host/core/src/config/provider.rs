//! What LiteLLM's provider prefixes mean here: `openai/gpt-4o` is the model `gpt-4o` at an
//! OpenAI-compatible server whose address is known.

/// How a provider is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A public OpenAI-compatible endpoint, and the variable that usually holds its key.
    Public {
        base: &'static str,
        key: &'static str,
    },
    /// A server on one's own machine at its usual port; needs no key.
    Local { base: &'static str },
    /// OpenAI-compatible, at an address that only the user knows.
    Own,
    /// Azure OpenAI: its `/openai/v1` is OpenAI-compatible.
    Azure,
    /// Another protocol, and what can be done about it.
    Foreign(&'static str),
}

const fn public(base: &'static str, key: &'static str) -> Access {
    Access::Public { base, key }
}

const fn local(base: &'static str) -> Access {
    Access::Local { base }
}

const NO_WAY: Access =
    Access::Foreign("set `api_base` to an OpenAI-compatible endpoint if it has one");

/// Sorted by kind, then name. Addresses from the providers' own documentation.
#[rustfmt::skip]
const PROVIDERS: &[(&str, Access)] = &[
    ("openai", public("https://api.openai.com/v1", "OPENAI_API_KEY")),
    ("text-completion-openai", public("https://api.openai.com/v1", "OPENAI_API_KEY")),
    ("cerebras", public("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY")),
    ("codestral", public("https://codestral.mistral.ai/v1", "CODESTRAL_API_KEY")),
    ("dashscope", public("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "DASHSCOPE_API_KEY")),
    ("deepinfra", public("https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY")),
    ("deepseek", public("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY")),
    ("featherless_ai", public("https://api.featherless.ai/v1", "FEATHERLESS_AI_API_KEY")),
    ("fireworks_ai", public("https://api.fireworks.ai/inference/v1", "FIREWORKS_AI_API_KEY")),
    ("friendliai", public("https://api.friendli.ai/serverless/v1", "FRIENDLI_TOKEN")),
    ("gemini", public("https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY")),
    ("groq", public("https://api.groq.com/openai/v1", "GROQ_API_KEY")),
    ("hyperbolic", public("https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY")),
    ("lambda_ai", public("https://api.lambda.ai/v1", "LAMBDA_API_KEY")),
    ("meta_llama", public("https://api.llama.com/compat/v1", "LLAMA_API_KEY")),
    ("minimax", public("https://api.minimax.io/v1", "MINIMAX_API_KEY")),
    ("mistral", public("https://api.mistral.ai/v1", "MISTRAL_API_KEY")),
    ("moonshot", public("https://api.moonshot.ai/v1", "MOONSHOT_API_KEY")),
    ("nebius", public("https://api.studio.nebius.com/v1", "NEBIUS_API_KEY")),
    ("novita", public("https://api.novita.ai/v3/openai", "NOVITA_API_KEY")),
    ("nvidia_nim", public("https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY")),
    ("openrouter", public("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY")),
    ("perplexity", public("https://api.perplexity.ai/chat/completions", "PERPLEXITYAI_API_KEY")),
    ("sambanova", public("https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY")),
    ("together_ai", public("https://api.together.xyz/v1", "TOGETHERAI_API_KEY")),
    ("vercel_ai_gateway", public("https://ai-gateway.vercel.sh/v1", "VERCEL_AI_GATEWAY_API_KEY")),
    ("volcengine", public("https://ark.cn-beijing.volces.com/api/v3", "VOLCENGINE_API_KEY")),
    ("xai", public("https://api.x.ai/v1", "XAI_API_KEY")),
    ("zai", public("https://api.z.ai/api/paas/v4", "ZAI_API_KEY")),
    ("llamafile", local("http://127.0.0.1:8080/v1")),
    ("lm_studio", local("http://127.0.0.1:1234/v1")),
    ("ollama", local("http://127.0.0.1:11434/v1")),
    ("ollama_chat", local("http://127.0.0.1:11434/v1")),
    ("xinference", local("http://127.0.0.1:9997/v1")),
    ("aiml", Access::Own),
    ("azure_ai", Access::Own),
    ("baseten", Access::Own),
    ("custom_openai", Access::Own),
    ("databricks", Access::Own),
    ("docker_model_runner", Access::Own),
    ("empower", Access::Own),
    ("github", Access::Own),
    ("hosted_vllm", Access::Own),
    ("huggingface", Access::Own),
    ("infinity", Access::Own),
    ("lemonade", Access::Own),
    ("litellm_proxy", Access::Own),
    ("llamacpp", Access::Own),
    ("openai_like", Access::Own),
    ("predibase", Access::Own),
    ("vllm", Access::Own),
    ("azure", Access::Azure),
    ("azure_text", Access::Azure),
    ("anthropic", Access::Foreign("set `api_base: https://api.anthropic.com/v1`, which is OpenAI-compatible")),
    ("auto_router", Access::Foreign("name the models themselves")),
    ("bedrock", NO_WAY),
    ("bedrock_converse", NO_WAY),
    ("clarifai", NO_WAY),
    ("cloudflare", NO_WAY),
    ("cohere", Access::Foreign("set `api_base: https://api.cohere.ai/compatibility/v1`, which is OpenAI-compatible")),
    ("cohere_chat", Access::Foreign("set `api_base: https://api.cohere.ai/compatibility/v1`, which is OpenAI-compatible")),
    ("github_copilot", NO_WAY),
    ("gigachat", NO_WAY),
    ("jina_ai", NO_WAY),
    ("oci", NO_WAY),
    ("petals", NO_WAY),
    ("replicate", NO_WAY),
    ("sagemaker", NO_WAY),
    ("sagemaker_chat", NO_WAY),
    ("snowflake", NO_WAY),
    ("triton", NO_WAY),
    ("vertex_ai", NO_WAY),
    ("vertex_ai_beta", NO_WAY),
    ("voyage", NO_WAY),
    ("watsonx", NO_WAY),
    ("watsonx_text", NO_WAY),
];

pub fn access(provider: &str) -> Option<Access> {
    let found = PROVIDERS.iter().find(|(name, _)| *name == provider)?;
    Some(found.1)
}

/// `openai/gpt-4o` → `openai`, `gpt-4o`. A first part that is no provider belongs to the
/// model: `deepseek-ai/DeepSeek-V3`. A bare name of OpenAI's has its provider too.
pub fn split(model: &str) -> (&str, &str) {
    match model.split_once('/') {
        Some((provider, rest)) if access(provider).is_some() => (provider, rest),
        _ if is_openai_model(model) => ("openai", model),
        _ => ("", model),
    }
}

/// LiteLLM knows the models of OpenAI without a prefix.
fn is_openai_model(model: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "gpt-3",
        "gpt-4",
        "gpt-5",
        "o1",
        "o3",
        "o4",
        "chatgpt-",
        "text-embedding-",
        "dall-e-",
    ];
    PREFIXES.iter().any(|prefix| model.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_cut_when_they_name_a_provider() {
        for (model, expected) in [
            ("openai/gpt-4o", ("openai", "gpt-4o")),
            ("openrouter/openai/gpt-4o", ("openrouter", "openai/gpt-4o")),
            ("openai/*", ("openai", "*")),
            ("ollama/qwen3:8b", ("ollama", "qwen3:8b")),
            ("deepseek-ai/DeepSeek-V3", ("", "deepseek-ai/DeepSeek-V3")),
            ("gpt-4o-mini", ("openai", "gpt-4o-mini")),
            ("qwen3", ("", "qwen3")),
            ("*", ("", "*")),
        ] {
            assert_eq!(split(model), expected, "{model}");
        }
    }

    #[test]
    fn every_address_is_a_url_and_every_name_unique() {
        for (i, (name, access)) in PROVIDERS.iter().enumerate() {
            assert!(
                PROVIDERS[..i].iter().all(|(other, _)| other != name),
                "{name}"
            );
            if let Access::Public { base, .. } = access {
                assert!(base.starts_with("https://"), "{name}");
                base.parse::<http::Uri>().unwrap();
            }
        }
    }
}
