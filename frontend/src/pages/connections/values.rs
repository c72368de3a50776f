use std::collections::BTreeMap;

use leptos::prelude::*;
use manifest::AuthMethod;

use crate::{
    text::connections as t,
    ui::{Field, PasswordInput, TextInput},
};

/// The secret values of one way to prove who one is, by key.
#[derive(Clone, Copy)]
pub struct Values {
    typed: RwSignal<BTreeMap<String, String>>,
    tried: RwSignal<bool>,
}

impl Values {
    pub fn new() -> Self {
        Values { typed: RwSignal::new(BTreeMap::new()), tried: RwSignal::new(false) }
    }

    /// What was typed, with the defaults; `None`, and marks it, when something is lacking.
    pub fn take(self, method: &AuthMethod) -> Option<BTreeMap<String, String>> {
        self.tried.set(true);
        let mut values = BTreeMap::new();
        for field in &method.fields {
            let value = self.typed.with_untracked(|typed| typed.get(&field.key).cloned()).unwrap_or_else(|| default_of(field));
            if value.is_empty() && field.required {
                return None;
            }
            values.insert(field.key.clone(), value);
        }
        Some(values)
    }
}

fn default_of(field: &manifest::Field) -> String {
    field.default.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}

/// The inputs of one method.
#[component]
pub fn ValueFields(method: &'static AuthMethod, values: Values) -> impl IntoView {
    let field = |field: &'static manifest::Field| {
        let value = Signal::derive(move || {
            values.typed.with(|typed| typed.get(&field.key).cloned()).unwrap_or_else(|| default_of(field))
        });
        let error = Signal::derive(move || {
            (values.tried.get() && field.required && value.with(String::is_empty)).then(|| t::NEED_VALUE.to_owned())
        });
        let set = move |text: String| values.typed.update(|typed| _ = typed.insert(field.key.clone(), text));
        view! {
            <Field label=field.label.clone() error>
                {if field.secret {
                    view! { <PasswordInput value on_input=set autocomplete="off"/> }.into_any()
                } else {
                    view! { <TextInput value on_input=set/> }.into_any()
                }}
            </Field>
        }
    };
    let steps = (!method.steps.is_empty()).then(|| {
        view! { <ol class="small muted">{method.steps.iter().map(|step| view! { <li>{step.clone()}</li> }).collect_view()}</ol> }
    });
    (steps, method.fields.iter().map(field).collect_view())
}
