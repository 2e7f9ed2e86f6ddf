//! A client that sees everything and can leave at any moment. A connection for each request.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::wait::within;

#[derive(Debug, Clone)]
pub struct Client {
    addr: SocketAddr,
    headers: Vec<(String, String)>,
}

impl Client {
    pub fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            headers: Vec::new(),
        }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// A client that sends this header with every request.
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.into(), value.into()));
        client
    }

    /// A client that shows this key as OpenAI's do.
    pub fn with_key(&self, key: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {key}"))
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.request("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answered {
        self.open(path, body).await.finish().await
    }

    /// A POST whose answer is read piece by piece.
    pub async fn open(&self, path: &str, body: Value) -> Live {
        let json = [("content-type", "application/json")];
        self.send("POST", path, &json, body.to_string()).await
    }

    /// A GET whose answer is read piece by piece.
    pub async fn listen(&self, path: &str) -> Live {
        self.send("GET", path, &[], "").await
    }

    /// Any request, read to the end.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answered {
        self.send(method, path, headers, body).await.finish().await
    }

    /// Any request; returns when the head of the answer is there.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Live {
        within(
            "the head of the answer",
            self.sent(method, path, headers, body),
        )
        .await
    }

    async fn sent(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Live {
        let stream = TcpStream::connect(self.addr).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = Connection(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let mut request = Request::builder().method(method).uri(path);
        let mine = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let mut has_host = false;
        for (name, value) in mine.chain(headers.iter().copied()) {
            has_host |= name.eq_ignore_ascii_case("host");
            request = request.header(name, value);
        }
        if !has_host {
            request = request.header("host", self.addr.to_string());
        }
        let request = request.body(Full::new(body.into())).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        Live {
            status: head.status,
            headers: head.headers,
            body,
            unread: Vec::new(),
            connection,
        }
    }
}

/// Dropping it closes the socket.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An answer that is still coming. Drop it (or `hang_up`) to leave.
pub struct Live {
    pub status: StatusCode,
    pub headers: HeaderMap,
    body: Incoming,
    unread: Vec<u8>,
    connection: Connection,
}

impl Live {
    pub fn hang_up(self) {}

    /// The next SSE frame without its blank line, comments included; None at the end of the
    /// stream. Panics when the connection breaks.
    pub async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some(at) = self.unread.windows(2).position(|w| w == b"\n\n") {
                let frame: Vec<u8> = self.unread.drain(..at + 2).collect();
                return Some(String::from_utf8(frame[..at].to_vec()).unwrap());
            }
            match self.piece().await {
                Some(piece) => self.unread.extend(&piece),
                None => {
                    let rest = String::from_utf8_lossy(&self.unread);
                    assert!(rest.is_empty(), "the stream ends inside a frame: {rest:?}");
                    return None;
                }
            }
        }
    }

    /// The next event's JSON; comments are skipped. Panics at `[DONE]` and at the end.
    pub async fn event(&mut self) -> Value {
        loop {
            let frame = self.frame().await.expect("an event, but the stream ended");
            if let Some(data) = frame.strip_prefix("data: ") {
                return serde_json::from_str(data)
                    .unwrap_or_else(|e| panic!("an event that is not JSON ({e}): {data}"));
            }
        }
    }

    /// The next piece as it came off the wire.
    pub async fn piece(&mut self) -> Option<Bytes> {
        loop {
            let frame = within("the next bytes of the answer", self.body.frame()).await?;
            if let Ok(data) = frame.expect("the connection broke").into_data() {
                return Some(data);
            }
        }
    }

    /// Read the rest.
    pub async fn finish(mut self) -> Answered {
        let mut body = std::mem::take(&mut self.unread);
        let mut broken = None;
        while let Some(frame) = within("the rest of the answer", self.body.frame()).await {
            match frame {
                Ok(frame) => body.extend(frame.into_data().unwrap_or_default()),
                Err(e) => {
                    broken = Some(e.to_string());
                    break;
                }
            }
        }
        Answered {
            status: self.status.as_u16(),
            headers: self.headers,
            body,
            broken,
        }
    }
}

/// A whole answer.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// How the connection broke before the end, if it did.
    pub broken: Option<String>,
}

impl Answered {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("not JSON ({e}), {}: {}", self.status, self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The SSE frames of a stream, without their blank lines.
    #[track_caller]
    pub fn frames(&self) -> Vec<String> {
        let text = self.text();
        let Some(text) = text.strip_suffix("\n\n") else {
            assert!(text.is_empty(), "no whole frame at the end: {text:?}");
            return Vec::new();
        };
        text.split("\n\n").map(str::to_owned).collect()
    }

    /// The `data` of the events, `[DONE]` included, comments not.
    #[track_caller]
    pub fn data(&self) -> Vec<String> {
        let frames = self.frames();
        let data = frames.iter().filter_map(|f| f.strip_prefix("data: "));
        data.map(str::to_owned).collect()
    }

    /// The events as JSON, without `[DONE]`.
    #[track_caller]
    pub fn events(&self) -> Vec<Value> {
        let data = self.data().into_iter().filter(|data| data != "[DONE]");
        data.map(|data| serde_json::from_str(&data).expect(&data))
            .collect()
    }

    /// The answer's text: of the whole message, or all deltas together.
    #[track_caller]
    pub fn content(&self) -> String {
        if self
            .header("content-type")
            .is_some_and(|t| t.starts_with("text/event-stream"))
        {
            let deltas = self.events();
            let texts = deltas
                .iter()
                .filter_map(|event| event["choices"][0]["delta"]["content"].as_str());
            return texts.collect();
        }
        let content = &self.json()["choices"][0]["message"]["content"];
        content.as_str().unwrap_or_default().to_owned()
    }

    /// `error` of an OpenAI-shaped error; panics when the shape is another.
    #[track_caller]
    pub fn error(&self) -> Value {
        let body = self.json();
        let error = &body["error"];
        assert!(error["message"].is_string(), "no error message in {body}");
        for member in ["type", "param", "code"] {
            assert!(error.get(member).is_some(), "no `{member}` in {body}");
        }
        error.clone()
    }
}

/// Send bytes as they are and read until the other side closes.
pub async fn raw(addr: SocketAddr, request: impl AsRef<[u8]>) -> Vec<u8> {
    let mut stream = raw_open(addr, request).await;
    let mut answer = Vec::new();
    let _ = within("the end of the connection", stream.read_to_end(&mut answer)).await;
    answer
}

/// Send bytes as they are; the rest is up to the test.
pub async fn raw_open(addr: SocketAddr, request: impl AsRef<[u8]>) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(request.as_ref()).await.unwrap();
    stream
}
