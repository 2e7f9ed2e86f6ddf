//! Which deployments a request may still ask, in their order: those of the model, then those
//! of its fallbacks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::super::balance::{Rng, shuffle};
use super::super::health::State;
use super::super::router::Inner;
use super::super::table::{Entry, Found};
use super::Candidate;

/// Models of one request: itself, its fallbacks, and theirs.
const MAX_MODELS: usize = 16;

pub(super) struct Queue {
    router: Arc<Inner>,
    places: VecDeque<Place>,
    /// What was taken from the queue and asked; it does not come back.
    tried: Vec<Candidate>,
}

/// A candidate in the queue.
pub(super) struct Place {
    pub candidate: Candidate,
    pub state: Arc<State>,
    /// The name under which it was found.
    pub model: Arc<str>,
}

impl Queue {
    /// The model, then its fallbacks in order, then theirs.
    pub fn new(router: Arc<Inner>, model: &str, rng: &mut Rng) -> Self {
        let mut queue = Self {
            router: router.clone(),
            places: VecDeque::new(),
            tried: Vec::new(),
        };
        let fallbacks = &router.settings.fallbacks;
        let mut models = vec![model];
        let mut done = 0;
        while done < models.len().min(MAX_MODELS) {
            let model = models[done];
            done += 1;
            queue.add(model, rng);
            if let Some(found) = router.table.find(model) {
                let more = listed(&fallbacks.general, model, &found);
                for model in more.unwrap_or(&fallbacks.default) {
                    if !models.contains(&model.as_str()) {
                        models.push(model);
                    }
                }
            }
        }
        queue
    }

    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.places.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub fn pop(&mut self) -> Option<Place> {
        self.places.pop_front()
    }

    pub fn clear(&mut self) {
        self.places.clear();
    }

    pub fn was_tried(&mut self, candidate: Candidate) {
        self.tried.push(candidate);
    }

    /// Only the models that `lists` has for this one from here on. False, and nothing changed:
    /// there are none that were not tried.
    pub fn divert(
        &mut self,
        lists: &BTreeMap<String, Vec<String>>,
        model: &str,
        rng: &mut Rng,
    ) -> bool {
        let router = self.router.clone();
        let models = router
            .table
            .find(model)
            .and_then(|found| listed(lists, model, &found));
        let rest = std::mem::take(&mut self.places);
        for model in models.into_iter().flatten().take(MAX_MODELS) {
            self.add(model, rng);
        }
        let is_diverted = !self.places.is_empty();
        if !is_diverted {
            self.places = rest;
        }
        is_diverted
    }

    /// The deployments of a model that can be used and are not here yet.
    fn add(&mut self, model: &str, rng: &mut Rng) {
        let router = self.router.clone();
        let Some(found) = router.table.find(model) else {
            return;
        };
        let usable = |entry: &&Entry| entry.deployment.disabled.is_none();
        let mut entries: Vec<&Entry> = found.group.entries.iter().filter(usable).collect();
        if !router.in_order {
            shuffle(&mut entries, |entry| entry.deployment.weight, rng);
        }
        let model: Arc<str> = model.into();
        for entry in entries {
            let candidate = Candidate {
                deployment: entry.deployment.clone(),
                target_model: entry.target(&found),
            };
            let queued = self.places.iter().map(|place| &place.candidate);
            if queued.chain(&self.tried).any(|known| known.is(&candidate)) {
                continue;
            }
            self.places.push_back(Place {
                candidate,
                state: entry.state.clone(),
                model: model.clone(),
            });
        }
    }
}

/// The fallbacks that are listed for a model: under the name that was asked for, under what
/// an alias or a wildcard made of it, or under `*`.
fn listed<'a>(
    lists: &'a BTreeMap<String, Vec<String>>,
    model: &str,
    found: &Found<'_>,
) -> Option<&'a Vec<String>> {
    [model, found.name, &*found.group.name, "*"]
        .into_iter()
        .find_map(|name| lists.get(name))
}
