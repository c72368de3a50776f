//! Where an invitation's link leads. What stands behind `#` is the right to join; it is sent in bodies alone.

use leptos::{prelude::*, task::spawn_local};
use model::api::{AcceptInvite, Acceptance, Empty, InviteLook, InviteToken, LookAtInvite};

use super::{
    setup::{MIN_PASSWORD, Strength, looks_like_email},
    sign_in::Gate,
};
use crate::{
    api::call,
    load::load,
    shell::set_title,
    text::{account, members as t},
    ui::{Button, ErrorState, Field, LinkButton, PasswordInput, Skeleton, TextInput, Tone},
};

#[component]
pub fn JoinPage() -> impl IntoView {
    set_title(t::JOIN_TITLE);
    let token = window().location().hash().unwrap_or_default().trim_start_matches('#').to_owned();
    let kept = StoredValue::new(token);
    let loader = load(move || async move {
        match call::<LookAtInvite>((), &Empty {}, &InviteToken { token: kept.get_value() }).await {
            Ok(look) => Ok(Some(look)),
            Err(problem) if problem.is_not_found() => Ok(None),
            Err(problem) => Err(problem),
        }
    });
    move || match (loader.value.get(), loader.problem.get()) {
        (Some(Some(look)), _) => view! {
            <Gate title=t::JOIN_TITLE>
                <p class="gate-lead">{t::lead(&look.invited_by, &look.workspace, look.role)} " " {t::about(look.role)}</p>
                <JoinForm look token=kept/>
            </Gate>
        }
        .into_any(),
        (Some(None), _) => view! {
            <Gate title=t::CLOSED_TITLE lead=t::CLOSED>
                <LinkButton href="/">{t::TO_SIGN_IN}</LinkButton>
            </Gate>
        }
        .into_any(),
        (None, Some(problem)) => view! {
            <Gate title=t::JOIN_TITLE>
                <ErrorState problem=Signal::stored(Some(problem)) on_retry=move |()| loader.reload()/>
            </Gate>
        }
        .into_any(),
        (None, None) => view! { <Gate title=t::JOIN_TITLE><Skeleton width=80/></Gate> }.into_any(),
    }
}

#[component]
fn JoinForm(look: InviteLook, token: StoredValue<String>) -> impl IntoView {
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let is_named = look.email.is_some();
    let email = RwSignal::new(look.email.unwrap_or_default());
    let known = RwSignal::new(false);
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let wrong = move |is_wrong: Signal<bool>, words: &'static str| {
        Signal::derive(move || (tried.get() && is_wrong.get()).then(|| words.to_owned()))
    };
    let name_error = wrong(Signal::derive(move || !known.get() && name.with(|name| name.trim().is_empty())), account::NEED_NAME);
    let email_error = wrong(Signal::derive(move || email.with(|email| !looks_like_email(email.trim()))), account::NEED_EMAIL);
    let short = Signal::derive(move || {
        let length = password.with(|password| password.chars().count());
        if known.get() { length == 0 } else { length < MIN_PASSWORD }
    });
    let password_error = Signal::derive(move || {
        let words = if known.get() { account::NEED_PASSWORD } else { account::PASSWORD_SHORT };
        (tried.get() && short.get()).then(|| words.to_owned())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let errors = [name_error, email_error, password_error];
        if busy.get_untracked() || errors.iter().any(|error| error.with_untracked(Option::is_some)) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let acceptance = Acceptance {
            token: token.get_value(),
            email: email.get_untracked().trim().to_owned(),
            name: name.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        spawn_local(async move {
            match call::<AcceptInvite>((), &Empty {}, &acceptance).await {
                // Loaded anew: nothing of whoever was here before stays, and the used link leaves the history.
                Ok(_) => _ = window().location().replace("/"),
                Err(problem) => {
                    refused.try_set(Some(problem.message));
                    busy.try_set(false);
                }
            }
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Show when=move || !known.get()>
                <Field label=account::NAME error=name_error>
                    <TextInput value=name on_input=move |v| name.set(v) autocomplete="name" autofocus=true/>
                </Field>
            </Show>
            {if is_named {
                view! { <Field label=account::EMAIL><TextInput value=email on_input=move |_: String| () kind="email" disabled=Signal::stored(true)/></Field> }.into_any()
            } else {
                view! {
                    <Field label=account::EMAIL error=email_error>
                        <TextInput value=email on_input=move |v| email.set(v) kind="email" autocomplete="username"/>
                    </Field>
                }
                .into_any()
            }}
            <Field label=account::PASSWORD error=password_error>
                <PasswordInput value=password on_input=move |v| password.set(v) autocomplete="new-password"/>
                <Show when=move || !known.get()><Strength password/></Show>
            </Field>
            <label class="check-row">
                <input type="checkbox" prop:checked=known on:change=move |event| known.set(event_target_checked(&event))/>
                <span>{t::HAVE_ACCOUNT}</span>
            </label>
            <p class="form-error" role="alert">{refused}</p>
            <Button tone=Tone::Primary submit=true busy>{t::JOIN}</Button>
        </form>
    }
}
