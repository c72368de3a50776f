//! What a field gives with the sample at hand, and how to mend it when it gives nothing.

use expr::{ErrorKind, Mapped, Names, Outcome, Source, evaluate, parse_text, references};

use super::{
    expects::{self, Expects},
    tree::{Kind, preview},
};
use crate::editor::data::{Seen, limits};

/// The line under a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// Fixed text: there is nothing to say that the field itself does not.
    Plain,
    Value {
        text: String,
        kind: Kind,
    },
    /// There is no sample event yet.
    NoSample,
    /// The list is not known whose element this is.
    NoElement,
    /// An earlier step has no output yet: its slug.
    NotTested {
        slug: String,
    },
    /// Nothing is there: the field is left out.
    Missing {
        message: String,
        fix: Option<Fix>,
    },
    Error {
        message: String,
        fix: Option<Fix>,
    },
    /// There is a value, but the field takes another kind.
    Mismatch {
        message: String,
        fix: Option<Fix>,
    },
}

/// A likely correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The name to use instead.
    pub name: String,
    /// The whole text of the field, mended.
    pub text: String,
}

/// Evaluates a field that holds `text`.
pub fn show(text: &str, mapped: &Mapped, seen: &Seen, names: &Names) -> Shown {
    show_expecting(text, mapped, seen, names, None)
}

/// The same for a field that takes only one kind of value.
pub fn show_expecting(text: &str, mapped: &Mapped, seen: &Seen, names: &Names, expects: Option<Expects>) -> Shown {
    if matches!(mapped, Mapped::Literal(_) | Mapped::Omit | Mapped::Null) {
        return Shown::Plain;
    }
    let used = references(mapped, names);
    if seen.event.is_none() && used.iter().any(|reference| reference.source == Source::Event) {
        return Shown::NoSample;
    }
    let unknown = |name: &str| seen.here.iter().rev().find(|local| local.name == name).is_some_and(|local| local.value.is_none());
    if used.iter().any(|reference| matches!(&reference.source, Source::Local(name) if unknown(name))) {
        return Shown::NoElement;
    }
    match evaluate(mapped, &seen.data, &limits()) {
        Ok(found) => {
            let note = found.notes.first();
            match (found.outcome, note) {
                (Outcome::Value(value), None) => {
                    match expects.and_then(|expects| expects::mismatch(expects, text, &value, seen, names)) {
                        Some((message, fix)) => Shown::Mismatch { message, fix },
                        None => Shown::Value { text: preview(&value), kind: Kind::of(&value) },
                    }
                }
                (Outcome::Value(_) | Outcome::Missing, Some(note)) => Shown::Missing {
                    message: note.message.clone(),
                    fix: note.suggestion.as_deref().and_then(|name| fix(text, &note.path, name, seen, names)),
                },
                (Outcome::Missing, None) => Shown::Missing { message: String::new(), fix: None },
            }
        }
        Err(error) if error.kind == ErrorKind::NotRun => {
            let untested = used.iter().find_map(|reference| match &reference.source {
                Source::Step(id) if !seen.outputs.keys().any(|known| known.as_str() == id) => names.slug_of(id),
                _ => None,
            });
            match untested {
                Some(slug) => Shown::NotTested { slug: slug.to_owned() },
                None => Shown::Error { message: error.message, fix: None },
            }
        }
        Err(error) => {
            let path = error.path.clone().unwrap_or_default();
            let fix = error.suggestion.as_deref().and_then(|name| fix(text, &path, name, seen, names));
            Shown::Error { message: error.message, fix }
        }
    }
}

/// The text with one part of `path` replaced by `name`: the part with which it no longer fails.
fn fix(text: &str, path: &str, name: &str, seen: &Seen, names: &Names) -> Option<Fix> {
    let parts: Vec<&str> = path.split('.').collect();
    if path.is_empty() || !text.contains(path) {
        return None;
    }
    (0..parts.len()).rev().find_map(|at| {
        let mut mended = parts.clone();
        mended[at] = name;
        let mended = text.replace(path, &mended.join("."));
        let found = evaluate(&parse_text(&mended, names), &seen.data, &limits()).ok()?;
        (found.outcome != Outcome::Missing && found.notes.is_empty()).then(|| Fix { name: name.to_owned(), text: mended })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn shown(text: &str) -> Shown {
        let mut seen = Seen { event: Some(Arc::new(json!({"body": {"email": "a@b.c", "n": {"m": 1}}}))), ..Seen::default() };
        if let Some(event) = &seen.event {
            seen.data.set_event(event.clone());
        }
        seen.data.set_step("s1", "check", expr::StepData::NotRun);
        let mut names = Names::new();
        names.insert("s1", "check");
        show(text, &parse_text(text, &names), &seen, &names)
    }

    #[test]
    fn shows_values_and_says_what_is_wrong() {
        assert_eq!(shown("hello"), Shown::Plain);
        assert_eq!(shown("{{ event.body.n.m }}"), Shown::Value { text: "1".into(), kind: Kind::Number });
        assert_eq!(shown("{{ check.x }}"), Shown::NotTested { slug: "check".into() });
    }

    #[test]
    fn mends_the_part_that_fails() {
        for (text, mended) in
            [("Hi {{ event.body.emial }}", "Hi {{ event.body.email }}"), ("{{ event.bdy.email }}", "{{ event.body.email }}")]
        {
            let (Shown::Missing { fix: Some(fix), .. } | Shown::Error { fix: Some(fix), .. }) = shown(text) else {
                panic!("{text}: {:?}", shown(text))
            };
            assert_eq!(fix.text, mended);
        }
    }
}
