//! The store on a Redis or Valkey server, which several proxies share. How much is kept is
//! the server's business (`maxmemory`, `maxmemory-policy`); here every entry has its time.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, Expiry, FromRedisValue, RedisError};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::{Space, Store, StoreError};

/// Of an attempt to connect, TLS and log-in included. No request waits that long.
const CONNECT: Duration = Duration::from_secs(5);

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(10);

/// How many entries the server looks at in a step of a wipe: others want answers, too.
const SCAN_STEP: u32 = 1000;

/// Waits for its server, so it belongs behind a guard.
pub struct RedisStore {
    connection: watch::Receiver<Option<MultiplexedConnection>>,
    /// Tells the keeper that the connection is broken.
    broken: mpsc::Sender<()>,
    keeper: JoinHandle<()>,
}

impl RedisStore {
    /// Begins to connect. The error says what is wrong with the URL without quoting it.
    pub fn new(url: &str) -> Result<Self, String> {
        let client = Client::open(url).map_err(|error| error.category().to_owned())?;
        let (put, connection) = watch::channel(None);
        let (broken, breaks) = mpsc::channel(1);
        Ok(Self {
            connection,
            broken,
            keeper: tokio::spawn(keep(client, put, breaks)),
        })
    }

    async fn run<T: FromRedisValue>(&self, command: Cmd) -> Result<T, StoreError> {
        let mut connection = self
            .connection
            .clone()
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|connection| connection.clone())
            .ok_or(StoreError::Unavailable)?;
        command.query_async(&mut connection).await.map_err(|error| {
            self.heard(&error);
            StoreError::Unavailable
        })
    }

    fn heard(&self, error: &RedisError) {
        tracing::debug!("the plugin store: {error}");
        if error.is_io_error() || error.is_unrecoverable_error() {
            // If the channel is full the keeper knows already.
            let _ = self.broken.try_send(());
        }
    }
}

impl Drop for RedisStore {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Hold a connection, and make a new one when it breaks, for as long as the store lives.
async fn keep(
    client: Client,
    connection: watch::Sender<Option<MultiplexedConnection>>,
    mut breaks: mpsc::Receiver<()>,
) {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(CONNECT));
    let address = client.get_connection_info().addr().to_string();
    let mut pause = FIRST_PAUSE;
    let mut said = false;
    loop {
        match client
            .get_multiplexed_async_connection_with_config(&config)
            .await
        {
            Ok(made) => {
                pause = FIRST_PAUSE;
                said = false;
                // Of the connection before this one.
                let _ = breaks.try_recv();
                connection.send_replace(Some(made));
                if breaks.recv().await.is_none() {
                    return;
                }
                connection.send_replace(None);
            }
            Err(error) => {
                if !std::mem::replace(&mut said, true) {
                    tracing::warn!("cannot reach the plugin store at {address}: {error}");
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(MAX_PAUSE);
            }
        }
    }
}

#[async_trait]
impl Store for RedisStore {
    async fn get(&self, space: Space<'_>, key: &str) -> Result<Option<Bytes>, StoreError> {
        let found: Option<Vec<u8>> = self.run(Cmd::get(name(space, key))).await?;
        Ok(found.map(Bytes::from))
    }

    async fn renew(
        &self,
        space: Space<'_>,
        key: &str,
        ttl: Duration,
    ) -> Result<Option<Bytes>, StoreError> {
        let expiry = Expiry::PX(milliseconds(ttl));
        let found: Option<Vec<u8>> = self.run(Cmd::get_ex(name(space, key), expiry)).await?;
        Ok(found.map(Bytes::from))
    }

    async fn put(
        &self,
        space: Space<'_>,
        key: &str,
        value: Bytes,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let put = Cmd::pset_ex(name(space, key), &value[..], milliseconds(ttl));
        self.run(put).await
    }

    async fn delete(&self, space: Space<'_>, key: &str) -> Result<(), StoreError> {
        let _: u64 = self.run(Cmd::del(name(space, key))).await?;
        Ok(())
    }

    async fn clear(&self, plugin: &str) -> Result<u64, StoreError> {
        // Names of plugins hold nothing that a pattern takes for more than itself.
        let pattern = format!("yallmp:{plugin}:*");
        let (mut cursor, mut removed) = (0, 0);
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern);
            scan.arg("COUNT").arg(SCAN_STEP);
            let (next, keys): (u64, Vec<Vec<u8>>) = self.run(scan).await?;
            if !keys.is_empty() {
                removed += self.run::<u64>(Cmd::unlink(keys)).await?;
            }
            cursor = next;
            if cursor == 0 {
                return Ok(removed);
            }
        }
    }
}

fn milliseconds(ttl: Duration) -> u64 {
    u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Plugin names and tenants hold no colon, so no two entries share a name.
fn name(space: Space<'_>, key: &str) -> String {
    format!("yallmp:{}:{}:{key}", space.plugin, space.tenant)
}
