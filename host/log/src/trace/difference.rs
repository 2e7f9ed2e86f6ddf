//! What is different between two JSON values, by structure: members by their names whatever
//! their order, items of lists lined up so that one more of them does not change the rest.

use serde_json::{Map, Value};

/// The largest table of pairs of items that is filled to line two lists up; beyond it what
/// is between their equal ends is compared item by item.
const MOST_PAIRS: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Such as `messages[2].content`; of what was removed, in the old value.
    pub path: String,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Added(Value),
    Removed(Value),
    Changed(Value, Value),
}

/// In the order of the new value, with what was removed about where it stood.
pub fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    values(old, new, ["", ""], &mut found);
    found
}

/// `paths`: where it stands in the old value and in the new one.
fn values(old: &Value, new: &Value, paths: [&str; 2], found: &mut Vec<Difference>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => members(old, new, paths, found),
        (Value::Array(old), Value::Array(new)) => items(old, new, paths, found),
        _ if old == new => {}
        _ => found.push(Difference {
            path: paths[1].to_owned(),
            change: Change::Changed(old.clone(), new.clone()),
        }),
    }
}

fn members(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    [was, path]: [&str; 2],
    found: &mut Vec<Difference>,
) {
    for (name, value) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        found.push(Difference {
            path: member(was, name),
            change: Change::Removed(value.clone()),
        });
    }
    for (name, value) in new {
        let path = member(path, name);
        match old.get(name) {
            Some(old) => values(old, value, [&member(was, name), &path], found),
            None => found.push(Difference {
                path,
                change: Change::Added(value.clone()),
            }),
        }
    }
}

fn items(old: &[Value], new: &[Value], [was, path]: [&str; 2], found: &mut Vec<Difference>) {
    let mut at = (0, 0);
    for (same_old, same_new) in lined_up(old, new)
        .into_iter()
        .chain([(old.len(), new.len())])
    {
        // What is between two equal pairs: changed as far as both have items, then the rest.
        let (gone, come) = (&old[at.0..same_old], &new[at.1..same_new]);
        for (n, (old, new)) in gone.iter().zip(come).enumerate() {
            let paths = [item(was, at.0 + n), item(path, at.1 + n)];
            values(old, new, [&paths[0], &paths[1]], found);
        }
        let both = gone.len().min(come.len());
        for (n, value) in gone.iter().enumerate().skip(both) {
            found.push(Difference {
                path: item(was, at.0 + n),
                change: Change::Removed(value.clone()),
            });
        }
        for (n, value) in come.iter().enumerate().skip(both) {
            found.push(Difference {
                path: item(path, at.1 + n),
                change: Change::Added(value.clone()),
            });
        }
        at = (same_old + 1, same_new + 1);
    }
}

/// Places of equal items in both lists, as many as possible.
fn lined_up(old: &[Value], new: &[Value]) -> Vec<(usize, usize)> {
    let same = |pair: &(&Value, &Value)| pair.0 == pair.1;
    let start = old.iter().zip(new).take_while(same).count();
    let (from, to) = (&old[start..], &new[start..]);
    let ends = from.iter().rev().zip(to.iter().rev());
    let end = ends.take_while(same).count();
    let (from, to) = (&from[..from.len() - end], &to[..to.len() - end]);

    let mut pairs: Vec<_> = (0..start).map(|n| (n, n)).collect();
    if from.len().saturating_mul(to.len()) <= MOST_PAIRS {
        let inner = common(from, to).into_iter();
        pairs.extend(inner.map(|(i, j)| (start + i, start + j)));
    }
    pairs.extend((0..end).map(|n| (old.len() - end + n, new.len() - end + n)));
    pairs
}

/// The longest common subsequence.
fn common(from: &[Value], to: &[Value]) -> Vec<(usize, usize)> {
    let width = to.len() + 1;
    // Its length in what is left from here on.
    let mut left = vec![0u32; (from.len() + 1) * width];
    for i in (0..from.len()).rev() {
        for j in (0..to.len()).rev() {
            left[i * width + j] = match from[i] == to[j] {
                true => left[(i + 1) * width + j + 1] + 1,
                false => left[(i + 1) * width + j].max(left[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < from.len() && j < to.len() {
        if from[i] == to[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if left[(i + 1) * width + j] >= left[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

fn member(path: &str, name: &str) -> String {
    let is_plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
    match (path.is_empty(), is_plain) {
        (true, true) => name.to_owned(),
        (false, true) => format!("{path}.{name}"),
        (_, false) => format!("{path}[{}]", Value::from(name)),
    }
}

fn item(path: &str, number: usize) -> String {
    format!("{path}[{number}]")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn shown(old: Value, new: Value) -> Vec<String> {
        differences(&old, &new)
            .into_iter()
            .map(|it| match it.change {
                Change::Added(value) => format!("+ {} {value}", it.path),
                Change::Removed(value) => format!("- {} {value}", it.path),
                Change::Changed(old, new) => format!("~ {} {old} {new}", it.path),
            })
            .collect()
    }

    #[test]
    fn members_are_compared_by_name_and_lists_lined_up() {
        let none: [&str; 0] = [];
        assert_eq!(shown(json!({"a":1,"b":2}), json!({"b":2,"a":1})), none);
        assert_eq!(
            shown(
                json!({"model":"a","tools":[],"messages":[{"role":"system"},{"role":"user","n":1}]}),
                json!({"model":"b","messages":[{"x":0},{"role":"system"},{"role":"user","n":2}],"k":null}),
            ),
            [
                "- tools []",
                r#"~ model "a" "b""#,
                r#"+ messages[0] {"x":0}"#,
                "~ messages[2].n 1 2",
                "+ k null",
            ]
        );
        assert_eq!(
            shown(json!([1, 2, 3, 4]), json!([2, 9, 4, 5])),
            ["- [0] 1", "~ [1] 3 9", "+ [3] 5"]
        );
        // What is gone is named by where it stood.
        assert_eq!(
            shown(json!([null, {"b": 0}]), json!([[], null, {}])),
            ["+ [0] []", "- [1].b 0"]
        );
        assert_eq!(
            shown(json!({"a b": 1}), json!({"a b": 2})),
            [r#"~ ["a b"] 1 2"#]
        );
        assert_eq!(shown(json!(1), json!([1])), ["~  1 [1]"]);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![(0u8..3).prop_map(Value::from), Just(Value::Null)];
        leaf.prop_recursive(3, 16, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec(("[ab]", inner), 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// The value at a path of plain names and numbers.
    fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
        let pointer = path.replace(['[', '.'], "/").replace(']', "");
        let pointer = match pointer.is_empty() || pointer.starts_with('/') {
            true => pointer,
            false => format!("/{pointer}"),
        };
        value
            .pointer(&pointer)
            .unwrap_or_else(|| panic!("{path} in {value}"))
    }

    proptest! {
        #[test]
        fn every_difference_is_one(old in value(), new in value()) {
            let found = differences(&old, &new);
            prop_assert_eq!(found.is_empty(), old == new);
            for it in found {
                match it.change {
                    Change::Added(value) => prop_assert_eq!(at(&new, &it.path), &value),
                    Change::Removed(value) => prop_assert_eq!(at(&old, &it.path), &value),
                    Change::Changed(was, is) => {
                        prop_assert_eq!(at(&new, &it.path), &is);
                        prop_assert_ne!(was, is);
                    }
                }
            }
        }
    }
}
