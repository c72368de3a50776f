//! Requests as data: JSON in whose texts values are placed. Written so that it reads as the request will, and carried out by the
//! expression language that workflows use.
//!
//! - `"Bearer {connection.token}"`: text with expressions in braces; a value that is missing prints nothing. `{{` is a brace.
//! - `"{input.email}"`: one expression alone is still text, but a missing value leaves the whole entry out.
//! - `"=input.blocks"`: the value itself, whatever its type. Missing leaves the entry out. `"=="` begins a text with `=`.
//! - `{ "$each" = "input.rows", as = "row", item = { ... }, keep_if = "..." }`: one item per element of a list.
//! - `{ "$spread" = "input.properties", ... }`: the entries of an object, and the others beside it.

use expr::{Condition, Each, Entry, Mapped, Part};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON value in whose texts values are placed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub Value);

/// A template as it is evaluated: each leaf by itself, so that what one lacks leaves out that leaf alone.
#[derive(Debug, Clone, PartialEq)]
pub enum Compiled {
    Leaf(Mapped),
    /// `spread` first, where there is one, then the entries, which win.
    Object {
        spread: Option<Mapped>,
        entries: Vec<(String, Compiled)>,
    },
    List(Vec<Compiled>),
}

impl Template {
    pub fn is_empty(&self) -> bool {
        match &self.0 {
            Value::Null => true,
            Value::Object(entries) => entries.is_empty(),
            _ => false,
        }
    }

    /// The tree to evaluate, or what cannot be read.
    pub fn compile(&self) -> Result<Compiled, String> {
        compile(&self.0)
    }

    /// Every tree in it, for checks.
    pub fn trees(&self) -> Result<Vec<Mapped>, String> {
        let mut found = Vec::new();
        collect(self.compile()?, &mut found);
        Ok(found)
    }
}

fn compile(value: &Value) -> Result<Compiled, String> {
    match value {
        Value::String(text) => Ok(Compiled::Leaf(parse_text(text)?)),
        Value::Object(entries) if entries.contains_key("$each") => Ok(Compiled::Leaf(each(entries)?)),
        Value::Object(entries) => {
            let spread = entries.get("$spread").map(expression).transpose()?;
            let rest = entries.iter().filter(|(key, _)| *key != "$spread");
            let entries = rest.map(|(key, value)| Ok((key.clone(), compile(value)?))).collect::<Result<_, String>>()?;
            Ok(Compiled::Object { spread, entries })
        }
        Value::Array(items) => Ok(Compiled::List(items.iter().map(compile).collect::<Result<_, _>>()?)),
        other => Ok(Compiled::Leaf(Mapped::Literal(other.clone()))),
    }
}

/// One tree for the inside of an `$each`, which is evaluated as a whole.
fn tree(compiled: Compiled) -> Result<Mapped, String> {
    match compiled {
        Compiled::Leaf(mapped) => Ok(mapped),
        Compiled::Object { spread: Some(_), .. } => Err("\"$spread\" cannot stand inside \"$each\"".to_owned()),
        Compiled::Object { spread: None, entries } => {
            let entry = |(key, value)| Ok(Entry { key: Mapped::text(key), value: tree(value)? });
            Ok(Mapped::Object(entries.into_iter().map(entry).collect::<Result<_, String>>()?))
        }
        Compiled::List(items) => Ok(Mapped::List(items.into_iter().map(tree).collect::<Result<_, _>>()?)),
    }
}

fn each(entries: &Map<String, Value>) -> Result<Mapped, String> {
    if let Some(odd) = entries.keys().find(|key| !matches!(key.as_str(), "$each" | "as" | "item" | "keep_if")) {
        return Err(format!("\"$each\" has no \"{odd}\""));
    }
    let over = expression(entries.get("$each").unwrap_or(&Value::Null))?;
    let name = entries.get("as").and_then(Value::as_str).unwrap_or("item").to_owned();
    let item = entries.get("item").ok_or("\"$each\" needs an \"item\"")?;
    let item = tree(compile(item)?)?;
    let keep_if = match entries.get("keep_if") {
        None => None,
        Some(Value::String(source)) => Some(Condition::Expr(source.clone())),
        Some(_) => return Err("\"keep_if\" must be an expression".to_owned()),
    };
    Ok(Mapped::Each(Box::new(Each { over, name, item, keep_if })))
}

/// An expression where only one may stand; a leading `=` is allowed.
fn expression(value: &Value) -> Result<Mapped, String> {
    let text = value.as_str().ok_or("this must be an expression")?;
    Ok(Mapped::Expr(text.strip_prefix('=').unwrap_or(text).trim().to_owned()))
}

/// Text with expressions in braces, or `=` and one expression.
pub fn parse_text(text: &str) -> Result<Mapped, String> {
    if let Some(rest) = text.strip_prefix("==") {
        return Ok(Mapped::text(format!("={rest}")));
    }
    if let Some(source) = text.strip_prefix('=') {
        return Ok(Mapped::Expr(source.trim().to_owned()));
    }
    let parts = parse_parts(text)?;
    Ok(match parts.as_slice() {
        [] => Mapped::text(""),
        [Part::Text(text)] => Mapped::text(text.clone()),
        // Text is made of it by the formatter, which leaves what is missing missing.
        [Part::Expr(source)] => Mapped::Expr(format!("({source}) | text")),
        _ => Mapped::Template(parts),
    })
}

/// The pieces of a text: what stands for itself, and the expressions in braces.
pub fn parse_parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts: Vec<Part> = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        let after = &rest[at + 1..];
        if after.starts_with(brace) {
            plain.push_str(brace);
            rest = &after[1..];
            continue;
        }
        if brace == "}" {
            return Err(format!("\"{text}\" has a closing brace too many; write }}}} for one brace"));
        }
        let Some(end) = closing(after) else {
            return Err(format!("\"{text}\" has a brace that is not closed; write {{{{ for one brace"));
        };
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Expr(after[..end].trim().to_owned()));
        rest = &after[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

/// Where the brace closes; those inside quotes do not.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') => return Some(at),
            (None, _) => {}
        }
    }
    None
}

fn collect(compiled: Compiled, found: &mut Vec<Mapped>) {
    match compiled {
        Compiled::Leaf(mapped) => found.push(mapped),
        Compiled::Object { spread, entries } => {
            found.extend(spread);
            entries.into_iter().for_each(|(_, value)| collect(value, found));
        }
        Compiled::List(items) => items.into_iter().for_each(|item| collect(item, found)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts() {
        assert_eq!(parse_text("plain"), Ok(Mapped::text("plain")));
        assert_eq!(parse_text("=input.a"), Ok(Mapped::Expr("input.a".into())));
        assert_eq!(parse_text("==a"), Ok(Mapped::text("=a")));
        assert_eq!(parse_text("{{a}}"), Ok(Mapped::text("{a}")));
        assert_eq!(parse_text("{input.a}"), Ok(Mapped::Expr("(input.a) | text".into())));
        let parts = vec![Part::Text("a ".into()), Part::Expr("input['}']".into()), Part::Text("!".into())];
        assert_eq!(parse_text("a {input['}']}!"), Ok(Mapped::Template(parts)));
        for odd in ["{input.a", "a}b", "{"] {
            assert!(parse_text(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn objects_and_lists() {
        let template = Template(json!({
            "a": "x {input.a}", "b": ["=input.b"], "c": {"$each": "input.rows", "as": "row", "item": {"d": "{row.d}"}},
            "e": {"$spread": "input.e", "f": "{input.f}"},
        }));
        assert_eq!(template.trees().expect("read").len(), 5);
        for odd in [json!({"$each": "input.rows"}), json!({"$each": "input.rows", "item": 1, "ass": "x"}), json!({"$spread": 1})]
        {
            assert!(Template(odd.clone()).compile().is_err(), "{odd}");
        }
    }
}
