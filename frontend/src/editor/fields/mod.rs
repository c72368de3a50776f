//! Forms made of a connector's fields: of an action, and of a connector's trigger.

mod alike;
mod columns;
pub mod combobox;
pub mod dates;
mod field;
mod fixed;
mod loaded;
pub mod loads;
mod many;
mod objects;
mod offered;
mod ready;
mod value;

use std::collections::BTreeMap;

use leptos::prelude::*;
use manifest::Field;
use model::{Mapped, definition::TriggerKind, ids::ConnectionId, step::StepKind};
use serde_json::Value;

use super::state::{Editor, Selected};
use crate::text::editor as t;

pub use alike::FillAlike;
pub use field::FormField;
pub use loaded::fixed;

/// What of a step or trigger such a form fills in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filled {
    pub connector: String,
    /// The operation or trigger of the connector.
    pub form: String,
    pub connection: Option<ConnectionId>,
    pub input: BTreeMap<String, Mapped>,
}

/// One form while it is filled in.
#[derive(Clone, Copy)]
pub struct Form {
    pub editor: Editor,
    of: StoredValue<Selected>,
    pub filled: Memo<Filled>,
    pub fields: &'static [Field],
}

/// What a step or trigger has filled in, as it is now.
pub fn filled(editor: Editor, of: &Selected) -> Filled {
    editor.def.with(|def| match of {
        Selected::Step(id) => match def.step(id).map(|step| &step.kind) {
            Some(StepKind::Action(action)) => Filled {
                connector: action.connector.clone(),
                form: action.operation.clone(),
                connection: action.connection,
                input: action.input.clone(),
            },
            _ => Filled::default(),
        },
        Selected::Trigger(id) => match def.trigger(id).map(|trigger| &trigger.kind) {
            Some(TriggerKind::App(app)) => Filled {
                connector: app.connector.clone(),
                form: app.trigger.clone(),
                connection: app.connection,
                input: app.input.clone(),
            },
            _ => Filled::default(),
        },
    })
}

impl Form {
    pub fn new(editor: Editor, of: Selected, filled: Memo<Filled>, fields: &'static [Field]) -> Self {
        Form { editor, of: StoredValue::new(of), filled, fields }
    }

    /// Whether values may come from data: before a trigger nothing has happened yet.
    pub fn has_data(self) -> bool {
        self.of.with_value(|of| matches!(of, Selected::Step(_)))
    }

    pub fn connection(self) -> Option<ConnectionId> {
        self.filled.with(|filled| filled.connection)
    }

    /// Uses a connection, or none.
    pub fn connect(self, id: Option<ConnectionId>) {
        self.change("connection", |connection, _| *connection = id);
    }

    /// A field's value as it stands, without its default.
    pub fn input(self, key: &str) -> Option<Mapped> {
        self.filled.with(|filled| filled.input.get(key).cloned())
    }

    pub fn put(self, key: &str, value: Option<Mapped>) {
        self.change(&format!("input/{key}"), |_, input| {
            match value {
                Some(value) => input.insert(key.to_owned(), value),
                None => input.remove(key),
            };
        });
    }

    /// Replaces several fields as one change.
    pub fn put_all(self, values: Vec<(&str, Option<Mapped>)>) {
        self.change("input", |_, input| {
            for (key, value) in values {
                match value {
                    Some(value) => input.insert(key.to_owned(), value),
                    None => input.remove(key),
                };
            }
        });
    }

    fn change(self, key: &str, edit: impl FnOnce(&mut Option<ConnectionId>, &mut BTreeMap<String, Mapped>)) {
        // Gone with the form, where something was waited for meanwhile.
        let Some(of) = self.of.try_get_value() else { return };
        match of {
            Selected::Step(id) => self.editor.update_kind(&id, key, |kind| {
                if let StepKind::Action(action) = kind {
                    edit(&mut action.connection, &mut action.input);
                }
            }),
            Selected::Trigger(id) => self.editor.update_trigger(&id, key, |trigger| {
                if let TriggerKind::App(app) = &mut trigger.kind {
                    edit(&mut app.connection, &mut app.input);
                }
            }),
        }
    }

    pub fn field(self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// A field's fixed value, its default where it has none.
    pub fn literal(self, key: &str) -> Option<Value> {
        match self.input(key) {
            Some(Mapped::Literal(value)) => Some(value),
            Some(_) => None,
            None => self.field(key).and_then(|field| field.default.clone()),
        }
    }

    /// The same as text.
    pub fn fixed(self, key: &str) -> Option<String> {
        self.literal(key).map(|value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    fn is_shown(self, field: &Field) -> bool {
        field.shown_when.as_ref().is_none_or(|when| {
            // With a value that is only known later the field may be needed.
            self.fixed(&when.field).is_none_or(|value| when.is.contains(&value))
        })
    }
}

/// Fields as long as they apply, those for few people folded away.
#[component]
pub fn Fields(form: Form, #[prop(into)] fields: Vec<&'static Field>) -> impl IntoView {
    let shown = move |field: &'static Field| {
        let visible = Memo::new(move |_| form.is_shown(field));
        view! {
            <Show when=move || visible.get()>
                <FormField form field/>
            </Show>
        }
    };
    let (plain, advanced): (Vec<_>, Vec<_>) = fields.into_iter().partition(|field| !field.advanced);
    let open = advanced.iter().any(|field| form.filled.with_untracked(|filled| filled.input.contains_key(&field.key)));
    view! {
        {plain.into_iter().map(shown).collect_view()}
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
