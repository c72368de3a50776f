use leptos::{prelude::*, task::spawn_local};
use manifest::{AuthMethod, Connector};
use model::api::{CreateConnection, Empty, NewConnection};

use super::{
    super::{
        hosts,
        sharing::{Whom, WhomFold},
        values::{ValueFields, Values},
    },
    Adding,
    consent::AppNotice,
};
use crate::{
    api::call,
    text::{connect as t, connections, ui},
    ui::{Button, Field, TextArea, TextInput, Tone},
};

/// Keys that a person copies from the service.
#[component]
pub fn TypedForm(adding: Adding, connector: &'static Connector, method: &'static AuthMethod) -> impl IntoView {
    // A connector that is data names its hosts itself.
    let asks_hosts = !connector.is_data();
    let first_host = adding.asked.with_untracked(|asked| asked.host.clone());
    let (label, host_text) = (RwSignal::new(String::new()), RwSignal::new(first_host));
    let (values, whom) = (Values::new(), Whom::new(None));
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let host_error = Signal::derive(move || {
        let problem = match host_text.with(|text| hosts::read(text)) {
            Ok(hosts) if hosts.is_empty() => connections::NEED_HOSTS,
            Ok(_) => return None,
            Err(()) => connections::BAD_HOST,
        };
        tried.get().then(|| problem.to_owned())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let hosts = if asks_hosts { host_text.with_untracked(|text| hosts::read(text)) } else { Ok(Vec::new()) };
        let (Some(values), Ok(hosts)) = (values.take(method), hosts) else { return };
        if hosts.is_empty() && asks_hosts {
            return;
        }
        busy.set(true);
        refused.set(None);
        let label = Some(label.get_untracked().trim().to_owned()).filter(|label| !label.is_empty());
        let label = label.or_else(|| hosts.first().cloned()).unwrap_or_else(|| t::default_label(&connector.name));
        let new = NewConnection {
            connector: connector.id.clone(),
            method: method.id.clone(),
            label,
            hosts,
            values,
            sandbox: false,
            only: whom.only(),
        };
        spawn_local(async move {
            let made = call::<CreateConnection>((), &Empty {}, &new).await;
            busy.try_set(false);
            match made {
                Ok(made) => adding.on_done.run((made.id, t::connected(&connector.name))),
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            {method.oauth2.is_some().then(|| view! { <AppNotice connector/> })}
            <ValueFields method values/>
            {asks_hosts
                .then(|| {
                    view! {
                        <Field label=connections::HOSTS hint=connections::HOSTS_HINT.to_owned() error=host_error>
                            <TextArea
                                value=host_text
                                on_input=move |v| host_text.set(v)
                                rows=2
                                mono=true
                                placeholder=connections::HOSTS_PLACEHOLDER
                            />
                        </Field>
                    }
                })}
            <Field label=t::NAME hint=t::NAME_HINT.to_owned() optional=true>
                <TextInput value=label on_input=move |v| label.set(v)/>
            </Field>
            <WhomFold whom/>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| adding.open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{connections::ADD}</Button>
            </footer>
        </form>
    }
}
