//! The form of an action, made of its operation's fields.

use leptos::prelude::*;
use manifest::{Connector, Field, NeedsConnection, Operation};
use model::{
    Mapped,
    ids::StepId,
    step::{Action, StepKind},
};
use serde_json::Value;

use super::{action_field::ActionField, connection::ConnectionField};
use crate::{
    connectors,
    editor::state::{Editor, use_editor},
    text::editor as t,
    ui::{Glyph, Icon},
};

/// One action while it is edited.
#[derive(Clone, Copy)]
pub struct Form {
    pub editor: Editor,
    pub id: StoredValue<StepId>,
    pub action: Memo<Action>,
}

impl Form {
    /// A field's value as it stands, without its default.
    pub fn input(self, key: &str) -> Option<Mapped> {
        self.action.with(|action| action.input.get(key).cloned())
    }

    pub fn put(self, key: &str, value: Option<Mapped>) {
        self.editor.update_kind(&self.id.get_value(), &format!("input/{key}"), |kind| {
            if let StepKind::Action(action) = kind {
                match value {
                    Some(value) => action.input.insert(key.to_owned(), value),
                    None => action.input.remove(key),
                };
            }
        });
    }

    /// A field's fixed text, its default where it has none.
    pub fn fixed(self, operation: &Operation, key: &str) -> Option<String> {
        let value = match self.input(key) {
            Some(Mapped::Literal(value)) => Some(value),
            Some(_) => None,
            None => operation.field(key).and_then(|field| field.default.clone()),
        };
        value.map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    fn is_shown(self, operation: &Operation, field: &Field) -> bool {
        field.shown_when.as_ref().is_none_or(|when| {
            // With a value that is only known later the field may be needed.
            self.fixed(operation, &when.field).is_none_or(|value| when.is.contains(&value))
        })
    }
}

#[component]
pub fn ActionForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let unknown =
        Action { connector: String::new(), version: 0, operation: String::new(), connection: None, input: Default::default() };
    let action = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Action(action)) => action,
        _ => unknown.clone(),
    });
    let form = Form { editor, id: StoredValue::new(id), action };
    let which = Memo::new(move |_| action.with(|action| (action.connector.clone(), action.operation.clone())));
    move || {
        let (connector_id, operation_id) = which.get();
        let found = connectors::find(&connector_id).and_then(|connector| Some((connector, connector.operation(&operation_id)?)));
        match found {
            Some((connector, operation)) => view! { <Fields form connector operation/> }.into_any(),
            None => view! { <p class="note warn"><Icon glyph=Glyph::Alert/><span>{t::UNKNOWN_CONNECTOR}</span></p> }.into_any(),
        }
    }
}

#[component]
fn Fields(form: Form, connector: &'static Connector, operation: &'static Operation) -> impl IntoView {
    let shown = |field: &'static Field| {
        let visible = Memo::new(move |_| form.is_shown(operation, field));
        view! {
            <Show when=move || visible.get()>
                <ActionField form operation field/>
            </Show>
        }
    };
    let (plain, advanced): (Vec<_>, Vec<_>) = operation.fields.iter().partition(|field| !field.advanced);
    let open = advanced.iter().any(|field| form.action.with_untracked(|action| action.input.contains_key(&field.key)));
    let wants_connection = operation.connection != NeedsConnection::Never && !connector.auth.is_empty();
    // The address first, then who is calling, then the rest.
    let split = plain.iter().position(|field| field.key == "url").map_or(0, |at| at + 1);
    let after = plain[split..].iter().map(|field| shown(field)).collect_view();
    let before = plain[..split].iter().map(|field| shown(field)).collect_view();
    view! {
        <p class="ed-intro">{operation.description.clone()}</p>
        <div class="action-head">{before}</div>
        {wants_connection.then(|| view! { <ConnectionField form connector operation/> })}
        {after}
        {(!advanced.is_empty())
            .then(|| {
                view! {
                    <details class="fold" prop:open=open>
                        <summary>{t::MORE_SETTINGS}</summary>
                        {advanced.into_iter().map(shown).collect_view()}
                    </details>
                }
            })}
    }
}
