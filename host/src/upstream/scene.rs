//! What a backend does with one request, act by act: how the demonstration, a recorded
//! backend and the mock answer.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use yallmp_core::upstream::{ByteStream, UpstreamError, UpstreamReply};

/// What happens on the wire, in order. What comes after a [`Act::Break`] is never played.
#[derive(Debug, Clone)]
pub enum Act {
    Wait(Duration),
    /// Status and headers. Once in a scene, before anything is sent.
    Head(StatusCode, HeaderMap),
    Send(Bytes),
    /// The connection breaks, or is never made.
    Break(UpstreamError),
    /// Nothing more, and no end.
    Stall,
}

#[derive(Debug, Clone, Default)]
pub struct Scene(pub VecDeque<Act>);

impl Scene {
    /// An answer with this status and `content-type`, and nothing in it yet.
    pub fn new(status: StatusCode, kind: &'static str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        Self([Act::Head(status, headers)].into())
    }

    pub fn then(mut self, act: Act) -> Self {
        self.0.push_back(act);
        self
    }

    /// Wait for the head, as [`yallmp_core::upstream::Upstream::send`] does; the rest is
    /// played while the body is read.
    pub async fn play(self) -> Result<UpstreamReply, UpstreamError> {
        let Self(mut acts) = self;
        loop {
            match acts.pop_front() {
                Some(Act::Wait(time)) => tokio::time::sleep(time).await,
                Some(Act::Head(status, headers)) => {
                    return Ok(UpstreamReply {
                        status,
                        headers,
                        body: body(acts),
                    });
                }
                Some(Act::Stall) => std::future::pending().await,
                Some(Act::Break(error)) => return Err(error),
                Some(Act::Send(_)) | None => {
                    let what = "closed before an answer".to_owned();
                    return Err(UpstreamError::Broken(what));
                }
            }
        }
    }

    /// The same at another pace: 2 is twice as fast; None: without any wait.
    pub fn at_speed(mut self, speed: Option<f64>) -> Self {
        match speed {
            None => self.0.retain(|act| !matches!(act, Act::Wait(_))),
            Some(speed) => {
                for act in &mut self.0 {
                    if let Act::Wait(time) = act {
                        *time = time.div_f64(speed);
                    }
                }
            }
        }
        self
    }

    /// The same bytes at once, cut at other places: `next` gives random numbers.
    pub fn recut(self, mut next: impl FnMut() -> u64) -> Self {
        /// The longest piece; short ones come up as often as long ones.
        const LONGEST: u32 = 9;
        let mut acts = VecDeque::new();
        let mut sent = BytesMut::new();
        let mut cut = |acts: &mut VecDeque<Act>, sent: &mut BytesMut| {
            while !sent.is_empty() {
                let most = 1 << (next() % u64::from(LONGEST));
                let size = (1 + next() % most) as usize;
                let piece = sent.split_to(size.min(sent.len())).freeze();
                acts.push_back(Act::Send(piece));
            }
        };
        for act in self.0 {
            match act {
                Act::Wait(_) => {}
                Act::Send(bytes) => sent.extend_from_slice(&bytes),
                Act::Head(..) | Act::Break(_) | Act::Stall => {
                    cut(&mut acts, &mut sent);
                    acts.push_back(act);
                }
            }
        }
        cut(&mut acts, &mut sent);
        Self(acts)
    }
}

fn body(acts: VecDeque<Act>) -> ByteStream {
    Box::pin(stream::unfold(acts, async |mut acts| {
        loop {
            match acts.pop_front()? {
                Act::Wait(time) => tokio::time::sleep(time).await,
                Act::Send(bytes) => return Some((Ok(bytes), acts)),
                Act::Stall => std::future::pending().await,
                Act::Break(error) => return Some((Err(error), VecDeque::new())),
                Act::Head(..) => {}
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    fn scene() -> Scene {
        let send = |text: &'static str| Act::Send(Bytes::from_static(text.as_bytes()));
        let broken = UpstreamError::Broken("gone".to_owned());
        Scene::new(StatusCode::OK, "text/plain")
            .then(send("one "))
            .then(Act::Wait(Duration::from_secs(8)))
            .then(send("two"))
            .then(Act::Break(broken))
            .then(send("never"))
    }

    async fn heard(scene: Scene) -> (Vec<Bytes>, bool) {
        let heard: Vec<_> = scene.play().await.unwrap().body.collect().await;
        let broken = heard.iter().any(Result::is_err);
        (heard.into_iter().flatten().collect(), broken)
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_played_in_order_and_in_time() {
        let began = tokio::time::Instant::now();
        let (pieces, broken) = heard(scene()).await;
        assert_eq!((pieces.concat(), broken), (b"one two".to_vec(), true));
        assert_eq!(began.elapsed().as_secs(), 8);
        let (pieces, _) = heard(scene().at_speed(Some(4.0))).await;
        assert_eq!((pieces.len(), began.elapsed().as_secs()), (2, 10));
        heard(scene().at_speed(None)).await;
        assert_eq!(began.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn other_cuts_change_no_byte() {
        let mut number = 0;
        let counting = || {
            number += 1;
            number
        };
        let (pieces, broken) = heard(scene().recut(counting)).await;
        assert_eq!((pieces.concat(), broken), (b"one two".to_vec(), true));
        assert!(pieces.len() > 2, "{pieces:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_head_there_is_no_answer() {
        let refused = Scene([Act::Break(UpstreamError::Connect("refused".into()))].into());
        let error = refused.play().await.err().unwrap();
        assert!(matches!(error, UpstreamError::Connect(_)), "{error}");
        let silent = Scene([Act::Stall].into()).play();
        let waited = tokio::time::timeout(Duration::from_secs(99), silent).await;
        assert!(waited.is_err());
    }
}
