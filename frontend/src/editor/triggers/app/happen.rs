//! Makes something happen in the sandbox of a live trigger, and says what came of it.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use model::{
    Role,
    api::{Came, Empty, GetHappening, Happened, Happening, HappeningWay, MakeHappen, Noticed, WantedHappening, WorkflowState},
    ids::TriggerId,
};
use serde_json::Value;

use crate::{
    api::{Problem, call},
    editor::{state::use_editor, triggers::requests::look},
    session::use_session,
    text::editor as t,
    ui::{Button, Chip, Choice, Glyph, Icon, Select, TextArea},
};

fn words(way: HappeningWay, noticed: Noticed) -> &'static str {
    match (way, noticed) {
        (HappeningWay::Usual, _) => t::HAPPENS_ONCE,
        (HappeningWay::Doubled, _) => t::HAPPENS_TWICE,
        (HappeningWay::Late, Noticed::Look) => t::HAPPENED_EARLIER,
        (HappeningWay::Late, _) => t::SIGNED_EARLIER,
        (HappeningWay::Forged, _) => t::FORGED,
    }
}

fn named(way: HappeningWay) -> &'static str {
    match way {
        HappeningWay::Usual => "usual",
        HappeningWay::Doubled => "doubled",
        HappeningWay::Late => "late",
        HappeningWay::Forged => "forged",
    }
}

#[component]
pub fn MakeIt(
    id: TriggerId,
    /// The trigger's connection is a sandbox.
    #[prop(into)]
    sandbox: Signal<bool>,
) -> impl IntoView {
    let (editor, session) = (use_editor(), use_session());
    let is_live = Memo::new(move |_| editor.meta.with(|meta| meta.live_version.is_some() && meta.state != WorkflowState::Off));
    let id = StoredValue::new(id);
    move || {
        (sandbox.get() && session.may(Role::Operator)).then(|| {
            view! {
                <section class="reach" aria-label=t::HAPPEN data-testid="happen">
                    <h3>{t::HAPPEN}</h3>
                    {move || match is_live.get() {
                        true => view! { <Ways id=id.get_value()/> }.into_any(),
                        false => view! { <p class="ed-hint">{t::HAPPEN_LATER}</p> }.into_any(),
                    }}
                </section>
            }
        })
    }
}

#[component]
fn Ways(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let (busy, way) = (RwSignal::new(false), RwSignal::new(HappeningWay::Usual));
    let known = RwSignal::new(None::<Happening>);
    let came = RwSignal::new(None::<Result<Happened, Problem>>);
    let written = RwSignal::new(None::<String>);
    let unreadable = RwSignal::new(false);
    spawn_local(async move {
        match call::<GetHappening>((editor.id, id.get_value()), &Empty {}, &Empty {}).await {
            Ok(happening) => drop(known.try_set(Some(happening))),
            Err(problem) => drop(came.try_set(Some(Err(problem)))),
        }
    });
    let choices = Signal::derive(move || {
        known.with(|known| {
            let happening = known.as_ref();
            let of = |happening: &Happening| {
                let choice = |way: &HappeningWay| Choice::new(named(*way), words(*way, happening.noticed));
                happening.ways.iter().map(choice).collect::<Vec<_>>()
            };
            happening.map(of).unwrap_or_default()
        })
    });
    let choose = move |name: String| {
        let found = known
            .with_untracked(|known| known.as_ref().and_then(|known| known.ways.iter().copied().find(|way| named(*way) == name)));
        way.set(found.unwrap_or_default());
    };
    let make = move |_| {
        let event = match written.get_untracked().map(|text| serde_json::from_str::<Value>(&text)) {
            None => None,
            Some(Ok(event)) => Some(event),
            Some(Err(_)) => return unreadable.set(true),
        };
        unreadable.set(false);
        busy.set(true);
        spawn_local(async move {
            let wanted = WantedHappening { way: way.get_untracked(), event };
            let answer = call::<MakeHappen>((editor.id, id.get_value()), &Empty {}, &wanted).await;
            busy.try_set(false);
            came.try_set(Some(answer));
        });
    };
    let shown = Signal::derive(move || {
        written.get().unwrap_or_else(|| {
            known.with(|known| {
                let event = known.as_ref().map(|known| &known.event);
                event.and_then(|event| serde_json::to_string_pretty(event).ok()).unwrap_or_default()
            })
        })
    });
    view! {
        <p class="ed-hint">{t::HAPPEN_ABOUT}</p>
        <div class="with-button">
            <Select
                value=Signal::derive(move || named(way.get()).to_owned())
                on_change=choose
                choices
                label=t::HAPPEN_HOW
                disabled=Signal::derive(move || known.with(Option::is_none))
            />
            <Button icon=Glyph::Play busy disabled=Signal::derive(move || known.with(Option::is_none)) on:click=make>{t::HAPPEN}</Button>
        </div>
        <details class="fold">
            <summary>{t::HAPPEN_WHAT}</summary>
            <div class="ed-more">
                <TextArea value=shown on_input=move |text| written.set(Some(text)) label=t::HAPPEN_WHAT rows=10 mono=true/>
                {move || written.get().is_some().then(|| view! {
                    <Button small=true on:click=move |_| { written.set(None); unreadable.set(false); }>{t::HAPPEN_MADE_UP}</Button>
                })}
            </div>
        </details>
        {move || unreadable.get().then(|| view! { <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{t::HAPPEN_NO_JSON}</span></p> })}
        <div role="status">{move || came.get().map(|came| view! { <Result came/> })}</div>
    }
}

#[component]
fn Result(came: Result<Happened, Problem>) -> impl IntoView {
    match came {
        Err(problem) => view! { <p class="note bad"><Icon glyph=Glyph::Alert/><span>{problem.message}</span></p> }.into_any(),
        Ok(happened) if happened.came.is_empty() => view! { <p class="ed-hint">{t::HAPPENED_IN_LIST}</p> }.into_any(),
        Ok(happened) => view! { <ul class="came">{happened.came.into_iter().map(line).collect_view()}</ul> }.into_any(),
    }
}

/// `Started a run (200) · Open the run`
fn line(came: Came) -> impl IntoView {
    let (tone, glyph, words) = look(came.outcome);
    let status = came.status.map(t::answered_with);
    view! {
        <li class="reach-state">
            <Chip tone glyph=Some(glyph)>{words}</Chip>
            {status.map(|words| view! { <span>{words}</span> })}
            {(!came.reason.is_empty()).then(|| view! { <span>{came.reason.clone()}</span> })}
            {came.run.map(|run| view! { <A href=format!("/runs/{run}")>{t::OPEN_THE_RUN}</A> })}
        </li>
    }
}
