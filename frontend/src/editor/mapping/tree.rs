//! Sample values as rows of a tree to choose from.

use expr::{Mapped, Names, Seg, Source, print_text};
use serde_json::Value;

use super::words;

/// Items of a list that are offered one by one.
const ITEMS: usize = 1;
/// Deeper values are offered whole.
const DEEPEST: usize = 8;
/// Entries of one object that are listed.
const WIDEST: usize = 300;

/// One row of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub source: Source,
    pub path: Vec<Seg>,
    /// The last part of the path, for a person.
    pub name: String,
    pub depth: usize,
    pub kind: Kind,
    pub preview: String,
    /// Has rows of its own, which follow it.
    pub open: bool,
    pub parent: bool,
}

/// What kind of value a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    YesNo,
    Nothing,
    List,
    Object,
}

impl Kind {
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Kind::Nothing,
            Value::Bool(_) => Kind::YesNo,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::Text,
            Value::Array(_) => Kind::List,
            Value::Object(_) => Kind::Object,
        }
    }
}

impl Row {
    /// What a click puts into the field.
    pub fn text(&self, names: &Names) -> String {
        print_text(&self.mapped(), names).unwrap_or_default()
    }

    /// What it stands for.
    pub fn mapped(&self) -> Mapped {
        Mapped::pill(self.source.clone(), self.path.iter().cloned())
    }

    /// The path as one text, for searching and as a key.
    pub fn key(&self) -> String {
        let mut key = format!("{:?}", self.source);
        for seg in &self.path {
            key.push('\u{1f}');
            match seg {
                Seg::Key(name) => key.push_str(name),
                Seg::Index(index) => key.push_str(&index.to_string()),
            }
        }
        key
    }

    /// The path as a person reads it: `address.city`.
    pub fn spelled(&self) -> String {
        words::spelled(&self.path)
    }
}

/// The rows below `value`, those of closed parents left out. `is_open` says of a row's key whether it is open.
pub fn rows(source: &Source, at: &[Seg], value: &Value, is_open: &dyn Fn(&str, usize) -> bool) -> Vec<Row> {
    let mut into = Vec::new();
    visit(source, at, value, 0, is_open, &mut into);
    into
}

fn visit(source: &Source, at: &[Seg], value: &Value, depth: usize, is_open: &dyn Fn(&str, usize) -> bool, into: &mut Vec<Row>) {
    let children: Vec<(Seg, String, &Value)> = match value {
        Value::Object(entries) => {
            entries.iter().take(WIDEST).map(|(key, item)| (Seg::Key(key.clone()), key.clone(), item)).collect()
        }
        Value::Array(items) => items
            .iter()
            .take(ITEMS)
            .enumerate()
            .map(|(at, item)| (Seg::Index(u32::try_from(at).unwrap_or(0)), String::new(), item))
            .collect(),
        _ => Vec::new(),
    };
    for (seg, name, item) in children {
        let mut path = at.to_vec();
        path.push(seg);
        let parent = depth < DEEPEST
            && match item {
                Value::Object(entries) => !entries.is_empty(),
                Value::Array(items) => !items.is_empty(),
                _ => false,
            };
        let mut row =
            Row { source: source.clone(), path, name, depth, kind: Kind::of(item), preview: preview(item), open: false, parent };
        row.open = parent && is_open(&row.key(), depth);
        let (open, path) = (row.open, row.path.clone());
        into.push(row);
        if open {
            visit(source, &path, item, depth + 1, is_open, into);
        }
    }
}

/// A value on one short line.
pub fn preview(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.replace(['\n', '\r', '\t'], " "),
        Value::Null => "null".into(),
        Value::Array(items) => match items.as_slice() {
            [] => "[]".into(),
            [Value::Object(_) | Value::Array(_), ..] => crate::text::editor::items(items.len()),
            items => {
                let few: Vec<String> = items.iter().take(4).map(preview).collect();
                format!("[{}{}]", few.join(", "), if items.len() > 4 { ", …" } else { "" })
            }
        },
        Value::Object(entries) if entries.is_empty() => "{}".into(),
        Value::Object(entries) => {
            let few: Vec<&str> = entries.keys().take(4).map(String::as_str).collect();
            format!("{{{}{}}}", few.join(", "), if entries.len() > 4 { ", …" } else { "" })
        }
        other => other.to_string(),
    };
    shorten(&text, 120)
}

/// A value in a sentence.
pub fn short(value: &Value) -> String {
    shorten(&preview(value), 40)
}

/// At most `most` characters, the last one an ellipsis when something was cut.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_fields_and_the_first_item() {
        let value = json!({"email": "a@b.c", "items": [{"sku": 1}, {"sku": 2}], "the name": {}});
        let found = rows(&Source::Event, &["body".into()], &value, &|_, _| true);
        let spelled: Vec<String> = found.iter().map(Row::spelled).collect();
        assert_eq!(spelled, ["body.email", "body.items", "body.items[0]", "body.items[0].sku", "body.the name"]);
        assert_eq!(found[3].text(&Names::new()), "{{ event.body.items[0].sku }}");
        assert_eq!(rows(&Source::Event, &[], &value, &|_, _| false).len(), 3);
    }

    #[test]
    fn previews_are_short() {
        assert_eq!(preview(&json!({"a": 1, "b": 2})), "{a, b}");
        assert_eq!(preview(&json!([1, 2, 3, 4, 5])), "[1, 2, 3, 4, …]");
        assert_eq!(preview(&json!("x".repeat(500))).chars().count(), 120);
    }
}
