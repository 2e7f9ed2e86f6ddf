//! Two lists of lines, side by side as a patch shows them.

/// Unchanged lines shown around each change.
const CONTEXT: usize = 3;
/// The largest table of pairs of lines that is filled; beyond it what is between the equal
/// ends counts as changed altogether.
const MOST_PAIRS: usize = 4 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Same,
    Removed,
    Added,
}

/// Lines of `old` and `new` with ` `, `-` or `+` before them; far from a change they are left
/// out. Empty if nothing changed.
pub fn diff(old: &[String], new: &[String]) -> String {
    let lines = changes(old, new);
    let is_near = |place: usize| {
        let from = place.saturating_sub(CONTEXT);
        let to = (place + CONTEXT + 1).min(lines.len());
        lines[from..to]
            .iter()
            .any(|(change, _)| *change != Change::Same)
    };
    let mut text = String::new();
    let mut is_shown = true;
    for (place, (change, line)) in lines.iter().enumerate() {
        let was_shown = std::mem::replace(&mut is_shown, is_near(place));
        if !is_shown {
            continue;
        }
        if !was_shown && !text.is_empty() {
            text.push_str("...\n");
        }
        text.push(match change {
            Change::Same => ' ',
            Change::Removed => '-',
            Change::Added => '+',
        });
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A shortest way from one list to the other.
pub fn changes<'a>(old: &'a [String], new: &'a [String]) -> Vec<(Change, &'a str)> {
    let same = |pair: &(&String, &String)| pair.0 == pair.1;
    let start = old.iter().zip(new).take_while(same).count();
    let rest = (&old[start..], &new[start..]);
    let ends = rest.0.iter().rev().zip(rest.1.iter().rev());
    let end = ends.take_while(same).count();
    let (from, to) = (&rest.0[..rest.0.len() - end], &rest.1[..rest.1.len() - end]);

    let mut lines: Vec<(Change, &str)> = Vec::new();
    let line = |change| move |line: &'a String| (change, line.as_str());
    lines.extend(old[..start].iter().map(line(Change::Same)));
    if from.len().saturating_mul(to.len()) > MOST_PAIRS {
        lines.extend(from.iter().map(line(Change::Removed)));
        lines.extend(to.iter().map(line(Change::Added)));
    } else {
        middle(from, to, &mut lines);
    }
    lines.extend(old[old.len() - end..].iter().map(line(Change::Same)));
    lines
}

/// By the longest common subsequence.
fn middle<'a>(from: &'a [String], to: &'a [String], lines: &mut Vec<(Change, &'a str)>) {
    let width = to.len() + 1;
    // The length of the longest one of what is left from here on.
    let mut common = vec![0u32; (from.len() + 1) * width];
    for i in (0..from.len()).rev() {
        for j in (0..to.len()).rev() {
            common[i * width + j] = match from[i] == to[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < from.len() || j < to.len() {
        let is_same = i < from.len() && j < to.len() && from[i] == to[j];
        let removes = j == to.len()
            || (i < from.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]);
        if is_same {
            lines.push((Change::Same, &from[i]));
            (i, j) = (i + 1, j + 1);
        } else if removes {
            lines.push((Change::Removed, &from[i]));
            i += 1;
        } else {
            lines.push((Change::Added, &to[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.chars().map(String::from).collect()
    }

    #[test]
    fn what_changed_is_shown_with_its_surroundings() {
        assert_eq!(diff(&lines("abc"), &lines("abc")), "");
        assert_eq!(diff(&lines("abc"), &lines("axc")), " a\n-b\n+x\n c\n");
        assert_eq!(diff(&lines(""), &lines("a")), "+a\n");
        assert_eq!(
            diff(&lines("abcdefghijklm"), &lines("abcdXefghijkl")),
            " b\n c\n d\n+X\n e\n f\n g\n...\n j\n k\n l\n-m\n"
        );
    }

    proptest::proptest! {
        #[test]
        fn both_sides_can_be_read_from_it(old in "[abc]{0,12}", new in "[abc]{0,12}") {
            let (old, new) = (lines(&old), lines(&new));
            let changes = changes(&old, &new);
            let side = |not: Change| -> Vec<String> {
                let lines = changes.iter().filter(|(change, _)| *change != not);
                lines.map(|(_, line)| (*line).to_owned()).collect()
            };
            proptest::prop_assert_eq!(&side(Change::Added), &old);
            proptest::prop_assert_eq!(&side(Change::Removed), &new);
        }
    }
}
