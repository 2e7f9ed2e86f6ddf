//! The exchange itself, run by the proxy's own code.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use yallmp_core::exchange::{self, ClientRequest, ReplyBody};
use yallmp_core::route::Router;
use yallmp_core::tape::{Entry, ExchangeMeta, Sink, Timed};
use yallmp_wasm::Settings;

use super::player::Player;
use super::{Outcome, Recording, Setup};
use crate::assembly::{Assembly, Chains, plugin_host};
use crate::upstream::scene::Scene;

/// When the recorded bytes come, and in which pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// In the recorded pieces, without any wait.
    AtOnce,
    /// With the recorded waits, and those between tries.
    AsRecorded,
    /// Without any wait, cut at random places that this seed decides.
    Recut(u64),
}

/// What a replay gave.
pub struct Replayed {
    /// As a log would hold them.
    pub notes: Vec<Timed>,
    /// The body that the client would have got.
    pub body: Bytes,
}

/// Run a recorded exchange in a setup. No network, no files but the plugins'.
pub async fn replay(
    recording: &Recording,
    setup: Setup,
    pacing: Pacing,
) -> anyhow::Result<Replayed> {
    let over = recording.client_left().then(|| Arc::new(Notify::new()));
    let in_time = pacing == Pacing::AsRecorded;
    let player = Player::new(scenes(recording, pacing), in_time, over.clone());
    let notes = Arc::new(Notes::default());
    let plugins = plugin_host(Settings::default())?;
    let assembly = Assembly::new(plugins, Arc::new(player), notes.clone());
    let mut chains = Chains::new();
    for deployment in &setup.config.deployments {
        let chain = assembly.chain(deployment).await;
        let chain = chain.with_context(|| format!("the chain of `{}`", deployment.id))?;
        chains.insert(deployment.id.clone(), chain);
    }
    let mut gateway = assembly.gateway(setup.config, chains);
    gateway.router = Router::in_order(&gateway.config);

    let request = ClientRequest {
        id: recording.id.as_str().into(),
        path: recording.request.path.as_str().into(),
        host: recording.request.host.clone(),
        headers: recording.headers(),
        body: recording.request.body.clone(),
        tenant: "replay".into(),
        trace: None,
    };
    let mut body = Vec::new();
    let client = async {
        match exchange::run(Arc::new(gateway), request).await {
            Err(error) => body.extend_from_slice(&error.body()),
            Ok(reply) => match reply.body {
                ReplyBody::Whole(bytes) => body.extend_from_slice(&bytes),
                ReplyBody::Stream(mut pieces) => {
                    while let Some(Ok(piece)) = pieces.next().await {
                        body.extend_from_slice(&piece);
                    }
                }
            },
        }
    };
    match over {
        None => client.await,
        // What plugins say when the client is gone is noted after it is.
        Some(over) => tokio::select! {
            biased;
            () = client => {}
            () = over.notified() => {}
        },
    }
    notes.ended.notified().await;
    let replayed = Replayed {
        notes: notes.take(),
        body: body.into(),
    };
    // Notes are all that there is of the other side, so they must tell what the client got.
    debug_assert!(
        recording.client_left() || Outcome::of(&replayed.notes).answer.bytes() == replayed.body,
        "notes {:#?}\nand body {:?}",
        Outcome::of(&replayed.notes).lines(),
        replayed.body
    );
    Ok(replayed)
}

fn scenes(recording: &Recording, pacing: Pacing) -> VecDeque<Scene> {
    let sent = recording.tries.iter().filter(|tried| tried.sent.is_some());
    let scenes = sent.map(|tried| tried.scene.clone());
    let mut number = 0;
    scenes
        .map(|scene| match pacing {
            Pacing::AsRecorded => scene,
            Pacing::AtOnce => scene.at_speed(None),
            Pacing::Recut(seed) => scene.recut(|| {
                number += 1;
                random(seed, number)
            }),
        })
        .collect()
}

/// The n-th number of a seed; the same for ever, so that a seed in a test stays what it is.
fn random(seed: u64, number: u64) -> u64 {
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(number.to_le_bytes())
        .finalize();
    digest
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A log in memory.
#[derive(Default)]
struct Notes {
    notes: Mutex<Vec<Timed>>,
    ended: Notify,
}

impl Notes {
    fn take(&self) -> Vec<Timed> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sink for Notes {
    fn append(&self, _: &Arc<ExchangeMeta>, entries: Vec<Entry>) -> Option<Vec<Entry>> {
        let ends = entries.last().is_some_and(Entry::is_end);
        self.notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(entries.into_iter().flat_map(Entry::unpack));
        if ends {
            self.ended.notify_one();
        }
        None
    }
}
