//! Azure OpenAI, as LiteLLM's users write it: a resource in `api_base`, a deployment in
//! `model: azure/NAME`, and a version of the API in `api_version`.

/// A deployment of a resource, and how it is asked for.
pub struct Deployment<'a> {
    name: &'a str,
    /// None: the version that has no date, `/openai/v1`.
    version: Option<&'a str>,
}

impl<'a> Deployment<'a> {
    /// None when the provider is another one.
    pub fn of(provider: &str, name: &'a str, version: Option<&'a str>) -> Option<Self> {
        let version = version.map(str::trim).filter(|version| {
            // LiteLLM's names for `/openai/v1`.
            !matches!(*version, "" | "v1" | "latest" | "preview")
        });
        matches!(provider, "azure" | "azure_text").then_some(Self {
            name,
            // The v1 API takes the name from the body, so it can be any.
            version: version.filter(|_| !name.contains('*')),
        })
    }

    /// The base of the deployment's endpoints. What already names more than a resource is
    /// taken at its word, but gets the version that it lacks.
    pub fn base(&self, base: &str) -> String {
        let (path, query) = base.split_once('?').unwrap_or((base, ""));
        let path = path.trim_end_matches('/');
        let Some(version) = self.version else {
            // A resource by itself answers nothing; another host may be any gateway.
            return match is_resource(path) {
                true => format!("{path}/openai/v1"),
                false => base.to_owned(),
            };
        };
        if path.ends_with("/v1") {
            return base.to_owned();
        }
        let path = if path.contains("/deployments/") {
            path.to_owned()
        } else {
            let resource = path.strip_suffix("/openai").unwrap_or(path);
            format!("{resource}/openai/deployments/{}", self.name)
        };
        match query {
            "" => format!("{path}?api-version={version}"),
            _ if query.contains("api-version=") => format!("{path}?{query}"),
            _ => format!("{path}?{query}&api-version={version}"),
        }
    }
}

/// `https://NAME.openai.azure.com` and nothing more.
fn is_resource(base: &str) -> bool {
    let authority = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = authority.split(':').next().unwrap_or_default();
    host.ends_with("azure.com")
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
}
