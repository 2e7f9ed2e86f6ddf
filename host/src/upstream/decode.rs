//! Decompression of answers, whether asked for or not.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio::io::AsyncRead;
use tokio_util::io::{ReaderStream, StreamReader};
use yallmp_core::upstream::{ByteStream, UpstreamError, UpstreamReply};

/// Undo the `content-encoding`; pieces come out as soon as they can be read. Sizes are not
/// limited here: whoever gathers a body limits what it keeps.
pub(super) fn decode(mut reply: UpstreamReply) -> Result<UpstreamReply, UpstreamError> {
    if !reply.headers.contains_key(CONTENT_ENCODING) {
        return Ok(reply);
    }
    let mut codings = Vec::new();
    for value in reply.headers.get_all(CONTENT_ENCODING) {
        let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
        codings.extend(value.split(',').map(|coding| coding.trim().to_owned()));
    }
    // The last one was applied last.
    for coding in codings.iter().rev() {
        let decoder: fn(ByteStream) -> ByteStream = match coding.as_str() {
            "" | "identity" => continue,
            "gzip" | "x-gzip" => |body| {
                let mut decoder = GzipDecoder::new(reader(body));
                decoder.multiple_members(true);
                pieces(decoder)
            },
            "deflate" => |body| pieces(ZlibDecoder::new(reader(body))),
            "br" => |body| pieces(BrotliDecoder::new(reader(body))),
            "zstd" => |body| {
                let mut decoder = ZstdDecoder::new(reader(body));
                decoder.multiple_members(true);
                pieces(decoder)
            },
            other => {
                return Err(UpstreamError::Unreadable(format!(
                    "content-encoding `{other}` is not known here"
                )));
            }
        };
        reply.body = unless_empty(reply.body, decoder);
    }
    reply.headers.remove(CONTENT_ENCODING);
    reply.headers.remove(CONTENT_LENGTH);
    Ok(reply)
}

/// Nothing at all is no compressed text, but a valid body.
fn unless_empty(mut body: ByteStream, decoder: fn(ByteStream) -> ByteStream) -> ByteStream {
    let decoded = stream::once(async move {
        match body.next().await {
            Some(first) => decoder(Box::pin(stream::iter([first]).chain(body))),
            None => Box::pin(stream::empty()),
        }
    });
    Box::pin(decoded.flatten())
}

fn reader(body: ByteStream) -> StreamReader<Compressed, Bytes> {
    StreamReader::new(Compressed(body))
}

fn pieces(decoder: impl AsyncRead + Send + 'static) -> ByteStream {
    Box::pin(Decoded(Box::pin(ReaderStream::new(decoder))))
}

/// A body in the error type of [`AsyncRead`].
struct Compressed(ByteStream);

impl Stream for Compressed {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.0.as_mut().poll_next(cx));
        Poll::Ready(piece.map(|piece| piece.map_err(io::Error::other)))
    }
}

/// And back.
struct Decoded(Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>);

impl Stream for Decoded {
    type Item = Result<Bytes, UpstreamError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.0.as_mut().poll_next(cx));
        Poll::Ready(piece.map(|piece| piece.map_err(failed)))
    }
}

fn failed(error: io::Error) -> UpstreamError {
    match error.downcast::<UpstreamError>() {
        Ok(error) => error,
        Err(error) => UpstreamError::Unreadable(format!("bad compression: {error}")),
    }
}
