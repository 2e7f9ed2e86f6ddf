//! The words of the semantic conventions for generative AI: who is asked, for what, and the
//! metrics that every such client has.

use http::Uri;
use yallmp_core::account::{Account, Attempt, AttemptResult, Ended, GAPS};
use yallmp_core::config::{Backend, Deployment};
use yallmp_core::dialect::{Dialect, Tokens};

use crate::metrics::{Family, Kind, Sums, Unit};

/// Microseconds, as the conventions want them.
static DURATIONS: [u32; 14] = [
    10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000, 2_560_000, 5_120_000,
    10_240_000, 20_480_000, 40_960_000, 81_920_000,
];
static TOKENS: [u32; 14] = [
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304, 16_777_216,
    67_108_864,
];

/// Of all of these metrics; each has one more.
macro_rules! labels {
    ($($more:literal)?) => {
        &["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model",
          "server.address", "server.port" $(, $more)?]
    };
}

const DURATION: usize = 0;
const FIRST_CHUNK: usize = 1;
const PER_CHUNK: usize = 2;
const USAGE: usize = 3;

static FAMILIES: [Family; 4] = [
    Family {
        name: "gen_ai.client.operation.duration",
        unit: Some(Unit::Seconds),
        kind: Kind::Histogram(&DURATIONS),
        labels: labels!("error.type"),
        help: "GenAI operation duration",
    },
    Family {
        name: "gen_ai.client.operation.time_to_first_chunk",
        unit: Some(Unit::Seconds),
        kind: Kind::Histogram(&DURATIONS),
        labels: labels!(),
        help: "Time to receive the first chunk",
    },
    Family {
        name: "gen_ai.client.operation.time_per_output_chunk",
        unit: Some(Unit::Seconds),
        kind: Kind::Histogram(&GAPS),
        labels: labels!(),
        help: "Time per output chunk after the first one",
    },
    Family {
        name: "gen_ai.client.token.usage",
        unit: Some(Unit::Tokens),
        kind: Kind::Histogram(&TOKENS),
        labels: labels!("gen_ai.token.type"),
        help: "Number of input and output tokens used",
    },
];

pub fn sums() -> Sums {
    Sums::new(&FAMILIES)
}

/// Add the tries of an exchange. Labels are as configured, so that their number is bounded.
pub fn record(sums: &mut Sums, exchange: &Ended<'_>) {
    let Ended { end, account, .. } = *exchange;
    for (number, attempt) in account.attempts.iter().enumerate() {
        let deployment = &attempt.deployment;
        let server = Server::of(deployment);
        let base = [
            operation(account),
            provider(deployment),
            deployment.target_model.as_str(),
            server.address.as_str(),
            server.port.as_str(),
        ];
        let with = |more| {
            let [a, b, c, d, e] = base;
            [a, b, c, d, e, more]
        };
        let took = attempt.ended.saturating_sub(attempt.began);
        sums.time(DURATION, &with(error(attempt).unwrap_or_default()), took);
        if let (Some(first), Some(sent)) = (attempt.first_event, attempt.sent) {
            sums.time(FIRST_CHUNK, &base, first.saturating_sub(sent));
        }
        if number + 1 < account.attempts.len() {
            continue;
        }
        sums.spread(PER_CHUNK, &base, &account.gaps);
        let tokens = end.usage.as_deref().map(Tokens::of).unwrap_or_default();
        for (kind, count) in [("input", tokens.input), ("output", tokens.output)] {
            if let Some(count) = count {
                sums.observe(USAGE, &with(kind), count.into(), count as f64);
            }
        }
    }
}

/// `gen_ai.operation.name`.
pub fn operation(account: &Account) -> &'static str {
    match account.dialect {
        Dialect::Chat | Dialect::Responses => "chat",
        Dialect::Completions => "text_completion",
        Dialect::Other if &*account.path == "/v1/embeddings" => "embeddings",
        Dialect::Other => "other",
    }
}

/// `gen_ai.provider.name`: of the known ones where it is one, else as configured. What says
/// nothing speaks OpenAI's language.
pub fn provider(deployment: &Deployment) -> &str {
    match deployment.provider.as_str() {
        "" => "openai",
        "azure" => "azure.ai.openai",
        "azure_ai" => "azure.ai.inference",
        "gemini" => "gcp.gemini",
        "vertex_ai" => "gcp.vertex_ai",
        "mistral" => "mistral_ai",
        "moonshot" => "moonshot_ai",
        "xai" => "x_ai",
        "bedrock" => "aws.bedrock",
        "watsonx" => "ibm.watsonx.ai",
        name => name,
    }
}

/// `error.type` of a try, if it failed.
pub fn error(attempt: &Attempt) -> Option<&'static str> {
    match attempt.result {
        Some(AttemptResult::Answered) => None,
        Some(result) => Some(result.name()),
        None => None,
    }
}

/// Where a deployment is.
pub struct Server {
    pub address: String,
    /// "" if there is none.
    pub port: String,
}

impl Server {
    pub fn of(deployment: &Deployment) -> Self {
        let base = match &deployment.backend {
            Backend::Http { base } => base,
            Backend::Demo => "builtin://demo",
        };
        let uri: Uri = base.parse().unwrap_or_default();
        let port = match (uri.port_u16(), uri.scheme_str()) {
            (Some(port), _) => port.to_string(),
            (None, Some("https")) => "443".to_owned(),
            (None, Some("http")) => "80".to_owned(),
            (None, _) => String::new(),
        };
        Self {
            address: uri.host().unwrap_or_default().to_owned(),
            port,
        }
    }
}
