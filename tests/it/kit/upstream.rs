//! A backend that does exactly as it is told, byte by byte.
//!
//! It speaks raw TCP, so it can also do what no HTTP library lets one do: stop inside a
//! chunk, reset, lie about its length, say nothing. Each request gets the next answer of
//! the script; the last answer is repeated.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::WriteHalf;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use super::wait::eventually;

pub struct Backend {
    addr: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

type Choose = dyn Fn(&Seen) -> Answer + Send + Sync;

struct State {
    choose: Box<Choose>,
    seen: Mutex<Vec<Seen>>,
    left: Mutex<usize>,
    connections: Mutex<usize>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    /// 1 for the first request of this backend.
    pub number: usize,
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name)?;
        Some(&found.1)
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the request's body is JSON")
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Backend {
    /// Every request gets the same answer.
    pub async fn always(answer: Answer) -> Self {
        Self::choose(move |_| answer.clone()).await
    }

    /// The first request gets the first answer, and so on; the last one is repeated.
    pub async fn script(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers: Vec<_> = answers.into_iter().collect();
        assert!(!answers.is_empty(), "a script needs an answer");
        Self::choose(move |seen| answers[(seen.number - 1).min(answers.len() - 1)].clone()).await
    }

    /// The answer depends on the request.
    pub async fn choose(choose: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let state = Arc::new(State {
            choose: Box::new(choose),
            seen: Mutex::default(),
            left: Mutex::default(),
            connections: Mutex::default(),
        });
        let shared = state.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock().unwrap() += 1;
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { addr, state, task }
    }

    /// An address where nothing listens, and nothing will: the port stays taken.
    pub async fn dead_url() -> String {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        std::mem::forget(socket);
        url
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Without a path: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// The n-th request, counted from 1.
    #[track_caller]
    pub fn request(&self, number: usize) -> Seen {
        let seen = self.requests();
        let count = seen.len();
        seen.into_iter()
            .nth(number - 1)
            .unwrap_or_else(|| panic!("only {count} requests came"))
    }

    #[track_caller]
    pub fn wait_requests(&self, count: usize) -> impl Future<Output = ()> {
        let state = self.state.clone();
        eventually(format!("{count} requests at the backend"), move || {
            (state.seen.lock().unwrap().len() >= count).then_some(())
        })
    }

    /// How many times the proxy left before its answer was complete.
    pub fn left(&self) -> usize {
        *self.state.left.lock().unwrap()
    }

    #[track_caller]
    pub fn wait_left(&self, count: usize) -> impl Future<Output = ()> {
        let state = self.state.clone();
        eventually(format!("{count} requests cancelled"), move || {
            (*state.left.lock().unwrap() >= count).then_some(())
        })
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens once, for everyone who waits or will wait at it.
#[derive(Debug, Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub fn open(&self) {
        self.0.close();
    }

    async fn wait(&self) {
        // Closed is open: nobody ever gets a permit.
        let _ = self.0.acquire().await;
    }
}

/// What the backend does with one request.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    framing: Framing,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Framing {
    /// `transfer-encoding: chunked`, one chunk for each step.
    Chunked,
    /// `content-length` of all bytes of all steps.
    Length,
    /// Neither: the end of the connection is the end of the answer.
    Close,
    /// No head either: the steps are all that is written.
    Raw,
}

#[derive(Debug, Clone)]
enum Step {
    Bytes(Vec<u8>),
    Pause(Duration),
    Gate(Gate),
    /// Flush the head before the first byte of the body.
    Head,
    HangUp,
    Reset,
    Stall,
}

impl Answer {
    /// An empty answer of this status. Add a body with `body` or `event`.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            framing: Framing::Length,
            steps: Vec::new(),
        }
    }

    /// 200 with a JSON body.
    pub fn json(body: Value) -> Self {
        Self::status(200)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    /// A whole chat completion that says `content`.
    pub fn chat(content: &str) -> Self {
        Self::json(json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        }))
    }

    /// An OpenAI-shaped error.
    pub fn error(status: u16, message: &str) -> Self {
        Self::json(json!({"error": {"message": message, "type": "x", "param": null, "code": null}}))
            .with_status(status)
    }

    /// A stream of events, chunked. End it with `done` (or not).
    pub fn sse() -> Self {
        let mut answer = Self::status(200).header("content-type", "text/event-stream");
        answer.framing = Framing::Chunked;
        answer
    }

    /// A complete stream that says these pieces of text.
    pub fn chat_stream(pieces: &[&str]) -> Self {
        let mut answer = Self::sse().role();
        for piece in pieces {
            answer = answer.delta(piece);
        }
        answer.finish("stop").done()
    }

    /// A complete stream of two pieces of text, the second behind a gate.
    pub fn chat_held(first: &str, gate: &Gate, second: &str) -> Self {
        let begun = Self::sse().delta(first).gate(gate);
        begun.delta(second).finish("stop").done()
    }

    /// These bytes and nothing else, without any HTTP.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        let mut answer = Self::status(200).raw(bytes);
        answer.framing = Framing::Raw;
        answer.hang_up()
    }

    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.raw(body)
    }

    /// One write of exactly these bytes (inside the framing).
    pub fn raw(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Bytes(bytes.into()));
        self
    }

    /// `data: JSON`, one write.
    pub fn event(self, data: Value) -> Self {
        self.raw(format!("data: {data}\n\n"))
    }

    /// A `chat.completion.chunk` with this delta.
    pub fn chunk(self, delta: Value, finish_reason: Option<&str>) -> Self {
        self.event(json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }))
    }

    pub fn role(self) -> Self {
        self.chunk(json!({"role": "assistant", "content": ""}), None)
    }

    pub fn delta(self, content: &str) -> Self {
        self.chunk(json!({"content": content}), None)
    }

    pub fn finish(self, reason: &str) -> Self {
        self.chunk(json!({}), Some(reason))
    }

    pub fn comment(self, text: &str) -> Self {
        self.raw(format!(": {text}\n\n"))
    }

    /// `data: [DONE]`.
    pub fn done(self) -> Self {
        self.raw("data: [DONE]\n\n")
    }

    /// Say nothing for this long. Prefer `gate`, unless time is what the test is about.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.steps.push(Step::Pause(pause));
        self
    }

    /// Wait for the test.
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Gate(gate.clone()));
        self
    }

    /// Send the head now, before what follows.
    pub fn flush_head(mut self) -> Self {
        self.steps.push(Step::Head);
        self
    }

    /// Close in order (FIN), with the answer incomplete.
    pub fn hang_up(mut self) -> Self {
        self.steps.push(Step::HangUp);
        self
    }

    /// Close with RST.
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Say nothing more, for ever, and keep the connection open.
    pub fn stall(mut self) -> Self {
        self.steps.push(Step::Stall);
        self
    }

    pub fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// The end of the connection is the end of the answer.
    pub fn until_close(mut self) -> Self {
        self.framing = Framing::Close;
        self
    }

    /// Cut every write into pieces of `size` bytes, each its own write.
    pub fn cut(mut self, size: usize) -> Self {
        let cut = |step: Step| match step {
            Step::Bytes(bytes) => bytes.chunks(size).map(|b| Step::Bytes(b.into())).collect(),
            other => vec![other],
        };
        self.steps = self.steps.into_iter().flat_map(cut).collect();
        self
    }

    fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        match self.framing {
            Framing::Chunked => head += "transfer-encoding: chunked\r\n",
            Framing::Length => {
                let length: usize = self.steps.iter().map(Step::len).sum();
                head += &format!("content-length: {length}\r\n");
            }
            Framing::Close => head += "connection: close\r\n",
            Framing::Raw => return Vec::new(),
        }
        head += "\r\n";
        head.into_bytes()
    }

    async fn play(&self, writer: &mut WriteHalf<'_>) -> std::io::Result<Played> {
        let mut out = self.head();
        for step in &self.steps {
            match step {
                Step::Bytes(bytes) if self.framing == Framing::Chunked => {
                    out.extend(format!("{:x}\r\n", bytes.len()).bytes());
                    out.extend(bytes);
                    out.extend(b"\r\n");
                    flush(writer, &mut out).await?;
                }
                Step::Bytes(bytes) => {
                    out.extend(bytes);
                    flush(writer, &mut out).await?;
                }
                Step::Head => flush(writer, &mut out).await?,
                Step::Pause(pause) => tokio::time::sleep(*pause).await,
                Step::Gate(gate) => gate.wait().await,
                Step::Stall => std::future::pending().await,
                Step::HangUp => {
                    flush(writer, &mut out).await?;
                    writer.shutdown().await?;
                    return Ok(Played::Cut);
                }
                Step::Reset => {
                    flush(writer, &mut out).await?;
                    writer.as_ref().set_zero_linger()?;
                    return Ok(Played::Cut);
                }
            }
        }
        if self.framing == Framing::Chunked {
            out.extend(b"0\r\n\r\n");
        }
        flush(writer, &mut out).await?;
        Ok(match self.framing {
            Framing::Chunked | Framing::Length => Played::Complete,
            Framing::Close | Framing::Raw => Played::Cut,
        })
    }
}

impl Step {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

async fn flush(writer: &mut WriteHalf<'_>, out: &mut Vec<u8>) -> std::io::Result<()> {
    writer.write_all(out).await?;
    out.clear();
    Ok(())
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await {
        let seen = {
            let mut all = state.seen.lock().unwrap();
            let number = all.len() + 1;
            all.push(Seen { number, ..request });
            all[number - 1].clone()
        };
        let answer = (state.choose)(&seen);
        match play_watched(&answer, &mut stream, &mut buffer).await {
            Played::Complete => {}
            Played::Cut => return,
            Played::ClientLeft => {
                *state.left.lock().unwrap() += 1;
                return;
            }
        }
    }
}

enum Played {
    /// The connection can be used again.
    Complete,
    Cut,
    ClientLeft,
}

/// Play, and notice at once when the other side goes away.
async fn play_watched(answer: &Answer, stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Played {
    let (mut reader, mut writer) = stream.split();
    let mut bytes = [0; 1024];
    let play = answer.play(&mut writer);
    tokio::pin!(play);
    loop {
        tokio::select! {
            biased;
            played = &mut play => return played.unwrap_or(Played::ClientLeft),
            read = reader.read(&mut bytes) => match read {
                Ok(n) if n > 0 => buffer.extend(&bytes[..n]),
                _ => return Played::ClientLeft,
            },
        }
    }
}

/// The next request, or None at the end of the connection. `buffer` holds what was read
/// beyond it.
async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Seen> {
    let head_end = loop {
        if let Some(at) = find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        read_more(stream, buffer).await?;
    };
    let head: Vec<u8> = buffer.drain(..head_end).collect();
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut seen = Seen {
        number: 0,
        method,
        path,
        headers,
        body: Vec::new(),
    };
    if let Some(length) = seen.header("content-length") {
        let length = length.parse().ok()?;
        while buffer.len() < length {
            read_more(stream, buffer).await?;
        }
        seen.body = buffer.drain(..length).collect();
    } else if seen.header("transfer-encoding") == Some("chunked") {
        seen.body = read_chunks(stream, buffer).await?;
    }
    Some(seen)
}

async fn read_chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = loop {
            match find(buffer, b"\r\n") {
                Some(at) => break at,
                None => read_more(stream, buffer).await?,
            }
        };
        let line = String::from_utf8_lossy(&buffer[..line_end]).into_owned();
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        while buffer.len() < line_end + 2 + length + 2 {
            read_more(stream, buffer).await?;
        }
        body.extend(&buffer[line_end + 2..line_end + 2 + length]);
        buffer.drain(..line_end + 2 + length + 2);
        if length == 0 {
            return Some(body);
        }
    }
}

async fn read_more(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(buffer).await.ok()?;
    (read > 0).then_some(())
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}
