use std::marker::PhantomData;
use std::string::{String, ToString};
use std::vec::Vec;

use super::{edit, imports};
use crate::bindings::yallmp::patch::types::{Event, EventKind, Outcome};
use crate::drive::{self, Driver, chunk_event};
use crate::tray::{Settled, Tray};
use crate::{
    Deployment, EndReason, Error, Exchange, Interest, Json, Patch, RequestOutcome, Result, Wants,
};

/// An exchange to run a plugin in. Every run starts with a fresh instance.
#[derive(Debug)]
pub struct Kit<P> {
    config: String,
    request: String,
    headers: Vec<(String, String)>,
    exchange: Exchange,
    plugin: PhantomData<fn() -> P>,
}

/// Also of a plugin that cannot be cloned: there is none in a kit.
impl<P> Clone for Kit<P> {
    fn clone(&self) -> Self {
        Kit {
            config: self.config.clone(),
            request: self.request.clone(),
            headers: self.headers.clone(),
            exchange: self.exchange.clone(),
            plugin: PhantomData,
        }
    }
}

impl<P: Patch> Default for Kit<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Patch> Kit<P> {
    /// A streamed chat completion of the model `client-model`, `target-model` at the backend,
    /// no configuration, and an empty request.
    #[must_use]
    pub fn new() -> Self {
        let deployment = Deployment {
            id: "deployment-1".to_string(),
            model_name: "client-model".to_string(),
            target_model: "target-model".to_string(),
            provider: "openai".to_string(),
            api_base: "http://127.0.0.1:9/v1".to_string(),
            supports_reasoning: None,
            params: "{}".to_string(),
            model_info: "{}".to_string(),
            profile: "{}".to_string(),
        };
        Kit {
            config: "null".to_string(),
            request: "{}".to_string(),
            headers: Vec::new(),
            exchange: Exchange {
                id: "exchange-1".to_string(),
                path: "/v1/chat/completions".to_string(),
                client_model: "client-model".to_string(),
                target_model: "target-model".to_string(),
                streaming: true,
                attempt: 1,
                tenant: "tenant-1".to_string(),
                deployment,
            },
            plugin: PhantomData,
        }
    }

    /// The plugin's settings, as JSON text.
    #[must_use]
    pub fn config(mut self, config: impl Into<String>) -> Self {
        self.config = config.into();
        self
    }

    /// The request's body, as it comes to the plugin.
    #[must_use]
    pub fn request(mut self, body: impl Into<String>) -> Self {
        self.request = body.into();
        self
    }

    /// A header of the client's request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    /// Changes the facts of the exchange and its deployment.
    #[must_use]
    pub fn exchange(mut self, change: impl FnOnce(&mut Exchange)) -> Self {
        change(&mut self.exchange);
        self
    }

    /// What the plugin wants for this deployment.
    ///
    /// # Errors
    /// The plugin's.
    pub fn plan(&self) -> Result<Wants> {
        drive::plan::<P>(&self.config, &self.exchange.deployment)
    }

    fn begin(&self, streaming: bool) -> Result<Driver<P>> {
        imports::enter(&self.request, &self.headers);
        let exchange = Exchange {
            streaming,
            ..self.exchange.clone()
        };
        Driver::begin(&self.config, exchange)
    }

    /// What the plugin decides about the request; `unchanged` if it does not want to see it.
    ///
    /// # Errors
    /// The plugin's.
    pub fn on_request(&self) -> Result<RequestOutcome> {
        if !wanted(&self.plan()?.request, &self.request, &self.exchange) {
            return Ok(RequestOutcome::Unchanged);
        }
        self.begin(self.exchange.streaming)?.on_request()
    }

    /// The request's body as the backend gets it.
    ///
    /// # Errors
    /// The plugin's, and code `not-sent` if it answered or refused the request.
    pub fn request_out(&self) -> Result<String> {
        match self.on_request()? {
            RequestOutcome::Unchanged => Ok(self.request.clone()),
            RequestOutcome::Edit(edit) => edit::apply(&self.request, &edit.body),
            RequestOutcome::Answer(_) | RequestOutcome::Reject(_) => {
                Err(Error::new("not-sent", "the plugin answered or refused"))
            }
        }
    }

    /// The JSON texts of the events that the client gets for a stream that ends with `[DONE]`.
    ///
    /// # Errors
    /// The plugin's; code `retry` if it wants another attempt.
    pub fn stream<S: AsRef<str>>(&self, events: &[S]) -> Result<Vec<String>> {
        self.stream_until(events, EndReason::Done)
    }

    /// The same, for a stream that ends as `reason` says.
    ///
    /// # Errors
    /// See [`Kit::stream`].
    pub fn stream_until<S: AsRef<str>>(
        &self,
        events: &[S],
        reason: EndReason,
    ) -> Result<Vec<String>> {
        let events = events
            .iter()
            .zip(1..)
            .map(|(data, number)| chunk_event(number, data.as_ref().to_string()));
        self.run(events, reason, true)
    }

    /// The body that the client gets for a whole answer.
    ///
    /// # Errors
    /// See [`Kit::stream`]. Code `not-one` if not exactly one body came out.
    pub fn whole(&self, body: &str) -> Result<String> {
        let event = Event {
            kind: EventKind::Whole,
            number: 1,
            name: None,
            data: body.to_string(),
        };
        let mut out = self.run([event], EndReason::Done, false)?;
        match (out.pop(), out.is_empty()) {
            (Some(body), true) => Ok(body),
            _ => Err(Error::new("not-one", "a whole answer must stay one body")),
        }
    }

    /// What the plugin says to an error of the backend: code `retry` if it wants another attempt, else
    /// nothing. The request hook runs before it, as ever.
    ///
    /// # Errors
    /// See [`Kit::stream`].
    pub fn error(&self, body: &str) -> Result<()> {
        let wants = self.plan()?;
        if !wanted(&wants.errors, body, &self.exchange) {
            return Ok(());
        }
        let mut driver = self.begin(self.exchange.streaming)?;
        if wanted(&wants.request, &self.request, &self.exchange) {
            driver.on_request()?;
        }
        let event = Event {
            kind: EventKind::Error,
            number: 1,
            name: None,
            data: body.to_string(),
        };
        match driver.on_event(event)? {
            Outcome::Unchanged => Ok(()),
            Outcome::Retry(reason) => Err(Error::new("retry", reason)),
            Outcome::Emit(_) => Err(Error::new("not-changed", "an error stays as it is")),
        }
    }

    /// As the proxy does it: an instance when the first call is wanted, the request before the
    /// events, the end for an instance that lives.
    fn run(
        &self,
        events: impl IntoIterator<Item = Event>,
        reason: EndReason,
        streaming: bool,
    ) -> Result<Vec<String>> {
        let Wants {
            request,
            mut response,
            ..
        } = self.plan()?;
        let mut driver = None;
        // What a run of the request alone said is not for this one.
        imports::take_listen();
        if wanted(&request, &self.request, &self.exchange) {
            driver.insert(self.begin(streaming)?).on_request()?;
        }
        if let Some(listen) = imports::take_listen() {
            response = listen;
        }
        let mut tray = Tray::default();
        for event in events {
            let mut outcome = Outcome::Unchanged;
            if tray.held() > 0 || wanted(&response, &event.data, &self.exchange) {
                let driver = match &mut driver {
                    Some(driver) => driver,
                    none => none.insert(self.begin(streaming)?),
                };
                outcome = driver.on_event(event.clone())?;
            }
            if let Some(reason) = tray.settle(event, outcome)? {
                return Err(Error::new("retry", reason));
            }
            if let Some(listen) = imports::take_listen() {
                response = listen;
            }
        }
        if let Some(mut driver) = driver {
            tray.finish(driver.on_end(reason)?)?;
        }
        tray.settled.iter().map(json_text).collect()
    }
}

/// What the plugin made must be JSON: the proxy would take it for an error.
fn json_text(settled: &Settled) -> Result<String> {
    if let Settled::New(event) = settled {
        Json::parse(&event.data)?;
    }
    Ok(settled.data().to_string())
}

fn wanted(interest: &Interest, text: &str, exchange: &Exchange) -> bool {
    match interest {
        Interest::None => false,
        Interest::All => true,
        Interest::AnyOf(needles) => needles.iter().any(|needle| text.contains(needle.as_str())),
        Interest::Renamed => exchange.client_model != exchange.target_model,
    }
}
