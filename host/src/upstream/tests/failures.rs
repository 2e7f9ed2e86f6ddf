//! Answers that are broken, and backends that cannot be reached.

use super::*;

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
