//! The last requests to a trigger's address, as they come in: what was sent, and what became of it.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, GetSubscription, HookOutcome, HookRequest, ListHookRequests, SampleHookRequest},
    ids::TriggerId,
};
use serde_json::Value;

use super::app::SendOne;
use crate::{
    api::call,
    editor::{state::use_editor, testing},
    live::use_stream,
    load::{Loaded, load},
    moment::{self, Style},
    text::editor as t,
    ui::{Button, Chip, ChipTone, Glyph, Icon, JsonTree, Tone, use_toasts},
};

/// Requests that start no run are told by nobody: they are looked for.
const EVERY: Duration = Duration::from_secs(4);

/// The colour, icon and words of what became of a request.
pub fn look(outcome: HookOutcome) -> (ChipTone, Glyph, &'static str) {
    match outcome {
        HookOutcome::Accepted => (ChipTone::Ok, Glyph::Check, t::WAS_ACCEPTED),
        HookOutcome::Held => (ChipTone::Hold, Glyph::Pause, t::WAS_HELD),
        HookOutcome::Duplicate => (ChipTone::Quiet, Glyph::Copy, t::WAS_DUPLICATE),
        HookOutcome::Filtered => (ChipTone::Quiet, Glyph::Filter, t::WAS_FILTERED),
        HookOutcome::Refused => (ChipTone::Bad, Glyph::Ban, t::WAS_REFUSED),
        HookOutcome::Handshake => (ChipTone::Run, Glyph::Link, t::WAS_HANDSHAKE),
        HookOutcome::Test => (ChipTone::Accent, Glyph::Sparkles, t::WAS_TEST),
    }
}

#[component]
pub fn RequestsTab(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let loader = load(move || async move { call::<ListHookRequests>((editor.id, id.get_value()), &Empty {}, &Empty {}).await });
    let reached = load(move || async move { call::<GetSubscription>((editor.id, id.get_value()), &Empty {}, &Empty {}).await });
    let command = Signal::derive(move || reached.value.get().and_then(|found| found.curl));
    use_stream().on_sample(move |workflow, trigger| {
        if workflow == editor.id && *trigger == id.get_value() {
            loader.reload();
        }
    });
    if let Ok(ticking) = set_interval_with_handle(
        move || {
            if !document().hidden() {
                loader.reload();
            }
        },
        EVERY,
    ) {
        on_cleanup(move || ticking.clear());
    }
    view! {
        <p class="ed-intro">{t::REQUESTS_INTRO}</p>
        <SendOne command/>
        <Loaded loader let:found>
            <div class="hook-requests" data-testid="requests">
                {move || found.with(|found| found.items.is_empty()).then(|| view! {
                    <p class="test-empty"><span class="pulse" aria-hidden="true"></span>{t::NO_REQUESTS}</p>
                })}
                <For each=move || found.get().items key=|request| request.id let:request>
                    <Request id=id.get_value() request/>
                </For>
            </div>
        </Loaded>
    }
}

#[component]
fn Request(id: TriggerId, request: HookRequest) -> impl IntoView {
    let (editor, toasts) = (use_editor(), use_toasts());
    let busy = RwSignal::new(false);
    let (tone, glyph, words) = look(request.outcome);
    let request_id = request.id;
    let sample = move |_| {
        busy.set(true);
        let trigger = id.clone();
        spawn_local(async move {
            let answer = call::<SampleHookRequest>((editor.id, trigger, request_id), &Empty {}, &Empty {}).await;
            busy.try_set(false);
            match answer {
                Ok(sample) => {
                    testing::reload_samples(editor).await;
                    editor.chosen.try_set(Some(sample.id));
                    toasts.done(t::SAMPLE_KEPT);
                }
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let json = serde_json::from_str::<Value>(&request.body).ok().filter(|value| value.is_object() || value.is_array());
    let line = if request.query.is_empty() { request.method.clone() } else { format!("{} ?{}", request.method, request.query) };
    let headers = request
        .headers
        .iter()
        .map(|header| view! { <dt>{header.name.clone()}</dt><dd>{header.value.clone()}</dd> })
        .collect_view();
    let body = match json {
        Some(value) => view! { <JsonTree value=Signal::stored(value) root="body"/> }.into_any(),
        None if request.body.is_empty() => view! { <p class="ed-hint">{t::NO_BODY}</p> }.into_any(),
        None => view! { <pre class="hook-body" tabindex="0">{request.body.clone()}</pre> }.into_any(),
    };
    // A handshake and what could not be read have no event in them.
    let usable = !matches!(request.outcome, HookOutcome::Handshake | HookOutcome::Test);
    view! {
        <details class="hook-request">
            <summary>
                <Chip tone glyph=Some(glyph)>{words}</Chip>
                <span class="hook-line"><code>{line}</code><small>{t::bytes_received(request.bytes)}</small></span>
                <time>{moment::absolute(request.at, Style::Time)}</time>
            </summary>
            {(!request.reason.is_empty()).then(|| view! { <p class="hook-reason">{request.reason.clone()}</p> })}
            <div class="ed-more">
                {(usable && editor.may_edit.get_untracked()).then(|| view! {
                    <Button small=true tone=Tone::Primary icon=Glyph::Inbox busy on:click=sample>{t::USE_AS_SAMPLE}</Button>
                })}
                {request.status.map(|status| view! { <span class="ed-hint">{t::answered_with(status)}</span> })}
                {request.run.map(|run| view! { <a class="link" href=format!("/runs/{run}")><Icon glyph=Glyph::Flow/>{t::OPEN_RUN}</a> })}
            </div>
            <h4>{t::HEADERS}</h4>
            <dl class="hook-headers">{headers}</dl>
            <h4>{t::BODY}</h4>
            {body}
            {request.truncated.then(|| view! { <p class="ed-hint">{t::BODY_CUT}</p> })}
        </details>
    }
}
