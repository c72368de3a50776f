use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::components::A;
use model::{
    api::{EventState, EventSummary},
    ids::{EventId, WorkflowId},
};

use crate::{
    dom,
    text::{events as t, status},
    ui::{Chip, ChipTone, Glyph, TimeAgo},
};

/// An event's state as icon and words.
#[component]
pub fn EventStateChip(state: EventState) -> impl IntoView {
    let (tone, glyph) = match state {
        EventState::Accepted => (ChipTone::Ok, Glyph::Check),
        EventState::Held => (ChipTone::Hold, Glyph::Pause),
        EventState::Filtered => (ChipTone::Quiet, Glyph::Filter),
        EventState::Refused => (ChipTone::Bad, Glyph::Ban),
        EventState::Duplicate => (ChipTone::Quiet, Glyph::Copy),
    };
    view! { <Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph))>{status::event(state)}</Chip> }
}

#[component]
pub fn EventRow(
    event: EventSummary,
    names: Memo<BTreeMap<WorkflowId, String>>,
    chosen: RwSignal<Option<EventId>>,
) -> impl IntoView {
    let EventSummary { id, workflow, state, reason, received_at, bytes, run, .. } = event;
    let name = move || names.with(|names| names.get(&workflow).cloned().unwrap_or_else(|| t::UNKNOWN_WORKFLOW.into()));
    let reason = reason.or_else(|| (state == EventState::Accepted).then(|| t::STARTED_RUN.to_owned()));
    let open = move |event: leptos::ev::MouseEvent| {
        if !dom::within(&event, "a") {
            chosen.set(Some(id));
        }
    };
    view! {
        <tr class="press" on:click=open>
            <td class="c-status"><EventStateChip state/></td>
            <td class="c-flow">
                <button type="button" class="row-link" data-tip=t::OPEN>{name}</button>
            </td>
            <td class="c-what">{reason}</td>
            <td class="c-at"><TimeAgo at=received_at/></td>
            <td class="c-size end num">{t::size(bytes)}</td>
            <td class="c-run end">
                {run
                    .map(|run| {
                        view! {
                            <A href=format!("/runs/{run}") attr:class="link">{t::SEE_RUN}</A>
                        }
                    })}
            </td>
        </tr>
    }
}
