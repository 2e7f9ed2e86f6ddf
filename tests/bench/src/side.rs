//! The sides of the comparison, and how each is started.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cell::Cell;
use crate::client::Request;
use crate::payload;
use crate::process::Process;
use crate::upstream::Kind;

#[derive(Debug, Clone, PartialEq)]
pub enum Side {
    /// The client asks the backend itself.
    Direct,
    Nginx {
        workers: usize,
    },
    /// `pass_tcp`.
    Tcp,
    /// `pass_hyper`.
    Hyper,
    /// `pass_axum`.
    Axum,
    Yallmp {
        chain: Chain,
        log: bool,
    },
    /// The one with the empty chain and no log once more: what the two differ by is noise.
    Twin,
}

/// The plugins of a yallmp under test.
#[derive(Debug, Clone, PartialEq)]
pub enum Chain {
    Empty,
    /// The shipped chain; the backend's model is called as the client calls it.
    Default,
    /// The shipped chain; the backend's model has another name.
    Renamed,
    /// `count` times the same component.
    Guests {
        path: PathBuf,
        work: Work,
        count: usize,
    },
}

/// What a guest does with every event before it leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Work {
    Look,
    Parse,
}

impl Work {
    /// In its configuration, too.
    fn name(self) -> &'static str {
        match self {
            Work::Look => "look",
            Work::Parse => "parse",
        }
    }
}

impl Side {
    pub fn name(&self) -> String {
        match self {
            Side::Direct => "direct".into(),
            Side::Nginx { .. } => "nginx".into(),
            Side::Tcp => "tokio, bytes alone".into(),
            Side::Hyper => "hyper".into(),
            Side::Axum => "axum + reqwest".into(),
            Side::Yallmp { chain, log } => {
                let chain = match chain {
                    Chain::Empty => "empty chain".into(),
                    Chain::Default => "default chain".into(),
                    Chain::Renamed => "default chain, model renamed".into(),
                    Chain::Guests { work, count, .. } => format!("{count} x {}", work.name()),
                };
                format!("yallmp, {chain}{}", if *log { ", log on" } else { "" })
            }
            Side::Twin => "yallmp, empty chain, once more".into(),
        }
    }

    /// Guests are there for the cost of an event, the twin for latencies; everything else is
    /// measured whole.
    pub fn is_for(&self, cell: Cell) -> bool {
        match self {
            Side::Yallmp {
                chain: Chain::Guests { .. },
                ..
            } => cell.is_stream(),
            Side::Twin => cell.is_latency(),
            _ => true,
        }
    }

    /// Whether its memory is measured.
    pub fn has_memory(&self) -> bool {
        match self {
            Side::Direct | Side::Twin => false,
            Side::Yallmp { chain, .. } => !matches!(chain, Chain::Guests { .. }),
            _ => true,
        }
    }
}

/// What the sides need to know.
#[derive(Debug)]
pub struct Setting {
    pub upstream: SocketAddr,
    /// The built proxy.
    pub yallmp: PathBuf,
    /// Where compiled components are kept between two starts.
    pub cache: PathBuf,
}

/// A side that runs.
pub struct Running {
    pub address: SocketAddr,
    pub process: Option<Process>,
    routes_by_model: bool,
    _dir: TempDir,
}

impl Running {
    pub fn start(side: &Side, setting: &Setting) -> Result<Self> {
        let mut running = Self::spawn(side, setting)?;
        running
            .wait_until_it_listens()
            .with_context(|| format!("{} does not listen", side.name()))?;
        Ok(running)
    }

    /// Starts the process and does not wait for it.
    pub fn spawn(side: &Side, setting: &Setting) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("yallmp-bench-").tempdir()?;
        let upstream = setting.upstream.to_string();
        let (process, address) = match side {
            Side::Direct => (None, setting.upstream),
            Side::Tcp => Process::part(&["tcp", &upstream]).map(|(p, a)| (Some(p), a))?,
            Side::Hyper => Process::part(&["hyper", &upstream]).map(|(p, a)| (Some(p), a))?,
            Side::Axum => Process::part(&["axum", &upstream]).map(|(p, a)| (Some(p), a))?,
            Side::Nginx { workers } => {
                let address = free_address()?;
                (
                    Some(nginx(dir.path(), address, setting.upstream, *workers)?),
                    address,
                )
            }
            Side::Yallmp { .. } | Side::Twin => {
                let (chain, log) = match side {
                    Side::Yallmp { chain, log } => (chain, *log),
                    _ => (&Chain::Empty, false),
                };
                let address = free_address()?;
                let config = dir.path().join("litellm_config.yaml");
                // JSON is YAML.
                fs::write(
                    &config,
                    format!("{:#}", yallmp_config(setting.upstream, chain, log)),
                )?;
                let log = fs::File::create(dir.path().join("output"))?;
                let mut command = Command::new(&setting.yallmp);
                command
                    .args(["serve", "--port", &address.port().to_string(), "--config"])
                    .arg(&config)
                    .current_dir(dir.path())
                    .env("XDG_CACHE_HOME", &setting.cache)
                    .stdin(Stdio::null())
                    .stdout(log.try_clone()?)
                    .stderr(log);
                (Some(Process::spawn(&mut command)?), address)
            }
        };
        Ok(Self {
            address,
            process,
            routes_by_model: matches!(side, Side::Yallmp { .. } | Side::Twin),
            _dir: dir,
        })
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(process) = &mut self.process {
                let output =
                    fs::read_to_string(self._dir.path().join("output")).unwrap_or_default();
                ensure!(!process.has_ended()?, "it ended: {output}");
            }
            ensure!(
                start.elapsed() < Duration::from_secs(60),
                "not within a minute"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// A request that the backend answers as `kind`.
    pub fn request(&self, kind: Kind, agent_body: bool) -> Request {
        let path = match self.routes_by_model {
            true => "/v1/chat/completions".into(),
            false => format!("/{}/v1/chat/completions", kind.name()),
        };
        let body = match agent_body {
            true => payload::agent_request(kind.name(), kind.streams()),
            false => payload::small_request(kind.name(), kind.streams()),
        };
        Request::post(self.address, &path, &body)
    }
}

pub fn nginx_version() -> Option<String> {
    let output = Command::new("nginx").arg("-v").output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr);
    Some(text.trim().trim_start_matches("nginx version: ").to_owned())
}

/// Binding and letting go leaves a port that nobody else is given for a while.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn nginx(dir: &Path, address: SocketAddr, upstream: SocketAddr, workers: usize) -> Result<Process> {
    let here = dir.display();
    let config = format!(
        "daemon off; pid {here}/pid; error_log {here}/output error; worker_processes {workers};
events {{ worker_connections 8192; }}
http {{
    access_log off;
    client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
    keepalive_timeout 600s; keepalive_requests 1000000000; tcp_nodelay on;
    client_max_body_size 64m; client_body_buffer_size 256k;
    upstream backend {{
        server {upstream};
        keepalive 2048; keepalive_requests 1000000000; keepalive_timeout 600s;
    }}
    server {{
        listen {address} backlog=4096;
        location / {{
            proxy_pass http://backend;
            proxy_http_version 1.1; proxy_set_header Connection \"\";
            proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 600s;
        }}
    }}
}}
"
    );
    let file = dir.join("nginx.conf");
    fs::write(&file, config)?;
    let command = || {
        let mut command = Command::new("nginx");
        command
            .arg("-p")
            .arg(dir)
            .arg("-c")
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let mut stop = command();
    stop.args(["-s", "stop"]);
    Ok(Process::spawn(&mut command())?.stop_with(stop))
}

fn yallmp_config(upstream: SocketAddr, chain: &Chain, log: bool) -> Value {
    let models: Vec<Value> = Kind::ALL
        .map(|kind| {
            let target = match chain {
                Chain::Renamed => format!("openai/{}-at-the-backend", kind.name()),
                _ => format!("openai/{}", kind.name()),
            };
            json!({
                "model_name": kind.name(),
                "litellm_params": {
                    "model": target,
                    "api_base": format!("http://{upstream}/{}/v1", kind.name()),
                    "api_key": "sk-bench",
                },
            })
        })
        .into();
    let mut config = json!({
        "model_list": models,
        "general_settings": {"request_log": {"enabled": log}},
    });
    match chain {
        Chain::Default | Chain::Renamed => {}
        Chain::Empty => config["plugins"] = json!([]),
        Chain::Guests { path, work, count } => {
            config["plugins"] = (1..=*count)
                .map(|n| json!({"name": format!("guest-{n}"), "path": path, "config": {"work": work.name()}}))
                .collect();
        }
    }
    config
}
