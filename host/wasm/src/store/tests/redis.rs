//! Against a real server, `redis-server` or `valkey-server`. Skipped where there is none,
//! unless `YALLMP_EXAMPLES` is set, as in CI.

use std::process::{Child, Command, Stdio};

use super::*;
use crate::store::guard::Guarded;

struct Server {
    process: Child,
    port: u16,
    dir: tempfile::TempDir,
}

impl Server {
    /// On a free port, with a password and nothing on disk.
    fn start() -> Option<Self> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let dir = tempfile::tempdir().unwrap();
        Some(Self {
            process: start(port, dir.path())?,
            port,
            dir,
        })
    }

    fn url(&self) -> String {
        format!("redis://:hunter2@127.0.0.1:{}", self.port)
    }

    fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn start_again(&mut self) {
        self.process = start(self.port, self.dir.path()).unwrap();
    }
}

fn start(port: u16, dir: &std::path::Path) -> Option<Child> {
    let started = ["redis-server", "valkey-server"]
        .into_iter()
        .find_map(|name| {
            Command::new(name)
                .args([
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--requirepass",
                    "hunter2",
                ])
                .args(["--port", &port.to_string()])
                .arg("--dir")
                .arg(dir)
                .stdout(Stdio::null())
                .spawn()
                .ok()
        });
    let required = std::env::var_os("YALLMP_EXAMPLES").is_some();
    assert!(
        started.is_some() || !required,
        "no redis-server is installed"
    );
    if started.is_none() {
        eprintln!("SKIPPED: neither redis-server nor valkey-server is installed");
    }
    started
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Until the server answers.
async fn ready(store: &dyn Store) {
    for _ in 0..200 {
        if store.get(MINE, "ready?").await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the server does not answer");
}

#[tokio::test]
async fn the_redis_store_conforms() {
    let Some(server) = Server::start() else {
        return;
    };
    let store = RedisStore::new(&server.url()).unwrap();
    ready(&store).await;
    conforms(&store).await;
}

#[tokio::test]
async fn several_share_one_server() {
    let Some(server) = Server::start() else {
        return;
    };
    let one = RedisStore::new(&server.url()).unwrap();
    let other = RedisStore::new(&server.url()).unwrap();
    ready(&one).await;
    put(&one, MINE, "k", 3).await;
    assert!(has(&other, MINE, "k").await);
    other.delete(MINE, "k").await.unwrap();
    assert!(!has(&one, MINE, "k").await);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_back() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let store = Guarded::new(RedisStore::new(&server.url()).unwrap());
    ready(&store).await;
    put(&store, MINE, "k", 3).await;
    server.stop();
    let began = std::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(store.get(MINE, "k").await, Err(StoreError::Unavailable));
    }
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    server.start_again();
    ready(&store).await;
    put(&store, MINE, "k", 3).await;
    assert!(has(&store, MINE, "k").await);
}

#[tokio::test]
async fn a_wrong_password_is_a_store_that_is_away() {
    let Some(server) = Server::start() else {
        return;
    };
    ready(&RedisStore::new(&server.url()).unwrap()).await;
    let wrong = server.url().replace("hunter2", "guess");
    let store = Guarded::new(RedisStore::new(&wrong).unwrap());
    assert_eq!(store.get(MINE, "k").await, Err(StoreError::Unavailable));
}
