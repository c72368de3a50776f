use leptos::{prelude::*, task::spawn_local};
use model::api::{AppAt, Empty, NewApp, PutApp};

use super::forget::ForgetDialog;
use crate::{
    api::call,
    text::apps as t,
    ui::{Button, Field, PasswordInput, TextInput, TimeAgo, Tone, use_toasts},
};

/// What the vendor shows when the app is registered there.
#[component]
pub fn AppForm(app: AppAt, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let (connector, has_secret) = (StoredValue::new(app.connector.clone()), app.has_secret);
    let is_known = app.client_id.is_some();
    let client_id = RwSignal::new(app.client_id.clone().unwrap_or_default());
    let secret = RwSignal::new(String::new());
    // A known app without a secret is a public client already.
    let public = RwSignal::new(is_known && !has_secret);
    let (tried, busy, refused, forgetting) =
        (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>), RwSignal::new(false));
    let lacks_id = move || client_id.with(|id| id.trim().is_empty());
    let lacks_secret = move || !public.get() && !has_secret && secret.with(|secret| secret.trim().is_empty());
    let id_error = Signal::derive(move || (tried.get() && lacks_id()).then(|| t::NEED_ID.to_owned()));
    let secret_error = Signal::derive(move || (tried.get() && lacks_secret()).then(|| t::NEED_SECRET.to_owned()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if untrack(lacks_id) || untrack(lacks_secret) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let typed = secret.with_untracked(|secret| secret.trim().to_owned());
        let client_secret =
            if public.get_untracked() { Some(String::new()) } else { Some(typed).filter(|typed| !typed.is_empty()) };
        let new = NewApp { client_id: client_id.with_untracked(|id| id.trim().to_owned()), client_secret };
        spawn_local(async move {
            match call::<PutApp>((connector.get_value(),), &Empty {}, &new).await {
                Ok(_) => {
                    toasts.done(t::SAVED);
                    on_changed();
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let hint = if has_secret { t::SECRET_KEPT } else { t::SECRET_HINT };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::CLIENT_ID error=id_error>
                <TextInput value=client_id on_input=move |v| client_id.set(v) mono=true/>
            </Field>
            <Show when=move || !public.get()>
                <Field label=t::CLIENT_SECRET hint=hint.to_owned() error=secret_error>
                    <PasswordInput value=secret on_input=move |v| secret.set(v) autocomplete="off"/>
                </Field>
            </Show>
            <label class="tick">
                <input type="checkbox" prop:checked=public on:change=move |event| public.set(event_target_checked(&event))/>
                <span>{t::PUBLIC}</span>
            </label>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="form-foot">
                {app.updated_at.map(|at| view! { <span class="small muted">{t::CHANGED} " " <TimeAgo at/></span> })}
                <span class="grow"></span>
                {is_known.then(|| view! { <Button tone=Tone::Ghost on:click=move |_| forgetting.set(true)>{t::FORGET}</Button> })}
                <Button tone=Tone::Primary submit=true busy>{t::SAVE}</Button>
            </footer>
        </form>
        <ForgetDialog open=forgetting connector=app.connector on_changed/>
    }
}
