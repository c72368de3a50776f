use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use model::{
    api::{Empty, Replay, ReplayRun, RunDetail},
    ids::StepId,
};

use crate::{
    api::call,
    text::run as t,
    ui::{Glyph, Icon, MenuItem, MenuNote, MenuRule, Popover, use_toasts},
};

/// Sends the event through again: from the start or the failed step, with this version or the newest.
#[component]
pub fn ReplayMenu(detail: Signal<RunDetail>) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let navigate = StoredValue::new_local(use_navigate());
    let id = detail.with_untracked(|detail| detail.run.id);
    let version = Memo::new(move |_| detail.with(|detail| detail.run.version));
    let failed = Memo::new(move |_| detail.with(failed_step));
    let replay = move |from: Option<StepId>, newest: bool| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match call::<ReplayRun>((id,), &Empty {}, &Replay { from, newest }).await {
                Ok(receipt) => {
                    toasts.done(t::REPLAYED);
                    if let Some(run) = receipt.run {
                        navigate.try_with_value(|navigate| navigate(&format!("/runs/{run}"), Default::default()));
                    }
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let trigger = move || {
        view! {
            {move || view! { <Icon glyph=if busy.get() { Glyph::Loader } else { Glyph::Replay }/> }}
            <span>{t::REPLAY}</span>
            <Icon glyph=Glyph::ChevronDown/>
        }
    };
    view! {
        <Popover role="menu" trigger disabled=busy>
            <MenuNote>{t::REPLAY_NOTE}</MenuNote>
            <Show when=move || version.get() != 0>
                <MenuItem glyph=Glyph::Replay about=t::version(version.get()) on_choose=move |()| replay(None, false)>{t::REPLAY_START}</MenuItem>
            </Show>
            <MenuItem glyph=Glyph::Sparkles about=t::REPLAY_NEWEST_ABOUT on_choose=move |()| replay(None, true)>{t::REPLAY_START_NEWEST}</MenuItem>
            {move || {
                failed
                    .get()
                    .map(|(step, label)| {
                        let again = step.clone();
                        let (here, newest) = (t::replay_from(&label), t::replay_from_newest(&label));
                        view! {
                            <MenuRule/>
                            <MenuItem
                                glyph=Glyph::ArrowRight
                                about=t::replay_from_about()
                                on_choose=move |()| replay(Some(step.clone()), false)
                            >
                                {here}
                            </MenuItem>
                            <MenuItem
                                glyph=Glyph::ArrowRight
                                about=t::REPLAY_NEWEST_ABOUT
                                on_choose=move |()| replay(Some(again.clone()), true)
                            >
                                {newest}
                            </MenuItem>
                        }
                    })
            }}
        </Popover>
    }
}

/// The step a run failed at.
fn failed_step(detail: &RunDetail) -> Option<(StepId, String)> {
    let path = detail.run.error.as_ref()?.path.as_ref()?;
    let step = detail.steps.iter().find(|step| &step.path == path)?;
    Some((step.step.clone(), step.label.clone()))
}
