use leptos::{prelude::*, task::spawn_local};
use manifest::Connector;
use model::api::{CreateConnection, Empty, NewConnection};

use super::{
    super::sharing::{Whom, WhomFold},
    Adding,
};
use crate::{
    api::call,
    text::{connect as t, ui},
    ui::{Button, Field, Glyph, Icon, TextInput, Tone},
};

/// A simulated account for everybody.
pub fn simulated(connector: &Connector) -> NewConnection {
    NewConnection {
        connector: connector.id.clone(),
        // Which way makes no difference: there is nobody to sign in to.
        method: connector.auth.first().map(|method| method.id.clone()).unwrap_or_default(),
        label: t::sandbox_label(&connector.name),
        hosts: Vec::new(),
        values: Default::default(),
        sandbox: true,
        only: None,
    }
}

/// The form of a simulated account.
#[component]
pub fn SandboxForm(adding: Adding, connector: &'static Connector) -> impl IntoView {
    let (label, whom) = (RwSignal::new(t::sandbox_label(&connector.name)), Whom::new(None));
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        refused.set(None);
        let typed = label.with_untracked(|label| label.trim().to_owned());
        let mut new = NewConnection { only: whom.only(), ..simulated(connector) };
        if !typed.is_empty() {
            new.label = typed;
        }
        spawn_local(async move {
            let made = call::<CreateConnection>((), &Empty {}, &new).await;
            busy.try_set(false);
            match made {
                Ok(made) => adding.on_done.run((made.id, t::connected(&t::sandbox_label(&connector.name)))),
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <p class="note hold"><Icon glyph=Glyph::Boxes/><span>{t::SANDBOX_CHIP_ABOUT}</span></p>
            <Field label=t::NAME hint=t::NAME_HINT.to_owned()>
                <TextInput value=label on_input=move |v| label.set(v)/>
            </Field>
            <WhomFold whom/>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| adding.open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::SANDBOX_ADD}</Button>
            </footer>
        </form>
    }
}
