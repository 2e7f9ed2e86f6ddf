use super::*;

fn parsed(head: &str) -> Result<Option<(Answer, usize)>, String> {
    answer(head.as_bytes(), &Method::POST)
}

#[test]
fn where_a_body_ends() {
    let chunked = Framing::chunked();
    for (head, framing, stays_open) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
            Framing::Length(5),
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n",
            Framing::Length(5),
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n",
            chunked,
            true,
        ),
        ("HTTP/1.1 200\r\n\r\n", Framing::UntilClose, false),
        ("HTTP/1.1 204 No Content\r\n\r\n", Framing::Length(0), true),
        (
            "HTTP/1.1 304 As Before\r\ncontent-length: 5\r\n\r\n",
            Framing::Length(0),
            true,
        ),
        (
            "HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n",
            Framing::Length(5),
            false,
        ),
        (
            "HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 5\r\n\r\n",
            Framing::Length(5),
            true,
        ),
        (
            "HTTP/1.1 200 OK\r\nconnection: x, close\r\ncontent-length: 5\r\n\r\n",
            Framing::Length(5),
            false,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
            chunked,
            false,
        ),
    ] {
        let (answer, length) = parsed(head).unwrap().unwrap();
        assert_eq!(
            (answer.framing, answer.stays_open),
            (framing, stays_open),
            "{head}"
        );
        assert_eq!(length, head.len());
    }
}

#[test]
fn heads_that_are_none() {
    let long = "x".repeat(MAX_HEAD);
    let many: String = (0..=MAX_HEADERS).map(|n| format!("x-{n}: 1\r\n")).collect();
    for head in [
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx y: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nx: a\r\n b\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\nx: {long}"),
        &format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
    ] {
        assert!(parsed(head).is_err(), "{head:.80}");
    }
}

#[test]
fn a_head_cut_anywhere_waits_for_more() {
    let head = "HTTP/1.1 200 OK\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 5\r\n\r\n";
    for end in 0..head.len() {
        assert!(parsed(&head[..end]).unwrap().is_none(), "{end}");
    }
    let (answer, _) = parsed(&format!("{head}12345")).unwrap().unwrap();
    assert_eq!(answer.headers.get_all("x-a").iter().count(), 2);
}

#[test]
fn an_answer_to_head_has_no_body() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    let (answer, _) = answer(head, &Method::HEAD).unwrap().unwrap();
    assert_eq!(answer.framing, Framing::Length(0));
}

#[test]
fn the_length_of_a_request_is_said_once() {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("99"));
    headers.insert(
        header::TRANSFER_ENCODING,
        HeaderValue::from_static("chunked"),
    );
    headers.insert(header::HOST, HeaderValue::from_static("other"));
    let host = HeaderValue::from_static("here");
    let head = request(&Method::POST, "/v1", &headers, &host, 0);
    let head = String::from_utf8(head).unwrap();
    assert_eq!(
        head,
        "POST /v1 HTTP/1.1\r\nhost: other\r\ncontent-length: 0\r\n\r\n"
    );
    let head = request(&Method::GET, "/", &HeaderMap::new(), &host, 0);
    assert_eq!(head, b"GET / HTTP/1.1\r\nhost: here\r\n\r\n");
}
