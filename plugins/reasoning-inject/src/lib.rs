//! One setting for reasoning, in every backend's dialect; what the client said in another
//! dialect is translated. See `dialects` for how backends are asked.
#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod body;
mod companions;
mod dialects;
mod earlier;
mod facts;
mod prompt;
mod said;
mod settings;
mod wish;
mod write;

#[cfg(test)]
mod tests;

use yallmp_sdk::host::{Level, log, note};
use yallmp_sdk::{
    Deployment, Exchange, Info, Interest, Json, Patch, RequestOutcome, Result, Wants,
};

use body::Body;
use dialects::{DEFAULT, Dialect, Way};
use facts::Facts;
use said::Said;
use settings::{Override, Settings};
use wish::Wish;
use write::{Refused, Writer};

struct ReasoningInject {
    settings: Settings,
    facts: Facts,
    /// `/v1/responses`, or none if it is neither that nor a chat.
    responses: Option<bool>,
    supports: Option<bool>,
}

impl Patch for ReasoningInject {
    const INFO: Info = Info {
        name: "reasoning-inject",
        version: env!("CARGO_PKG_VERSION"),
        summary: "Sets reasoning in the backend's dialect, and translates what the client said in another.",
        config_schema: include_str!("../schema.json"),
    };

    fn plan(config: &Json<'_>, deployment: &Deployment) -> Result<Wants> {
        let settings = Settings::read(config)?;
        let facts = Facts::read(&deployment.profile);
        let supports = deployment.supports_reasoning;
        let own = settings.wish.is_some() || supports == Some(true);
        // What is known of the model of a wildcard is only seen with the request.
        let later = deployment.target_model.contains('*');
        let thinks_anyway = facts.default_on && (facts.when_on.is_some() || facts.choice.is_some());
        let dialect = settings.dialect.is_some() || facts.dialect.is_some();
        let wants = Wants::nothing();
        Ok(if own || later || thinks_anyway {
            wants.request(Interest::All)
        } else if dialect && supports != Some(false) {
            wants.request(Interest::any_of(&said::NAMES))
        } else if supports.is_none() {
            wants.request(Interest::any_of(&said::USUAL))
        } else {
            wants
        })
    }

    fn begin(config: &Json<'_>, exchange: Exchange) -> Result<Self> {
        let path = exchange.path.as_str();
        let chat = path.ends_with("/chat/completions");
        let mut inject = ReasoningInject {
            settings: Settings::read(config)?,
            facts: Facts::read(&exchange.deployment.profile),
            responses: (chat || path.ends_with("/responses")).then_some(!chat),
            supports: exchange.deployment.supports_reasoning,
        };
        if let Some(dialect) = inject.dialect() {
            inject.facts.have_at_least(dialect.efforts);
        }
        Ok(inject)
    }

    fn on_request(&mut self) -> Result<RequestOutcome> {
        let Some(responses) = self.responses else {
            return Ok(RequestOutcome::Unchanged);
        };
        let Some(dialect) = self.dialect() else {
            if !matches!(said::read(&mut Body::default()), Said::Nothing) {
                note("dialect", "unknown");
            }
            return Ok(RequestOutcome::Unchanged);
        };
        let way = if responses {
            &dialect.responses
        } else {
            &dialect.chat
        };
        let mut body = Body::default();
        Ok(match self.patch(way, &mut body) {
            Ok(()) => body.into_outcome(),
            // The backend may answer it all the same.
            Err(why) => {
                log(Level::Warn, why);
                RequestOutcome::Unchanged
            }
        })
    }
}

impl ReasoningInject {
    fn own(&self) -> Option<Wish> {
        let supported = || (self.supports == Some(true)).then_some(Wish::ON);
        self.settings.wish.or_else(supported)
    }

    /// That of the settings, of the profile, or where reasoning is wanted the usual one.
    fn dialect(&self) -> Option<&'static Dialect> {
        let of_profile = || Dialect::find(self.facts.dialect.as_deref()?);
        let usual = || self.own().and_then(|_| Dialect::find(DEFAULT));
        self.settings.dialect.or_else(of_profile).or_else(usual)
    }

    fn patch(&self, way: &Way, body: &mut Body) -> Result<(), Refused> {
        if matches!(way, Way::Nothing) {
            return Ok(());
        }
        let (own, facts) = (self.own(), &self.facts);
        let earlier = earlier::read(body);
        let wish = match (said::read(body), self.settings.over) {
            (_, Override::Always) if own.is_some() => own,
            (Said::Unclear, _) => return Ok(()),
            (Said::Wish(said), _) => Some(said),
            (Said::Nothing, Override::Never) => None,
            (Said::Nothing, _) => own,
        };
        let wish = wish.map(|wish| {
            if facts.always && !wish.on {
                Wish::LEAST
            } else {
                wish
            }
        });
        if let Some(wish) = wish {
            let writer = Writer {
                settings: &self.settings,
                facts,
                wish,
            };
            match way {
                Way::Nothing => {}
                Way::Fields { .. } if facts.fixed => writer.write(&[], &[], body)?,
                Way::Fields { on, off } => writer.write(on, off, body)?,
                Way::Prompt(prompt) => {
                    writer.write(&[], &[], body)?;
                    prompt::add(prompt, &writer, body)?;
                }
            }
        }
        let fields = match way {
            Way::Fields { on, off } if !facts.fixed => &[*on, *off][..],
            _ => &[],
        };
        earlier::write(earlier, fields, facts, body)?;
        let on = wish.map_or(facts.default_on, |wish| wish.on) || facts.fixed && facts.default_on;
        let companions = if on {
            &facts.when_on
        } else if wish.is_some() {
            &facts.when_off
        } else {
            &None
        };
        if let Some(companions) = companions {
            companions::apply(companions, body)?;
        }
        if on {
            let told = self.settings.choice_hint.unwrap_or(facts.choice_hint);
            companions::choose(facts, told, body)?;
        }
        Ok(())
    }
}

yallmp_sdk::export!(ReasoningInject, no_std);
