//! Where the requests of a deployment go, and what opens the door.

use secrecy::SecretString;

use super::azure;
use super::backend::backend;
use super::env::Env;
use super::findings::{At, Findings};
use super::headers::api_key;
use super::provider::{self, Access};
use super::{Backend, KeyHeader};

/// Why a deployment cannot be used although its entry could be read.
pub struct Fault {
    /// The key of the entry that is at fault.
    pub key: &'static str,
    pub reason: String,
}

impl Fault {
    pub fn new(key: &'static str, reason: impl Into<String>) -> Self {
        Self {
            key,
            reason: reason.into(),
        }
    }
}

pub struct Reach {
    pub backend: Backend,
    pub api_key: Option<SecretString>,
    pub key_header: KeyHeader,
}

impl Reach {
    /// What it lacks becomes the `fault`, unless there is one.
    pub fn read(
        params: &At<'_>,
        (provider, target): (&str, &str),
        env: Option<&dyn Env>,
        fault: &mut Option<Fault>,
        findings: &mut Findings<'_>,
    ) -> Self {
        let base = params.first(&["api_base", "base_url"]);
        let base = base.filter(|at| at.node.as_text() != Some(""));
        let azure = azure::Deployment::of(provider, target, params.text(&["api_version"]));
        let found = backend(base.as_ref(), provider, azure.as_ref(), findings);
        let (backend, api_base_is_known) = match found {
            Ok(backend) => (backend, base.is_none()),
            Err(reason) => {
                fault.get_or_insert(Fault::new("api_base", reason));
                (
                    Backend::Http {
                        base: String::new(),
                    },
                    false,
                )
            }
        };
        let mut api_key = api_key(params, findings).map(SecretString::from);
        // A key from the environment goes to its provider only, never to another address.
        if let Some(Access::Public { key, .. }) = provider::access(provider)
            && api_base_is_known
            && api_key.is_none()
        {
            let found = env.map(|env| env.get(key));
            let reason = match &found {
                Some(_) => format!("no `api_key`, and `{key}` is not set"),
                None => "no `api_key`".to_owned(),
            };
            api_key = found.flatten().map(SecretString::from);
            if api_key.is_none() {
                fault.get_or_insert(Fault::new("api_key", reason));
            }
        }
        let key_header = match (&azure, &backend) {
            (Some(azure), Backend::Http { base }) => azure.key_header(base),
            _ => KeyHeader::default(),
        };
        Self {
            backend,
            api_key,
            key_header,
        }
    }
}
