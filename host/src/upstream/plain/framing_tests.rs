use proptest::prelude::*;

use super::*;

/// The body in `input`, given in pieces of these lengths and then of the rest, and whether it
/// ended; or what is wrong with it.
fn read(framing: Framing, input: &[u8], cuts: &[usize]) -> Result<(Vec<u8>, bool), &'static str> {
    let mut framing = framing;
    let mut body = Vec::new();
    let mut rest = input;
    let mut lengths = cuts.iter().copied();
    loop {
        let (now, later) = rest.split_at(lengths.next().unwrap_or(rest.len()).min(rest.len()));
        let mut now = Bytes::copy_from_slice(now);
        loop {
            match framing.next(&mut now)? {
                Step::Piece(piece) => body.extend_from_slice(&piece),
                Step::More => break,
                Step::End => return Ok((body, true)),
            }
        }
        if later.is_empty() {
            return Ok((body, framing.may_close()));
        }
        rest = later;
    }
}

#[test]
fn bodies_cut_at_every_byte() {
    for (framing, input, body) in [
        (
            Framing::chunked(),
            "4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\n",
            "one,two",
        ),
        (
            Framing::chunked(),
            "0A;a=\"b;c\" ; d\r\n0123456789\r\n00 \r\n\r\n",
            "0123456789",
        ),
        (
            Framing::chunked(),
            "1\r\nx\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n",
            "x",
        ),
        (Framing::Length(5), "12345", "12345"),
        (Framing::Length(0), "", ""),
        (Framing::UntilClose, "all there is", "all there is"),
    ] {
        let whole = (body.as_bytes().to_vec(), true);
        for first in 0..=input.len() {
            for second in 1..=input.len() {
                assert_eq!(
                    read(framing, input.as_bytes(), &[first, second]),
                    Ok(whole.clone())
                );
            }
        }
        let ends_itself = framing != Framing::UntilClose;
        for end in 0..input.len() {
            let (_, is_whole) = read(framing, &input.as_bytes()[..end], &[]).unwrap();
            assert_eq!(is_whole, !ends_itself, "{input:?} up to {end}");
        }
    }
}

#[test]
fn what_follows_a_body_is_left() {
    for (mut framing, input) in [
        (Framing::Length(2), "ok and more"),
        (Framing::chunked(), "2\r\nok\r\n0\r\n\r\n and more"),
    ] {
        let mut input = Bytes::from_static(input.as_bytes());
        assert_eq!(framing.next(&mut input), Ok(Step::Piece("ok".into())));
        assert_eq!(framing.next(&mut input), Ok(Step::End));
        assert_eq!(input, " and more");
        assert_eq!(framing.next(&mut input), Ok(Step::End));
    }
}

#[test]
fn chunks_that_are_framed_wrong() {
    let long = "a".repeat(20 << 10);
    for input in [
        "\r\n",
        "zz\r\n",
        "-1\r\n",
        "+1\r\nx\r\n",
        "0x1\r\nx\r\n",
        "1\nx\n",
        "1\r\rx",
        "1\r\nxx\r\n",
        "1\r\nx\n",
        "11111111111111111\r\n",
        "1;\u{1}\r\nx\r\n",
        "0\r\n\rx",
        &format!("1;{long}\r\nx\r\n"),
        &format!("0\r\nx-a: {long}\r\n\r\n"),
    ] {
        assert!(
            read(Framing::chunked(), input.as_bytes(), &[]).is_err(),
            "{input:.30?}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(input: Vec<u8>, cuts in prop::collection::vec(1usize..9, 0..20)) {
        // However they are cut, the outcome is the same.
        let at_once = read(Framing::chunked(), &input, &[]);
        prop_assert_eq!(read(Framing::chunked(), &input, &cuts), at_once);
    }

    #[test]
    fn chunks_are_joined(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..9),
        cuts in prop::collection::vec(1usize..9, 0..60),
    ) {
        let mut input = Vec::new();
        for chunk in &chunks {
            input.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            input.extend_from_slice(chunk);
            input.extend_from_slice(b"\r\n");
        }
        input.extend_from_slice(b"0\r\n\r\n");
        prop_assert_eq!(read(Framing::chunked(), &input, &cuts), Ok((chunks.concat(), true)));
    }
}
