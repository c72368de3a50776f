use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{CreateInvite, Empty, NewInvite},
};

use crate::{
    api::call,
    pages::setup::looks_like_email,
    text::{account, members as t, settings, ui},
    ui::{Button, Choice, CopyButton, Dialog, Field, Glyph, Icon, Select, TextInput, Tone},
};

/// Makes a link and shows it, once.
#[component]
pub fn InviteButton(on_created: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let open = RwSignal::new(false);
    let link = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if !open.get() {
            link.set(None);
        }
    });
    let title = move || if link.with(Option::is_some) { t::INVITE_READY } else { t::INVITE }.to_owned();
    view! {
        <Button icon=Glyph::Plus on:click=move |_| open.set(true)>{t::INVITE}</Button>
        <Dialog open title=Signal::derive(title)>
            {move || match link.get() {
                None => view! { <Form open link on_created/> }.into_any(),
                Some(link) => view! { <Ready link open/> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Form(
    open: RwSignal<bool>,
    link: RwSignal<Option<String>>,
    on_created: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (role, email, days) = (RwSignal::new(Role::Maker), RwSignal::new(String::new()), RwSignal::new(7_u32));
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let email_error = Signal::derive(move || {
        let wrong = email.with(|email| !email.trim().is_empty() && !looks_like_email(email.trim()));
        (tried.get() && wrong).then(|| account::NEED_EMAIL.to_owned())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if busy.get_untracked() || email_error.with_untracked(Option::is_some) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let email = Some(email.get_untracked().trim().to_owned()).filter(|email| !email.is_empty());
        let new = NewInvite { role: role.get_untracked(), email, days: days.get_untracked() };
        spawn_local(async move {
            match call::<CreateInvite>((), &Empty {}, &new).await {
                Ok(created) => {
                    link.try_set(Some(created.url));
                    on_created();
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let roles: Vec<Choice> = Role::ALL.iter().map(|role| Choice::new(role.as_str(), settings::role_about(*role))).collect();
    let ends: Vec<Choice> =
        [(1, t::DAY), (7, t::WEEK), (30, t::MONTH)].map(|(days, name)| Choice::new(days.to_string(), name)).into();
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::MAY_DO>
                <Select
                    choices=roles
                    value=Signal::derive(move || role.get().as_str().to_owned())
                    on_change=move |value: String| role.set(Role::parse(&value).unwrap_or(Role::Viewer))
                />
            </Field>
            <Field label=t::FOR_EMAIL hint=t::FOR_EMAIL_HINT.to_owned() error=email_error optional=true>
                <TextInput value=email on_input=move |v| email.set(v) kind="email" autocomplete="off"/>
            </Field>
            <Field label=t::OPEN_FOR>
                <Select
                    choices=ends
                    value=Signal::derive(move || days.get().to_string())
                    on_change=move |value: String| days.set(value.parse().unwrap_or(7))
                />
            </Field>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::MAKE_LINK}</Button>
            </footer>
        </form>
    }
}

#[component]
fn Ready(link: String, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <p class="note warn"><Icon glyph=Glyph::Alert/>{t::INVITE_ONCE}</p>
        <div class="secret">
            <code data-testid="invite-link">{link.clone()}</code>
            <CopyButton value=link label=t::COPY_LINK/>
        </div>
        <footer class="dialog-foot">
            <Button tone=Tone::Primary on:click=move |_| open.set(false)>{settings::DONE}</Button>
        </footer>
    }
}
