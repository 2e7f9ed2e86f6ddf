use serde_json::json;

use super::*;

fn json(text: &str) -> serde_json::Value {
    Node::parse(text).unwrap().to_json()
}

#[test]
fn an_empty_text_is_nothing() {
    assert!(Node::parse("").unwrap().is_null());
    assert!(Node::parse("# only a comment\n").unwrap().is_null());
}

#[test]
fn anchors_aliases_and_merge_keys_are_resolved() {
    let text =
        "a: &x {e: f, g: 1}\nb: *x\nc:\n  <<: *x\n  g: 2\nd:\n  <<: [{h: 1}, {h: 2, i: 3}]\n";
    let expected = json!({
        "a": {"e": "f", "g": 1},
        "b": {"e": "f", "g": 1},
        "c": {"g": 2, "e": "f"},
        "d": {"h": 1, "i": 3},
    });
    assert_eq!(json(text), expected);
}

#[test]
fn scalars_keep_how_they_were_written() {
    let tree = Node::parse("a: 3.10\nb: yes\nc: n\nd: 0123\ne: .nan\nf: '7'\n").unwrap();
    let text = |key| tree.get(key).unwrap().as_text();
    assert_eq!(text("a"), Some("3.10"));
    assert_eq!(text("b"), Some("yes"));
    assert_eq!(text("c"), Some("n"));
    assert_eq!(text("d"), Some("0123"));
    assert_eq!(tree.to_json()["b"], json!(true));
    assert_eq!(tree.to_json()["c"], json!("n"));
    assert_eq!(tree.to_json()["e"], json!(".nan"));
    assert_eq!(tree.to_json()["f"], json!("7"));
}

#[test]
fn positions_count_characters_and_bytes() {
    let tree = Node::parse("\u{feff}ä: x\nb: {é: ö}\n").unwrap();
    let node = tree.get("b").unwrap().get("é").unwrap();
    assert_eq!((node.mark.line, node.mark.column), (2, 8));
    let (start, end) = node.mark.span;
    assert_eq!(&"\u{feff}ä: x\nb: {é: ö}\n"[start..end], "ö");
}

#[test]
fn the_last_of_equal_keys_counts() {
    let tree = Node::parse("a: 1\na: 2\n").unwrap();
    assert_eq!(tree.members().len(), 2);
    assert_eq!(tree.get("a").unwrap().as_count(), Some(2));
}

#[test]
fn what_is_not_yaml_has_a_place() {
    let error = Node::parse("a: [1\nb: 2\n").unwrap_err();
    assert_eq!((error.mark.line, error.mark.column), (2, 2));
    assert!(!error.message.contains("line 2"), "{}", error.message);
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let below = format!("*a{}", level - 1);
        let list = [below.as_str(); 10].join(", ");
        text += &format!("a{level}: &a{level} [{list}]\n");
    }
    assert!(Node::parse(&text).is_err());
}

#[test]
fn deep_nesting_is_refused() {
    let text = "[".repeat(100_000);
    assert!(Node::parse(&text).is_err());
    let text = format!("{}x{}", "[".repeat(500), "]".repeat(500));
    let _ = Node::parse(&text);
}
