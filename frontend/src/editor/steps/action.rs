//! The form of an action, made of its operation's fields.

use leptos::prelude::*;
use manifest::{Connector, NeedsConnection, Operation};
use model::ids::StepId;

use super::connection::ConnectionField;
use crate::{
    connectors::find,
    editor::{
        curl::PasteCurl,
        fields::{Fields, FillAlike, Filled, Form, filled},
        state::{Selected, use_editor},
    },
    text::editor as t,
    ui::{Glyph, Icon},
};

#[component]
pub fn ActionForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = Selected::Step(id);
    let this = of.clone();
    let action = Memo::new(move |_| filled(editor, &this));
    let which = Memo::new(move |_| action.with(|action| (action.connector.clone(), action.form.clone())));
    move || {
        let (connector_id, operation_id) = which.get();
        let found = find(&connector_id).and_then(|connector| Some((connector, connector.operation(&operation_id)?)));
        match found {
            Some((connector, operation)) => view! { <Operated of=of.clone() action connector operation/> }.into_any(),
            None => view! { <p class="note warn"><Icon glyph=Glyph::Alert/><span>{t::UNKNOWN_CONNECTOR}</span></p> }.into_any(),
        }
    }
}

#[component]
fn Operated(of: Selected, action: Memo<Filled>, connector: &'static Connector, operation: &'static Operation) -> impl IntoView {
    let form = Form::new(use_editor(), of, action, &operation.fields);
    let wants_connection = operation.connection != NeedsConnection::Never && !connector.auth.is_empty();
    // The address first, then who is calling, then the rest.
    let split = operation.fields.iter().position(|field| field.key == "url").map_or(0, |at| at + 1);
    let (address, rest) = operation.fields.split_at(split);
    let (address, rest): (Vec<_>, Vec<_>) = (address.iter().collect(), rest.iter().collect());
    view! {
        <p class="ed-intro">{operation.description.clone()}</p>
        {if connector.id == "http" {
            view! { <PasteCurl form><Fields form fields=address/></PasteCurl> }.into_any()
        } else {
            view! { <Fields form fields=address/> }.into_any()
        }}
        {wants_connection.then(|| view! {
            <ConnectionField form connector required=operation.connection == NeedsConnection::Required/>
        })}
        <FillAlike form/>
        <Fields form fields=rest/>
    }
}
