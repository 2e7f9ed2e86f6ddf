//! Connections that are used again, and those that are not.

use super::*;

#[tokio::test]
async fn a_connection_is_used_again() {
    for way in WAYS {
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = connections.clone();
        let url = serve(move |_, mut stream| {
            counter.fetch_add(1, SeqCst);
            async move {
                while read_request(&mut stream).await.is_some() {
                    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n";
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        })
        .await;
        let client = Client::new(way);
        for _ in 0..5 {
            let reply = client.send(&url).await.unwrap();
            assert_eq!(read(reply.body).await.unwrap(), "done");
            // The connection's task has to see the end, too.
            tokio::task::yield_now().await;
        }
        assert_eq!(connections.load(SeqCst), 1, "{way:?}");
    }
}

#[tokio::test]
async fn a_stream_left_after_its_last_event_gives_its_connection_back() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    let url = serve(move |_, mut stream| {
        counter.fetch_add(1, SeqCst);
        async move {
            while read_request(&mut stream).await.is_some() {
                let answer =
                    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ndone\r\n0\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let client = Client::new(Way::Plain);
    for _ in 0..3 {
        let mut reply = client.send(&url).await.unwrap();
        assert_eq!(reply.body.next().await.unwrap().unwrap(), "done");
        drop(reply);
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(connections.load(SeqCst), 1);
}

#[tokio::test]
async fn a_pooled_connection_that_the_backend_closed_is_replaced() {
    for way in WAYS {
        let (closed, mut is_closed) = mpsc::unbounded_channel();
        let url = serve(move |_, mut stream| {
            let closed = closed.clone();
            async move {
                read_request(&mut stream).await;
                stream.write_all(&whole("", b"{}")).await.unwrap();
                drop(stream);
                closed.send(()).unwrap();
            }
        })
        .await;
        let client = Client::new(way);
        for _ in 0..3 {
            let reply = client.send(&url).await.unwrap();
            assert_eq!(read(reply.body).await.unwrap(), "{}");
            is_closed.recv().await.unwrap();
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
        }
    }
}

#[tokio::test]
async fn a_connection_with_something_left_in_it_is_not_used_again() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    let url = serve(move |_, mut stream| {
        counter.fetch_add(1, SeqCst);
        async move {
            while read_request(&mut stream).await.is_some() {
                let answer = [whole("", b"{}"), whole("", b"{\"of\": \"nobody\"}")].concat();
                stream.write_all(&answer).await.unwrap();
            }
        }
    })
    .await;
    let client = Client::new(Way::Plain);
    for expected in 1..4 {
        let reply = client.send(&url).await.unwrap();
        assert_eq!(read(reply.body).await.unwrap(), "{}");
        assert_eq!(connections.load(SeqCst), expected);
    }
}

#[tokio::test]
async fn a_client_that_leaves_closes_the_backends_connection() {
    for way in WAYS {
        for begins in [false, true] {
            let (left, has_left) = oneshot::channel();
            let (asked, was_asked) = oneshot::channel();
            let ends = Arc::new(std::sync::Mutex::new(Some((asked, left))));
            let url = serve(move |_, mut stream| {
                let ends = ends.lock().unwrap().take();
                async move {
                    let Some((asked, left)) = ends else { return };
                    read_request(&mut stream).await;
                    if begins {
                        let head =
                            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";
                        stream.write_all(head.as_bytes()).await.unwrap();
                    }
                    asked.send(()).unwrap();
                    // Nothing more is sent; the next thing that is read is the end.
                    let _ = left.send(read_request(&mut stream).await);
                }
            })
            .await;
            let client = Client::new(way);
            let request = async {
                let mut reply = client.send(&url).await.unwrap();
                reply.body.next().await.unwrap().unwrap();
                // The second piece never comes.
                reply.body.next().await;
            };
            tokio::select! {
                () = request => panic!("{way:?}: it had no end"),
                _ = async {
                    was_asked.await.unwrap();
                    tokio::time::sleep(Duration::from_millis(20)).await;
                } => {}
            }
            let end = soon("the end of the connection", has_left).await;
            assert_eq!(end.unwrap(), None, "{way:?}, begun: {begins}");
        }
    }
}

#[tokio::test]
async fn many_at_once() {
    let url = answering(whole("", b"{}"), false).await;
    let client = Arc::new(Client::new(Way::Plain));
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let (client, url) = (client.clone(), url.clone());
            tokio::spawn(async move { read(client.send(&url).await.unwrap().body).await.unwrap() })
        })
        .collect();
    for request in requests {
        assert_eq!(soon("an answer", request).await.unwrap(), "{}");
    }
}
