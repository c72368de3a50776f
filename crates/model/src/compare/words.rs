//! Fields and their values as a person would say them.

use expr::{Condition, Mapped, Op, Part, Pill, Seg, Source};
use serde_json::Value;

use super::{Content, Path, Place, Subject};
use crate::{
    definition::BodyOwner,
    ids::StepId,
    step::{BODY, ERROR_BODY, TIMEOUT_BODY},
};

/// The names of what a definition only holds ids of. Whoever does not know one leaves it to the id.
pub trait Labels {
    fn step(&self, id: &StepId) -> Option<String>;

    /// Of an arm of a step.
    fn arm(&self, step: &StepId, arm: &str) -> Option<String>;

    /// Of a field of the connector's operation or trigger.
    fn field(&self, subject: &Subject, key: &str) -> Option<String> {
        let _ = (subject, key);
        None
    }

    fn connection(&self, id: &str) -> Option<String> {
        let _ = id;
        None
    }

    fn workflow(&self, id: &str) -> Option<String> {
        let _ = id;
        None
    }
}

/// What a field is called: `Input › Headers`, `Retry › Max attempts`.
pub fn field_name(subject: &Subject, path: &Path, labels: &dyn Labels) -> String {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let known = |text: &str| text.to_owned();
    match path.as_slice() {
        ["label"] => known("Name"),
        ["slug"] => known("Name in expressions"),
        ["note"] => known("Note"),
        ["disabled"] => known("Switched off"),
        ["kind"] => known("Setup"),
        ["kind", "input", key] => labels.field(subject, key).unwrap_or_else(|| human(key)),
        ["kind", "arms"] => known("Order of the paths"),
        ["kind", "arms", arm, rest @ ..] => {
            let name = match subject {
                Subject::Step(step) => labels.arm(step, arm),
                _ => None,
            };
            let name = name.map_or_else(|| (*arm).to_owned(), |name| format!("Path “{name}”"));
            joined(std::iter::once(name).chain(rest.iter().filter(|part| **part != "output").map(|part| human(part))))
        }
        ["kind", "fields" | "shown" | "returns" | "rows"] => known("Order"),
        ["kind", "fields" | "shown" | "returns", key, rest @ ..] => {
            joined(std::iter::once((*key).to_owned()).chain(rest.iter().filter(|part| **part != "value").map(|part| human(part))))
        }
        ["kind", "rows", from, ..] => format!("“{from}”"),
        ["kind", "error_body"] => known("Error path"),
        ["kind", "timeout_body"] => known("Path when nobody answers"),
        ["kind", "over"] => known("List"),
        ["kind", "ack", "when"] => known("Answered"),
        ["kind", "ack", "timeout_ms"] => known("Longest wait for an answer"),
        ["kind", "verify", ..] => known("Check of the sender"),
        ["dedupe", "window_ms"] => known("Duplicates are remembered for"),
        ["kind", "source"] => known("Code"),
        ["kind", rest @ ..] => joined(rest.iter().map(|part| human(part))),
        ["dedupe", "key"] => known("Duplicates are known by"),
        ["policy", rest @ ..] if !rest.is_empty() => joined(rest.iter().map(|part| human(part))),
        rest => joined(rest.iter().map(|part| human(part))),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" › ")
}

/// `run_timeout_ms` -> `Run timeout`; the value says the unit.
fn human(key: &str) -> String {
    let plain = key.strip_suffix("_ms").or_else(|| key.strip_suffix("_s")).unwrap_or(key).replace('_', " ");
    let mut letters = plain.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A value in words. Text keeps its lines; whoever shows it cuts it.
pub fn words(path: &Path, content: &Content, labels: &dyn Labels) -> String {
    match content {
        Content::Mapped(value) => mapped(value, labels),
        Content::Condition(one) => condition(one, labels),
        Content::Plain(value) => plain(path, value, labels),
    }
}

fn plain(path: &Path, value: &Value, labels: &dyn Labels) -> String {
    let last = path.last().map_or("", String::as_str);
    match (last, value) {
        ("connection", Value::String(id)) => labels.connection(id).unwrap_or_else(|| id.clone()),
        ("workflow", Value::String(id)) => labels.workflow(id).unwrap_or_else(|| id.clone()),
        ("error_body" | "timeout_body", Value::Array(_)) => "yes".into(),
        (_, Value::Number(ms)) if last.ends_with("_ms") || last == "ms" => ms.as_u64().map_or_else(|| ms.to_string(), span),
        (_, Value::Number(s)) if last.ends_with("_s") => {
            s.as_u64().map_or_else(|| s.to_string(), |s| span(s.saturating_mul(1000)))
        }
        (_, Value::Bool(yes)) => (if *yes { "yes" } else { "no" }).into(),
        (_, Value::String(text)) if CHOICES.contains(&last) => text.replace('_', " "),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) if items.is_empty() => "none".into(),
        (_, Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        (_, Value::Object(map)) if map.len() == 1 && map.contains_key("ms") => plain(&vec!["ms".into()], &map["ms"], labels),
        // `hmac (header: x-signature, encoding: hex)`
        (_, Value::Object(map)) if map.get("type").is_some_and(Value::is_string) => {
            let part = |(key, value): (&String, &Value)| {
                format!("{}: {}", human(key).to_lowercase(), plain(&vec![key.clone()], value, labels))
            };
            let parts: Vec<String> = map.iter().filter(|(key, _)| *key != "type").map(part).collect();
            let tag = map["type"].as_str().unwrap_or_default().replace('_', " ");
            if parts.is_empty() { tag } else { format!("{tag} ({})", parts.join(", ")) }
        }
        (_, value) => value.to_string(),
    }
}

/// Fields whose text is one of a few words of the format.
const CHOICES: [&str; 12] = [
    "when",
    "mode",
    "join",
    "on_error",
    "on_unknown",
    "on_item_error",
    "paused_events",
    "late",
    "scope",
    "result",
    "payloads",
    "body",
];

/// Milliseconds: `90 s`, `2 h`, whole units only.
fn span(ms: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    let whole = UNITS.iter().find(|(unit, _)| ms > 0 && ms.is_multiple_of(*unit));
    whole.map_or_else(|| format!("{ms} ms"), |(unit, name)| format!("{} {name}", ms / unit))
}

fn mapped(value: &Mapped, labels: &dyn Labels) -> String {
    match value {
        Mapped::Literal(Value::String(text)) => text.clone(),
        Mapped::Literal(value) => value.to_string(),
        Mapped::Template(parts) => parts.iter().map(|one| part(one, labels)).collect(),
        Mapped::Expr(source) => format!("{{{{ {} }}}}", source.trim()),
        Mapped::Object(entries) => {
            let entry = |entry: &expr::Entry| format!("{}: {}", mapped(&entry.key, labels), mapped(&entry.value, labels));
            entries.iter().map(entry).collect::<Vec<_>>().join("\n")
        }
        Mapped::List(items) => items.iter().map(|item| mapped(item, labels)).collect::<Vec<_>>().join("\n"),
        Mapped::Each(each) => {
            let kept = each.keep_if.as_ref().map(|one| format!(" if {}", condition(one, labels))).unwrap_or_default();
            format!("for each of {}{kept}: {}", mapped(&each.over, labels), mapped(&each.item, labels))
        }
        Mapped::Omit => "left out".into(),
        Mapped::Null => "null".into(),
    }
}

fn part(part: &Part, labels: &dyn Labels) -> String {
    match part {
        Part::Text(text) => text.clone(),
        Part::Pill(one) => format!("[{}]", pill(one, labels)),
        Part::Expr(source) => format!("{{{{ {} }}}}", source.trim()),
    }
}

/// `Shape the data › body › email`, with its formatters.
fn pill(pill: &Pill, labels: &dyn Labels) -> String {
    let source = match &pill.source {
        Source::Event => "event".into(),
        Source::Var => "vars".into(),
        Source::Run => "run".into(),
        Source::Step(id) => labels.step(&StepId(id.clone())).unwrap_or_else(|| id.clone()),
        Source::Local(name) => name.clone(),
    };
    let path = pill.path.iter().map(|seg| match seg {
        Seg::Key(key) => key.clone(),
        Seg::Index(at) => format!("#{}", u64::from(*at) + 1),
    });
    let place = joined(std::iter::once(source).chain(path));
    let formats = pill.format.iter().map(|format| format!(" | {}", human(&format.name).to_lowercase()));
    format!("{place}{}", formats.collect::<String>())
}

/// `email has a value and amount ≥ 10`.
fn condition(one: &Condition, labels: &dyn Labels) -> String {
    let all = |rows: &[Condition], with: &str| {
        let words = rows.iter().map(|row| match row {
            Condition::All(inner) | Condition::Any(inner) if inner.len() > 1 => format!("({})", condition(row, labels)),
            row => condition(row, labels),
        });
        words.collect::<Vec<_>>().join(with)
    };
    match one {
        Condition::All(rows) if rows.is_empty() => "always".into(),
        Condition::All(rows) => all(rows, " and "),
        Condition::Any(rows) => all(rows, " or "),
        Condition::Not(inner) => format!("not ({})", condition(inner, labels)),
        Condition::Test(test) => {
            let (left, op) = (mapped(&test.left, labels), operator(test.op));
            match &test.right {
                Some(right) if test.op.takes_right() => format!("{left} {op} “{}”", mapped(right, labels)),
                _ => format!("{left} {op}"),
            }
        }
        Condition::Expr(source) => format!("{{{{ {} }}}}", source.trim()),
    }
}

fn operator(op: Op) -> &'static str {
    match op {
        Op::Equals => "is",
        Op::NotEquals => "is not",
        Op::Contains => "contains",
        Op::NotContains => "does not contain",
        Op::StartsWith => "starts with",
        Op::EndsWith => "ends with",
        Op::GreaterThan => ">",
        Op::AtLeast => "≥",
        Op::LessThan => "<",
        Op::AtMost => "≤",
        Op::IsTrue => "is true",
        Op::IsFalse => "is false",
        Op::IsMissing => "is missing",
        Op::IsNull => "is null",
        Op::IsEmpty => "is empty",
        Op::HasValue => "has a value",
    }
}

/// Where a step stands: `at the start of path “Large” of “How big is it?”`, `after “Wait”`.
pub fn place_words(place: &Place, labels: &dyn Labels) -> String {
    let name = |id: &StepId| labels.step(id).unwrap_or_else(|| id.0.clone());
    let body = match &place.owner {
        BodyOwner::Workflow => String::new(),
        BodyOwner::Shelf => "on the shelf".into(),
        BodyOwner::Arm { step, arm } => {
            let path = match arm.0.as_str() {
                BODY => "inside".into(),
                ERROR_BODY => "on the error path of".into(),
                TIMEOUT_BODY => "on the path without an answer of".into(),
                arm => format!("on path “{}” of", labels.arm(step, arm).unwrap_or_else(|| arm.to_owned())),
            };
            format!("{path} “{}”", name(step))
        }
    };
    match (&place.after, body.is_empty()) {
        (Some(before), true) => format!("after “{}”", name(before)),
        (None, true) => "at the start".into(),
        (Some(before), false) => format!("{body}, after “{}”", name(before)),
        (None, false) => format!("{body}, at its start"),
    }
}

/// Characters of two long texts' common beginning and end that are kept around where they differ.
const CONTEXT: usize = 40;

/// Two texts without most of what both begin and end with; `…` stands where something was left out. Short ones stay as they are.
pub fn narrowed(before: &str, after: &str) -> (String, String) {
    let (one, other): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    if one.len().max(other.len()) <= 4 * CONTEXT {
        return (before.to_owned(), after.to_owned());
    }
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let room = one.len().min(other.len()) - start;
    let end = one.iter().rev().zip(other.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let cut = |text: &[char]| {
        let (from, to) = (start.saturating_sub(CONTEXT), (text.len() - end + CONTEXT).min(text.len()));
        let middle: String = text[from..to].iter().collect();
        format!("{}{middle}{}", if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" })
    };
    (cut(&one), cut(&other))
}

#[cfg(test)]
mod tests {
    use super::{human, narrowed, span};

    #[test]
    fn long_texts_show_where_they_differ() {
        let long = |middle: &str| format!("{}{middle}{}", "é".repeat(500), "ü".repeat(500));
        let (before, after) = narrowed(&long("old"), &long("newer"));
        assert_eq!(before, format!("…{}old{}…", "é".repeat(40), "ü".repeat(40)));
        assert_eq!(after, format!("…{}newer{}…", "é".repeat(40), "ü".repeat(40)));
        assert_eq!(narrowed("a", "b"), ("a".into(), "b".into()));
        let (before, after) = narrowed(&"x".repeat(10_000), "");
        assert_eq!((before.chars().count(), after.as_str()), (10_000, ""));
        let (one, two) = narrowed(&"ab".repeat(200), &"ab".repeat(201));
        assert!(one.chars().count() <= 82 && two.chars().count() <= 84, "{one} {two}");
    }

    #[test]
    fn names_and_spans_are_plain() {
        assert_eq!(human("run_timeout_ms"), "Run timeout");
        assert_eq!(human("every_s"), "Every");
        assert_eq!(human(""), "");
        for (ms, words) in [(0, "0 ms"), (1_500, "1500 ms"), (90_000, "90 s"), (172_800_000, "2 d")] {
            assert_eq!(span(ms), words);
        }
    }
}
