//! What has changed in data that is used.

use super::{Field, Shape, ValueType, name, parent};

/// Values a field was in before its absence says anything.
const LEARNED: u64 = 5;
/// Values in a row that are otherwise before it is a change and no exception.
const IN_A_ROW: u64 = 3;

/// What became of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is not there any more. `likely`: a field that came at the same moment and may be the same under another name.
    Gone {
        likely: Option<String>,
    },
    Type {
        from: ValueType,
        to: ValueType,
    },
}

/// A field that was the same in nearly all values and is otherwise in the newest ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The highest one of those that have gone with it.
    pub path: String,
    /// Its name.
    pub name: String,
    pub change: Change,
    /// The newest values in a row that are so.
    pub now: u64,
    /// Values it was in before.
    pub before: u64,
}

impl Changed {
    /// “email” is missing from the last 4 events; it was in 50 before. It may be called “email_address” now.
    pub fn words(&self) -> String {
        let Changed { name, now, before, .. } = self;
        match &self.change {
            Change::Gone { likely } => {
                let likely = likely.as_ref().map(|likely| format!(" It may be called “{likely}” now.")).unwrap_or_default();
                format!("“{name}” is missing from the last {now} events; it was in {before} before.{likely}")
            }
            Change::Type { from, to } => {
                format!("“{name}” is {} in the last {now} events; it was {} in {before} before.", to.words(), from.words())
            }
        }
    }
}

/// What has changed among the fields at these pointers; each once.
pub fn changes<'a>(shape: &Shape, used: impl IntoIterator<Item = &'a str>) -> Vec<Changed> {
    let mut found: Vec<Changed> = Vec::new();
    for path in used {
        if let Some(changed) = gone(shape, path).or_else(|| of_another_type(shape, path))
            && !found.iter().any(|known| known.path == changed.path)
        {
            found.push(changed);
        }
    }
    found
}

fn gone(shape: &Shape, path: &str) -> Option<Changed> {
    let field = shape.fields.get(path)?;
    let before = shape.count - field.missing;
    let is_gone = field.missing >= IN_A_ROW && field.seen >= LEARNED && is_nearly_all(field.seen, before + 1 - field.first);
    if !is_gone {
        return None;
    }
    // What it stood in may be what was renamed. In lists its absence says nothing more.
    let mut top = path;
    while let Some(above) = Some(parent(top)).filter(|above| !above.is_empty()) {
        if shape.fields.get(above).is_none_or(|above| above.missing != field.missing) {
            break;
        }
        top = above;
    }
    // Everything in a list has gone with its items: the list is empty.
    if name(top) == super::ITEM {
        return None;
    }
    let gone = shape.fields.get(top)?;
    let likely = renamed(shape, top, gone);
    Some(Changed { path: top.to_owned(), name: name(top), change: Change::Gone { likely }, now: gone.missing, before: gone.seen })
}

fn of_another_type(shape: &Shape, path: &str) -> Option<Changed> {
    let field = shape.fields.get(path)?;
    let before = field.seen.checked_sub(field.streak)?;
    let (from, times) = field.types.iter().filter(|(kind, _)| **kind != field.newest).max_by_key(|(_, times)| **times)?;
    // It had never been of this type before, and nearly always of another one.
    let is_new = field.types.get(&field.newest) == Some(&field.streak);
    let is_changed =
        field.missing == 0 && field.streak >= IN_A_ROW && before >= LEARNED && is_new && is_nearly_all(*times, before);
    is_changed.then(|| Changed {
        path: path.to_owned(),
        name: name(path),
        change: Change::Type { from: *from, to: field.newest },
        now: field.streak,
        before,
    })
}

/// 19 of 20.
fn is_nearly_all(some: u64, all: u64) -> bool {
    some * 20 >= all * 19
}

/// The field beside it that came when it went: the one whose name is most like it, or the only one of its type.
fn renamed(shape: &Shape, path: &str, gone: &Field) -> Option<String> {
    let since = shape.count - gone.missing;
    let beside = shape.fields.iter().filter(|(other, field)| {
        parent(other) == parent(path) && field.first > since && field.missing == 0 && field.seen * 2 > gone.missing
    });
    let candidates: Vec<(String, &Field)> = beside.map(|(other, field)| (name(other), field)).collect();
    let old = name(path);
    let of_type = |field: &Field| field.newest == gone.newest;
    let alike = candidates.iter().map(|(new, field)| (likeness(&old, new) + u32::from(of_type(field)) * 15, new));
    let best = alike.max_by_key(|(score, _)| *score).filter(|(score, _)| *score >= 60).map(|(_, new)| new.clone());
    best.or_else(|| {
        let mut fitting = candidates.iter().filter(|(_, field)| of_type(field));
        let only = fitting.next()?;
        fitting.next().is_none().then(|| only.0.clone())
    })
}

/// How much two names are alike, 0 to 100; case and what stands between words do not matter.
fn likeness(one: &str, other: &str) -> u32 {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (one, other) = (letters(one), letters(other));
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    if short.is_empty() {
        return 0;
    }
    if short == long {
        return 100;
    }
    // `email` in `email_address`, `name` in `full_name`.
    if short.len() >= 3 && long.windows(short.len()).any(|part| part == short.as_slice()) {
        return 80;
    }
    let apart = distance(short, long);
    u32::try_from(100 * long.len().saturating_sub(apart) / long.len()).unwrap_or(0)
}

/// Letters to put in, take out or change.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let change = before + usize::from(a != b);
            before = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(before + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn learned(values: impl IntoIterator<Item = Value>) -> Shape {
        let mut shape = Shape::default();
        values.into_iter().for_each(|value| shape.learn(&value));
        shape
    }

    fn then(before: &Value, times: usize, after: &Value, now: usize) -> Shape {
        learned(std::iter::repeat_n(before.clone(), times).chain(std::iter::repeat_n(after.clone(), now)))
    }

    #[test]
    fn a_renamed_field_is_named_with_its_new_name() {
        let (before, after) = (json!({ "email": "a", "n": 1 }), json!({ "email_address": "a", "n": 1, "source": "x" }));
        let shape = then(&before, 10, &after, 3);
        let found = changes(&shape, ["/email", "/n", "/never"]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].words(),
            "“email” is missing from the last 3 events; it was in 10 before. It may be called “email_address” now."
        );
        assert!(changes(&then(&before, 10, &after, 2), ["/email"]).is_empty(), "an exception is no change");
        assert!(changes(&then(&before, 4, &after, 3), ["/email"]).is_empty(), "too little was known");
        let back = learned(std::iter::repeat_n(before.clone(), 9).chain([after.clone(), after.clone(), after, before]));
        assert!(changes(&back, ["/email"]).is_empty(), "it is there again");
    }

    #[test]
    fn a_group_that_is_renamed_is_one_change() {
        let before = json!({ "body": { "customer": { "email": "a", "name": "b" } } });
        let after = json!({ "body": { "buyer": { "email": "a", "name": "b" } } });
        let found = changes(&then(&before, 8, &after, 4), ["/body/customer/email", "/body/customer/name"]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), &found[0].change), ("customer", &Change::Gone { likely: Some("buyer".into()) }));
    }

    #[test]
    fn another_type_is_a_change_and_a_mixture_is_none() {
        let found = changes(&then(&json!({ "total": 12 }), 20, &json!({ "total": "12,00" }), 3), ["/total"]);
        assert_eq!(found[0].words(), "“total” is text in the last 3 events; it was a number in 20 before.");
        let mixed = learned((0..30).map(|n| if n % 2 == 0 { json!({ "total": 1 }) } else { json!({ "total": "1" }) }));
        assert!(changes(&mixed, ["/total"]).is_empty());
        let known = learned(
            [json!({ "t": "1" })]
                .into_iter()
                .chain((0..20).map(|_| json!({ "t": 1 })))
                .chain((0..3).map(|_| json!({ "t": "1" }))),
        );
        assert!(changes(&known, ["/t"]).is_empty(), "it was so before");
    }

    #[test]
    fn what_comes_now_and_then_is_no_change_when_it_stays_away() {
        let optional = learned((0..40).map(|n| if n % 4 == 0 { json!({ "company": "x" }) } else { json!({}) }));
        assert!(changes(&optional, ["/company"]).is_empty());
    }

    #[test]
    fn an_empty_list_lacks_nothing() {
        let full = json!({ "items": [{ "sku": 1, "size": 2 }] });
        assert!(changes(&then(&full, 10, &json!({ "items": [] }), 3), ["/items/[]/sku", "/items/[]"]).is_empty());
        let found = changes(&then(&full, 10, &json!({ "items": [{ "size": 2 }] }), 3), ["/items/[]/sku"]);
        assert_eq!(found[0].name, "sku", "in its items something may be missing");
    }

    #[test]
    fn a_new_field_that_has_nothing_to_do_with_it_is_not_suggested() {
        let before = json!({ "email": "a" });
        let shape = then(&before, 10, &json!({ "one": 1, "two": 2 }), 3);
        assert_eq!(changes(&shape, ["/email"])[0].change, Change::Gone { likely: None });
        assert_eq!(likeness("E-Mail", "e_mail"), 100);
        assert!(likeness("firstname", "frstname") > 80 && likeness("email", "amount") < 60);
        assert_eq!(likeness("", "x"), 0);
    }
}
