use leptos::prelude::*;
use leptos_router::components::A;
use model::{Role, api::Mend, run::RunStatus};

use super::{Place, begins_at, replays::Replays};
use crate::{
    api::Problem,
    bulk::BulkProgress,
    editor::{save::SaveState, state::use_editor},
    session::use_session,
    text::mend as t,
    ui::{Button, Glyph, Icon, IconButton, Tone, use_toasts},
};

/// Between the top bar and the canvas while a run is mended.
#[component]
pub fn MendBar(opened: Option<Result<Mend, Problem>>) -> impl IntoView {
    match opened? {
        Ok(mend) => Some(view! { <Bar mend/> }.into_any()),
        Err(problem) => Some(
            view! {
                <div class="banner bad" role="alert">
                    <Icon glyph=Glyph::Alert/>
                    <span class="grow"><b>{t::UNREADABLE}</b>" "{problem.message}</span>
                </div>
            }
            .into_any(),
        ),
    }
}

#[component]
fn Bar(mend: Mend) -> impl IntoView {
    let editor = use_editor();
    let session = use_session();
    let place = Place::new(editor);
    let replays = Replays::new(place, use_toasts());
    let run = mend.run.clone();
    // Whatever is newer than the run and has all that stands on the canvas counts as mended.
    let mended = Memo::new(move |_| {
        let is_saved = editor.saver.state.with(|state| *state == SaveState::Saved);
        editor.meta.with(|meta| meta.live_version.filter(|live| is_saved && !meta.draft_changed && *live > run.version))
    });
    let alike = mend.alike.clone();
    Effect::new(move |_| {
        if mended.get().is_some() {
            replays.count(alike.clone());
        }
    });
    let may_replay = Memo::new(move |_| session.may(Role::Operator));
    let id = mend.run.id;
    let kept = StoredValue::new(mend);
    let leave = move |_| place.change(|address| *address = Default::default());
    let is_over = Memo::new(move |_| place.address.with(|address| address.fix.is_none()));
    view! {
        <Show when=move || !is_over.get()>
            <section class="banner mend" aria-label=t::BAR data-testid="mend">
                <Icon glyph=Glyph::Replay/>
                <div class="mend-words">
                    {move || match mended.get() {
                        Some(version) if may_replay.get() => view! { <Mended version kept replays/> }.into_any(),
                        _ => view! { <Mending kept/> }.into_any(),
                    }}
                    <Begun replays/>
                </div>
                <A href=format!("/runs/{id}") attr:class="link">{t::OPEN_RUN}</A>
                <Show when=move || mended.get().is_some() && may_replay.get()><Choices kept replays/></Show>
                <IconButton glyph=Glyph::Close label=t::LEAVE.to_owned() small=true on:click=leave/>
            </section>
        </Show>
    }
}

/// What went wrong, and what comes next.
#[component]
fn Mending(kept: StoredValue<Mend>) -> impl IntoView {
    let editor = use_editor();
    let session = use_session();
    let mend = kept.get_value();
    let label = mend.step.as_ref().and_then(|id| editor.def.with_untracked(|def| def.step(id).map(|step| step.label.clone())));
    let what = mend.run.error.as_ref().map(|error| t::failed(label.as_deref(), &error.message));
    let lead = if what.is_some() { t::FIXING } else { t::FROM_RUN };
    view! {
        <p><b>{lead}</b>" "{what}</p>
        <p class="small">
            {mend.sample.is_none().then_some(t::NO_DATA)} " "
            {(mend.left_out > 0).then(|| t::left_out(mend.left_out))} " "
            {move || if session.may(Role::Operator) { t::PUBLISH_NEXT } else { t::ASK_OPERATOR }}
        </p>
    }
}

#[component]
fn Mended(version: u32, kept: StoredValue<Mend>, replays: Replays) -> impl IntoView {
    let editor = use_editor();
    let words = move || {
        if replays.left.get() == Some(0) && replays.one.with(Option::is_none) && replays.alike.bulk.with(Option::is_none) {
            return t::NONE_LEFT.to_owned();
        }
        kept.with_value(|mend| begins_at(editor, mend.step.as_ref()).1)
    };
    view! { <p><b>{t::live(version)}</b>" "{words}</p> }
}

/// What can be replayed.
#[component]
fn Choices(kept: StoredValue<Mend>, replays: Replays) -> impl IntoView {
    let editor = use_editor();
    let from = move || kept.with_value(|mend| begins_at(editor, mend.step.as_ref()).0);
    let is_begun = Memo::new(move |_| replays.one.with(Option::is_some));
    let has_bulk = Memo::new(move |_| replays.alike.bulk.with(Option::is_some));
    // Without the count there is at least this one.
    let offers_one = move || !is_begun.get() && !has_bulk.get() && replays.left.get() != Some(0);
    let others = Memo::new(move |_| {
        let least = if is_begun.get() { 1 } else { 2 };
        replays.left.get().filter(|left| *left >= least && !has_bulk.get())
    });
    view! {
        <Show when=offers_one>
            <Button small=true busy=replays.busy on:click=move |_| kept.with_value(|mend| replays.replay_one(mend, from()))>
                {t::REPLAY_ONE}
            </Button>
        </Show>
        {move || others.get().map(|left| {
            let alike = move || kept.with_value(|mend| mend.alike.clone());
            let start = move |_| {
                if let Some(alike) = alike() {
                    replays.replay_alike(alike, from());
                }
            };
            let words = if is_begun.get() { t::replay_rest(left) } else { t::replay_alike(left) };
            view! { <Button small=true tone=Tone::Primary busy=replays.alike.busy on:click=start>{words}</Button> }
        })}
    }
}

/// What has been begun, and how far it has come.
#[component]
fn Begun(replays: Replays) -> impl IntoView {
    let one = move || {
        let (run, status) = replays.one.get()?;
        let (class, glyph) = match status {
            RunStatus::Succeeded => ("ok", Glyph::Check),
            RunStatus::Failed => ("bad", Glyph::Alert),
            _ if status.is_final() => ("quiet", Glyph::Check),
            _ => ("run", Glyph::Loader),
        };
        Some(view! {
            <p class=format!("mend-state {class}")>
                <Icon glyph/>
                <span>{t::one_ended(status)}</span>
                <A href=format!("/runs/{run}") attr:class="link">{t::OPEN_RUN}</A>
            </p>
        })
    };
    let editor = use_editor();
    let session = use_session();
    let href = move || {
        let version = editor.meta.with(|meta| meta.live_version).map(|version| format!("&version={version}"));
        format!("/runs?workflow={}{}", editor.id, version.unwrap_or_default())
    };
    view! {
        <div role="status">
            {one}
            <BulkProgress begun=replays.alike may_stop=Signal::derive(move || session.may(Role::Operator))>
                <A href attr:class="link">{t::SEE_REPLAYED}</A>
            </BulkProgress>
        </div>
    }
}
