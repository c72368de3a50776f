//! Whether an account can be asked yet, and what is in the way.

use expr::{Outcome, evaluate};
use leptos::prelude::*;
use manifest::Field;
use model::{Mapped, api::AccountQuestion};
use serde_json::Value;

use super::{
    Form,
    loads::{Question, What},
};
use crate::{
    editor::data::{Seen, limits},
    text::editor as t,
};

#[derive(Debug, Clone, PartialEq)]
pub enum Ready {
    NoConnection,
    /// Another field is filled in first: its label.
    After(String),
    /// Another field comes from data of which there is no sample yet: its label.
    NoSample(String),
    Ask(Question),
}

impl Ready {
    /// What to do first, in words.
    pub fn words(&self) -> Option<String> {
        match self {
            Ready::NoConnection => Some(t::CONNECTION_FIRST.to_owned()),
            Ready::After(label) => Some(t::field_first(label)),
            Ready::NoSample(label) => Some(t::field_without_sample(label)),
            Ready::Ask(_) => None,
        }
    }

    pub fn question(&self) -> Option<&Question> {
        match self {
            Ready::Ask(question) => Some(question),
            _ => None,
        }
    }
}

/// What to ask for a field, with the fields it depends on as they are filled in now.
pub fn ready(form: Form, field: &Field, what: What, seen: &Seen) -> Ready {
    let Some(connection) = form.connection() else { return Ready::NoConnection };
    let depends_on = match what {
        What::Options => field.options_from.as_ref().map(|from| from.depends_on.as_slice()),
        What::Fields => field.fields_from.as_ref().map(|from| from.depends_on.as_slice()),
    };
    let mut input = std::collections::BTreeMap::new();
    for key in depends_on.unwrap_or_default() {
        let label = || form.field(key).map_or_else(|| key.clone(), |field| field.label.clone());
        let value = match form.input(key) {
            None | Some(Mapped::Literal(_)) => {
                form.literal(key).filter(|value| !is_empty(value)).ok_or_else(|| Ready::After(label()))
            }
            Some(mapped) => from_sample(&mapped, seen).ok_or_else(|| Ready::NoSample(label())),
        };
        match value {
            Ok(value) => input.insert(key.clone(), value),
            Err(not_yet) => return not_yet,
        };
    }
    let form = form.filled.with(|filled| filled.form.clone());
    Ready::Ask(Question {
        connection,
        what,
        asked: AccountQuestion { form, field: field.key.clone(), input, search: None, fresh: false },
    })
}

fn from_sample(mapped: &Mapped, seen: &Seen) -> Option<Value> {
    match evaluate(mapped, &seen.data, &limits()).ok()?.outcome {
        Outcome::Value(value) if !is_empty(&value) => Some(value),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}
