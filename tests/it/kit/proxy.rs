//! The built binary, with a configuration text in a folder of its own.

use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::Value;

use super::client::{Answered, Client, Live};
use super::wait::{TempDir, eventually, within};

pub struct Proxy {
    addr: SocketAddr,
    process: Process,
    recipe: Recipe,
    client: Client,
}

struct Process {
    child: Child,
    stdout: Output,
    stderr: Output,
}

/// What was printed so far, and the thread that listens.
struct Output {
    text: Arc<Mutex<String>>,
    listener: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Recipe {
    dir: Arc<TempDir>,
    env: Vec<(String, String)>,
    args: Vec<String>,
    /// What a shell does before it becomes the proxy.
    prelude: Option<String>,
}

/// Settings for one proxy; `Proxy::with(yaml)…start()`.
pub struct ProxyBuilder(Recipe);

impl ProxyBuilder {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.0.env.push((name.into(), value.into()));
        self
    }

    /// More command-line arguments of `serve`.
    pub fn arg(mut self, arg: &str) -> Self {
        self.0.args.push(arg.into());
        self
    }

    /// Start it with this soft limit of open files.
    #[cfg(unix)]
    pub fn soft_limit_of_files(mut self, limit: u32) -> Self {
        self.0.prelude = Some(format!("ulimit -Sn {limit}"));
        self
    }

    /// Start it where no file can be written: each write fails, as on a disk that is full.
    #[cfg(unix)]
    pub fn full_disk(mut self) -> Self {
        self.0.prelude = Some("trap '' XFSZ; ulimit -f 0".into());
        self
    }

    /// A file beside the configuration.
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Its folder. Keep this to look into it when the proxy is gone.
    pub fn folder(&self) -> Arc<TempDir> {
        self.0.dir.clone()
    }

    /// Start it and wait until it listens.
    pub async fn start(self) -> Proxy {
        match self.try_start().await {
            Ok(proxy) => proxy,
            Err(end) => panic!("the proxy did not start: {end:#?}"),
        }
    }

    /// Start it, or say how it ended.
    pub async fn try_start(self) -> Result<Proxy, Ended> {
        start(self.0).await
    }
}

/// How a process ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Proxy {
    /// With this configuration, on a free port of 127.0.0.1.
    pub async fn start(yaml: &str) -> Self {
        Self::with(yaml).start().await
    }

    pub fn with(yaml: &str) -> ProxyBuilder {
        let dir = Arc::new(TempDir::new());
        std::fs::write(dir.path().join("litellm_config.yaml"), yaml).unwrap();
        ProxyBuilder(Recipe {
            dir,
            env: Vec::new(),
            args: Vec::new(),
            prelude: None,
        })
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Its working folder, which holds the configuration, `logs/` and the state file.
    pub fn dir(&self) -> &Path {
        self.recipe.dir.path()
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.client.get(path).await
    }

    /// GET until the answer is as it should be: an index follows a moment later.
    #[track_caller]
    pub fn until(&self, path: &str, is: impl Fn(&Value) -> bool) -> impl Future<Output = Value> {
        let asking = async move {
            loop {
                let answer = self.get(path).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                let answer = answer.json();
                if is(&answer) {
                    return answer;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        within(path, asking)
    }

    pub async fn post(&self, path: &str, body: Value) -> Answered {
        self.client.post(path, body).await
    }

    pub async fn delete(&self, path: &str) -> Answered {
        self.client.request("DELETE", path, &[], "").await
    }

    /// `POST /v1/chat/completions`, read to the end.
    pub async fn chat(&self, body: Value) -> Answered {
        self.client.post("/v1/chat/completions", body).await
    }

    /// The same, as the exchange with this id.
    pub async fn chat_as(&self, id: &str, body: Value) -> Answered {
        let client = self.client.with_header("x-request-id", id);
        client.post("/v1/chat/completions", body).await
    }

    /// The same, to be read piece by piece.
    pub async fn chat_open(&self, body: Value) -> Live {
        self.client.open("/v1/chat/completions", body).await
    }

    pub fn stdout(&self) -> String {
        self.process.stdout.text()
    }

    pub fn stderr(&self) -> String {
        self.process.stderr.text()
    }

    /// Resident memory; None where `/proc` does not say.
    pub fn resident_mb(&self) -> Option<u64> {
        let path = format!("/proc/{}/status", self.process.child.id());
        let status = std::fs::read_to_string(path).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        let kb: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kb / 1024)
    }

    /// Finished request logs, oldest first, with their text.
    pub fn logs(&self) -> Vec<(PathBuf, String)> {
        let Ok(entries) = std::fs::read_dir(self.dir().join("logs/requests")) else {
            return Vec::new();
        };
        let mut logs: Vec<_> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "log"))
            .filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?)))
            .collect();
        logs.sort();
        logs
    }

    /// Wait for the n-th log (from 1) and return its text.
    #[track_caller]
    pub fn log(&self, number: usize) -> impl Future<Output = String> {
        eventually(format!("request log {number}"), move || {
            let (_, text) = self.logs().into_iter().nth(number - 1)?;
            Some(text)
        })
    }

    /// `kill -9`, then wait for the end.
    pub fn kill(&mut self) {
        let _ = self.process.child.kill();
        let _ = self.process.child.wait();
    }

    /// Ask it to stop as a service manager does, and wait for the end.
    #[cfg(unix)]
    pub async fn terminate(&mut self) -> Ended {
        self.signal("TERM");
        self.ended().await
    }

    /// Send a signal: `TERM`, `INT`.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let pid = self.process.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(status.unwrap().success());
    }

    /// Wait until the process has ended by itself.
    pub async fn ended(&mut self) -> Ended {
        self.process.ended().await
    }

    /// Kill it and start it again in the same folder (and on another port).
    pub async fn restart(mut self) -> Self {
        self.kill();
        match start(self.recipe.clone()).await {
            Ok(proxy) => proxy,
            Err(end) => panic!("the proxy did not start again: {end:#?}"),
        }
    }
}

impl Process {
    async fn ended(&mut self) -> Ended {
        let child = &mut self.child;
        let status = eventually("the process ends", || child.try_wait().unwrap()).await;
        self.at_end(status)
    }

    fn at_end(&mut self, status: ExitStatus) -> Ended {
        Ended {
            code: status.code(),
            stdout: self.stdout.rest(),
            stderr: self.stderr.rest(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Output {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let into = text.clone();
        let listener = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                bytes.extend_from_slice(&piece[..length]);
                *into.lock().unwrap() = String::from_utf8_lossy(&bytes).into_owned();
            }
        });
        Self {
            text,
            listener: Some(listener),
        }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    /// Everything, once the process is gone.
    fn rest(&mut self) -> String {
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        self.text()
    }
}

/// Another command that listens, started.
pub struct Started {
    addr: SocketAddr,
    process: Process,
}

impl Started {
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Kill it, and see what it said.
    pub fn stop(&mut self) -> Ended {
        let _ = self.process.child.kill();
        let status = self.process.child.wait().unwrap();
        self.process.at_end(status)
    }
}

/// Run the binary with these arguments in `dir` until it listens.
pub async fn start_command(dir: &Path, args: &[&str]) -> Started {
    let process = spawn(dir, args);
    let addr = eventually("the command listens", || listening(&process.stdout.text())).await;
    Started { addr, process }
}

/// A command that goes on by itself; it is killed at the end.
pub struct Running(Process);

impl Running {
    /// Run the binary with these arguments in `dir`.
    pub fn start(dir: &Path, args: &[&str]) -> Self {
        Self(spawn(dir, args))
    }

    /// Wait until it has printed this.
    #[track_caller]
    pub fn prints(&self, text: &str) -> impl Future<Output = ()> {
        eventually(format!("the command prints {text:?}"), move || {
            self.0.stdout.text().contains(text).then_some(())
        })
    }
}

fn spawn(dir: &Path, args: &[&str]) -> Process {
    let mut child = command(Command::new(BINARY), dir, &[])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Process {
        stdout: Output::of(child.stdout.take().unwrap()),
        stderr: Output::of(child.stderr.take().unwrap()),
        child,
    }
}

/// Run the binary with these arguments to its end, in `dir`.
pub async fn run(dir: &Path, args: &[&str]) -> Ended {
    let mut command = command(Command::new(BINARY), dir, &[]);
    command.args(args);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = within("yallmp ends", output).await.unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

const BINARY: &str = env!("CARGO_BIN_EXE_yallmp");

fn command(mut command: Command, dir: &Path, env: &[(String, String)]) -> Command {
    command
        .current_dir(dir)
        .env_remove("YALLMP_CONFIG")
        .env_remove("YALLM_CONFIG")
        .env_remove("LITELLM_MASTER_KEY")
        .env_remove("RUST_LOG")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .envs(env.iter().cloned())
        .stdin(Stdio::null());
    command
}

async fn start(recipe: Recipe) -> Result<Proxy, Ended> {
    let binary = match &recipe.prelude {
        None => Command::new(BINARY),
        Some(prelude) => {
            let mut shell = Command::new("sh");
            let script = format!("{prelude}; exec \"$0\" \"$@\"");
            shell.args(["-c", &script, BINARY]);
            shell
        }
    };
    let mut child = command(binary, recipe.dir.path(), &recipe.env)
        .args(["serve", "--port", "0"])
        .args(&recipe.args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut process = Process {
        stdout: Output::of(child.stdout.take().unwrap()),
        stderr: Output::of(child.stderr.take().unwrap()),
        child,
    };
    let listening = eventually("the proxy listens or ends", || {
        match listening(&process.stdout.text()) {
            Some(addr) => Some(Ok(addr)),
            None => process.child.try_wait().unwrap().map(Err),
        }
    });
    match listening.await {
        Ok(addr) => Ok(Proxy {
            addr,
            process,
            recipe,
            client: Client::new(addr),
        }),
        Err(status) => Err(process.at_end(status)),
    }
}

/// The address in the line that says where it listens.
fn listening(stdout: &str) -> Option<SocketAddr> {
    let (_, rest) = stdout.split_once("listening on http://")?;
    let (addr, _) = rest.split_once('\n')?;
    addr.trim().parse().ok()
}
