//! Reasoning at the head of a text, between tags: as some backends send it, and as some
//! clients are shown it and send it back.

/// Families of models, and `<details>` for clients that fold it.
const PAIRS: [(&str, &str); 12] = [
    ("<think>", "</think>"),
    (AMBIGUOUS[0], "</thinking>"),
    (AMBIGUOUS[1], "</thought>"),
    (AMBIGUOUS[2], "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<seed:think>", "</seed:think>"),
    ("<ifm|think>", "</ifm|think>"),
    ("<ifm|think_fast>", "</ifm|think_fast>"),
    ("<ifm|think_faster>", "</ifm|think_faster>"),
    ("<details", "</details>"),
    ("<|channel>thought\n", "<channel|>"),
];

/// Prompts ask for these too: then what stands between them is the answer.
const AMBIGUOUS: [&str; 3] = ["<thinking>", "<thought>", "<reasoning>"];

/// Of all that is folded: as `reasoning-normalize` writes reasoning, and as Open WebUI does.
const FOLDED: [&str; 2] = [
    "<details><summary>Thinking</summary>",
    "<details type=\"reasoning\"",
];

/// A text that begins with a block of reasoning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split<'a> {
    /// The block with its tags and the white space around it.
    pub block: &'a str,
    /// What stands between the tags, without the line break at either end that is the tags'.
    pub reasoning: &'a str,
    pub rest: &'a str,
    /// Nothing but reasoning looks so.
    pub is_certain: bool,
}

/// None if the text does not begin with a block, or the block does not end.
pub fn split(text: &str) -> Option<Split<'_>> {
    let inner = text.trim_start();
    let (open, close) = PAIRS.iter().find(|(open, _)| inner.starts_with(open))?;
    let mut body = &inner[open.len()..];
    if *open == "<details" {
        // Attributes, and the line that is shown when it is folded.
        body = &body[body.find('>')? + 1..];
        if let Some((_, after)) = body.split_once("</summary>") {
            body = after;
        }
    }
    let (inside, after) = body.split_once(close)?;
    let rest = after.trim_start();
    let reasoning = match *open {
        "<details" => inside.trim(),
        _ => {
            let inside = inside.strip_prefix('\n').unwrap_or(inside);
            inside.strip_suffix('\n').unwrap_or(inside)
        }
    };
    Some(Split {
        block: &text[..text.len() - rest.len()],
        reasoning,
        rest,
        is_certain: match *open {
            "<details" => FOLDED.iter().any(|folded| inner.starts_with(folded)),
            open => !AMBIGUOUS.contains(&open),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_at_the_head_is_split_off() {
        for (text, block, reasoning, rest, is_certain) in [
            (
                "<think>\nhm\n</think>\n\nYes.",
                "<think>\nhm\n</think>\n\n",
                "hm",
                "Yes.",
                true,
            ),
            ("\n<think></think>", "\n<think></think>", "", "", true),
            (
                "<thought>a</thought>b",
                "<thought>a</thought>",
                "a",
                "b",
                false,
            ),
            (
                "<details><summary>Log</summary>a</details>b",
                "<details><summary>Log</summary>a</details>",
                "a",
                "b",
                false,
            ),
            (
                "<think>\n hm \n\n</think>Yes",
                "<think>\n hm \n\n</think>",
                " hm \n",
                "Yes",
                true,
            ),
            (
                "[THINK]a<b[/THINK]c",
                "[THINK]a<b[/THINK]",
                "a<b",
                "c",
                true,
            ),
            (
                "<details type=\"reasoning\">\n<summary>Thought</summary>\nhm\n</details>\nYes",
                "<details type=\"reasoning\">\n<summary>Thought</summary>\nhm\n</details>\n",
                "hm",
                "Yes",
                true,
            ),
        ] {
            let expected = Split {
                block,
                reasoning,
                rest,
                is_certain,
            };
            assert_eq!(split(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_text() {
        for text in [
            "",
            "Yes",
            "a <think>hm</think>",
            "<think>hm",
            "<table></table>",
            "<details",
        ] {
            assert_eq!(split(text), None, "{text}");
        }
    }
}
