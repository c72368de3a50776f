use leptos::prelude::*;
use manifest::{AuthMethod, Connector};
use model::{
    Role,
    api::{Empty, GetApp, NewConsent},
};

use super::{
    super::{
        sharing::{Whom, WhomFold},
        values::{ValueFields, Values},
    },
    Adding,
    scopes::{ScopeList, at_first},
};
use crate::{
    api::call,
    consent::{Flow, Stage},
    load::load,
    session::use_session,
    text::{connect as t, ui},
    ui::{Button, Field, Glyph, Icon, LinkButton, TextInput, Tone},
};

/// A person agrees at the vendor's own page.
#[component]
pub fn ConsentForm(adding: Adding, connector: &'static Connector, method: &'static AuthMethod) -> impl IntoView {
    let flow = Flow::new(move |id, message| adding.on_done.run((id, message)));
    let needs = adding.asked.with_untracked(|asked| asked.needs.clone());
    let mut scopes = at_first(connector, &needs);
    let (mut typed, mut named, mut only) = (Default::default(), String::new(), None);
    // Back from the vendor: what was filled in before, and why it did not work.
    if let Some(returned) = adding.returned.try_update_value(Option::take).flatten() {
        scopes = returned.draft.scopes.into_iter().collect();
        (typed, named, only) = (returned.draft.values, returned.draft.label, returned.draft.only);
        flow.resume(returned.end);
    }
    let (values, label, scopes) = (Values::with(typed), RwSignal::new(named), RwSignal::new(scopes));
    let whom = Whom::new(only);
    let always = method.oauth2.as_ref().map(|oauth| oauth.always_scopes.clone()).unwrap_or_default();
    let begin = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(values) = values.take(method) else { return };
        let consent = NewConsent {
            connector: connector.id.clone(),
            method: method.id.clone(),
            label: label.with_untracked(|label| label.trim().to_owned()),
            values,
            scopes: scopes.with_untracked(|scopes| scopes.iter().cloned().collect()),
            only: whom.only(),
            ..NewConsent::default()
        };
        flow.begin(consent, adding.asked.with_untracked(|asked| asked.place.clone()));
    };
    let away = Memo::new(move |_| flow.stage.with(|stage| matches!(stage, Stage::Away(_))));
    let busy = Signal::derive(move || flow.stage.with(|stage| *stage == Stage::Beginning));
    let form = move || {
        let (needs, always) = (needs.clone(), always.clone());
        view! {
            <form class="form" novalidate=true on:submit=begin>
                <AppNotice connector/>
                <ValueFields method values/>
                <ScopeList connector needs chosen=scopes always/>
                <Field label=t::NAME hint=t::NAME_OF_ACCOUNT.to_owned() optional=true>
                    <TextInput value=label on_input=move |v| label.set(v)/>
                </Field>
                <WhomFold whom/>
                <FlowProblem flow/>
                <footer class="dialog-foot">
                    <Button tone=Tone::Ghost on:click=move |_| adding.open.set(false)>{ui::CANCEL}</Button>
                    <Button tone=Tone::Primary icon=Glyph::Plug submit=true busy>{t::consent(&connector.name)}</Button>
                </footer>
            </form>
        }
    };
    move || if away.get() { view! { <Waiting flow connector/> }.into_any() } else { form().into_any() }
}

/// Why the last try did not work, in words.
#[component]
pub fn FlowProblem(flow: Flow) -> impl IntoView {
    move || match flow.stage.get() {
        Stage::Failed { code, message } => Some(view! {
            <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{t::failed(&code, &message)}</span></p>
        }),
        _ => None,
    }
}

/// While the person is at the vendor's page in another window.
#[component]
pub fn Waiting(flow: Flow, connector: &'static Connector) -> impl IntoView {
    view! {
        <div class="waiting" role="status">
            <Icon glyph=Glyph::Loader/>
            <b>{t::waiting(&connector.name)}</b>
            <p>{t::waiting_about(&connector.name)}</p>
            <p class="muted small">{t::BLOCKED_ABOUT}</p>
            <div class="row">
                <Button on:click=move |_| flow.reopen()>{t::REOPEN}</Button>
                <Button tone=Tone::Ghost on:click=move |_| flow.give_up()>{ui::CANCEL}</Button>
            </div>
        </div>
    }
}

/// Says when the vendor does not know this server yet, and who can change that.
#[component]
pub fn AppNotice(connector: &'static Connector) -> impl IntoView {
    let session = use_session();
    let loader = load(move || async move { call::<GetApp>((connector.id.clone(),), &Empty {}, &Empty {}).await });
    let lacking = Memo::new(move |_| loader.value.with(|app| app.as_ref().is_some_and(|app| app.client_id.is_none())));
    move || {
        lacking.get().then(|| {
            if session.may(Role::Owner) {
                view! {
                    <div class="note warn">
                        <Icon glyph=Glyph::Alert/>
                        <span class="grow">{t::no_app_for_owner(&connector.name)}</span>
                        <LinkButton small=true href=format!("/settings/apps/{}", connector.id)>{t::NO_APP_OWNER}</LinkButton>
                    </div>
                }
                .into_any()
            } else {
                view! { <p class="note warn"><Icon glyph=Glyph::Alert/><span>{t::no_app_for_others(&connector.name)}</span></p> }
                    .into_any()
            }
        })
    }
}
