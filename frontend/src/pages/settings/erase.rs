//! Deleting everything about a person: look, read what was found, say so.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use model::{
    Role,
    api::{
        CarryOut, CarryOutErasure, Empty, Erasure, ErasureCount, ErasureState, ListErasures, NewErasure, StartErasure,
        StopErasure,
    },
};

use super::Section;
use crate::{
    api::call,
    load::{Loaded, Loader, load},
    session::use_session,
    text::erase as t,
    ui::{Button, ConfirmDialog, Field, Glyph, SkeletonRows, TextInput, Tone, use_toasts},
};

/// How often one that is under way is asked for.
const AGAIN: Duration = Duration::from_millis(1_000);

#[component]
pub fn EraseSection() -> impl IntoView {
    let session = use_session();
    view! {
        <Section title=t::TITLE about=t::ABOUT>
            {move || {
                if session.may(Role::Owner) {
                    view! { <Erasing/> }.into_any()
                } else {
                    view! { <p class="muted">{t::ONLY_OWNERS}</p> }.into_any()
                }
            }}
        </Section>
    }
}

#[component]
fn Erasing() -> impl IntoView {
    let loader = load(|| async { call::<ListErasures>((), &Empty {}, &Empty {}).await });
    // While something is done, what is shown follows it.
    Effect::new(move |_| {
        // Also when one look has failed: the value is then as it was, and nothing else would ask again.
        loader.problem.track();
        let under_way = loader
            .value
            .with(|list| list.as_ref().is_some_and(|list| list.items.first().is_some_and(|one| one.state.is_under_way())));
        if under_way && let Ok(handle) = set_timeout_with_handle(move || loader.reload(), AGAIN) {
            on_cleanup(move || handle.clear());
        }
    });
    view! {
        <Look loader/>
        <Loaded loader skeleton=|| view! { <SkeletonRows rows=1/> } let:list>
            {move || list.get().items.into_iter().next().map(|erasure| view! { <Last erasure loader/> })}
        </Loaded>
    }
}

type List = Loader<model::api::Erasures>;

/// Shows what an answer says, and follows it from there.
fn show(loader: List, erasure: Erasure) {
    if loader.value.with_untracked(Option::is_none) {
        return loader.reload();
    }
    loader.update(|list| match list.items.iter_mut().find(|one| one.id == erasure.id) {
        Some(one) => *one = erasure,
        None => list.items.insert(0, erasure),
    });
}

#[component]
fn Look(loader: List) -> impl IntoView {
    let toasts = use_toasts();
    let value = RwSignal::new(String::new());
    let (tried, busy) = (RwSignal::new(false), RwSignal::new(false));
    let fits = move || value.with(|value| NewErasure::fits(value));
    let error = Signal::derive(move || (tried.get() && !fits()).then(t::length));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if !untrack(fits) {
            return;
        }
        busy.set(true);
        let new = NewErasure { value: value.get_untracked().trim().to_owned() };
        spawn_local(async move {
            match call::<StartErasure>((), &Empty {}, &new).await {
                Ok(begun) => {
                    tried.try_set(false);
                    value.try_set(String::new());
                    show(loader, begun);
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::VALUE hint=Some(t::VALUE_HINT.to_owned()) error>
                <TextInput value on_input=move |new| value.set(new) placeholder=t::VALUE_EXAMPLE/>
            </Field>
            <Button submit=true icon=Glyph::Search busy>{t::LOOK}</Button>
        </form>
    }
}

/// The newest one: what was found or deleted, and what can be done with it.
#[component]
fn Last(erasure: Erasure, loader: List) -> impl IntoView {
    let toasts = use_toasts();
    let (open, busy) = (RwSignal::new(false), RwSignal::new(false));
    let kept_values = RwSignal::new(false);
    let id = erasure.id;
    let carry_out = move |()| {
        busy.set(true);
        let body = CarryOut { kept_values: kept_values.get_untracked() };
        spawn_local(async move {
            match call::<CarryOutErasure>((id,), &Empty {}, &body).await {
                Ok(begun) => {
                    open.try_set(false);
                    show(loader, begun);
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let stop = move |_| {
        spawn_local(async move {
            match call::<StopErasure>((id,), &Empty {}, &Empty {}).await {
                Ok(stopped) => show(loader, stopped),
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let state = erasure.state;
    let anything = erasure.counts.iter().any(deletes);
    let keeps = erasure.counts.iter().any(|count| count.kept_values > 0);
    let counted = state == ErasureState::Counted;
    view! {
        <div class="erasure" aria-live="polite">
            <p><b>{t::state(&erasure)}</b></p>
            {(!erasure.counts.is_empty()).then(|| view! { <Counts counts=erasure.counts.clone()/> })}
            {(counted && keeps).then(|| view! {
                <label class="check-row">
                    <input type="checkbox" prop:checked=kept_values on:change=move |event| kept_values.set(event_target_checked(&event))/>
                    <span>{t::KEPT_TOO}</span>
                </label>
            })}
            <div class="card-foot">
                {(counted && anything).then(|| view! {
                    <Button tone=Tone::Danger icon=Glyph::Trash on:click=move |_| open.set(true)>{t::CARRY_OUT}</Button>
                })}
                {(counted || state.is_under_way()).then(|| view! {
                    <Button tone=Tone::Ghost on:click=stop>{if counted { t::FORGET } else { t::STOP }}</Button>
                })}
            </div>
            <ConfirmDialog open title=t::CONFIRM_TITLE body=t::CONFIRM confirm=t::CARRY_OUT danger=true busy on_confirm=carry_out/>
        </div>
    }
}

fn deletes(count: &ErasureCount) -> bool {
    count.runs + count.events + count.samples + count.requests + count.kept_values + count.alerts > 0
}

#[component]
fn Counts(counts: Vec<ErasureCount>) -> impl IntoView {
    let rows = counts.into_iter().map(|count| {
        let name = match (&count.workflow, &count.name) {
            (None, _) => t::WORKSPACE.to_owned(),
            (Some(id), None) => id.to_string(),
            (Some(_), Some(name)) => name.clone(),
        };
        view! {
            <tr>
                <th scope="row"><span class="cut" dir="auto">{name}</span></th>
                <td><ul>{t::parts(&count).into_iter().map(|part| view! { <li>{part}</li> }).collect_view()}</ul></td>
            </tr>
        }
    });
    view! {
        <table class="erasure-counts">
            <thead><tr><th scope="col">{t::WHERE}</th><th scope="col">{t::WHAT}</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
