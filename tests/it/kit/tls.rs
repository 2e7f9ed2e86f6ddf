//! TLS before a backend: what comes over https goes on to it over plain HTTP/1.1.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use super::upstream::Backend;

/// The authority that vouches for [`Front`]s.
pub fn authority() -> PathBuf {
    certificates().join("ca.pem")
}

fn certificates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/it/certificates")
}

/// Its certificate is for `backend.test` and `127.0.0.1`.
pub struct Front {
    addr: SocketAddr,
    versions: Arc<Mutex<Vec<Version>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Front {
    /// Offers HTTP/2 and HTTP/1.1.
    pub async fn new(backend: &Backend) -> Self {
        Self::offering(backend, &["h2", "http/1.1"]).await
    }

    /// Offers these protocols.
    pub async fn offering(backend: &Backend, protocols: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let acceptor = acceptor(protocols);
        let versions: Arc<Mutex<Vec<Version>>> = Arc::default();
        let (seen, behind) = (versions.clone(), backend.addr());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), seen.clone());
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let service = service_fn(move |request: Request<Incoming>| {
                        seen.lock().unwrap().push(request.version());
                        pass(request, behind)
                    });
                    let server = auto::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self {
            addr,
            versions,
            task,
        }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Without a path: `https://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("https://{}", self.addr)
    }

    /// The protocol of each request.
    pub fn versions(&self) -> Vec<Version> {
        self.versions.lock().unwrap().clone()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn acceptor(protocols: &[&str]) -> TlsAcceptor {
    let read = |name: &str| std::fs::read(certificates().join(name)).unwrap();
    let certificate = CertificateDer::from_pem_slice(&read("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&read("server.key")).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    TlsAcceptor::from(Arc::new(config))
}

/// Ask the backend on a connection of its own, which goes when the other side does.
async fn pass(request: Request<Incoming>, to: SocketAddr) -> hyper::Result<Response<Incoming>> {
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (mut head, body) = request.into_parts();
    // HTTP/2 has the whole URL, HTTP/1.1 wants the path.
    head.uri = head.uri.path_and_query().unwrap().as_str().parse().unwrap();
    head.version = Version::HTTP_11;
    let mut answer = sender.send_request(Request::from_parts(head, body)).await?;
    // Of one connection; HTTP/2 forbids them.
    for name in ["transfer-encoding", "connection"] {
        answer.headers_mut().remove(name);
    }
    Ok(answer)
}
