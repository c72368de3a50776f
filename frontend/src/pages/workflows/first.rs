//! The first minutes: three ways to begin, and a list of four steps that ticks itself. Nothing is in anybody's way.

use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    api::{Empty, ListConnections, ListRuns, RunsQuery, WorkflowState},
    definition::{Settings, Trigger, TriggerKind, WebhookTrigger},
};

use super::{
    Listed,
    create::{use_create, zone},
    templates::TemplatesDialog,
};
use crate::{
    api::call,
    dom,
    live::use_stream,
    load::load,
    session::use_session,
    text::workflows::{self as tw, first as t},
    ui::{Glyph, Icon, IconButton},
};

/// A template on the sandbox, a webhook that listens, a blank canvas.
#[component]
pub fn ThreeWays() -> impl IntoView {
    let (busy, create) = use_create();
    let templates = RwSignal::new(false);
    let way = move |glyph: Glyph, name: &'static str, about: &'static str, go: Callback<()>| {
        view! {
            <li>
                <button type="button" class="starter" disabled=busy on:click=move |_| go.run(())>
                    <span class="starter-tiles"><span class="tile plain"><Icon glyph/></span></span>
                    <b>{name}</b>
                    <span>{about}</span>
                </button>
            </li>
        }
    };
    view! {
        <ul class="starters">
            {way(Glyph::Sparkles, t::TEMPLATE, t::TEMPLATE_ABOUT, Callback::new(move |()| templates.set(true)))}
            {way(Glyph::Hook, t::LISTEN, t::LISTEN_ABOUT, Callback::new(move |()| create(tw::UNTITLED, Some(listening(zone())))))}
            {way(Glyph::Plus, t::BLANK, t::BLANK_ABOUT, Callback::new(move |()| create(tw::UNTITLED, None)))}
        </ul>
        <TemplatesDialog open=templates/>
    }
}

/// A webhook and nothing else: the editor opens it and waits for an event.
fn listening(zone: String) -> WorkflowDefinition {
    let kind = TriggerKind::Webhook(WebhookTrigger::default());
    let trigger =
        Trigger { id: "start".into(), label: tw::starters::HOOK_TRIGGER.into(), kind, filter: None, dedupe: None, shape: None };
    WorkflowDefinition {
        triggers: vec![trigger],
        settings: Settings { time_zone: zone, ..Settings::default() },
        ..WorkflowDefinition::default()
    }
}

fn key(person: &str) -> String {
    format!("patchbay-first-steps-{person}")
}

type Ticks = [bool; 4];

/// What this browser keeps once everything is done, or when somebody has seen enough of it.
const CLOSED: &str = "closed";

/// What was ticked before, as it is kept: `0110`. None: closed for good.
fn kept(text: Option<&str>) -> Option<Ticks> {
    let Some(text) = text else { return Some(Ticks::default()) };
    let ticks: Vec<bool> = text.chars().map(|one| one == '1').collect();
    ticks.try_into().ok()
}

fn to_keep(ticks: Ticks) -> String {
    if ticks.contains(&false) { ticks.map(|done| if done { '1' } else { '0' }).into_iter().collect() } else { CLOSED.to_owned() }
}

/// Once ticked is ticked: a search hides workflows, and what was tried may be deleted again.
fn with(before: Ticks, now: Ticks) -> Ticks {
    std::array::from_fn(|at| before[at] || now[at])
}

/// What has been done so far, in the order it is told.
fn done(listed: &Listed, connected: bool, ran: bool) -> Ticks {
    let lives = listed.items.iter().any(|one| one.live_version.is_some() && one.state == WorkflowState::On);
    let live_runs = listed.items.iter().any(|one| one.last_run.is_some());
    [!listed.items.is_empty(), ran || live_runs, connected, lives]
}

/// Goes by itself once everything is done, or when somebody has seen enough of it; from then on nothing is asked for it.
#[component]
pub fn FirstSteps(listed: Signal<Listed>) -> impl IntoView {
    let session = use_session();
    let person = session.me().and_then(|me| me.user).map(|user| user.id.to_string()).unwrap_or_default();
    let key = StoredValue::new(key(&person));
    let before = kept(key.with_value(|key| dom::stored(key)).as_deref());
    let open = RwSignal::new(before.is_some());
    let before = before.unwrap_or_default();
    view! { <Show when=move || open.get()><Steps listed key before open/></Show> }
}

#[component]
fn Steps(listed: Signal<Listed>, key: StoredValue<String>, before: Ticks, open: RwSignal<bool>) -> impl IntoView {
    let found = load(|| async {
        let query = RunsQuery { kind: Some("all".into()), limit: Some(1), ..RunsQuery::default() };
        let runs = call::<ListRuns>((), &query, &Empty {}).await?;
        let connections = call::<ListConnections>((), &Empty {}, &Empty {}).await?;
        Ok((!connections.items.is_empty(), !runs.items.is_empty()))
    });
    let stream = use_stream();
    stream.on_reread(move || found.reload());
    stream.on_connection(move |_| found.reload());
    stream.on_runs(move |_| {
        if found.value.with_untracked(|found| found.is_some_and(|(_, ran)| !ran)) {
            found.reload();
        }
    });
    // Told only once it is known: nothing jumps.
    let ticks = Memo::new(move |last: Option<&Option<Ticks>>| {
        let (connected, ran) = found.value.get()?;
        let before = last.copied().flatten().unwrap_or(before);
        Some(with(before, listed.with(|listed| done(listed, connected, ran))))
    });
    Effect::new(move |_| {
        if let Some(ticks) = ticks.get() {
            key.with_value(|key| dom::store(key, &to_keep(ticks)));
            if !ticks.contains(&false) {
                open.set(false);
            }
        }
    });
    let close = move |_| {
        key.with_value(|key| dom::store(key, CLOSED));
        open.set(false);
    };
    let line = move |at: usize| {
        let is = move || ticks.get().is_some_and(|ticks| ticks[at]);
        let (name, about) = t::STEPS[at];
        view! {
            <li class:done=is>
                <span class="first-tick" aria-hidden="true">{move || is().then(|| view! { <Icon glyph=Glyph::Check/> })}</span>
                <span><b>{name}</b>" "<small>{about}</small></span>
                <span class="sr-only">{move || if is() { t::DONE } else { t::TO_DO }}</span>
            </li>
        }
    };
    view! {
        <Show when=move || ticks.with(Option::is_some)>
            <section class="first" aria-label=t::TITLE data-testid="first-steps">
                <header>
                    <h2>{t::TITLE}</h2>
                    <span class="small muted num">{move || ticks.get().map(|ticks| t::so_far(ticks.iter().filter(|done| **done).count()))}</span>
                    <span class="grow"></span>
                    <IconButton glyph=Glyph::Close label=t::CLOSE.to_owned() small=true on:click=close/>
                </header>
                <ol>{(0..4).map(line).collect_view()}</ol>
            </section>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_webhook_way_has_only_its_missing_steps_to_mend() {
        let problems = manifest::check(&listening("UTC".into()), manifest::builtin());
        assert!(problems.iter().all(|problem| problem.code == "definition.no_steps"), "{problems:?}");
    }

    #[test]
    fn nothing_is_ticked_before_it_is_done() {
        let none = Listed { items: Vec::new(), more: false };
        assert_eq!(done(&none, false, false), [false; 4]);
        assert_eq!(done(&none, true, true), [false, true, true, false]);
    }

    #[test]
    fn what_is_ticked_stays_and_closed_is_closed() {
        assert_eq!(kept(None), Some([false; 4]));
        let ticks = with([true, false, false, false], [false, true, false, false]);
        assert_eq!(kept(Some(&to_keep(ticks))), Some([true, true, false, false]));
        assert_eq!([kept(Some(&to_keep([true; 4]))), kept(Some(CLOSED)), kept(Some(""))], [None; 3]);
    }
}
