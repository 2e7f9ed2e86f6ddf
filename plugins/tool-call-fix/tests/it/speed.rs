//! What must not take long, or wait.

use std::time::Instant;

use serde_json::json;
use yallmp_sdk::testkit::Kit;

use crate::support::{REQUEST, chunk, parse};

type Plugin = Kit<plugin_tool_call_fix::ToolCallFix>;

fn stream<'p>(pieces: impl IntoIterator<Item = &'p str>) -> Vec<String> {
    let content = |text| chunk(&json!({ "content": text }), None);
    let mut stream: Vec<String> = pieces.into_iter().map(content).collect();
    stream.push(chunk(&json!({}), Some("stop")));
    stream
}

fn run(stream: &[String]) -> Vec<String> {
    let kit = Plugin::new().request(REQUEST);
    kit.stream(stream).expect("no error")
}

/// By format: what opens a value of a string, and what ends the call.
const FORMATS: [(&str, &str); 39] = [
    (
        "<tool_call>\n{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}\n</tool_call>",
    ),
    (
        "<tool_call>\n<function=write_file>\n<parameter=content>\n",
        "\n</parameter>\n</function>\n</tool_call>",
    ),
    (
        "<tool_call>write_file<arg_key>content</arg_key><arg_value>",
        "</arg_value></tool_call>",
    ),
    (
        "<invoke name=\"write_file\"><parameter name=\"content\">",
        "</parameter></invoke>",
    ),
    ("[TOOL_CALLS]write_file[ARGS]{\"content\": \"", "\"}"),
    ("[write_file(content=\"", "\")]"),
    (
        "<|tool_call>call:write_file{content:<|\"|>",
        "<|\"|>}<tool_call|>",
    ),
    ("<write_file><content>", "</content></write_file>"),
    (
        "]<]minimax[>[<invoke name=\"write_file\">]<]minimax[>[<content>",
        "]<]minimax[>[</content>]<]minimax[>[</invoke>",
    ),
    (
        "<｜DSML｜function_calls>\n<｜DSML｜invoke name=\"write_file\">\n<｜DSML｜parameter name=\"content\" string=\"true\">",
        "</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>",
    ),
    (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>write_file\n```json\n{\"content\": \"",
        "\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>write_file<｜tool▁sep｜>{\"content\": \"",
        "\"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name=\"write_file\"><steptml:parameter name=\"content\">",
        "</steptml:parameter></steptml:invoke><｜tool_call_end｜><｜tool_calls_end｜>",
    ),
    (
        "<minimax:tool_call>\n<invoke name=\"write_file\">\n<parameter name=\"content\">",
        "</parameter>\n</invoke>\n</minimax:tool_call>",
    ),
    (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.write_file:0<|tool_call_argument_begin|>{\"content\": \"",
        "\"}<|tool_call_end|><|tool_calls_section_end|>",
    ),
    (
        "<|open|>tools<|sep|><|open|>call tool=\"write_file\" index=\"1\"<|sep|><|open|>argument key=\"content\" type=\"string\"<|sep|>",
        "<|close|>argument<|sep|><|close|>call<|sep|><|close|>tools<|sep|>",
    ),
    (
        "<seed:tool_call>\n<function=write_file>\n<parameter=content>",
        "</parameter>\n</function>\n</seed:tool_call>",
    ),
    (
        "<longcat_tool_call>{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}</longcat_tool_call>",
    ),
    (
        "<|tool_call:start|>write_file\n<|tool_arg:start|>content<|tool_arg:value|>",
        "<|tool_arg:end|>\n<|tool_call:end|>",
    ),
    (
        "<|tool_call_start|>[write_file(content=\"",
        "\")]<|tool_call_end|>",
    ),
    (
        "<start_function_call>call:write_file{content:<escape>",
        "<escape>}<end_function_call>",
    ),
    (
        "functools[{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}]",
    ),
    (
        "<TOOLCALL>[{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}]</TOOLCALL>",
    ),
    (
        "<|python_tag|>{\"name\": \"write_file\", \"parameters\": {\"content\": \"",
        "\"}}",
    ),
    (
        "<|START_ACTION|>[{\"tool_call_id\": \"0\", \"tool_name\": \"write_file\", \"parameters\": {\"content\": \"",
        "\"}}]<|END_ACTION|>",
    ),
    (
        "<|action_start|><|plugin|>{\"name\": \"write_file\", \"parameters\": {\"content\": \"",
        "\"}}<|action_end|>",
    ),
    (
        "<|tools_prefix|>[{\"write_file\": {\"content\": \"",
        "\"}}]<|tools_suffix|>",
    ),
    (
        "<|message_model|>write_file<|content_invoke_tool_json|>{\"name\": \"write_file\", \"args\": {\"content\": \"",
        "\"}}<|end_message|>",
    ),
    (
        "<|function_call|>{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}",
    ),
    (
        "<|channel|>commentary to=functions.write_file <|constrain|>json<|message|>{\"content\": \"",
        "\"}<|call|>",
    ),
    (
        "<tool_calls>[{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}]</tool_calls>",
    ),
    (
        "<function_calls>\nwrite_file(content=\"",
        "\")\n</function_calls>",
    ),
    (
        "<tool_calls>\n<tool_call>write_file<tool_sep>\n<arg_key>content</arg_key>\n<arg_value>",
        "</arg_value>\n</tool_call>\n</tool_calls>",
    ),
    (
        "<function name=\"write_file\"><param name=\"content\"><![CDATA[",
        "]]></param></function>",
    ),
    ("<function=write_file>{\"content\": \"", "\"}</function>"),
    (
        "<ifm|tool_calls><ifm|tool_call>write_file<ifm|arg_key>content</ifm|arg_key><ifm|arg_value>",
        "</ifm|arg_value></ifm|tool_call></ifm|tool_calls>",
    ),
    (
        "<|tool_call|>[{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}]<|/tool_call|>",
    ),
    (
        "{\"name\": \"write_file\", \"arguments\": {\"content\": \"",
        "\"}}",
    ),
    ("write_file\n{\"content\": \"", "\"}"),
];

/// A model writes a large file: each piece goes out with the event that brought it.
#[test]
fn a_value_goes_out_while_it_comes_in() {
    for (open, close) in FORMATS {
        let body = ["line of text "; 50];
        let stream = stream([open].into_iter().chain(body).chain([close]));
        // The events up to the middle of the value alone: the answer breaks off there.
        let kit = Plugin::new().request(REQUEST);
        let half = kit
            .stream_until(&stream[..26], yallmp_sdk::EndReason::UpstreamError)
            .expect("no error");
        let sent: usize = half
            .iter()
            .map(|event| {
                let call = &parse(event)["choices"][0]["delta"]["tool_calls"][0];
                let arguments = call["function"]["arguments"].as_str();
                arguments.map_or(0, |text| text.matches("line of text").count())
            })
            .sum();
        assert_eq!(sent, 25, "{open}");
        // And no event waits for others: there are as many as came.
        assert!(run(&stream).len() >= stream.len() - 1, "{open}");
    }
}

fn seconds(stream: &[String]) -> f64 {
    let start = Instant::now();
    let out = run(stream);
    assert!(!out.is_empty());
    start.elapsed().as_secs_f64()
}

/// Eight times the text takes about eight times as long; quadratic time would be 64 times. The
/// bound and the further tries leave room for a busy machine.
fn assert_linear(what: &str, stream_of: impl Fn(usize) -> Vec<String>) {
    let size = 500;
    let (small, large) = (stream_of(size), stream_of(8 * size));
    let mut tries = Vec::new();
    for _ in 0..3 {
        let (small, large) = (seconds(&small), seconds(&large));
        if large < 32.0 * small || large < 0.1 {
            return;
        }
        tries.push((small, large));
    }
    panic!("{what}: {tries:.4?} seconds");
}

#[test]
fn large_arguments_in_small_pieces_take_linear_time() {
    for (open, close) in FORMATS {
        assert_linear(open, |pieces| {
            stream(
                [open]
                    .into_iter()
                    .chain((0..pieces).map(|_| "wxyz"))
                    .chain([close]),
            )
        });
    }
}

#[test]
fn degenerate_text_takes_linear_time() {
    for piece in [
        "<tool_call>",
        "<tool_call>{\"a\": ",
        "<tool_call>{",
        "<function=stat>",
        "<function=stat>\n<parameter=p>\n",
        "<invoke name=\"stat\">",
        "</parameter>",
        "[TOOL_CALLS]stat",
        "<|channel|>",
        "<stat>",
        "```",
        "<",
        "[",
        "{",
        "\"",
        "functions.",
        "<think>",
        " ",
        "\n",
        "stat",
    ] {
        assert_linear(piece, |pieces| stream((0..pieces).map(|_| piece)));
        assert_linear(piece, |pieces| stream([piece.repeat(pieces).as_str()]));
    }
}

/// A call that is never decided is given up at its limit.
#[test]
fn much_text_that_never_becomes_a_call() {
    let opener = "<tool_call>{\"name\": {\"x\": \"";
    let text = opener.to_string() + &"wxyz".repeat(50_000);
    let pieces: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|piece| std::str::from_utf8(piece).expect("ASCII"))
        .collect();
    let stream = stream(pieces);
    assert_eq!(run(&stream), stream);
}

/// What is there all at once is not looked through again for each opener.
#[test]
fn many_openers_in_one_large_text() {
    let text = "<tool_call>{\"a\": ".repeat(16_000);
    let stream = stream([text.as_str()]);
    let start = Instant::now();
    assert_eq!(run(&stream), stream);
    // Some seconds, or minutes if each opener had it looked through; a busy machine is slow.
    assert!(start.elapsed().as_secs() < 60);
}
