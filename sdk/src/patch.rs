use crate::{
    Deployment, EndReason, Error, Event, Exchange, Interest, Json, Out, RequestOutcome, Wants,
};

/// Who a plugin is.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// Lower case, digits and `-`, 1 to 64 bytes.
    pub name: &'static str,
    /// Semantic version; usually `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// One sentence for `yallmp plugins list`.
    pub summary: &'static str,
    /// JSON Schema (draft 2020-12) for `config`; `true` for anything.
    pub config_schema: &'static str,
}

/// A plugin. A value of the type is one instance: it lives as long as one answer, so what
/// must be remembered from event to event is simply a field.
///
/// A hook that returns an error, or panics, ends the instance; see `wit/patch.wit` for what
/// follows, and for the order of the calls.
pub trait Patch: Sized + 'static {
    const INFO: Info;

    /// Whether whole chat completions come as chunks, as [`Patch::on_event`] says. `false`: every
    /// whole answer comes as it is, as one event of the kind `Whole`.
    const WHOLE_AS_CHUNKS: bool = true;

    /// What the plugin wants for a deployment; unless said otherwise, every call of the
    /// hooks. Called when the configuration is loaded, on no instance. `config` satisfies the
    /// schema, and is `null` when nothing is configured.
    ///
    /// # Errors
    /// What the schema could not say: shown as an error in the configuration.
    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants, Error> {
        let _ = (config, deployment);
        Ok(Wants {
            request: Interest::All,
            response: Interest::All,
            errors: Interest::None,
        })
    }

    /// A new instance, for one attempt at one backend.
    ///
    /// # Errors
    /// The plugin cannot work on this exchange.
    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self, Error>;

    /// The request, on its way to the backend. Read it with [`crate::request`], change it with
    /// [`crate::Edit`].
    ///
    /// # Errors
    /// See the trait.
    fn on_request(&mut self) -> Result<RequestOutcome, Error> {
        Ok(RequestOutcome::Unchanged)
    }

    /// One event of the answer, on its way to the client.
    ///
    /// An answer that is not streamed comes as events too: a whole chat completion is taken
    /// apart into the chunks in which it would have been streamed, for each choice role,
    /// reasoning, content, tool calls and finish, then usage; what the plugin lets out is put
    /// together again. If nothing was changed the answer stays byte for byte as it was.
    /// [`Event::kind`] says `Whole` only for other bodies. `Error` is an error of the backend, for
    /// plugins that asked for it in [`Wants::errors`]; only [`Out::pass`] and [`Out::retry`] mean
    /// anything then.
    ///
    /// # Errors
    /// See the trait.
    fn on_event(&mut self, event: &Event) -> Result<Out, Error> {
        let _ = event;
        Ok(Out::pass())
    }

    /// The end of the answer. What is still held and not let out here is dropped; unless said
    /// otherwise everything goes out as it came. ([`Out::hold`] and [`Out::retry`] mean nothing here.)
    ///
    /// # Errors
    /// See the trait.
    fn on_end(&mut self, reason: EndReason) -> Result<Out, Error> {
        let _ = reason;
        Ok(Out::pass())
    }
}
