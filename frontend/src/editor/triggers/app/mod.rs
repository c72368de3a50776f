//! The form of a connector's trigger: whose account, which things, and how they are noticed.

mod caught;
mod happen;
mod polling;
mod reach;
mod standing;

use leptos::prelude::*;
use manifest::{Connector, Trigger};
use model::ids::TriggerId;

use super::gate::Gate;
use crate::{
    connectors::find,
    editor::{
        fields::{Fields, Filled, Form, filled},
        state::{Selected, use_editor},
        steps::connection::ConnectionField,
    },
    text::editor as t,
    ui::{Glyph, Icon},
};

pub use reach::{Reached, SendOne};

#[component]
pub fn AppForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let of = Selected::Trigger(id.clone());
    let this = of.clone();
    let app = Memo::new(move |_| filled(editor, &this));
    let which = Memo::new(move |_| app.with(|app| (app.connector.clone(), app.form.clone())));
    move || {
        let (connector, trigger) = which.get();
        let found = find(&connector).and_then(|connector| Some((connector, connector.trigger(&trigger)?)));
        match found {
            Some((connector, trigger)) => view! { <Known id=id.clone() of=of.clone() app connector trigger/> }.into_any(),
            None => view! { <p class="note warn"><Icon glyph=Glyph::Alert/><span>{t::UNKNOWN_TRIGGER}</span></p> }.into_any(),
        }
    }
}

#[component]
fn Known(
    id: TriggerId,
    of: Selected,
    app: Memo<Filled>,
    connector: &'static Connector,
    trigger: &'static Trigger,
) -> impl IntoView {
    let editor = use_editor();
    let form = Form::new(editor, of.clone(), app, &trigger.fields);
    let id = StoredValue::new(id);
    let needs_one = !connector.auth.is_empty();
    let ready = Memo::new(move |_| !needs_one || form.connection().is_some());
    let sandbox = Memo::new(move |_| editor.is_sandbox(&of));
    let fields: Vec<_> = trigger.fields.iter().collect();
    view! {
        <p class="ed-intro">{trigger.description.clone()}</p>
        {needs_one.then(|| view! { <ConnectionField form connector required=true/> })}
        <Fields form fields/>
        {trigger.poll.as_ref().map(|poll| view! {
            <polling::Polling id=id.get_value() poll/>
            <caught::TryIt id=id.get_value() ready/>
            <standing::Standing id=id.get_value()/>
        })}
        {trigger.webhook.as_ref().map(|_| view! { <Reached id=id.get_value()/> })}
        <happen::MakeIt id=id.get_value() sandbox/>
        <details class="fold">
            <summary>{t::MORE_SETTINGS}</summary>
            <Gate id=id.get_value()/>
        </details>
    }
}
