//! How the vendor's webhooks come here: the address, what is to be done at the vendor, and how far that is.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{Empty, GetSubscription, Reachable, RetrySubscription, Subscription, SubscriptionState},
    ids::TriggerId,
};

use super::super::verify::SecretField;
use crate::{
    api::call,
    editor::{save, state::use_editor},
    live::use_stream,
    load::{Loaded, load},
    moment::{self, Style},
    session::use_session,
    text::editor as t,
    ui::{Button, Chip, ChipTone, CopyButton, Glyph, Icon, use_toasts},
};

/// The colour, icon and words of a state.
fn look(found: &Subscription) -> (ChipTone, Glyph, &'static str) {
    match (found.state, &found.error) {
        (SubscriptionState::Active, None) => (ChipTone::Ok, Glyph::Check, t::REACH_ACTIVE),
        (SubscriptionState::Active, Some(_)) => (ChipTone::Warn, Glyph::Alert, t::REACH_ACTIVE),
        (SubscriptionState::Creating, Some(_)) => (ChipTone::Bad, Glyph::Alert, t::REACH_FAILED),
        (SubscriptionState::Creating, None) => (ChipTone::Run, Glyph::Loader, t::REACH_CREATING),
        (SubscriptionState::Waiting, _) => (ChipTone::Hold, Glyph::Hourglass, t::REACH_WAITING),
        (SubscriptionState::Ending, _) => (ChipTone::Quiet, Glyph::Loader, t::REACH_ENDING),
        (SubscriptionState::Off, _) => (ChipTone::Quiet, Glyph::Power, t::REACH_OFF),
    }
}

#[component]
pub fn Reached(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let loader = load(move || async move {
        // The server must know the trigger before it can say anything about it.
        save::settled(editor).await;
        call::<GetSubscription>((editor.id, id.get_value()), &Empty {}, &Empty {}).await
    });
    use_stream().on_workflow(move |workflow| {
        if workflow == editor.id {
            loader.reload();
        }
    });
    view! {
        <section class="reach" aria-label=t::REACH data-testid="reach">
            <Loaded loader let:found>
                <Shown id=id.get_value() found on_change=Callback::new(move |()| loader.reload())/>
            </Loaded>
        </section>
    }
}

#[component]
fn Shown(id: TriggerId, found: Signal<Subscription>, on_change: Callback<()>) -> impl IntoView {
    let (editor, toasts, session) = (use_editor(), use_toasts(), use_session());
    let id = StoredValue::new(id);
    let busy = RwSignal::new(false);
    let retry = move |_| {
        busy.set(true);
        spawn_local(async move {
            let answer = call::<RetrySubscription>((editor.id, id.get_value()), &Empty {}, &Empty {}).await;
            busy.try_set(false);
            match answer {
                Ok(_) => on_change.run(()),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let state = move || {
        let found = found.get();
        let (tone, glyph, words) = look(&found);
        let since = found.since.filter(|_| found.state == SubscriptionState::Active);
        view! {
            <p class="reach-state" role="status">
                <Chip tone glyph=Some(glyph)>{words}</Chip>
                {since.map(|at| view! { <span>{t::since(&moment::absolute(at, Style::Short))}</span> })}
                {found.expires_at.map(|at| view! { <span>{t::renewed_before(&moment::absolute(at, Style::Short))}</span> })}
            </p>
            {(found.state == SubscriptionState::Off).then(|| view! { <p class="ed-hint">{t::REACH_OFF_HINT}</p> })}
        }
    };
    let error = move || {
        found.get().error.map(|error| {
            let retry_at = error.retry_at.map(|at| t::tries_again(&moment::absolute(at, Style::Time)));
            view! {
                <div class="note bad" role="alert">
                    <Icon glyph=Glyph::Alert/>
                    <span class="grow">{error.message} {retry_at.map(|words| format!(" {words}"))}</span>
                    {session.may(Role::Operator).then(|| view! { <Button small=true busy on:click=retry>{t::TRY_NOW}</Button> })}
                </div>
            }
        })
    };
    let warning = move || match found.with(|found| found.reachable) {
        Reachable::Yes => None,
        Reachable::No => Some(t::NOT_REACHABLE),
        Reachable::Unknown => Some(t::MAYBE_NOT_REACHABLE),
    };
    let address = Memo::new(move |_| found.with(|found| found.address.clone()));
    let steps = Memo::new(move |_| found.with(|found| found.steps.clone()));
    let needs_secret = Memo::new(move |_| found.with(|found| found.needs_secret));
    let has_secret = Memo::new(move |_| found.with(|found| found.has_secret));
    view! {
        <h3>{t::REACH}</h3>
        {state}
        {error}
        {move || warning().map(|words| view! { <p class="note warn"><Icon glyph=Glyph::Alert/><span>{words}</span></p> })}
        {move || steps.with(|steps| !steps.is_empty()).then(|| view! {
            <div>
                <p class="ed-label">{t::TO_DO_THERE}</p>
                <ol class="reach-steps">{steps.get().into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}</ol>
            </div>
        })}
        {move || match address.get() {
            Some(url) => {
                let shown = url.clone();
                view! {
                    <div>
                        <p class="ed-label">{t::ADDRESS_FOR_VENDOR}</p>
                        <p class="copy-line" data-testid="app-hook-url"><code tabindex="0">{shown}</code><CopyButton value=Signal::stored(url) label=t::COPY_URL/></p>
                    </div>
                }.into_any()
            }
            None => view! { <p class="ed-hint">{t::ADDRESS_LATER}</p> }.into_any(),
        }}
        {move || needs_secret.get().then(|| view! {
            <SecretField id=id.get_value() has=has_secret on_set=Callback::new(move |_| on_change.run(()))/>
        })}
    }
}

/// A command that sends a test event, where the server offers one.
#[component]
pub fn SendOne(#[prop(into)] command: Signal<Option<String>>) -> impl IntoView {
    move || {
        command.get().map(|command| {
            let copied = command.clone();
            view! {
                <details class="fold">
                    <summary>{t::SEND_ONE}</summary>
                    <p class="ed-hint">{t::TEST_URL_HINT}</p>
                    <div class="copy-block" data-testid="curl">
                        <pre>{command}</pre>
                        <CopyButton value=Signal::stored(copied) label=t::COPY_COMMAND/>
                    </div>
                </details>
            }
        })
    }
}
