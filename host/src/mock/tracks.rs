//! Recorded answers, and which of them fits a request.

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::Value;

use crate::replay::Recording;
use crate::replay::fixture::Recorded;
use crate::upstream::scene::Scene;

/// The answers to one recorded request, a try after the other.
pub struct Track {
    name: String,
    asked: Value,
    scenes: Vec<Scene>,
}

impl Track {
    fn new(name: String, body: &[u8], scenes: Vec<Scene>) -> Self {
        Self {
            name,
            asked: serde_json::from_slice(body).unwrap_or_default(),
            scenes,
        }
    }

    /// How well it fits: the same conversation counts most, then whether it is streamed.
    fn fit(&self, asked: &Value) -> (bool, bool, bool) {
        let same = |name: &str| self.asked[name] == asked[name];
        let streams = |body: &Value| body["stream"] == true;
        (
            same("messages") && same("input"),
            streams(&self.asked) == streams(asked),
            same("model"),
        )
    }
}

impl From<Recording> for Track {
    fn from(recording: Recording) -> Self {
        let tries = recording.tries.into_iter();
        let scenes = tries.filter(|tried| tried.sent.is_some());
        Self::new(
            recording.id,
            &recording.request.body,
            scenes.map(|tried| tried.scene).collect(),
        )
    }
}

impl From<Recorded> for Track {
    fn from(fixture: Recorded) -> Self {
        Self::new(fixture.name, &fixture.request, vec![fixture.scene])
    }
}

pub struct Tracks {
    tracks: Vec<Track>,
    /// How many requests each group of equally fitting tracks has answered, by its first.
    turns: HashMap<usize, usize>,
}

impl Tracks {
    pub fn new(mut tracks: Vec<Track>) -> Self {
        tracks.retain(|track| !track.scenes.is_empty());
        Self {
            tracks,
            turns: HashMap::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.tracks.len()
    }

    /// The next answer of those that fit best, and where it comes from; from the beginning
    /// again when all were given. None if nothing was recorded.
    pub fn next(&mut self, body: &Bytes) -> Option<(&str, Scene)> {
        let asked = serde_json::from_slice(body).unwrap_or_default();
        let fits = self.tracks.iter().map(|track| track.fit(&asked));
        let best = fits.clone().max()?;
        let places = fits.enumerate().filter(|(_, fit)| *fit == best);
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        let turn = self.turns.entry(places[0]).or_default();
        let count: usize = places
            .iter()
            .map(|&place| self.tracks[place].scenes.len())
            .sum();
        let mut number = *turn % count;
        *turn += 1;
        for place in places {
            let track = &self.tracks[place];
            match track.scenes.get(number) {
                Some(scene) => return Some((&track.name, scene.clone())),
                None => number -= track.scenes.len(),
            }
        }
        None
    }
}
