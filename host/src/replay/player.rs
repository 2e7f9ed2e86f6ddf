//! A backend that answers what was recorded, one try after the other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio::sync::Notify;
use yallmp_core::upstream::{Upstream, UpstreamError, UpstreamReply, UpstreamRequest};

use crate::upstream::scene::{Act, Scene};

pub struct Player {
    scenes: Mutex<VecDeque<Scene>>,
    /// Wait between two tries as the proxy would.
    in_time: bool,
    /// Told when the backend has nothing more to say and the client is to leave.
    over: Option<Arc<Notify>>,
}

impl Player {
    pub fn new(scenes: VecDeque<Scene>, in_time: bool, over: Option<Arc<Notify>>) -> Self {
        Self {
            scenes: Mutex::new(scenes),
            in_time,
            over,
        }
    }

    /// The next answer, and whether it is the last one.
    fn next(&self) -> Option<(Scene, bool)> {
        let mut scenes = self.scenes.lock().unwrap_or_else(PoisonError::into_inner);
        let scene = scenes.pop_front()?;
        Some((scene, scenes.is_empty()))
    }
}

#[async_trait]
impl Upstream for Player {
    async fn send(&self, _: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        let Some((scene, is_last)) = self.next() else {
            let what = "the log holds no further answer".to_owned();
            return Err(UpstreamError::Connect(what));
        };
        let Some(over) = self.over.clone().filter(|_| is_last) else {
            return scene.play().await;
        };
        let answers = |act: &Act| matches!(act, Act::Head(..) | Act::Break(_));
        if !scene.0.iter().any(answers) {
            over.notify_one();
            return std::future::pending().await;
        }
        let mut reply = scene.play().await?;
        let leave = stream::once(async move {
            over.notify_one();
            std::future::pending().await
        });
        reply.body = Box::pin(reply.body.chain(leave));
        Ok(reply)
    }

    async fn rest(&self, time: Duration) {
        if self.in_time {
            tokio::time::sleep(time).await;
        }
    }
}
