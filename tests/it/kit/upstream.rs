//! A backend that does exactly as it is told, byte by byte.
//!
//! It speaks raw TCP, so it can also do what no HTTP library lets one do: stop inside a
//! chunk, reset, lie about its length, say nothing. Each request gets the next answer of
//! the script; the last answer is repeated.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::answer::{Answer, Played, play_watched};
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
