//! The tries of one request, one after the other.

mod queue;

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::balance::Rng;
use super::health::{Admission, Probe};
use super::router::Inner;
use super::{Action, Class, Failure, classify, give_up};
use crate::config::{Deployment, LogLevel};
use crate::error::ProxyError;
use queue::{Place, Queue};

/// Tries of one request at all deployments together.
const MAX_TRIES: u32 = 32;

/// A deployment, and the name of the model there.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub deployment: Arc<Deployment>,
    pub target_model: Arc<str>,
}

impl Candidate {
    fn is(&self, other: &Self) -> bool {
        self.deployment.id == other.deployment.id && self.target_model == other.target_model
    }
}

#[derive(Debug)]
pub enum Step {
    Try {
        candidate: Candidate,
        reach: Reach,
        /// Before it.
        wait: Duration,
    },
    GiveUp(ProxyError),
}

/// How far a try reaches from what the client asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The first one, at a deployment of the model.
    First,
    /// The same deployment again.
    Retry,
    /// Another deployment of the model.
    Failover,
    /// A deployment of another model.
    Fallback,
}

impl Reach {
    /// Stable, for metrics and traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Failover => "failover",
            Self::Fallback => "fallback",
        }
    }
}

/// Drop it at commit: from there on nothing is retried, and another request may probe.
pub struct Plan {
    router: Arc<Inner>,
    model: String,
    made: Instant,
    queue: Queue,
    current: Option<Place>,
    /// Tries at `current`.
    tries: u32,
    total: u32,
    probe: Option<Probe>,
    /// What the client hears in the end.
    error: Option<ProxyError>,
    /// `error` is the backend's own.
    answered: bool,
    rng: Rng,
    next: String,
}

impl Plan {
    pub(super) fn new(
        router: Arc<Inner>,
        model: &str,
        mut rng: Rng,
        now: Instant,
    ) -> Result<Self, ProxyError> {
        let Some(found) = router.table.find(model) else {
            return Err(router.table.unknown(model));
        };
        let queue = Queue::new(router.clone(), model, &mut rng);
        if queue.is_empty() {
            let reasons = found.group.entries.iter().filter_map(|entry| {
                let deployment = &entry.deployment;
                Some((deployment.id.as_str(), deployment.disabled.as_deref()?))
            });
            return Err(give_up::disabled(model, reasons));
        }
        Ok(Self {
            router: router.clone(),
            model: model.to_owned(),
            made: now,
            queue,
            current: None,
            tries: 0,
            total: 0,
            probe: None,
            error: None,
            answered: false,
            rng,
            next: String::new(),
        })
    }

    /// Deployment ids in the order in which they will be asked; those that cooled down when
    /// the plan was made are left out.
    pub fn candidates(&self) -> Vec<String> {
        self.queue
            .places()
            .filter(|place| place.state.cooling(self.made).is_none())
            .map(|place| place.candidate.deployment.id.clone())
            .collect()
    }

    /// The log level that the first deployment asks for.
    pub fn log_level(&self) -> Option<LogLevel> {
        self.queue.places().next()?.candidate.deployment.log_level
    }

    /// What the last [`Plan::next`] decided, for the log.
    pub fn describe_next(&self) -> &str {
        &self.next
    }

    /// Whether another try may follow this one, as far as can be told before it has failed.
    pub fn has_more(&self) -> bool {
        let again = self.current.as_ref().is_some_and(|place| {
            let limit = place.candidate.deployment.tries;
            self.tries < limit.unwrap_or(self.router.settings.tries)
        });
        self.total < MAX_TRIES && (again || !self.queue.is_empty())
    }

    /// `failure`: how the last try ended, already reported to the router; None for the
    /// first. After [`Step::GiveUp`] there is no further step.
    pub fn next(&mut self, failure: Option<&Failure>, now: Instant) -> Step {
        self.next.clear();
        if let Some(failure) = failure
            && let Some(step) = self.after(failure, now)
        {
            return step;
        }
        self.probe = None;
        let mut cooling = None;
        let mut full = None;
        while let Some(place) = self.queue.pop() {
            if self.total >= MAX_TRIES {
                break;
            }
            let shorter =
                |known: Option<Duration>, wait| Some(known.map_or(wait, |known| known.min(wait)));
            match place.state.admit(&place.candidate.deployment, now) {
                Admission::Yes => {}
                Admission::Probe(probe) => self.probe = Some(probe),
                Admission::Cooling(wait) => {
                    cooling = shorter(cooling, wait);
                    continue;
                }
                Admission::Full(wait) => {
                    full = shorter(full, wait);
                    continue;
                }
            }
            return self.begin(place);
        }
        let error = self.error.take().unwrap_or_else(|| {
            let wait = cooling.into_iter().chain(full).min().unwrap_or_default();
            give_up::refused(&self.model, cooling.is_some(), wait)
        });
        self.give_up(error)
    }

    /// The step that `failure` itself decides; None: the next in the queue.
    fn after(&mut self, failure: &Failure, now: Instant) -> Option<Step> {
        let place = self.current.take()?;
        let verdict = classify(failure, SystemTime::now());
        let error = give_up::from_failure(failure, verdict, &place.candidate.deployment);
        let action = match verdict.class {
            Class::ContextLength | Class::ContentPolicy => self.divert(verdict.class, &place.model),
            class => class.action(),
        };
        if action == Action::HandBack {
            return Some(self.give_up(error));
        }
        // A backend that said what is wrong is better heard than one that was silent.
        let answered = give_up::is_answered(failure);
        if answered || !self.answered {
            self.error = Some(error);
            self.answered = answered;
        }
        let wait = verdict.retry_after.unwrap_or_default();
        if action == Action::Again && wait <= self.router.settings.max_retry_after {
            return self.again(place, verdict.class, wait, now);
        }
        None
    }

    /// Another try at the same deployment, if it has one left and does not cool down.
    fn again(
        &mut self,
        place: Place,
        class: Class,
        at_least: Duration,
        now: Instant,
    ) -> Option<Step> {
        let settings = &self.router.settings;
        let deployment = &place.candidate.deployment;
        let limit = deployment.tries.unwrap_or(settings.tries);
        if self.tries >= limit || self.total >= MAX_TRIES {
            return None;
        }
        match &self.probe {
            Some(probe) if probe.is_of(&place.state) => place.state.count_try(now),
            _ => match place.state.admit(deployment, now) {
                Admission::Yes => {}
                Admission::Probe(probe) => self.probe = Some(probe),
                Admission::Cooling(_) | Admission::Full(_) => return None,
            },
        }
        let wait = match class {
            // Nobody is overloaded: the model said something wrong.
            Class::PluginRetry => at_least,
            _ => at_least.max(self.backoff()),
        };
        self.tries += 1;
        self.total += 1;
        let _ = write!(
            self.next,
            "again `{}` in {wait:.0?} (try {} of {limit})",
            deployment.id, self.tries,
        );
        let candidate = place.candidate.clone();
        self.current = Some(place);
        Some(Step::Try {
            candidate,
            reach: Reach::Retry,
            wait,
        })
    }

    /// Half to all of the wait that doubles with every try.
    fn backoff(&mut self) -> Duration {
        let settings = &self.router.settings;
        let doubled = 1u32
            .checked_shl(self.tries.saturating_sub(1))
            .unwrap_or(u32::MAX);
        let full = settings
            .backoff
            .saturating_mul(doubled)
            .min(settings.max_backoff);
        full.mul_f64(0.5 + 0.5 * self.rng.unit())
    }

    fn begin(&mut self, place: Place) -> Step {
        let reach = match self.total {
            _ if *place.model != *self.model => Reach::Fallback,
            0 => Reach::First,
            _ => Reach::Failover,
        };
        self.tries = 1;
        self.total += 1;
        let _ = write!(self.next, "next `{}`", place.candidate.deployment.id);
        let candidate = place.candidate.clone();
        self.queue.was_tried(candidate.clone());
        self.current = Some(place);
        Step::Try {
            candidate,
            reach,
            wait: Duration::ZERO,
        }
    }

    fn give_up(&mut self, error: ProxyError) -> Step {
        self.queue.clear();
        self.probe = None;
        let _ = write!(self.next, "give up with {}", error.status);
        Step::GiveUp(error)
    }

    /// A context or a content failure goes to its own list of models, if there is one.
    fn divert(&mut self, class: Class, model: &str) -> Action {
        let fallbacks = &self.router.settings.fallbacks;
        let special = match class {
            Class::ContextLength => &fallbacks.context_window,
            _ => &fallbacks.content_policy,
        };
        match self.queue.divert(special, model, &mut self.rng) {
            true => Action::Next,
            false => class.action(),
        }
    }
}

#[cfg(test)]
mod tests;
