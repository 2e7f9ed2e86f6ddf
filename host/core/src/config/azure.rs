//! Azure, as LiteLLM's users write it: a resource in `api_base`, a deployment in
//! `model: azure/NAME` or `azure_ai/NAME`, and a version of the API in `api_version`.
//!
//! A resource answers at three places. `/openai/v1` takes the deployment from the body, as
//! everybody does. `/openai/deployments/NAME` and `/models` (any deployment, but chat and
//! embeddings alone) want the version in the query.

use super::KeyHeader;

/// Without it `/models` refuses every request; Azure's own examples use this one.
const MODELS_VERSION: &str = "2024-05-01-preview";

/// A deployment of a resource, and how it is asked for.
pub struct Deployment<'a> {
    name: &'a str,
    /// None: the version that has no date, `/openai/v1`.
    version: Option<&'a str>,
    /// Azure AI (`azure_ai`), where LiteLLM asks `/models`.
    foundry: bool,
}

impl<'a> Deployment<'a> {
    /// None when the provider is another one.
    pub fn of(provider: &str, name: &'a str, version: Option<&'a str>) -> Option<Self> {
        let foundry = match provider {
            "azure" | "azure_text" => false,
            "azure_ai" => true,
            _ => return None,
        };
        let version = version.map(str::trim).filter(|version| {
            // LiteLLM's names for `/openai/v1`.
            !matches!(*version, "" | "v1" | "latest" | "preview")
        });
        Some(Self {
            name,
            version,
            foundry,
        })
    }

    /// The base of the deployment's endpoints. What already names more than a resource is
    /// taken at its word, but gets the version that it lacks.
    pub fn base(&self, base: &str) -> String {
        let (path, query) = base.split_once('?').unwrap_or((base, ""));
        let path = path.trim_end_matches('/');
        let (host, below) = split(path);
        if below == "/models" || below.starts_with("/models/") {
            return versioned(path, query, self.version.unwrap_or(MODELS_VERSION));
        }
        if self.foundry && !is_openai(host) {
            return match self.version {
                Some(version) if is_foundry(host) && below.is_empty() => {
                    versioned(&format!("{path}/models"), query, version)
                }
                None if is_foundry(host) && below.is_empty() => format!("{path}/openai/v1"),
                // A model with a host of its own.
                Some(version) if below.is_empty() => versioned(path, query, version),
                _ => base.to_owned(),
            };
        }
        // The v1 API takes the name from the body, so it can be any.
        let Some(version) = self.version.filter(|_| !self.name.contains('*')) else {
            // A resource by itself answers nothing; another host may be any gateway.
            return match below.is_empty() && host.ends_with("azure.com") {
                true => format!("{path}/openai/v1"),
                false => base.to_owned(),
            };
        };
        if path.ends_with("/v1") {
            return base.to_owned();
        }
        if path.contains("/deployments/") {
            return versioned(path, query, version);
        }
        let resource = path.strip_suffix("/openai").unwrap_or(path);
        let path = format!("{resource}/openai/deployments/{}", self.name);
        versioned(&path, query, version)
    }

    /// A resource wants its key in a header of its own; what `azure_ai` names besides does not.
    pub fn key_header(&self, base: &str) -> KeyHeader {
        let (host, _) = split(base);
        match !self.foundry || is_openai(host) || is_foundry(host) {
            true => KeyHeader::ApiKey,
            false => KeyHeader::Bearer,
        }
    }
}

/// Host and path of a URL without a query.
fn split(base: &str) -> (&str, &str) {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (authority.split(':').next().unwrap_or_default(), path)
}

fn is_openai(host: &str) -> bool {
    host.ends_with(".openai.azure.com") || host.ends_with(".cognitiveservices.azure.com")
}

fn is_foundry(host: &str) -> bool {
    host.ends_with(".services.ai.azure.com")
}

fn versioned(path: &str, query: &str, version: &str) -> String {
    match query {
        "" => format!("{path}?api-version={version}"),
        _ if query.contains("api-version=") => format!("{path}?{query}"),
        _ => format!("{path}?{query}&api-version={version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_as_people_write_them() {
        const DATED: Option<&str> = Some("2024-10-21");
        const R: &str = "https://r.openai.azure.com";
        const G: &str = "https://gateway.example/llm";
        for (resource, path, name, version, expected) in [
            (
                R,
                "",
                "gpt",
                DATED,
                "/openai/deployments/gpt?api-version=2024-10-21",
            ),
            (
                R,
                "/openai/",
                "gpt",
                DATED,
                "/openai/deployments/gpt?api-version=2024-10-21",
            ),
            (
                G,
                "",
                "gpt",
                DATED,
                "/openai/deployments/gpt?api-version=2024-10-21",
            ),
            (
                R,
                "/?api-version=2023-05-15",
                "gpt",
                DATED,
                "/openai/deployments/gpt?api-version=2023-05-15",
            ),
            (
                R,
                "/openai/deployments/other",
                "gpt",
                DATED,
                "/openai/deployments/other?api-version=2024-10-21",
            ),
            (
                R,
                "/openai/deployments/other/chat/completions?api-version=1",
                "gpt",
                None,
                "/openai/deployments/other/chat/completions?api-version=1",
            ),
            (R, "/openai/v1", "gpt", DATED, "/openai/v1"),
            (R, "", "gpt", None, "/openai/v1"),
            (R, "", "gpt", Some("preview"), "/openai/v1"),
            (R, "", "*", DATED, "/openai/v1"),
            (G, "", "gpt", None, ""),
        ] {
            let azure = Deployment::of("azure", name, version).unwrap();
            let found = azure.base(&format!("{resource}{path}"));
            assert_eq!(
                found,
                format!("{resource}{expected}"),
                "{path}, {name}, {version:?}"
            );
        }
        assert!(Deployment::of("openai", "gpt", DATED).is_none());
    }

    #[test]
    fn bases_of_azure_ai() {
        const OLD: Option<&str> = Some("2024-02-01");
        const R: &str = "https://r.services.ai.azure.com";
        const HOST: &str = "https://mistral-x.eastus2.models.ai.azure.com";
        for (resource, path, version, expected) in [
            // With a version LiteLLM's place, without one the one that everything is at.
            (R, "", OLD, "/models?api-version=2024-02-01"),
            (R, "", None, "/openai/v1"),
            (R, "/models", None, "/models?api-version=2024-05-01-preview"),
            (R, "/models/", OLD, "/models?api-version=2024-02-01"),
            (
                R,
                "/models?api-version=2025-04-01",
                OLD,
                "/models?api-version=2025-04-01",
            ),
            (
                R,
                "/models/chat/completions",
                None,
                "/models/chat/completions?api-version=2024-05-01-preview",
            ),
            (R, "/openai/v1", OLD, "/openai/v1"),
            // A model with a host of its own.
            (HOST, "", None, ""),
            (HOST, "/v1", OLD, "/v1"),
            (HOST, "", OLD, "?api-version=2024-02-01"),
            // A resource of Azure OpenAI.
            (
                "https://r.openai.azure.com",
                "",
                OLD,
                "/openai/deployments/gpt?api-version=2024-02-01",
            ),
        ] {
            let azure = Deployment::of("azure_ai", "gpt", version).unwrap();
            let found = azure.base(&format!("{resource}{path}"));
            assert_eq!(
                found,
                format!("{resource}{expected}"),
                "{path}, {version:?}"
            );
        }
        // Whoever writes `azure/` means the same place.
        let azure = Deployment::of("azure", "gpt", OLD).unwrap();
        let models = format!("{R}/models");
        assert_eq!(
            azure.base(&models),
            format!("{models}?api-version=2024-02-01")
        );
    }

    #[test]
    fn a_key_goes_into_the_header_that_is_looked_for() {
        let header = |provider, base| {
            Deployment::of(provider, "m", None)
                .unwrap()
                .key_header(base)
        };
        let resource = "https://r.services.ai.azure.com/models";
        assert_eq!(header("azure_ai", resource), KeyHeader::ApiKey);
        let openai = "https://r.openai.azure.com/openai/v1";
        assert_eq!(header("azure_ai", openai), KeyHeader::ApiKey);
        let own = "https://mistral-x.eastus2.models.ai.azure.com/v1";
        assert_eq!(header("azure_ai", own), KeyHeader::Bearer);
        assert_eq!(
            header("azure", "https://gateway.example"),
            KeyHeader::ApiKey
        );
    }
}
