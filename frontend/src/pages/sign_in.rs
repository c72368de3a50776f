use leptos::{prelude::*, task::spawn_local};
use model::api::{Credentials, Empty, SignIn};

use super::setup::looks_like_email;
use crate::{
    api::call,
    session::use_session,
    shell::set_title,
    text::{account as t, shell},
    ui::{Button, Dialog, Field, Glyph, Icon, Logo, PasswordInput, TextInput, Tone},
};

/// The frame of setup and sign-in: the form at one side, what Patchbay promises at the other.
#[component]
pub fn Gate(title: &'static str, #[prop(optional)] lead: Option<&'static str>, children: Children) -> impl IntoView {
    const MARKS: [Glyph; 3] = [Glyph::Shield, Glyph::Copy, Glyph::Chat];
    view! {
        <main class="gate">
            <section class="gate-form">
                <div class="gate-brand"><Logo/><span>{shell::PRODUCT}</span></div>
                <h1>{title}</h1>
                {lead.map(|lead| view! { <p class="gate-lead">{lead}</p> })}
                {children()}
            </section>
            <aside class="gate-side" aria-hidden="true">
                <Cables/>
                <ul>
                    {t::PROMISES
                        .into_iter()
                        .zip(MARKS)
                        .map(|((head, body), glyph)| {
                            view! {
                                <li>
                                    <span class="gate-mark"><Icon glyph/></span>
                                    <span><b>{head}</b><span>{body}</span></span>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </aside>
        </main>
    }
}

/// A patch bay, drawn: sockets and cables.
#[component]
fn Cables() -> impl IntoView {
    const CABLES: &[&str] = &[
        "M64 74C64 190 176 60 176 186",
        "M120 74C120 240 288 30 288 186",
        "M232 74C232 150 120 110 120 186",
        "M344 74C344 170 232 90 232 186",
    ];
    let sockets = [74, 186].into_iter().flat_map(|y| (0..6).map(move |at| (64 + at * 56, y)));
    view! {
        <svg class="cables" viewBox="0 0 408 260" fill="none">
            {sockets.map(|(x, y)| view! { <circle cx=x cy=y r="13"/> }).collect_view()}
            {CABLES.iter().map(|d| view! { <path d=*d/> }).collect_view()}
        </svg>
    }
}

#[component]
pub fn SignInPage() -> impl IntoView {
    set_title(t::SIGN_IN_TITLE);
    view! {
        <Gate title=t::SIGN_IN_TITLE>
            <SignInForm email=String::new()/>
            <p class="gate-foot">{t::FORGOT}</p>
        </Gate>
    }
}

/// Over a page whose session has ended: the page stays as it is.
#[component]
pub fn ExpiredDialog() -> impl IntoView {
    let session = use_session();
    let email = move || session.me().and_then(|me| me.user).map(|user| user.email).unwrap_or_default();
    view! {
        <Dialog open=session.expired title=t::EXPIRED_TITLE firm=true>
            <p class="dialog-text">{t::EXPIRED}</p>
            <SignInForm email=email()/>
        </Dialog>
    }
}

#[component]
fn SignInForm(email: String) -> impl IntoView {
    let session = use_session();
    let known = !email.is_empty();
    let (email, password) = (RwSignal::new(email), RwSignal::new(String::new()));
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let email_error =
        Signal::derive(move || (tried.get() && !email.with(|v| looks_like_email(v.trim()))).then(|| t::NEED_EMAIL.to_owned()));
    let password_error =
        Signal::derive(move || (tried.get() && password.with(String::is_empty)).then(|| t::NEED_PASSWORD.to_owned()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let wrong = email_error.with_untracked(Option::is_some) || password_error.with_untracked(Option::is_some);
        if busy.get_untracked() || wrong {
            return;
        }
        busy.set(true);
        refused.set(None);
        let credentials = Credentials { email: email.get_untracked().trim().to_owned(), password: password.get_untracked() };
        spawn_local(async move {
            let answer = call::<SignIn>((), &Empty {}, &credentials).await;
            busy.try_set(false);
            match answer {
                Ok(me) => session.enter(me),
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::EMAIL error=email_error>
                <TextInput value=email on_input=move |v| email.set(v) kind="email" autocomplete="username" autofocus=!known/>
            </Field>
            <Field label=t::PASSWORD error=password_error>
                <PasswordInput value=password on_input=move |v| password.set(v) autocomplete="current-password" autofocus=known/>
            </Field>
            <p class="form-error" role="alert">{refused}</p>
            <Button tone=Tone::Primary submit=true busy>{t::SIGN_IN}</Button>
        </form>
    }
}
