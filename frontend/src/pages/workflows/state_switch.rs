use leptos::{prelude::*, task::spawn_local};
use model::api::{Empty, SetWorkflowState, StateChange, WorkflowState, WorkflowSummary};

use crate::{
    api::call,
    text::{status, workflows as t},
    ui::{Glyph, Icon, MenuItem, MenuNote, Popover, use_toasts},
};

/// On, off or paused; opening it asks what should happen to new events.
#[component]
pub fn StateSwitch(workflow: Memo<WorkflowSummary>, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let state = Memo::new(move |_| workflow.with(|workflow| workflow.state));
    let unpublished = Memo::new(move |_| workflow.with(|workflow| workflow.live_version.is_none()));
    let held = Memo::new(move |_| workflow.with(|workflow| workflow.held > 0));
    let class = Signal::derive(move || {
        let tone = match state.get() {
            WorkflowState::On => "on",
            WorkflowState::Paused => "paused",
            WorkflowState::Off => "off",
        };
        format!("state-btn {tone}")
    });
    let label =
        Signal::derive(move || workflow.with(|workflow| Some(t::switch(&workflow.name, status::workflow(workflow.state)))));
    let choose = move |next: WorkflowState| {
        if busy.get_untracked() || state.get_untracked() == next {
            return;
        }
        busy.set(true);
        let (id, name) = workflow.with_untracked(|workflow| (workflow.id, workflow.name.clone()));
        spawn_local(async move {
            match call::<SetWorkflowState>((id,), &Empty {}, &StateChange { state: next }).await {
                Ok(_) => {
                    toasts.done(t::switched(&name, next));
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let trigger = move || {
        view! {
            {move || {
                let glyph = match (busy.get(), state.get()) {
                    (true, _) => Glyph::Loader,
                    (_, WorkflowState::On) => Glyph::Check,
                    (_, WorkflowState::Paused) => Glyph::Pause,
                    (_, WorkflowState::Off) => Glyph::Power,
                };
                view! { <Icon glyph/> }
            }}
            <span>{move || status::workflow(state.get())}</span>
            <Icon glyph=Glyph::ChevronDown/>
        }
    };
    let is = move |this: WorkflowState| Signal::derive(move || Some(state.get() == this));
    view! {
        <Popover role="menu" class label trigger>
            <MenuNote>{t::SWITCH_QUESTION}</MenuNote>
            <MenuItem
                glyph=Glyph::Play
                checked=is(WorkflowState::On)
                disabled=unpublished
                about=match (unpublished.get(), held.get()) {
                    (true, _) => t::NOT_PUBLISHED,
                    (_, true) => t::TURN_ON_HELD,
                    _ => t::TURN_ON_ABOUT,
                }
                on_choose=move |()| choose(WorkflowState::On)
            >
                {t::TURN_ON}
            </MenuItem>
            <MenuItem
                glyph=Glyph::Pause
                checked=is(WorkflowState::Paused)
                disabled=unpublished
                about=t::PAUSE_ABOUT
                on_choose=move |()| choose(WorkflowState::Paused)
            >
                {t::PAUSE}
            </MenuItem>
            <MenuItem glyph=Glyph::Power checked=is(WorkflowState::Off) about=t::TURN_OFF_ABOUT on_choose=move |()| choose(WorkflowState::Off)>
                {t::TURN_OFF}
            </MenuItem>
        </Popover>
    }
}
