use leptos::{prelude::*, task::spawn_local};
use model::api::{ChangePassword, Empty, PasswordChange};

use super::Section;
use crate::{
    api::call,
    pages::setup::{MIN_PASSWORD, Strength},
    text::{account, settings as t},
    ui::{Button, Field, PasswordInput, use_toasts},
};

#[component]
pub fn PasswordSection() -> impl IntoView {
    let toasts = use_toasts();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let current_error =
        Signal::derive(move || (tried.get() && current.with(String::is_empty)).then(|| account::NEED_PASSWORD.to_owned()));
    let new_error = Signal::derive(move || {
        (tried.get() && new.with(|new| new.chars().count() < MIN_PASSWORD)).then(|| account::PASSWORD_SHORT.to_owned())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if current_error.with_untracked(Option::is_some) || new_error.with_untracked(Option::is_some) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let change = PasswordChange { current: current.get_untracked(), new: new.get_untracked() };
        spawn_local(async move {
            match call::<ChangePassword>((), &Empty {}, &change).await {
                Ok(_) => {
                    toasts.done(t::PASSWORD_CHANGED);
                    tried.try_set(false);
                    current.try_set(String::new());
                    new.try_set(String::new());
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    view! {
        <Section title=t::PASSWORD about=t::PASSWORD_ABOUT>
            <form class="form" novalidate=true on:submit=submit>
                <div class="form-pair">
                    <Field label=t::CURRENT error=current_error>
                        <PasswordInput value=current on_input=move |v| current.set(v) autocomplete="current-password"/>
                    </Field>
                    <Field label=t::NEW error=new_error>
                        <PasswordInput value=new on_input=move |v| new.set(v) autocomplete="new-password"/>
                        <Strength password=new/>
                    </Field>
                </div>
                <p class="form-error" role="alert">{refused}</p>
                <Button submit=true busy>{t::CHANGE_PASSWORD}</Button>
            </form>
        </Section>
    }
}
