//! `yallmp logs tail`: the last exchanges, and with `-f` those that come, each with its
//! answer as it streams. One after the other: what runs at the same time waits for its
//! turn and is then shown from its beginning.

use std::collections::{HashSet, VecDeque};
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use yallmp_core::config::Config;
use yallmp_core::sse::{Framer, Kind};
use yallmp_log::index::{Answer, Filter};
use yallmp_log::trace::{State, Summary};

use super::super::number;
use super::line::{Widths, line};
use super::open::Source;
use super::place::Place;
use super::stage::Stage;
use crate::plain::{plain, plain_lines};
use crate::server;

/// The longest event of the proxy: a frame of a backend as JSON.
const MAX_EVENT: usize = 64 << 20;
/// Exchanges that may wait for their turn; of more only the line is shown.
const MOST_WAITING: usize = 1000;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this exchange: its answer, and with -f what it still says
    id: Option<String>,
    /// Go on with what happens in the proxy that runs
    #[arg(long, short)]
    follow: bool,
    /// A line for each exchange, without its answer
    #[arg(long)]
    brief: bool,
    /// How many of the last exchanges
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 10, value_parser = number::whole::<usize>)]
    number: usize,
    #[command(flatten)]
    place: Place,
    /// Where the proxy runs [default: as the configuration says]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The proxy's key [default: $YALLMP_API_KEY, else as the configuration says]
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if !args.follow {
        match &args.id {
            None => last(args)?,
            Some(id) => one(args, id)?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let proxy = Proxy::new(args)?;
    server::runtime()?.block_on(async {
        match &args.id {
            Some(id) => proxy.answer(id).await,
            None => follow(args, &proxy).await,
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The last exchanges, the newest at the bottom.
fn last(args: &Args) -> anyhow::Result<()> {
    let page = args.place.index()?;
    let page = page.list(&Filter::default(), None, args.number)?;
    let mut out = io::stdout().lock();
    for found in page.found.iter().rev() {
        let summary: Summary = serde_json::from_str(&found.summary)
            .context("the index holds something else than a summary")?;
        writeln!(out, "{}", line(&summary, &Widths::default()))?;
    }
    Ok(())
}

/// The answer in a log, as far as it is there.
fn one(args: &Args, id: &str) -> anyhow::Result<()> {
    let trace = Source::find(&args.place, id)?.trace()?;
    let answer = Stage::Delivered.answer(&trace).unwrap_or_default();
    let mut shown = Shown::default();
    shown.show(&answer)?;
    shown.end()
}

async fn follow(args: &Args, proxy: &Proxy) -> anyhow::Result<()> {
    let mut events = proxy.listen("live").await?;
    if args.number > 0
        && let Err(error) = last(args)
    {
        eprintln!("{error:#}");
    }
    let mut known: HashSet<String> = HashSet::new();
    let mut waiting: VecDeque<Summary> = VecDeque::new();
    while let Some((name, data)) = events.next().await? {
        match name.as_str() {
            "lost" => eprintln!("({} exchanges ended too fast to be shown)", data["count"]),
            "summary" => {
                let summary: Summary = serde_json::from_value(data)?;
                take(args, summary, &mut known, &mut waiting)?;
            }
            _ => {}
        }
        // Events gather while an answer is shown; the hub keeps what they are about.
        while let Some(summary) = waiting.pop_front() {
            println!("{}", line(&summary, &Widths::default()));
            match proxy.answer(&summary.id).await {
                Ok(()) => {}
                Err(error) => eprintln!("{error:#}"),
            }
        }
    }
    bail!("the proxy at {} ended the connection", proxy.base)
}

/// With answers an exchange is shown when it begins, without when it ends.
fn take(
    args: &Args,
    summary: Summary,
    known: &mut HashSet<String>,
    waiting: &mut VecDeque<Summary>,
) -> anyhow::Result<()> {
    let is_over = summary.state != State::Running;
    if args.brief || waiting.len() >= MOST_WAITING {
        if is_over {
            writeln!(io::stdout(), "{}", line(&summary, &Widths::default()))?;
        }
        return Ok(());
    }
    let is_new = known.insert(summary.id.clone());
    if is_over {
        known.remove(&summary.id);
    }
    if is_new {
        waiting.push_back(summary);
    }
    Ok(())
}

/// The proxy that runs.
struct Proxy {
    base: String,
    key: Option<SecretString>,
    client: reqwest::Client,
}

/// Events of the proxy as they come.
struct Events {
    response: reqwest::Response,
    framer: Framer,
}

impl Proxy {
    fn new(args: &Args) -> anyhow::Result<Self> {
        let config = match args.url {
            Some(_) => Config::default(),
            None => args.place.config()?,
        };
        let base = match &args.url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!(
                "http://{}:{}",
                reachable(&config.server.host),
                config.server.port
            ),
        };
        let from_env = || {
            std::env::var("YALLMP_API_KEY")
                .ok()
                .filter(|key| !key.is_empty())
        };
        let given = args
            .api_key
            .clone()
            .or_else(from_env)
            .map(SecretString::from);
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10));
        // A system proxy cannot reach this machine.
        let client = match args.url {
            None => client.no_proxy(),
            Some(_) => client,
        };
        Ok(Self {
            base,
            key: given.or(config.master_key),
            client: client.build().context("cannot make an HTTP client")?,
        })
    }

    async fn listen(&self, path: &str) -> anyhow::Result<Events> {
        let mut request = self.client.get(format!("{}/ui/api/{path}", self.base));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = request.send().await.with_context(|| {
            format!(
                "no proxy answers at {}; start one, or say with --url or --config where it runs",
                self.base
            )
        })?;
        let status = response.status();
        if !status.is_success() {
            let body = response.bytes().await.unwrap_or_default();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let message = body["error"]["message"]
                .as_str()
                .unwrap_or("no reason given");
            bail!(
                "the proxy at {} refused: {status}: {}",
                self.base,
                plain(message)
            );
        }
        Ok(Events {
            response,
            framer: Framer::new(MAX_EVENT),
        })
    }

    /// Print an answer from its beginning, until its end.
    async fn answer(&self, id: &str) -> anyhow::Result<()> {
        let mut events = self.listen(&format!("live?id={id}")).await?;
        let mut answer = Answer::default();
        let mut shown = Shown::default();
        while let Some((name, data)) = events.next().await? {
            match name.as_str() {
                "frame" if data["side"] != "in" => {
                    answer.frame(data["raw"].as_str().unwrap_or_default().as_bytes());
                    shown.show(&answer)?;
                }
                "attempt" if data["number"] != 1 => {
                    shown.end()?;
                    println!("(another attempt)");
                    (answer, shown) = (Answer::default(), Shown::default());
                }
                "lost" => {
                    shown.end()?;
                    println!("({} events are missing here)", data["count"]);
                }
                "end" => break,
                _ => {}
            }
        }
        shown.end()
    }
}

impl Events {
    /// Name and data of the next event; None at the end.
    async fn next(&mut self) -> anyhow::Result<Option<(String, Value)>> {
        loop {
            while let Some(frame) = self.framer.frame() {
                if let Kind::Data { name, data } = frame?.kind {
                    let name = name.map(|name| name.to_string()).unwrap_or_default();
                    return Ok(Some((name, serde_json::from_str(&data)?)));
                }
            }
            match self.response.chunk().await {
                Ok(Some(piece)) => self.framer.push(piece),
                Ok(None) => return Ok(None),
                Err(error) => return Err(error).context("the connection to the proxy broke"),
            }
        }
    }
}

/// What of an answer is printed already.
#[derive(Default)]
struct Shown {
    reasoning: usize,
    content: usize,
    calls: usize,
    /// The part that was printed last.
    part: Option<&'static str>,
    /// It ended with a line feed.
    is_whole_line: bool,
}

impl Shown {
    fn show(&mut self, answer: &Answer) -> io::Result<()> {
        let (reasoning, content, calls) = (self.reasoning, self.content, self.calls);
        self.put("reasoning", &answer.reasoning[reasoning..])?;
        self.put("answer", &answer.content[content..])?;
        self.put("calls", &answer.calls[calls..])?;
        self.reasoning = answer.reasoning.len();
        self.content = answer.content.len();
        self.calls = answer.calls.len();
        Ok(())
    }

    /// A part is named when another one was before it, or it is not the answer.
    fn put(&mut self, part: &'static str, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let mut text = text;
        if self.part != Some(part) {
            if self.part.is_some() {
                self.line_feed(&mut out)?;
            }
            if self.part.is_some() || part != "answer" {
                writeln!(out, "-- {part}")?;
            }
            self.part = Some(part);
            // Each call is on a line of its own, the first on the one that is there.
            text = text.strip_prefix('\n').unwrap_or(text);
        }
        write!(out, "{}", plain_lines(text))?;
        self.is_whole_line = text.ends_with('\n');
        out.flush()
    }

    fn end(&mut self) -> anyhow::Result<()> {
        if self.part.take().is_some() {
            self.line_feed(&mut io::stdout())?;
        }
        Ok(())
    }

    /// If the line is not over.
    fn line_feed(&self, out: &mut dyn io::Write) -> io::Result<()> {
        match self.is_whole_line {
            true => Ok(()),
            false => writeln!(out),
        }
    }
}

/// An address that can be connected to: a proxy that listens on all has no one address.
fn reachable(host: &str) -> String {
    match host {
        "0.0.0.0" | "" => "127.0.0.1".to_owned(),
        "::" | "[::]" => "[::1]".to_owned(),
        host if host.contains(':') && !host.starts_with('[') => format!("[{host}]"),
        host => host.to_owned(),
    }
}
