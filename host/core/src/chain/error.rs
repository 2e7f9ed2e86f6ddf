//! A backend's error on its way up the chain: nobody changes it, but a plugin that knows it may
//! do better in another try.

use super::hear::{Meter, Said};
use super::request::failed;
use super::response::too_late;
use super::slot::State;
use super::{ChainFailure, EventKind, EventRef, Link, Outcome, Run, StageError, StageErrorKind};
use crate::tape::Tape;

impl Run {
    /// Show an error of the backend to the plugins, the last in the list first. `Err`: one asks
    /// for another try. The attempt is over in either case.
    pub async fn error(&mut self, body: &str, tape: &mut Tape) -> Result<(), ChainFailure> {
        let chain = self.chain.clone();
        let interested = |link: &Link| link.errors.wants(body, &self.facts);
        if !chain.links.iter().any(interested) {
            return Ok(());
        }
        for (link, slot) in chain.links.iter().zip(&mut self.slots).rev() {
            if !link.errors.wants(body, &self.facts) {
                continue;
            }
            let meter = Meter::start();
            let Some(stage) = slot.stage(&link.plugin, &self.facts, &self.body) else {
                continue;
            };
            let seen = EventRef {
                kind: EventKind::Error,
                number: 1,
                name: None,
                data: body,
            };
            let outcome = stage.on_event(seen).await;
            meter.stop(link, tape);
            let said = Said::take(&mut **stage);
            slot.hear(link, said, &mut self.told, tape);
            slot.state = State::Dead;
            let error = match outcome {
                Ok(Outcome::Unchanged) => continue,
                Ok(Outcome::Retry(reason)) => {
                    let Some(why) = self.no_retry else {
                        return Err(ChainFailure::Retry {
                            plugin: link.name.to_string(),
                            reason,
                        });
                    };
                    tape.note(too_late(link, why, &reason));
                    continue;
                }
                Ok(Outcome::Emit(_)) => StageError {
                    kind: StageErrorKind::Invalid,
                    message: "an error cannot be changed, only tried again".into(),
                },
                Err(error) => error,
            };
            failed(link, "on-event", &error, body.to_owned().into(), tape)?;
        }
        Ok(())
    }
}
