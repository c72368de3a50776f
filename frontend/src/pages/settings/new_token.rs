use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{CreateToken, Empty, NewToken},
};

use crate::{
    api::call,
    moment::now,
    text::{settings as t, ui},
    ui::{Button, Choice, CopyButton, Dialog, Field, Glyph, Icon, Select, TextInput, Tone},
};

const DAY_MS: i64 = 86_400_000;

/// Creates a token and shows its secret, once.
#[component]
pub fn NewTokenButton(on_created: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let open = RwSignal::new(false);
    let secret = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if !open.get() {
            secret.set(None);
        }
    });
    let title = move || if secret.with(Option::is_some) { t::TOKEN_CREATED } else { t::NEW_TOKEN }.to_owned();
    view! {
        <Button icon=Glyph::Plus on:click=move |_| open.set(true)>{t::NEW_TOKEN}</Button>
        <Dialog open title=Signal::derive(title)>
            {move || match secret.get() {
                None => view! { <NewTokenForm open secret on_created/> }.into_any(),
                Some(secret) => view! { <Secret secret open/> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn NewTokenForm(
    open: RwSignal<bool>,
    secret: RwSignal<Option<String>>,
    on_created: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (name, role, days) = (RwSignal::new(String::new()), RwSignal::new(Role::Operator), RwSignal::new(90_i64));
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let name_error =
        Signal::derive(move || (tried.get() && name.with(|name| name.trim().is_empty())).then(|| t::NEED_NAME.to_owned()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if name_error.with_untracked(Option::is_some) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let days = days.get_untracked();
        let new = NewToken {
            name: name.get_untracked().trim().to_owned(),
            role: role.get_untracked(),
            expires_at: (days > 0).then(|| now().plus_ms(days * DAY_MS)),
        };
        spawn_local(async move {
            match call::<CreateToken>((), &Empty {}, &new).await {
                Ok(created) => {
                    secret.try_set(Some(created.secret));
                    on_created();
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let roles: Vec<Choice> = Role::ALL.iter().map(|role| Choice::new(role.as_str(), t::role_about(*role))).collect();
    let ends: Vec<Choice> = [(30, t::AFTER_30), (90, t::AFTER_90), (365, t::AFTER_365), (0, t::NEVER)]
        .map(|(days, name)| Choice::new(days.to_string(), name))
        .into();
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::TOKEN_NAME hint=t::TOKEN_NAME_HINT.to_owned() error=name_error>
                <TextInput value=name on_input=move |v| name.set(v) autofocus=true/>
            </Field>
            <Field label=t::TOKEN_ROLE>
                <Select
                    choices=roles
                    value=Signal::derive(move || role.get().as_str().to_owned())
                    on_change=move |value: String| role.set(Role::parse(&value).unwrap_or(Role::Viewer))
                />
            </Field>
            <Field label=t::TOKEN_EXPIRES>
                <Select
                    choices=ends
                    value=Signal::derive(move || days.get().to_string())
                    on_change=move |value: String| days.set(value.parse().unwrap_or(90))
                />
            </Field>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::CREATE_TOKEN}</Button>
            </footer>
        </form>
    }
}

#[component]
fn Secret(secret: String, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <p class="note warn"><Icon glyph=Glyph::Alert/>{t::TOKEN_SHOWN_ONCE}</p>
        <div class="secret">
            <code>{secret.clone()}</code>
            <CopyButton value=secret label=t::COPY_TOKEN/>
        </div>
        <footer class="dialog-foot">
            <Button tone=Tone::Primary on:click=move |_| open.set(false)>{t::DONE}</Button>
        </footer>
    }
}
