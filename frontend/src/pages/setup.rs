use leptos::{prelude::*, task::spawn_local};
use model::api::{CreateOwner, Empty, NewOwner};

use super::sign_in::Gate;
use crate::{
    api::call,
    session::use_session,
    shell::set_title,
    text::account as t,
    ui::{Button, Field, PasswordInput, TextInput, Tone},
};

/// The fewest characters of a password.
pub const MIN_PASSWORD: usize = 10;

/// Creates the owner of a new server.
#[component]
pub fn SetupPage() -> impl IntoView {
    let session = use_session();
    set_title(t::SETUP_TITLE);
    let (token, name, email, password) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let workspace = RwSignal::new(String::new());
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));

    let wrong = move |value: RwSignal<String>, ok: fn(&str) -> bool, words: &'static str| {
        Signal::derive(move || (tried.get() && !value.with(|value| ok(value.trim()))).then(|| words.to_owned()))
    };
    let filled = |value: &str| !value.is_empty();
    let (token_error, name_error) = (wrong(token, filled, t::NEED_TOKEN), wrong(name, filled, t::NEED_NAME));
    let email_error = wrong(email, looks_like_email, t::NEED_EMAIL);
    let password_error = wrong(password, |value| value.chars().count() >= MIN_PASSWORD, t::PASSWORD_SHORT);
    let errors = [token_error, name_error, email_error, password_error];

    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if busy.get_untracked() || errors.iter().any(|error| error.with_untracked(Option::is_some)) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let workspace = workspace.get_untracked().trim().to_owned();
        let owner = NewOwner {
            token: token.get_untracked().trim().to_owned(),
            email: email.get_untracked().trim().to_owned(),
            name: name.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            workspace: if workspace.is_empty() { t::WORKSPACE_DEFAULT.to_owned() } else { workspace },
        };
        spawn_local(async move {
            match call::<CreateOwner>((), &Empty {}, &owner).await {
                Ok(me) => {
                    session.is_new.set(true);
                    session.enter(me);
                }
                Err(problem) => refused.set(Some(problem.message)),
            }
            busy.set(false);
        });
    };

    view! {
        <Gate title=t::SETUP_TITLE lead=t::SETUP_LEAD>
            <form class="form" novalidate=true on:submit=submit>
                <Field label=t::TOKEN hint=t::TOKEN_HINT.to_owned() error=token_error>
                    <TextInput value=token on_input=move |v| token.set(v) mono=true autofocus=true/>
                </Field>
                <div class="form-pair">
                    <Field label=t::NAME error=name_error>
                        <TextInput value=name on_input=move |v| name.set(v) autocomplete="name"/>
                    </Field>
                    <Field label=t::WORKSPACE optional=true>
                        <TextInput value=workspace on_input=move |v| workspace.set(v) placeholder=t::WORKSPACE_DEFAULT autocomplete="organization"/>
                    </Field>
                </div>
                <Field label=t::EMAIL error=email_error>
                    <TextInput value=email on_input=move |v| email.set(v) kind="email" autocomplete="username"/>
                </Field>
                <Field label=t::PASSWORD error=password_error>
                    <PasswordInput value=password on_input=move |v| password.set(v) autocomplete="new-password"/>
                    <Strength password/>
                </Field>
                <p class="form-error" role="alert">{refused}</p>
                <Button tone=Tone::Primary submit=true busy>{t::CREATE_OWNER}</Button>
            </form>
        </Gate>
    }
}

/// How hard a password is to guess, roughly, as bar and words.
#[component]
pub fn Strength(password: RwSignal<String>) -> impl IntoView {
    let score = Memo::new(move |_| password.with(|password| strength(password)));
    let left = move || MIN_PASSWORD.saturating_sub(password.with(|password| password.chars().count()));
    view! {
        <Show when=move || password.with(|password| !password.is_empty())>
            <div class="strength" data-score=move || score.get().to_string()>
                <span class="strength-bar" aria-hidden="true"><i></i><i></i><i></i><i></i></span>
                <span class="strength-words" aria-label=t::STRENGTH>{move || t::strength(score.get(), left())}</span>
            </div>
        </Show>
    }
}

/// 0 (too short) to 4: length first, then variety; repeats and runs count little.
fn strength(password: &str) -> u8 {
    let chars: Vec<char> = password.chars().collect();
    if chars.len() < MIN_PASSWORD {
        return 0;
    }
    let steps = chars.windows(2).filter(|pair| (pair[1] as i32 - pair[0] as i32).abs() > 1).count();
    let kinds = [char::is_lowercase as fn(char) -> bool, char::is_uppercase, char::is_numeric, |c| !c.is_alphanumeric()];
    let kinds = kinds.iter().filter(|kind| chars.iter().any(|c| kind(*c))).count();
    match steps + 3 * kinds {
        ..=12 => 1,
        13..=18 => 2,
        19..=24 => 3,
        _ => 4,
    }
}

/// Something, an @, and a domain: the server has the last word.
pub fn looks_like_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.len() > 2 && !domain.contains([' ', '@']))
}

#[cfg(test)]
mod tests {
    use super::{looks_like_email, strength};

    #[test]
    fn strength_rises_with_length_and_variety() {
        let scores: Vec<u8> =
            ["short", "aaaaaaaaaaaa", "abcdefghij", "summer-time9", "correct horse battery staple"].map(strength).into();
        assert_eq!(scores, [0, 1, 1, 3, 4]);
    }

    #[test]
    fn an_address_needs_both_sides() {
        assert!(looks_like_email("a@b.example"));
        for text in ["", "a", "@b.example", "a@", "a@b c.example"] {
            assert!(!looks_like_email(text), "{text}");
        }
    }
}
