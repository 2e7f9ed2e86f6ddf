use std::convert::Infallible;

use futures_util::stream::{self, StreamExt as _};
use http_body::Frame;
use http_body_util::{Full, StreamBody};

use super::*;

const LIMIT: usize = 10;

/// A body of unknown length that comes in these pieces.
fn body(pieces: &[&str]) -> impl Body<Data = Bytes, Error = Infallible> + Unpin {
    let frames: Vec<_> = pieces
        .iter()
        .map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece.as_bytes()))))
        .collect();
    StreamBody::new(stream::iter(frames))
}

async fn received(
    body: impl Body<Data = Bytes, Error = Infallible> + Unpin,
) -> Result<Bytes, ProxyError> {
    receive(body, &HeaderMap::new(), LIMIT).await
}

#[tokio::test]
async fn pieces_are_put_together_up_to_the_limit() {
    for pieces in [&[][..], &["abc"], &["abc", "", "def"], &["abcde", "fghij"]] {
        assert_eq!(received(body(pieces)).await.unwrap(), pieces.concat());
    }
    for pieces in [
        &["abcdefghijk"][..],
        &["abcde", "fghijk"],
        &["abcdefghij", "k"],
    ] {
        let error = received(body(pieces)).await.unwrap_err();
        assert_eq!(error.status, 413, "{pieces:?}");
    }
}

#[tokio::test]
async fn one_piece_is_not_copied() {
    let bytes = Bytes::from(vec![b'x'; LIMIT]);
    let whole = received(Full::new(bytes.clone())).await;
    assert_eq!(whole.unwrap().as_ptr(), bytes.as_ptr());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_coming_is_given_up() {
    let start = stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"abc")))]);
    let begun = Instant::now();
    let error = received(StreamBody::new(start.chain(stream::pending())))
        .await
        .unwrap_err();
    assert_eq!(error.status, 408);
    assert_eq!(begun.elapsed(), SILENCE);
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_body_that_is_too_large_is_not_waited_for_for_long() {
    let piece = || Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"0123456789abcdef")));
    let start = stream::iter([piece(), piece()]);
    let begun = Instant::now();
    let error = received(StreamBody::new(start.chain(stream::pending())))
        .await
        .unwrap_err();
    assert_eq!(error.status, 413);
    assert!(begun.elapsed() <= LINGER);
}
