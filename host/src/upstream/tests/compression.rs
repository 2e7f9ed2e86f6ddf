//! Answers that come compressed.

use super::*;

async fn compressed(coding: &str, text: &str) -> Vec<u8> {
    async fn run<W: AsyncWrite + Unpin>(mut encoder: W, text: &str) -> W {
        encoder.write_all(text.as_bytes()).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder
    }
    match coding {
        "gzip" | "x-gzip" => run(GzipEncoder::new(Vec::new()), text).await.into_inner(),
        "br" => run(BrotliEncoder::new(Vec::new()), text).await.into_inner(),
        "zstd" => run(ZstdEncoder::new(Vec::new()), text).await.into_inner(),
        "deflate" => run(ZlibEncoder::new(Vec::new()), text).await.into_inner(),
        _ => text.as_bytes().to_vec(),
    }
}

#[tokio::test]
async fn compressed_answers_are_unpacked_unasked() {
    let text = "{\"answer\": 42} ".repeat(5000);
    for coding in ["gzip", "x-gzip", "br", "zstd", "deflate", "identity"] {
        let body = compressed(coding, &text).await;
        let url = answering(
            whole(&format!("content-encoding: {coding}\r\n"), &body),
            false,
        )
        .await;
        let reply = Client::new(Way::Plain).send(&url).await.unwrap();
        assert!(!reply.headers.contains_key("content-encoding"));
        assert!(!reply.headers.contains_key("content-length"));
        assert_eq!(read(reply.body).await.unwrap(), text, "{coding}");
        // Cut short, it is an error and not a short answer.
        if coding != "identity" {
            let short = &body[..body.len() - 5];
            let head = format!("content-encoding: {coding}\r\n");
            let url = answering(whole(&head, short), false).await;
            let reply = Client::new(Way::Plain).send(&url).await.unwrap();
            let error = read(reply.body).await.expect_err(coding);
            assert!(matches!(error, UpstreamError::Unreadable(_)), "{error}");
        }
    }
    let twice = {
        let inner = compressed("gzip", &text).await;
        let mut encoder = BrotliEncoder::new(Vec::new());
        encoder.write_all(&inner).await.unwrap();
        encoder.shutdown().await.unwrap();
        encoder.into_inner()
    };
    let url = answering(whole("content-encoding: gzip, br\r\n", &twice), false).await;
    let reply = Client::new(Way::Plain).send(&url).await.unwrap();
    assert_eq!(read(reply.body).await.unwrap(), text);
}

#[tokio::test]
async fn a_compressed_stream_is_not_held_back() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let (go, gone) = mpsc::unbounded_channel::<()>();
        let gone = Arc::new(tokio::sync::Mutex::new(gone));
        let url = serve(move |_, mut stream| {
            let gone = gone.clone();
            async move {
                read_request(&mut stream).await;
                let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
                let mut encoder: Box<dyn AsyncWrite + Send + Unpin> = match coding {
                    "gzip" => Box::new(GzipEncoder::new(stream)),
                    "br" => Box::new(BrotliEncoder::new(stream)),
                    "zstd" => Box::new(ZstdEncoder::new(stream)),
                    _ => Box::new(ZlibEncoder::new(stream)),
                };
                for number in 0..3 {
                    gone.lock().await.recv().await;
                    let event = format!("data: {number}\n\n");
                    encoder.write_all(event.as_bytes()).await.unwrap();
                    encoder.flush().await.unwrap();
                }
                encoder.shutdown().await.unwrap();
            }
        })
        .await;
        let mut reply = Client::new(Way::Plain).send(&url).await.unwrap();
        for number in 0..3 {
            go.send(()).unwrap();
            let piece = soon(coding, reply.body.next()).await.unwrap().unwrap();
            assert_eq!(piece, format!("data: {number}\n\n"), "{coding}");
        }
        assert!(soon("the end", reply.body.next()).await.is_none());
    }
}

#[tokio::test]
async fn an_empty_body_needs_no_compression() {
    for coding in ["gzip", "br", "zstd", "deflate"] {
        let head = format!("content-encoding: {coding}\r\n");
        let url = answering(whole(&head, b""), false).await;
        let reply = Client::new(Way::Plain).send(&url).await.unwrap();
        assert_eq!(read(reply.body).await.unwrap(), "", "{coding}");
    }
}
