//! What a person types in to sign in: the fields of one way to do so.

use std::collections::BTreeMap;

use leptos::prelude::*;
use manifest::{AuthMethod, FieldKind};

use crate::{
    text::{connect, connections as t},
    ui::{Choice, Field, PasswordInput, Select, TextArea, TextInput},
};

/// The values of one way to prove who one is, by key.
#[derive(Clone, Copy)]
pub struct Values {
    typed: RwSignal<BTreeMap<String, String>>,
    tried: RwSignal<bool>,
}

impl Values {
    pub fn new() -> Self {
        Values { typed: RwSignal::new(BTreeMap::new()), tried: RwSignal::new(false) }
    }

    /// Begins with what was typed before.
    pub fn with(typed: BTreeMap<String, String>) -> Self {
        Values { typed: RwSignal::new(typed), tried: RwSignal::new(false) }
    }

    /// What was typed, with the defaults; `None`, and marks it, when something is lacking or does not fit.
    pub fn take(self, method: &AuthMethod) -> Option<BTreeMap<String, String>> {
        self.tried.set(true);
        let mut values = BTreeMap::new();
        for field in &method.fields {
            let value = self.typed.with_untracked(|typed| typed.get(&field.key).cloned()).unwrap_or_else(|| default_of(field));
            if problem_of(field, &value).is_some() {
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

fn problem_of(field: &manifest::Field, value: &str) -> Option<&'static str> {
    if value.trim().is_empty() {
        return field.required.then_some(t::NEED_VALUE);
    }
    let fits = field.pattern.as_ref().is_none_or(|pattern| pattern.accept(value).is_some());
    (!fits).then_some(connect::BAD_VALUE)
}

/// The inputs of one method, after the steps that lead to them.
#[component]
pub fn ValueFields(method: &'static AuthMethod, values: Values) -> impl IntoView {
    let field = |field: &'static manifest::Field| {
        let value = Signal::derive(move || {
            values.typed.with(|typed| typed.get(&field.key).cloned()).unwrap_or_else(|| default_of(field))
        });
        let error = Signal::derive(move || {
            let problem = value.with(|value| problem_of(field, value));
            problem.filter(|_| values.tried.get()).map(str::to_owned)
        });
        let set = move |text: String| values.typed.update(|typed| _ = typed.insert(field.key.clone(), text));
        let hint = (!field.help.is_empty()).then(|| field.help.clone());
        let placeholder = field.placeholder.clone();
        // Made inside of its field, whose label it finds in the context.
        let input = move || match &field.kind {
            FieldKind::Choice { options } => {
                let choices: Vec<Choice> = options.iter().map(|one| Choice::new(&one.value, &one.label)).collect();
                view! { <Select value on_change=set choices=Signal::stored(choices)/> }.into_any()
            }
            FieldKind::LongText | FieldKind::Json => {
                view! { <TextArea value on_input=set rows=5 mono=true placeholder/> }.into_any()
            }
            _ if field.secret => view! { <PasswordInput value on_input=set autocomplete="off" placeholder/> }.into_any(),
            _ => view! { <TextInput value on_input=set placeholder/> }.into_any(),
        };
        view! { <Field label=field.label.clone() hint error optional=!field.required>{input()}</Field> }
    };
    let steps = (!method.steps.is_empty()).then(|| {
        view! {
            <div class="steps">
                <h3>{connect::STEPS}</h3>
                <ol>{method.steps.iter().map(|step| view! { <li>{crate::ui::coded(step)}</li> }).collect_view()}</ol>
            </div>
        }
    });
    let help = (!method.help.is_empty()).then(|| view! { <p class="field-hint">{method.help.clone()}</p> });
    (help, steps, method.fields.iter().map(field).collect_view())
}
