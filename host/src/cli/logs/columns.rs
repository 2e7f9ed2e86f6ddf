//! Two texts side by side, lines that are the same on one height.

use super::paint::{self, FAINT, NEW, OLD, TITLE, paint, wrap};
use crate::replay::{Change, changes};

/// Equal lines that are shown around each difference.
const CONTEXT: usize = 2;
/// Narrower than this, one below the other is easier to read.
const NARROWEST: usize = 80;

/// One height: a line of the left text, of the right one, or of both.
struct Row<'a> {
    left: Option<&'a str>,
    right: Option<&'a str>,
    same: bool,
}

/// The differences of two texts; far from them equal lines are left out. Empty if there are
/// none.
pub fn columns(heads: [&str; 2], left: &[String], right: &[String], width: usize) -> String {
    let rows = rows(left, right);
    if rows.iter().all(|row| row.same) {
        return String::new();
    }
    let is_near = |place: usize| {
        let from = place.saturating_sub(CONTEXT);
        let to = (place + CONTEXT + 1).min(rows.len());
        rows[from..to].iter().any(|row| !row.same)
    };
    let side = (width - 3) / 2;
    let mut out = String::new();
    if width >= NARROWEST {
        let heads = heads.map(|head| paint::pad(&paint::cut(head, side), side));
        let line = format!("{} | {}", heads[0], heads[1].trim_end());
        put(&mut out, &paint(TITLE, &line));
    } else {
        put(
            &mut out,
            &paint(TITLE, &format!("- {}, + {}", heads[0], heads[1])),
        );
    }
    let mut left_out = 0;
    for (place, row) in rows.iter().enumerate() {
        if !is_near(place) {
            left_out += 1;
            continue;
        }
        say_left_out(&mut out, &mut left_out);
        match width >= NARROWEST {
            true => side_by_side(&mut out, row, side),
            false => stacked(&mut out, row, width),
        }
    }
    say_left_out(&mut out, &mut left_out);
    out
}

fn say_left_out(out: &mut String, count: &mut usize) {
    match std::mem::take(count) {
        0 => {}
        1 => put(out, &paint(FAINT, "  (1 equal line)")),
        count => put(out, &paint(FAINT, &format!("  ({count} equal lines)"))),
    }
}

fn side_by_side(out: &mut String, row: &Row, side: usize) {
    let lines = |text: Option<&'_ str>| text.map(|text| wrap_owned(text, side));
    let (left, right) = (lines(row.left), lines(row.right));
    let mark = match (row.same, &left, &right) {
        (true, ..) => ' ',
        (_, Some(_), Some(_)) => '|',
        (_, Some(_), None) => '<',
        _ => '>',
    };
    let (left, right) = (left.unwrap_or_default(), right.unwrap_or_default());
    for n in 0..left.len().max(right.len()) {
        let text = |lines: &[String]| lines.get(n).cloned().unwrap_or_default();
        let (left, right) = (paint::pad(&text(&left), side), text(&right));
        let line = match row.same {
            true => paint(FAINT, format!("{left} {mark} {right}").trim_end()),
            false => format!("{} {mark} {}", paint(OLD, &left), paint(NEW, &right)),
        };
        put(out, &line);
    }
}

fn stacked(out: &mut String, row: &Row, width: usize) {
    let sides = match row.same {
        true => [(' ', row.left, FAINT), (' ', None, FAINT)],
        false => [('-', row.left, OLD), ('+', row.right, NEW)],
    };
    for (mark, text, style) in sides {
        let lines = text.map(|text| wrap_owned(text, width - 2));
        for line in lines.unwrap_or_default() {
            put(out, &paint(style, &format!("{mark} {line}")));
        }
    }
}

fn wrap_owned(text: &str, width: usize) -> Vec<String> {
    wrap(text, width).into_iter().map(str::to_owned).collect()
}

fn put(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

/// What was removed and what was added in its place stand side by side.
fn rows<'a>(left: &'a [String], right: &'a [String]) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for (change, line) in changes(left, right) {
        match change {
            Change::Removed => gone.push(line),
            Change::Added => come.push(line),
            Change::Same => {
                pair(&mut rows, &mut gone, &mut come);
                rows.push(Row {
                    left: Some(line),
                    right: Some(line),
                    same: true,
                });
            }
        }
    }
    pair(&mut rows, &mut gone, &mut come);
    rows
}

fn pair<'a>(rows: &mut Vec<Row<'a>>, gone: &mut Vec<&'a str>, come: &mut Vec<&'a str>) {
    for n in 0..gone.len().max(come.len()) {
        rows.push(Row {
            left: gone.get(n).copied(),
            right: come.get(n).copied(),
            same: false,
        });
    }
    gone.clear();
    come.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(left: &str, right: &str, width: usize) -> String {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let text = columns(["old", "new"], &lines(left), &lines(right), width);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_wide_terminal_has_both_side_by_side() {
        assert_eq!(shown("a\nb", "a\nb", 80), "");
        let side = 38;
        assert_eq!(
            shown("1\n2\n3\n4\nold\ngone\n5", "1\n2\n3\n4\nnew\n5", 80),
            [
                format!("{:side$} | new", "old"),
                "  (2 equal lines)".into(),
                format!("{:side$}   3", "3"),
                format!("{:side$}   4", "4"),
                format!("{:side$} | new", "old"),
                format!("{:side$} < ", "gone"),
                format!("{:side$}   5", "5"),
                String::new(),
            ]
            .join("\n")
        );
    }

    #[test]
    fn a_narrow_one_has_them_below_each_other() {
        assert_eq!(shown("a\nb", "a\nc", 40), "- old, + new\n  a\n- b\n+ c\n");
    }

    #[test]
    fn long_lines_are_continued_in_their_column() {
        let long = "x".repeat(50);
        let text = shown(&long, "y", 80);
        assert!(
            text.contains(&format!(
                "\n{} | y\n{:38} | \n",
                "x".repeat(38),
                "x".repeat(12)
            )),
            "{text}"
        );
    }
}
