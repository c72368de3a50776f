//! Paths into data: looking a value up, and spelling a path.

use serde_json::Value;

use crate::error::Gap;
use crate::mapped::Seg;
use crate::suggest::suggest;

/// The value at `path` below `root`. The gap names the whole path; its message names the part where it ends.
pub(crate) fn walk<'a>(root: &'a Value, root_name: &str, path: &[Seg]) -> Result<&'a Value, Gap> {
    let mut value = root;
    for (index, seg) in path.iter().enumerate() {
        value = enter(value, seg).ok_or_else(|| {
            let mut gap = gap(value, &spell(root_name, &path[..index]), seg);
            gap.path = spell(root_name, path);
            gap
        })?;
    }
    Ok(value)
}

/// One step down. A number also finds an object's key of that spelling, as form data names list items so.
pub(crate) fn enter<'a>(value: &'a Value, seg: &Seg) -> Option<&'a Value> {
    match (value, seg) {
        (Value::Object(entries), Seg::Key(key)) => entries.get(key),
        (Value::Object(entries), Seg::Index(index)) => entries.get(&index.to_string()),
        (Value::Array(items), Seg::Index(index)) => items.get(*index as usize),
        _ => None,
    }
}

/// Why `seg` is not in `value`, which is found at `place`.
pub(crate) fn gap(value: &Value, place: &str, seg: &Seg) -> Gap {
    let path = spell(place, std::slice::from_ref(seg));
    match (value, seg) {
        (Value::Object(entries), Seg::Key(key)) => {
            let near = suggest(key, entries.keys());
            Gap::new(&path, format!("`{path}` does not exist")).suggesting(near)
        }
        (Value::Object(_), Seg::Index(_)) => Gap::new(&path, format!("`{path}` does not exist: `{place}` is not a list.")),
        (Value::Array(items), Seg::Index(_)) => {
            let message = format!(
                "`{path}` does not exist: the list has {} {}.",
                items.len(),
                if items.len() == 1 { "item" } else { "items" }
            );
            Gap::new(path, message)
        }
        (Value::Array(_), Seg::Key(key)) => {
            Gap::new(path, format!("`{place}` is a list, so it has no `{key}`: choose an item of it first."))
        }
        (_, seg) => {
            let message = format!("`{place}` is {}, so it has no `{}`.", kind(value), spell("", std::slice::from_ref(seg)));
            Gap::new(path, message)
        }
    }
}

impl Gap {
    /// Ends the sentence of the message, with the name that was probably meant.
    pub(crate) fn suggesting(mut self, suggestion: Option<String>) -> Self {
        match &suggestion {
            Some(name) => self.message.push_str(&format!("; did you mean `{name}`?")),
            None => self.message.push('.'),
        }
        self.suggestion = suggestion;
        self
    }
}

/// The kind of a value in a person's words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// `event` + [body, "a b", 0] -> `event.body["a b"][0]`. Reads back as an expression.
pub(crate) fn spell(root: &str, path: &[Seg]) -> String {
    let mut out = root.to_owned();
    for seg in path {
        push(&mut out, seg);
    }
    out
}

fn push(out: &mut String, seg: &Seg) {
    match seg {
        Seg::Index(index) => out.push_str(&format!("[{index}]")),
        Seg::Key(key) if is_plain(key) => {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(key);
        }
        // JSON's way of quoting text is also the expression language's.
        Seg::Key(key) => out.push_str(&format!("[{}]", Value::String(key.clone()))),
    }
}

/// Whether a key can follow a dot.
pub(crate) fn is_plain(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spells_odd_keys() {
        let path = [Seg::from("body"), Seg::from("a.b"), Seg::from("say \"hi\""), Seg::Index(0), Seg::from("")];
        assert_eq!(spell("event", &path), r#"event.body["a.b"]["say \"hi\""][0][""]"#);
    }

    #[test]
    fn names_the_place_where_a_path_ends() {
        let data = json!({"body": {"email": "x", "tags": [1], "none": null}});
        let look = |path: &[Seg]| walk(&data, "event", path).unwrap_err();
        let gap = look(&["body".into(), "emial".into(), "host".into()]);
        assert_eq!(gap.path, "event.body.emial.host");
        assert_eq!(gap.message, "`event.body.emial` does not exist; did you mean `email`?");
        assert_eq!(
            look(&["body".into(), "tags".into(), Seg::Index(3)]).message,
            "`event.body.tags[3]` does not exist: the list has 1 item."
        );
        assert_eq!(look(&["body".into(), "none".into(), "x".into()]).message, "`event.body.none` is null, so it has no `x`.");
    }
}
