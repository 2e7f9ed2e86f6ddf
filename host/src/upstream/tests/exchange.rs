//! One request and its answer.

use super::*;

#[tokio::test]
async fn the_request_is_written_as_given() {
    let (send, mut seen) = mpsc::unbounded_channel();
    let url = serve(move |_, mut stream| {
        let send = send.clone();
        async move {
            let _ = send.send(read_request(&mut stream).await.unwrap());
            stream.write_all(&whole("", b"{}")).await.unwrap();
        }
    })
    .await;
    Client::new(Way::Plain).send(&url).await.unwrap();
    let host = url.split('/').nth(2).unwrap();
    assert_eq!(
        seen.recv().await.unwrap(),
        format!(
            "POST /v1/chat?x=1 HTTP/1.1\r\ncontent-type: application/json\r\nx-mine: yes\r\n\
             host: {host}\r\ncontent-length: 13\r\n\r\n{{\"model\":\"a\"}}"
        )
    );
}

#[tokio::test]
async fn status_headers_and_body_come_back() {
    for way in WAYS {
        let answer = "HTTP/1.1 429 Slow Down\r\nretry-after: 7\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\n{}";
        let url = answering(answer, false).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(reply.status, 429);
        assert_eq!(reply.headers["retry-after"], "7");
        assert_eq!(reply.headers.get_all("x-a").iter().count(), 2);
        assert_eq!(read(reply.body).await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for way in WAYS {
        let answer = "HTTP/1.1 307 Over There\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n";
        let url = answering(answer, false).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(reply.status, 307);
    }
}

#[tokio::test]
async fn pieces_come_when_they_are_sent() {
    for way in WAYS {
        let (go, gone) = mpsc::unbounded_channel::<()>();
        let gone = Arc::new(tokio::sync::Mutex::new(gone));
        let url = serve(move |_, mut stream| {
            let gone = gone.clone();
            async move {
                read_request(&mut stream).await;
                // A head that dribbles in.
                for piece in [
                    "HTTP/1.1 20",
                    "0 OK\r\ntransfer-enc",
                    "oding: chunked\r\n\r",
                    "\n",
                ] {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    tokio::task::yield_now().await;
                }
                for chunk in ["4\r\none,\r\n", "4\r\ntwo,\r\n", "5\r\nthree\r\n0\r\n\r\n"] {
                    gone.lock().await.recv().await;
                    stream.write_all(chunk.as_bytes()).await.unwrap();
                }
            }
        })
        .await;
        let mut reply = soon("the head", Client::new(way).send(&url)).await.unwrap();
        for expected in ["one,", "two,", "three"] {
            go.send(()).unwrap();
            let piece = soon(expected, reply.body.next()).await;
            assert_eq!(piece.unwrap().unwrap(), expected);
        }
        assert!(soon("the end", reply.body.next()).await.is_none());
    }
}

#[tokio::test]
async fn what_arrived_together_is_there_together() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunks: String = (0..16).map(|n| format!("2\r\n{n:02}\r\n")).collect();
    let url = answering(format!("{head}{chunks}"), false).await;
    let client = Client::new(Way::Plain);
    let mut body = client.send(&url).await.unwrap().body;
    let mut all = soon("the first piece", body.next())
        .await
        .unwrap()
        .unwrap()
        .to_vec();
    // Nobody else gets a turn.
    while let Some(piece) = body.next().now_or_never() {
        all.extend_from_slice(&piece.unwrap().unwrap());
    }
    assert_eq!(all.len(), 32, "{}", String::from_utf8_lossy(&all));
}

#[tokio::test]
async fn a_backend_may_answer_before_it_has_read_the_request() {
    for way in WAYS {
        let url = serve(|_, mut stream| async move {
            let _ = stream.read(&mut [0; 1024]).await;
            let answer = "HTTP/1.1 413 Too Much\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).await.unwrap();
            // It reads no more, and stays.
            std::future::pending::<()>().await;
        })
        .await;
        let mut request = request(&url);
        request.body = Bytes::from(vec![b' '; 32 << 20]);
        let reply = soon("the answer", Client::new(way).send_request(request)).await;
        let reply = reply.unwrap();
        assert_eq!(reply.status, 413);
        assert_eq!(soon("its end", read(reply.body)).await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn what_only_says_that_an_answer_will_come_is_no_answer() {
    for way in WAYS {
        let hints = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
        let answer = [hints.as_bytes(), &whole("", b"{}")].concat();
        let url = answering(answer, false).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(reply.status, 200);
        assert!(!reply.headers.contains_key("link"));
        assert_eq!(read(reply.body).await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn a_body_may_end_with_the_connection() {
    for way in WAYS {
        let url = answering("HTTP/1.0 200 OK\r\n\r\nall there is", true).await;
        let reply = Client::new(way).send(&url).await.unwrap();
        assert_eq!(read(reply.body).await.unwrap(), "all there is");
    }
}
