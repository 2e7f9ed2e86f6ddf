//! A log's request as it will be sent again. No network.

use anyhow::{Context, bail};
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use secrecy::{ExposeSecret, SecretString};
use yallmp_core::config::Backend;
use yallmp_core::tape::{Request, mask};
use yallmp_core::upstream::url;

use super::{Changes, again};
use yallmp_log::text::parse::Log;

/// Variables that may hold the key, the first one first.
pub const KEY_VARIABLES: [&str; 2] = ["YALLMP_API_KEY", "OPENAI_API_KEY"];

/// What the user wants of it.
#[derive(Debug, Default)]
pub struct Wishes {
    /// Instead of the logged host.
    pub base_url: Option<String>,
    pub changes: Changes,
    pub api_key: Option<String>,
    /// It becomes a command, which takes the key from its own environment.
    pub as_command: bool,
}

#[derive(Debug)]
pub struct Plan {
    pub method: Method,
    pub url: String,
    /// Without the key.
    pub headers: HeaderMap,
    /// The header that carried the client's key.
    pub key_header: Option<HeaderName>,
    pub key: Option<SecretString>,
    pub body: Bytes,
    /// For the user: where things come from, what is left out.
    pub remarks: Vec<String>,
}

impl Plan {
    /// `env` looks up a variable.
    pub fn new(
        log: &Log,
        wishes: &Wishes,
        env: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let Some(request) = log.request() else {
            bail!("it holds no request: its beginning is lost");
        };
        let mut plan = Self {
            method: request
                .method
                .parse()
                .with_context(|| format!("`{}` is no method", request.method))?,
            url: target(request, wishes)?,
            headers: HeaderMap::new(),
            key_header: None,
            key: None,
            body: again::body(log, request, &wishes.changes)?,
            remarks: Vec::new(),
        };
        if wishes.changes == Changes::default() && plan.body.len() != request.size {
            let (now, then) = (plan.body.len(), request.size);
            plan.remark(format!(
                "body: {now} bytes, but {then} were logged: the log was edited or is torn"
            ));
        }
        plan.take_headers(&request.headers);
        plan.take_key(wishes, env);
        Ok(plan)
    }

    /// The request as text, without its key.
    pub fn describe(&self) -> Vec<u8> {
        let mut text = format!("{} {}\n", self.method, mask::url(&self.url)).into_bytes();
        for (name, value) in &self.headers {
            text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
        if let (Some(name), Some(_)) = (&self.key_header, &self.key) {
            text.extend(format!("{name}: ***\n").into_bytes());
        }
        text.push(b'\n');
        text.extend_from_slice(&self.body);
        text.push(b'\n');
        text
    }

    /// The value of the key's header.
    pub fn key_value(name: &HeaderName, key: &str) -> String {
        match *name == header::AUTHORIZATION {
            true => format!("Bearer {key}"),
            false => key.to_string(),
        }
    }

    /// All headers, the key with them.
    pub fn all_headers(&self) -> anyhow::Result<HeaderMap> {
        let mut headers = self.headers.clone();
        if let (Some(name), Some(key)) = (&self.key_header, &self.key) {
            let value = Self::key_value(name, key.expose_secret());
            let mut value = HeaderValue::try_from(value).context("the key is no header value")?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        Ok(headers)
    }

    fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }

    fn take_headers(&mut self, logged: &HeaderMap) {
        let mut left_out = Vec::new();
        for (name, value) in logged {
            if mask::is_secret(name.as_str()) {
                // Where a client may put its key; the first in this order wins.
                if ["authorization", "x-api-key", "api-key"].contains(&name.as_str())
                    && self
                        .key_header
                        .as_ref()
                        .is_none_or(|old| old.as_str() > name.as_str())
                {
                    self.key_header = Some(name.clone());
                }
                left_out.push(name.as_str());
            } else if !again::belongs_to_connection(name) {
                self.headers.append(name.clone(), value.clone());
            }
        }
        left_out.dedup();
        if !left_out.is_empty() {
            self.remark(format!(
                "left out, since the log masks it: {}",
                left_out.join(", ")
            ));
        }
    }

    /// A key given by flag is always sent. One from the environment only if the logged client
    /// had one: it shall not go to a server that never asked.
    fn take_key(&mut self, wishes: &Wishes, env: impl Fn(&str) -> Option<String>) {
        if wishes.as_command {
            if wishes.api_key.is_some() {
                self.key_header.get_or_insert(header::AUTHORIZATION);
            }
            if let Some(name) = &self.key_header {
                self.remark(format!(
                    "key: the command takes it from ${}, as `{name}`",
                    KEY_VARIABLES[0]
                ));
            }
            return;
        }
        let from_env = || {
            let mut keys = KEY_VARIABLES
                .iter()
                .filter_map(|name| Some((*name, env(name)?)));
            keys.find(|(_, key)| !key.is_empty())
        };
        let found = match (&wishes.api_key, &self.key_header) {
            (Some(key), _) => Some(("--api-key".to_string(), key.clone())),
            (None, Some(_)) => from_env().map(|(name, key)| (format!("${name}"), key)),
            (None, None) => None,
        };
        let Some((source, key)) = found else {
            if let Some(name) = &self.key_header {
                let [first, second] = KEY_VARIABLES;
                self.remark(format!(
                    "no key is sent, but the logged client had one (`{name}`); give --api-key, ${first} or ${second}"
                ));
            }
            return;
        };
        let name = self.key_header.get_or_insert(header::AUTHORIZATION).clone();
        self.key = Some(key.into());
        self.remark(format!("key: from {source}, sent as `{name}`"));
    }
}

fn target(request: &Request, wishes: &Wishes) -> anyhow::Result<String> {
    let url = match &wishes.base_url {
        Some(base) if !base.starts_with("http://") && !base.starts_with("https://") => {
            bail!("--base-url begins with http:// or https://");
        }
        Some(base) => url::join(&Backend::Http { base: base.clone() }, &request.path),
        None if request.host.is_empty() => bail!("it has no Host header; give --base-url"),
        None => format!("http://{}{}", request.host, request.path),
    };
    match url.parse::<http::Uri>() {
        Ok(_) => Ok(url),
        Err(error) => bail!("`{url}` is no URL ({error}); give --base-url"),
    }
}
