//! Mapped values and conditions in a person's words, for cards and lists of changes.

use expr::{Condition, Mapped, Op, Part, Pill, Seg, Source};
use serde_json::Value;

use super::tree::{preview, shorten};
use crate::text::editor as t;

/// A mapped value as a person would name it: `amount`, `"vip"`, `Hi [name]`.
pub fn value(mapped: &Mapped) -> String {
    match mapped {
        Mapped::Literal(Value::String(text)) => shorten(text, 40),
        Mapped::Literal(value) => preview(value),
        Mapped::Template(parts) => match parts.as_slice() {
            [Part::Pill(only)] => pill(only),
            parts => shorten(&parts.iter().map(part).collect::<String>(), 60),
        },
        Mapped::Expr(source) => shorten(source.trim(), 40),
        Mapped::Object(entries) => {
            format!("{{{}}}", entries.iter().take(3).map(|entry| value(&entry.key)).collect::<Vec<_>>().join(", "))
        }
        Mapped::List(items) => format!("[ {} ]", items.len()),
        Mapped::Each(each) => value(&each.over),
        Mapped::Omit => String::new(),
        Mapped::Null => "null".into(),
    }
}

fn part(part: &Part) -> String {
    match part {
        Part::Text(text) => text.clone(),
        Part::Pill(one) => format!("[{}]", pill(one)),
        Part::Expr(source) => format!("[{}]", source.trim()),
    }
}

/// The last named part of a pill's path.
pub fn pill(pill: &Pill) -> String {
    let name = pill.path.iter().rev().find_map(|seg| match seg {
        Seg::Key(key) => Some(key.clone()),
        Seg::Index(_) => None,
    });
    name.unwrap_or_else(|| match &pill.source {
        Source::Event => "event".into(),
        Source::Var => "vars".into(),
        Source::Run => "run".into(),
        Source::Step(id) => id.clone(),
        Source::Local(name) => name.clone(),
    })
}

/// A path as a person reads it: `address.city`.
pub fn spelled(path: &[Seg]) -> String {
    let mut out = String::new();
    for seg in path {
        match seg {
            Seg::Key(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Seg::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// A condition in words: `email has a value and amount > 10`.
pub fn condition(condition: &Condition) -> String {
    match condition {
        Condition::All(rows) => joined(rows, t::AND),
        Condition::Any(rows) => joined(rows, t::OR),
        Condition::Not(inner) => format!("{} ({})", t::NOT, self::condition(inner)),
        Condition::Test(test) => {
            let left = value(&test.left);
            let left = if left.is_empty() { t::SOMETHING.to_owned() } else { left };
            match (&test.right, test.op.takes_right()) {
                (Some(right), true) => format!("{left} {} {}", short_op(test.op), quoted(right)),
                _ => format!("{left} {}", t::op(test.op)),
            }
        }
        Condition::Expr(source) => shorten(source.trim(), 60),
    }
}

fn joined(rows: &[Condition], with: &str) -> String {
    let words: Vec<String> = rows
        .iter()
        .map(|row| match row {
            Condition::All(inner) | Condition::Any(inner) if inner.len() > 1 => format!("({})", condition(row)),
            row => condition(row),
        })
        .collect();
    words.join(&format!(" {with} "))
}

fn quoted(right: &Mapped) -> String {
    match right {
        Mapped::Literal(Value::String(text)) if text.parse::<f64>().is_err() => format!("“{}”", shorten(text, 30)),
        right => value(right),
    }
}

fn short_op(op: Op) -> &'static str {
    match op {
        Op::GreaterThan => ">",
        Op::AtLeast => "≥",
        Op::LessThan => "<",
        Op::AtMost => "≤",
        op => t::op(op),
    }
}

#[cfg(test)]
mod tests {
    use expr::{Names, Test, parse_text};

    use super::*;

    #[test]
    fn reads_like_a_sentence() {
        let test = |left: &str, op, right: Option<&str>| {
            let map = |text: &str| parse_text(text, &Names::new());
            Condition::Test(Test { left: map(left), op, right: right.map(map) })
        };
        let all = Condition::All(vec![
            test("{{ event.body.email }}", Op::HasValue, None),
            test("{{ event.body.amount }}", Op::GreaterThan, Some("10")),
            test("{{ event.body.country }}", Op::Equals, Some("DE")),
        ]);
        assert_eq!(condition(&all), "email has a value and amount > 10 and country is “DE”");
    }
}
