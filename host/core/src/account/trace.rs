//! Where an exchange stands in a distributed trace, after W3C Trace Context.

use http::{HeaderMap, HeaderName, HeaderValue};

pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The span of an exchange, and its place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    pub trace: u128,
    /// The client's span.
    pub parent: Option<u64>,
    /// The exchange's own.
    pub span: u64,
    /// Somebody records the trace. What is not sampled is passed on, and not exported.
    pub sampled: bool,
}

impl TraceContext {
    /// Continue the client's trace if it sent a `traceparent` that is one, else begin one.
    /// `fresh`: a new trace and a new span, neither 0.
    pub fn of(headers: &HeaderMap, fresh: (u128, u64)) -> Self {
        let (trace, span) = fresh;
        let theirs = headers.get(TRACEPARENT).and_then(|v| v.to_str().ok());
        match theirs.and_then(parse) {
            Some((trace, parent, sampled)) => Self {
                trace,
                parent: Some(parent),
                span,
                sampled,
            },
            None => Self {
                trace,
                parent: None,
                span,
                sampled: true,
            },
        }
    }

    /// The span of a try, counted from 1.
    pub fn attempt(&self, number: u32) -> u64 {
        // Spread over all bits, so that spans of neighbours never meet.
        let mut mixed = self
            .span
            .wrapping_add(u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).max(1)
    }

    /// The header for a backend that is asked in this span.
    pub fn traceparent(&self, span: u64) -> HeaderValue {
        let flags = u8::from(self.sampled);
        let text = format!("00-{:032x}-{span:016x}-{flags:02x}", self.trace);
        HeaderValue::try_from(text).expect("hexadecimal digits")
    }
}

/// Trace, span and whether it is sampled. A later version may say more behind these.
fn parse(header: &str) -> Option<(u128, u64, bool)> {
    let mut parts = header.trim().split('-');
    let version = hex(parts.next()?, 2)?;
    let trace = hex(parts.next()?, 32)?;
    let span = hex(parts.next()?, 16)? as u64;
    let flags = hex(parts.next()?, 2)?;
    let more = parts.next().is_some();
    let valid = version != 0xff && trace != 0 && span != 0 && !(version == 0 && more);
    valid.then_some((trace, span, flags & 1 == 1))
}

fn hex(digits: &str, length: usize) -> Option<u128> {
    let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if digits.len() != length || !digits.bytes().all(lower) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(header: &str) -> TraceContext {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, header.parse().unwrap());
        TraceContext::of(&headers, (7, 8))
    }

    #[test]
    fn the_clients_trace_goes_on() {
        let context = of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(context.trace, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(context.parent, Some(0x00f0_67aa_0ba9_02b7));
        assert_eq!((context.span, context.sampled), (8, true));
        assert!(!of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").sampled);
        let later = of("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes");
        assert_eq!(later.trace, context.trace);
    }

    #[test]
    fn what_is_no_context_begins_a_new_trace() {
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            let context = of(bad);
            assert_eq!((context.trace, context.parent), (7, None), "{bad}");
            assert!(context.sampled);
        }
    }

    #[test]
    fn each_try_has_a_span_of_its_own() {
        let context = of("00-0000000000000000000000000000abcd-00000000000000ef-01");
        let spans: std::collections::BTreeSet<u64> = (1..=32).map(|n| context.attempt(n)).collect();
        assert_eq!(spans.len(), 32);
        assert!(!spans.contains(&context.span) && !spans.contains(&0));
        let header = context.traceparent(0xff);
        assert_eq!(
            header,
            "00-0000000000000000000000000000abcd-00000000000000ff-01"
        );
    }
}
