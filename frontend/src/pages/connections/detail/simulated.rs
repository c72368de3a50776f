//! What a simulated account holds, its last calls, and how it treats the next ones.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{
        Empty, EmptySandbox, GetSandbox, Misbehaviour, SandboxAccount, SandboxBehaviour, SandboxCollection, ScriptedAnswer,
        SetSandbox,
    },
    ids::ConnectionId,
};

use crate::{
    api::call,
    load::{Loaded, load},
    moment::Style,
    pages::settings::Section,
    session::use_session,
    text::connections as t,
    ui::{Button, Choice, ConfirmDialog, Field, Glyph, JsonTree, Moment, Select, TextArea, use_toasts},
};

/// In seconds, and in milliseconds.
const RETRY_AFTER_S: u32 = 5;
const SLOW_MS: u32 = 10_000;

/// What can be asked of it, with its name in the menu.
const WAYS: [(&str, &str, Option<Misbehaviour>); 8] = [
    ("", t::BEHAVES, None),
    ("unauthorized", t::REFUSES_CREDENTIALS, Some(Misbehaviour::Unauthorized)),
    ("forbidden", t::LACKS_PERMISSION, Some(Misbehaviour::Forbidden)),
    ("rate_limited", t::RATE_LIMITS, Some(Misbehaviour::RateLimited { retry_after_s: RETRY_AFTER_S })),
    ("unavailable", t::IS_DOWN, Some(Misbehaviour::Unavailable)),
    ("slow", t::IS_SLOW, Some(Misbehaviour::Slow { ms: SLOW_MS })),
    ("dropped", t::DROPS, Some(Misbehaviour::Dropped)),
    ("duplicates", t::LISTS_TWICE, Some(Misbehaviour::Duplicates)),
];

#[component]
pub fn SimulatedSection(id: ConnectionId) -> impl IntoView {
    let session = use_session();
    (session.may(Role::Maker)).then(|| view! { <Simulated id/> })
}

#[component]
fn Simulated(id: ConnectionId) -> impl IntoView {
    let (toasts, busy, emptying) = (use_toasts(), RwSignal::new(false), RwSignal::new(false));
    let loader = load(move || async move { call::<GetSandbox>((id,), &Empty {}, &Empty {}).await });
    let now = move || {
        let of = |account: &Option<SandboxAccount>| account.as_ref().map(|account| account.behaviour.clone()).unwrap_or_default();
        loader.value.with_untracked(of)
    };
    // The answer that is being written.
    let written = RwSignal::new(None::<String>);
    let put = move |wanted: SandboxBehaviour, text: Option<String>| {
        busy.set(true);
        spawn_local(async move {
            let answer = call::<SetSandbox>((id,), &Empty {}, &wanted).await;
            busy.try_set(false);
            match answer {
                Ok(account) => {
                    loader.update(|shown| *shown = account);
                    // Only once it is kept, and only where nobody has written on meanwhile.
                    if text.is_some() && written.try_with_untracked(|written| *written == text) == Some(true) {
                        written.set(None);
                    }
                }
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let behave = move |name: String| {
        let misbehaviour = WAYS.iter().find(|(known, ..)| *known == name).and_then(|(.., way)| *way);
        put(SandboxBehaviour { misbehaviour, calls: None, ..now() }, None);
    };
    let script = Callback::new(move |answer: Option<ScriptedAnswer>| {
        put(SandboxBehaviour { answer, ..now() }, written.get_untracked());
    });
    let empty = Callback::new(move |()| {
        emptying.set(false);
        spawn_local(async move {
            match call::<EmptySandbox>((id,), &Empty {}, &Empty {}).await {
                Ok(_) => loader.reload(),
                Err(problem) => toasts.problem(&problem),
            }
        });
    });
    view! {
        <Section title=t::SIMULATED about=t::SIMULATED_ABOUT>
            <Loaded loader let:account>
                <Shown account behave=Callback::new(behave) busy/>
                {account.with_untracked(|account| account.scripted).then(|| view! { <Scripted account written script busy/> })}
            </Loaded>
            <div class="card-foot">
                <Button small=true icon=Glyph::Refresh on:click=move |_| loader.reload()>{t::LOOK_AGAIN}</Button>
                <Button small=true icon=Glyph::Trash on:click=move |_| emptying.set(true)>{t::EMPTY_ACCOUNT}</Button>
            </div>
        </Section>
        <ConfirmDialog open=emptying title=t::EMPTY_ACCOUNT body=t::EMPTY_ACCOUNT_BODY confirm=t::EMPTY_ACCOUNT on_confirm=empty/>
    }
}

#[component]
fn Shown(account: Signal<SandboxAccount>, behave: Callback<String>, busy: RwSignal<bool>) -> impl IntoView {
    let now = Signal::derive(move || {
        let asked = account.with(|account| account.behaviour.misbehaviour.map(|one| one.as_str()));
        asked.unwrap_or_default().to_owned()
    });
    let choices = Signal::stored(WAYS.iter().map(|(name, words, _)| Choice::new(*name, *words)).collect::<Vec<_>>());
    view! {
        <div class="simulated" data-testid="simulated">
            <div class="ed-field">
                <div class="ed-label"><span>{t::TREATS_CALLS}</span></div>
                <Select value=now on_change=behave choices label=t::TREATS_CALLS disabled=busy/>
            </div>
            <h3>{t::HOLDS}</h3>
            {move || match account.with(|account| account.collections.clone()) {
                held if held.is_empty() => view! { <p class="muted">{t::HOLDS_NOTHING}</p> }.into_any(),
                held => held.into_iter().map(|one| view! { <Held one/> }).collect_view().into_any(),
            }}
            <h3>{t::LAST_CALLS}</h3>
            {move || match account.with(|account| account.calls.clone()) {
                calls if calls.is_empty() => view! { <p class="muted">{t::NO_CALLS}</p> }.into_any(),
                calls => view! {
                    <ol class="calls" tabindex="0" aria-label=t::LAST_CALLS>
                        {calls.into_iter().map(|call| view! {
                            <li>
                                <Moment at=call.at style=Style::Time/>
                                <code>{format!("{} {}", call.method, call.url)}</code>
                                <b>{call.status.map_or_else(|| t::NO_ANSWER.to_owned(), |status| status.to_string())}</b>
                                <span class="muted">{call.note.replace('_', " ")}</span>
                            </li>
                        }).collect_view()}
                    </ol>
                }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Held(one: SandboxCollection) -> impl IntoView {
    let SandboxCollection { name, count, items } = one;
    view! {
        <details class="fold">
            <summary>{name} " " <span class="muted">{count}</span></summary>
            <ul class="held">
                {items.into_iter().map(|item| view! {
                    <li>
                        <p class="row"><code>{item.id}</code><Moment at=item.at style=Style::Short/></p>
                        <JsonTree value=Signal::stored(item.value) root="it"/>
                    </li>
                }).collect_view()}
            </ul>
        </details>
    }
}

/// What every request is answered, where a person may write it.
#[component]
fn Scripted(
    account: Signal<SandboxAccount>,
    /// What somebody has typed and not kept yet.
    written: RwSignal<Option<String>>,
    script: Callback<Option<ScriptedAnswer>>,
    busy: RwSignal<bool>,
) -> impl IntoView {
    let wrong = RwSignal::new(None::<String>);
    let shown = Signal::derive(move || {
        written.get().unwrap_or_else(|| {
            let kept = account.with(|account| account.behaviour.answer.clone());
            kept.and_then(|answer| serde_json::to_string_pretty(&answer).ok()).unwrap_or_default()
        })
    });
    let keep = move |_| {
        let text = shown.get_untracked();
        let answer = match text.trim() {
            "" => Ok(None),
            text => serde_json::from_str::<ScriptedAnswer>(text).map(Some),
        };
        match answer {
            Ok(answer) => {
                wrong.set(None);
                script.run(answer);
            }
            Err(_) => wrong.set(Some(t::BAD_ANSWER.to_owned())),
        }
    };
    view! {
        <div class="simulated">
            <Field label=t::ANSWERS hint=t::ANSWERS_HINT.to_owned() error=wrong>
                <TextArea value=shown on_input=move |text| written.set(Some(text)) placeholder=t::ANSWERS_EXAMPLE rows=6 mono=true/>
            </Field>
            <div><Button small=true busy on:click=keep>{t::KEEP_ANSWER}</Button></div>
        </div>
    }
}
