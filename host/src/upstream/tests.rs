//! Against raw TCP servers on loopback.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use yallmp_core::config::Deployment;
use yallmp_core::upstream::ByteStream;

use super::*;

/// Both ways to a backend: our own client, and reqwest as it is used for https.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Plain,
    Reqwest,
}

const WAYS: [Way; 2] = [Way::Plain, Way::Reqwest];

struct Client {
    way: Way,
    upstreams: Upstreams,
}

impl Client {
    fn new(way: Way) -> Self {
        Self {
            way,
            upstreams: Upstreams::new(),
        }
    }

    async fn send(&self, url: &str) -> Result<UpstreamReply, UpstreamError> {
        self.send_request(request(url)).await
    }

    async fn send_request(&self, request: UpstreamRequest) -> Result<UpstreamReply, UpstreamError> {
        match self.way {
            Way::Plain => self.upstreams.send(request).await,
            Way::Reqwest => decode::decode(self.upstreams.tls.send(request).await?),
        }
    }
}

fn request(url: &str) -> UpstreamRequest {
    let base = url.to_owned();
    let deployment = Deployment::new("a", Backend::Http { base });
    let headers = [("content-type", "application/json"), ("x-mine", "yes")];
    UpstreamRequest {
        deployment: Arc::new(deployment),
        method: Method::POST,
        url: url.to_owned(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect(),
        body: Bytes::from_static(b"{\"model\":\"a\"}"),
    }
}

/// Serve each connection with `handle`, which is told its number. The URL to ask.
async fn serve<F, Fut>(handle: F) -> String
where
    F: Fn(usize, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/chat?x=1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(handle(number, stream));
        }
    });
    url
}

/// Read one request; None at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => text.extend_from_slice(&buffer[..count]),
        }
        if text.ends_with(b"{\"model\":\"a\"}") {
            return Some(String::from_utf8(text).unwrap());
        }
    }
}

/// A server that answers every request with the same bytes, and closes when `close` says so.
async fn answering(answer: impl Into<Vec<u8>>, close: bool) -> String {
    let answer = Arc::new(answer.into());
    serve(move |_, mut stream| {
        let answer = answer.clone();
        async move {
            while read_request(&mut stream).await.is_some() {
                stream.write_all(&answer).await.unwrap();
                if close {
                    return;
                }
            }
        }
    })
    .await
}

fn whole(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

async fn read(mut body: ByteStream) -> Result<String, UpstreamError> {
    let mut all = Vec::new();
    while let Some(piece) = body.next().await {
        all.extend_from_slice(&piece?);
    }
    Ok(String::from_utf8(all).unwrap())
}

async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(5), future).await {
        Ok(value) => value,
        Err(_) => panic!("never happened: {what}"),
    }
}

#[tokio::test]
async fn the_request_is_written_as_given() {
    let (send, mut seen) = mpsc::unbounded_channel();
    let url = serve(move |_, mut stream| {
        let send = send.clone();
        async move {
            let _ = send.send(read_request(&mut stream).await.unwrap());
            stream.write_all(&whole("", b"{}")).await.unwrap();
        }
    })
    .await;
    Client::new(Way::Plain).send(&url).await.unwrap();
    let host = url.split('/').nth(2).unwrap();
    assert_eq!(
        seen.recv().await.unwrap(),
        format!(
            "POST /v1/chat?x=1 HTTP/1.1\r\ncontent-type: application/json\r\nx-mine: yes\r\n\
             host: {host}\r\ncontent-length: 13\r\n\r\n{{\"model\":\"a\"}}"
        )
    );
}

#[tokio::test]
async fn status_headers_and_body_come_back() {
    for way in WAYS {
        let answer = "HTTP/1.1 429 Slow Down\r\nretry-after: 7\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\n{}";
        let url = answering(answer, false).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(reply.status, 429);
        assert_eq!(reply.headers["retry-after"], "7");
        assert_eq!(reply.headers.get_all("x-a").iter().count(), 2);
        assert_eq!(read(reply.body).await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for way in WAYS {
        let answer = "HTTP/1.1 307 Over There\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
        let url = answering(answer, false).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(reply.status, 307);
    }
}

#[tokio::test]
async fn pieces_come_when_they_are_sent() {
    for way in WAYS {
        let (go, gone) = mpsc::unbounded_channel::<()>();
        let gone = Arc::new(tokio::sync::Mutex::new(gone));
        let url = serve(move |_, mut stream| {
            let gone = gone.clone();
            async move {
                read_request(&mut stream).await;
                // A head that dribbles in.
                for piece in [
                    "HTTP/1.1 20",
                    "0 OK\r\ntransfer-enc",
                    "oding: chunked\r\n\r",
                    "\n",
                ] {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    tokio::task::yield_now().await;
                }
                for chunk in ["4\r\none,\r\n", "4\r\ntwo,\r\n", "5\r\nthree\r\n0\r\n\r\n"] {
                    gone.lock().await.recv().await;
                    stream.write_all(chunk.as_bytes()).await.unwrap();
                }
            }
        })
        .await;
        let mut reply = soon("the head", Client::new(way).send(&url)).await.unwrap();
        for expected in ["one,", "two,", "three"] {
            go.send(()).unwrap();
            let piece = soon(expected, reply.body.next()).await;
            assert_eq!(piece.unwrap().unwrap(), expected);
        }
        assert!(soon("the end", reply.body.next()).await.is_none());
    }
}

#[tokio::test]
async fn what_arrived_together_is_there_together() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunks: String = (0..16).map(|n| format!("2\r\n{n:02}\r\n")).collect();
    let url = answering(format!("{head}{chunks}"), false).await;
    let client = Client::new(Way::Plain);
    let mut body = client.send(&url).await.unwrap().body;
    let mut all = soon("the first piece", body.next())
        .await
        .unwrap()
        .unwrap()
        .to_vec();
    // Nobody else gets a turn.
    while let Some(piece) = body.next().now_or_never() {
        all.extend_from_slice(&piece.unwrap().unwrap());
    }
    assert_eq!(all.len(), 32, "{}", String::from_utf8_lossy(&all));
}

#[tokio::test]
async fn a_connection_is_used_again() {
    for way in WAYS {
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = connections.clone();
        let url = serve(move |_, mut stream| {
            counter.fetch_add(1, SeqCst);
            async move {
                while read_request(&mut stream).await.is_some() {
                    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n";
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        })
        .await;
        let client = Client::new(way);
        for _ in 0..5 {
            let reply = client.send(&url).await.unwrap();
            assert_eq!(read(reply.body).await.unwrap(), "done");
            // The connection's task has to see the end, too.
            tokio::task::yield_now().await;
        }
        assert_eq!(connections.load(SeqCst), 1, "{way:?}");
    }
}

#[tokio::test]
async fn a_stream_left_after_its_last_event_gives_its_connection_back() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    let url = serve(move |_, mut stream| {
        counter.fetch_add(1, SeqCst);
        async move {
            while read_request(&mut stream).await.is_some() {
                let answer =
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let client = Client::new(Way::Plain);
    for _ in 0..3 {
        let mut reply = client.send(&url).await.unwrap();
        assert_eq!(reply.body.next().await.unwrap().unwrap(), "done");
        drop(reply);
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(connections.load(SeqCst), 1);
}

#[tokio::test]
async fn a_pooled_connection_that_the_backend_closed_is_replaced() {
    for way in WAYS {
        let (closed, mut is_closed) = mpsc::unbounded_channel();
        let url = serve(move |_, mut stream| {
            let closed = closed.clone();
            async move {
                read_request(&mut stream).await;
                stream.write_all(&whole("", b"{}")).await.unwrap();
                drop(stream);
                closed.send(()).unwrap();
            }
        })
        .await;
        let client = Client::new(way);
        for _ in 0..3 {
            let reply = client.send(&url).await.unwrap();
            assert_eq!(read(reply.body).await.unwrap(), "{}");
            is_closed.recv().await.unwrap();
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        }
    }
}

#[tokio::test]
async fn broken_and_unreadable_answers() {
    const BROKEN: &str = "connection broke";
    const UNREADABLE: &str = "unreadable answer";
    for (answer, expected) in [
        ("", BROKEN),
        ("HTTP/1.1 200", BROKEN),
        ("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", BROKEN),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
            BROKEN,
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhalf\r\n",
            UNREADABLE,
        ),
        ("ICY 200 OK\r\n\r\n", UNREADABLE),
        ("<html>\r\n\r\n", UNREADABLE),
        ("HTTP/1.1 200 OK\r\nbad header\r\n\r\n", UNREADABLE),
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nno gzip at all",
            UNREADABLE,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: pack200\r\n\r\nx",
            UNREADABLE,
        ),
    ] {
        for way in WAYS {
            let url = answering(answer, true).await;
            let result = match Client::new(way).send(&url).await {
                Ok(reply) => read(reply.body).await,
                Err(error) => Err(error),
            };
            let error = result.expect_err(answer).to_string();
            assert!(error.starts_with(expected), "{way:?} {answer:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_backend_may_answer_before_it_has_read_the_request() {
    for way in WAYS {
        let url = serve(|_, mut stream| async move {
            let _ = stream.read(&mut [0; 1024]).await;
            let answer = "HTTP/1.1 413 Too Much\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).await.unwrap();
            // It reads no more, and stays.
            std::future::pending::<()>().await;
        })
        .await;
        let mut request = request(&url);
        request.body = Bytes::from(vec![b' '; 32 << 20]);
        let reply = soon("the answer", Client::new(way).send_request(request)).await;
        let reply = reply.unwrap();
        assert_eq!(reply.status, 413);
        assert_eq!(soon("its end", read(reply.body)).await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn what_only_says_that_an_answer_will_come_is_no_answer() {
    for way in WAYS {
        let hints = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
        let answer = [hints.as_bytes(), &whole("", b"{}")].concat();
        let url = answering(answer, false).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(reply.status, 200);
        assert!(!reply.headers.contains_key("link"));
        assert_eq!(read(reply.body).await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn a_connection_with_something_left_in_it_is_not_used_again() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    let url = serve(move |_, mut stream| {
        counter.fetch_add(1, SeqCst);
        async move {
            while read_request(&mut stream).await.is_some() {
                let answer = [whole("", b"{}"), whole("", b"{\"of\": \"nobody\"}")].concat();
                stream.write_all(&answer).await.unwrap();
            }
        }
    })
    .await;
    let client = Client::new(Way::Plain);
    for expected in 1..4 {
        let reply = client.send(&url).await.unwrap();
        assert_eq!(read(reply.body).await.unwrap(), "{}");
        assert_eq!(connections.load(SeqCst), expected);
    }
}

#[tokio::test]
async fn a_body_may_end_with_the_connection() {
    for way in WAYS {
        let url = answering("HTTP/1.0 200 OK\r\n\r\nall there is", true).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(read(reply.body).await.unwrap(), "all there is");
    }
}

#[tokio::test]
async fn what_cannot_be_reached_or_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = listener.local_addr().unwrap();
    drop(listener);
    for way in WAYS {
        let refused = Client::new(way).send(&format!("http://{free}/")).await;
        let error = refused.err().unwrap().to_string();
        assert!(error.starts_with("cannot connect: 127.0.0.1"), "{error}");
    }
    for url in ["ftp://127.0.0.1/", "http://", "/v1", "no url"] {
        let error = Client::new(Way::Plain).send(url).await.err().unwrap();
        assert!(
            matches!(error, UpstreamError::Unsendable(_)),
            "{url}: {error}"
        );
    }
    // Where no TLS is spoken.
    let url = serve(|_, mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let url = url.replace("http:", "https:");
    let error = Client::new(Way::Plain).send(&url).await.err().unwrap();
    assert!(matches!(error, UpstreamError::Connect(_)), "{error}");
}

/// A listener whose queue is full lets new connections wait on Linux; elsewhere it may
/// refuse them.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn connecting_has_a_limit() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting: Vec<_> = (0..8)
        .map(|_| tokio::spawn(TcpStream::connect(address)))
        .collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    for way in WAYS {
        let client = Client::new(way);
        let mut request = request(&format!("http://{address}/"));
        let deployment = Arc::make_mut(&mut request.deployment);
        deployment.timeouts.connect = Duration::from_millis(200);
        let error = soon("the limit", client.send_request(request)).await;
        let error = error.err().unwrap();
        assert!(
            matches!(error, UpstreamError::ConnectTimeout(_)),
            "{way:?}: {error}"
        );
    }
    drop(waiting);
}

#[tokio::test]
async fn a_client_that_leaves_closes_the_backends_connection() {
    for way in WAYS {
        for begins in [false, true] {
            let (left, has_left) = oneshot::channel();
            let (asked, was_asked) = oneshot::channel();
            let ends = Arc::new(std::sync::Mutex::new(Some((asked, left))));
            let url = serve(move |_, mut stream| {
                let ends = ends.lock().unwrap().take();
                async move {
                    let Some((asked, left)) = ends else { return };
                    read_request(&mut stream).await;
                    if begins {
                        let head =
                            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";
                        stream.write_all(head.as_bytes()).await.unwrap();
                    }
                    asked.send(()).unwrap();
                    // Nothing more is sent; the next thing that is read is the end.
                    let _ = left.send(read_request(&mut stream).await);
                }
            })
            .await;
            let client = Client::new(way);
            let request = async {
                let mut reply = client.send(&url).await.unwrap();
                reply.body.next().await.unwrap().unwrap();
                // The second piece never comes.
                reply.body.next().await;
            };
            tokio::select! {
                () = request => panic!("{way:?}: it had no end"),
                _ = async {
                    was_asked.await.unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                } => {}
            }
            let end = soon("the end of the connection", has_left).await;
            assert_eq!(end.unwrap(), None, "{way:?}, begun: {begins}");
        }
    }
}

async fn compressed(coding: &str, text: &str) -> Vec<u8> {
    async fn run<W: AsyncWrite + Unpin>(mut encoder: W, text: &str) -> W {
        encoder.write_all(text.as_bytes()).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder
    }
    match coding {
        "gzip" | "x-gzip" => run(GzipEncoder::new(Vec::new()), text).await.into_inner(),
        "br" => run(BrotliEncoder::new(Vec::new()), text).await.into_inner(),
        "zstd" => run(ZstdEncoder::new(Vec::new()), text).await.into_inner(),
        "deflate" => run(ZlibEncoder::new(Vec::new()), text).await.into_inner(),
        _ => text.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn compressed_answers_are_unpacked_unasked() {
    let text = "{\"answer\": 42} ".repeat(5000);
    for coding in ["gzip", "x-gzip", "br", "zstd", "deflate", "identity"] {
        let body = compressed(coding, &text).await;
        let url = answering(
            whole(&format!("content-encoding: {coding}\r\n"), &body),
            false,
        )
        .await;
        let reply = Client::new(Way::Plain).send(&url).await.unwrap();
        assert!(!reply.headers.contains_key("content-encoding"));
        assert!(!reply.headers.contains_key("content-length"));
        assert_eq!(read(reply.body).await.unwrap(), text, "{coding}");
        // Cut short, it is an error and not a short answer.
        if coding != "identity" {
            let short = &body[..body.len() - 5];
            let head = format!("content-encoding: {coding}\r\n");
            let url = answering(whole(&head, short), false).await;
            let reply = Client::new(Way::Plain).send(&url).await.unwrap();
            let error = read(reply.body).await.expect_err(coding);
            assert!(matches!(error, UpstreamError::Unreadable(_)), "{error}");
        }
    }
    let twice = {
        let inner = compressed("gzip", &text).await;
        let mut encoder = BrotliEncoder::new(Vec::new());
        encoder.write_all(&inner).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    };
    let url = answering(whole("content-encoding: gzip, br\r\n", &twice), false).await;
    let reply = Client::new(Way::Plain).send(&url).await.unwrap();
    assert_eq!(read(reply.body).await.unwrap(), text);
}

#[tokio::test]
async fn a_compressed_stream_is_not_held_back() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let (go, gone) = mpsc::unbounded_channel::<()>();
        let gone = Arc::new(tokio::sync::Mutex::new(gone));
        let url = serve(move |_, mut stream| {
            let gone = gone.clone();
            async move {
                read_request(&mut stream).await;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                let mut encoder: Box<dyn AsyncWrite + Send + Unpin> = match coding {
                    "gzip" => Box::new(GzipEncoder::new(stream)),
                    "br" => Box::new(BrotliEncoder::new(stream)),
                    "zstd" => Box::new(ZstdEncoder::new(stream)),
                    _ => Box::new(ZlibEncoder::new(stream)),
                };
                for number in 0..3 {
                    gone.lock().await.recv().await;
                    let event = format!("data: {number}\n\n");
                    encoder.write_all(event.as_bytes()).await.unwrap();
                    encoder.flush().await.unwrap();
                }
                encoder.shutdown().await.unwrap();
            }
        })
        .await;
        let mut reply = Client::new(Way::Plain).send(&url).await.unwrap();
        for number in 0..3 {
            go.send(()).unwrap();
            let piece = soon(coding, reply.body.next()).await.unwrap().unwrap();
            assert_eq!(piece, format!("data: {number}\n\n"), "{coding}");
        }
        assert!(soon("the end", reply.body.next()).await.is_none());
    }
}

#[tokio::test]
async fn an_empty_body_needs_no_compression() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let head = format!("content-encoding: {coding}\r\n");
        let url = answering(whole(&head, b""), false).await;
        let reply = Client::new(Way::Plain).send(&url).await.unwrap();
        assert_eq!(read(reply.body).await.unwrap(), "", "{coding}");
    }
}

#[tokio::test]
async fn many_at_once() {
    let url = answering(whole("", b"{}"), false).await;
    let client = Arc::new(Client::new(Way::Plain));
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let (client, url) = (client.clone(), url.clone());
            tokio::spawn(async move { read(client.send(&url).await.unwrap().body).await.unwrap() })
        })
        .collect();
    for request in requests {
        assert_eq!(soon("an answer", request).await.unwrap(), "{}");
    }
}
