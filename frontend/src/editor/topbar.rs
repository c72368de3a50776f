//! The editor's top bar: name, state, saving, undo, test, publish.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{components::A, hooks::use_query_map};
use model::{
    Role,
    api::{Empty, RenameWorkflow, SetWorkflowState, StateChange, WorkflowPatch, WorkflowState},
    run::RunStatus,
};

use super::{
    both::BothDialog,
    extent::Extent,
    save::{self, SaveState},
    settings::SettingsDialog,
    state::{Editor, Tested, use_editor},
    testing,
    versions::VersionsDialog,
};
use crate::{
    api::call,
    commands::{Command, table, use_commands},
    session::use_session,
    text::{commands::label, editor as t},
    ui::{Button, Chip, ChipTone, Glyph, Icon, IconButton, Menu, MenuItem, MenuNote, Popover, Tone, use_toasts},
};

#[component]
pub fn TopBar() -> impl IntoView {
    let editor = use_editor();
    let session = use_session();
    let running = Memo::new(move |_| editor.tested.with(|tested| tested.is_running() && tested.only.is_none()));
    let busy = Memo::new(move |_| editor.tested.with(Tested::is_running));
    let no_trigger = Memo::new(move |_| editor.def.with(|def| def.triggers.is_empty()));
    let commands = use_commands();
    let item = move |command: Command| {
        view! {
            <MenuItem glyph=table::glyph(command) on_choose=move |()| {
                commands.run(command);
            }>{label(command)}</MenuItem>
        }
    };
    // A link to a version opens the history at it.
    let at = use_query_map().with_untracked(|query| query.get("version").and_then(|version| version.parse::<u32>().ok()));
    if at.is_some() {
        editor.versions_open.set(true);
    }
    view! {
        <header class="top ed-top">
            <span class="crumb"><A href="/workflows">{t::WORKFLOWS}</A><span aria-hidden="true">"/"</span></span>
            <Name/>
            <StateChip/>
            <Show when=move || editor.may_edit.get()><SaveChip/></Show>
            <span class="grow"></span>
            <Show when=move || editor.may_edit.get()>
            <span class="ed-history">
                <IconButton glyph=Glyph::Undo label=t::UNDO.to_owned() disabled=Signal::derive(move || !editor.history.with(super::history::History::can_undo)) on:click=move |_| editor.undo()/>
                <IconButton glyph=Glyph::Redo label=t::REDO.to_owned() disabled=Signal::derive(move || !editor.history.with(super::history::History::can_redo)) on:click=move |_| editor.redo()/>
            </span>
            </Show>
            <Menu label=t::WORKFLOW_MENU>
                {[Command::Settings, Command::Figures, Command::Versions, Command::Outline, Command::FoldAll, Command::UnfoldAll, Command::Help].map(item).collect_view()}
            </Menu>
            <Show when=move || editor.may_edit.get()>
            <Button
                icon=Glyph::Play
                busy=running
                disabled=Signal::derive(move || busy.get() || no_trigger.get())
                attr:aria-label=t::TEST
                on:click=move |_| testing::test(editor, None)
            >
                <span class="wide-only">{t::TEST}</span>
            </Button>
            </Show>
            <Show when=move || session.may(Role::Operator)>
                <Button tone=Tone::Primary on:click=move |_| editor.publishing.set(true)>
                    <span class="wide-only">{t::REVIEW_AND_PUBLISH}</span>
                    <span class="narrow-only">{t::PUBLISH}</span>
                </Button>
            </Show>
        </header>
        <SettingsDialog open=editor.settings_open/>
        <VersionsDialog open=editor.versions_open at/>
    }
}

#[component]
fn Name() -> impl IntoView {
    let editor = use_editor();
    let toasts = use_toasts();
    // A memo: other changes of the workflow's facts must not reset what is being typed.
    let name = Memo::new(move |_| editor.meta.with(|meta| meta.name.clone()));
    let rename = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let new = input.value().trim().to_owned();
        let before = name.get_untracked();
        if new.is_empty() || new == before {
            input.set_value(&before);
            return;
        }
        editor.meta.update(|meta| meta.name = new.clone());
        spawn_local(async move {
            if let Err(problem) = call::<RenameWorkflow>((editor.id,), &Empty {}, &WorkflowPatch { name: new }).await {
                editor.meta.try_update(|meta| meta.name = before);
                toasts.problem(&problem);
            }
        });
    };
    view! {
        <span class="ed-name" data-value=name>
            <input
                aria-label=t::WORKFLOW_NAME
                readonly=move || !editor.may_edit.get()
                size="1"
                spellcheck="false"
                autocomplete="off"
                prop:value=name
                on:change=rename
                on:keydown=move |event| if event.key() == "Enter" {
                    let input: web_sys::HtmlElement = event_target(&event);
                    let _ = input.blur();
                }
            />
        </span>
    }
}

/// On, off or paused, with the switch behind it.
#[component]
fn StateChip() -> impl IntoView {
    let editor = use_editor();
    let session = use_session();
    // Without the role that may switch it the state is a fact, not a menu.
    let may_switch = Memo::new(move |_| session.may(Role::Operator));
    let toasts = use_toasts();
    let state = Memo::new(move |_| editor.meta.with(|meta| meta.state));
    let version = Memo::new(move |_| editor.meta.with(|meta| meta.live_version));
    let set = move |wanted: WorkflowState| {
        spawn_local(async move {
            match call::<SetWorkflowState>((editor.id,), &Empty {}, &StateChange { state: wanted }).await {
                Ok(workflow) => {
                    editor.meta.try_update(|meta| {
                        meta.state = workflow.state;
                        meta.held = workflow.held;
                    });
                }
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    let chip = move || {
        let (tone, glyph) = match state.get() {
            WorkflowState::On => ("ok", Glyph::Check),
            WorkflowState::Off => ("quiet", Glyph::Power),
            WorkflowState::Paused => ("hold", Glyph::Pause),
        };
        view! { <span class=format!("chip {tone}")><Icon glyph/>{t::state(state.get(), version.get())}{may_switch.get().then(|| view! { <Icon glyph=Glyph::ChevronDown/> })}</span> }
    };
    move || {
        if !may_switch.get() {
            return view! { {chip} }.into_any();
        }
        view! {
        <Popover role="menu" class="ed-state".to_owned() label=Some(t::STATE_MENU.to_owned()) trigger=move || view! { {chip} }>
            {move || match version.get() {
                None => view! { <MenuNote>{t::NOT_PUBLISHED_YET}</MenuNote> }.into_any(),
                Some(_) => view! {
                    <MenuItem glyph=Glyph::Check checked=Signal::derive(move || Some(state.get() == WorkflowState::On)) about=t::ON_ABOUT.to_owned() on_choose=move |()| set(WorkflowState::On)>{t::TURN_ON}</MenuItem>
                    <MenuItem glyph=Glyph::Pause checked=Signal::derive(move || Some(state.get() == WorkflowState::Paused)) about=t::PAUSE_ABOUT.to_owned() on_choose=move |()| set(WorkflowState::Paused)>{t::PAUSE}</MenuItem>
                    <MenuItem glyph=Glyph::Power checked=Signal::derive(move || Some(state.get() == WorkflowState::Off)) about=t::OFF_ABOUT.to_owned() on_choose=move |()| set(WorkflowState::Off)>{t::TURN_OFF}</MenuItem>
                }.into_any(),
            }}
        </Popover>
            }
        .into_any()
    }
}

#[component]
fn SaveChip() -> impl IntoView {
    let editor = use_editor();
    let state = editor.saver.state;
    let kept = editor.saver.kept;
    let changed = Memo::new(move |_| editor.meta.with(|meta| meta.draft_changed || meta.live_version.is_none()));
    move || {
        let (tone, glyph, words) = match state.get() {
            SaveState::Saved if changed.get() => (ChipTone::Quiet, None, t::DRAFT_SAVED.to_owned()),
            SaveState::Saved => (ChipTone::Quiet, None, t::NO_CHANGES.to_owned()),
            SaveState::Waiting | SaveState::Saving => (ChipTone::Quiet, Some(Glyph::Loader), t::SAVING.to_owned()),
            SaveState::Offline | SaveState::Conflict if !kept.get() => {
                (ChipTone::Bad, Some(Glyph::Alert), t::KEPT_NOWHERE.to_owned())
            }
            SaveState::Offline => (ChipTone::Warn, Some(Glyph::Alert), t::NOT_SAVED_OFFLINE.to_owned()),
            SaveState::Conflict => (ChipTone::Bad, Some(Glyph::Alert), t::NOT_SAVED_CONFLICT.to_owned()),
            SaveState::Refused(problem) if kept.get() => (ChipTone::Bad, Some(Glyph::Alert), t::not_saved(&problem.message)),
            SaveState::Refused(problem) => {
                let words = format!("{}. {}", t::not_saved(problem.message.trim_end_matches('.')), t::KEPT_NOWHERE);
                (ChipTone::Bad, Some(Glyph::Alert), words)
            }
        };
        view! { <span class="ed-save" role="status" data-testid="save-state"><Chip tone glyph>{words}</Chip></span> }
    }
}

/// What stands between the top bar and the canvas when something needs a decision.
#[component]
pub fn Banners() -> impl IntoView {
    let editor = use_editor();
    let state = editor.saver.state;
    let both = RwSignal::new(false);
    let banner = move || match state.get() {
        _ if !editor.may_edit.get() => Some(
            view! {
                <div class="banner" role="note" data-testid="read-only">
                    <Icon glyph=Glyph::Eye/>
                    <span class="grow"><b>{t::READ_ONLY}</b>" "{t::READ_ONLY_ABOUT}</span>
                </div>
            }
            .into_any(),
        ),
        SaveState::Conflict => Some(
            view! {
                <div class="banner bad" role="alert">
                    <Icon glyph=Glyph::Alert/>
                    <span class="grow"><b>{t::CONFLICT}</b>" "{t::CONFLICT_ABOUT}</span>
                    <Button small=true tone=Tone::Primary on:click=move |_| both.set(true)>{t::SEE_BOTH}</Button>
                </div>
            }
            .into_any(),
        ),
        SaveState::Refused(problem) => Some(
            view! {
                <div class="banner bad" role="alert">
                    <Icon glyph=Glyph::Alert/>
                    <span class="grow"><b>{t::NOT_SAVED}</b>" "{problem.message}</span>
                    <Button small=true on:click=move |_| save::save_now(editor)>{crate::text::ui::TRY_AGAIN}</Button>
                </div>
            }
            .into_any(),
        ),
        _ => None,
    };
    view! {
        {banner}
        <BothDialog open=both/>
    }
}

/// What the last test of the whole workflow came to.
#[component]
pub fn TestBanner() -> impl IntoView {
    let editor: Editor = use_editor();
    let shown = Memo::new(move |_| {
        editor.tested.with(|tested| {
            tested.only.is_none().then(|| (tested.status, tested.run, tested.error.clone(), tested.message.clone()))
        })
    });
    // Offered once the draft is another than the tested one, and something of the test still holds.
    let again = Memo::new(move |_| {
        let differs = editor.def.with(|def| editor.tested.with(|tested| !tested.is_running() && tested.definition != *def));
        let kept = if differs { testing::still_holds(editor).len() } else { 0 };
        (kept > 0).then_some(kept)
    });
    let session = use_session();
    let dismiss = move |_| editor.tested.set(Tested::default());
    move || {
        let (status, run, error, message) = shown.get()?;
        let (class, glyph, words) = match (&error, status) {
            (Some(error), _) => ("test-banner bad", Glyph::Alert, error.clone()),
            (None, Some(RunStatus::Succeeded)) => ("test-banner ok", Glyph::Check, t::TEST_SUCCEEDED.to_owned()),
            (None, Some(RunStatus::Filtered)) => ("test-banner quiet", Glyph::Filter, t::TEST_FILTERED.to_owned()),
            (None, Some(RunStatus::Failed)) => ("test-banner bad", Glyph::Alert, t::test_failed(message.as_deref())),
            (None, Some(RunStatus::Cancelled)) => ("test-banner quiet", Glyph::Ban, t::TEST_CANCELLED.to_owned()),
            (None, Some(RunStatus::Waiting)) => ("test-banner run", Glyph::Hourglass, t::TEST_WAITING.to_owned()),
            (None, Some(_)) => ("test-banner run", Glyph::Loader, t::TEST_RUNNING.to_owned()),
            (None, None) => return None,
        };
        Some(view! {
            <div class=class role="status" data-testid="test-result">
                <Icon glyph/>
                <span>{words}</span>
                {again.get().map(|kept| view! {
                    <button type="button" class="link" on:click=move |_| testing::begin(editor, Extent::Changed)>{t::test_changed(kept)}</button>
                })}
                {run.filter(|_| error.is_none() && status.is_some_and(|status| !status.is_final())).map(|_| {
                    let may_cancel = session.may(Role::Operator);
                    view! {
                        <button type="button" class="link" on:click=move |_| testing::cancel(editor, may_cancel)>
                            {if may_cancel { t::CANCEL_TEST } else { t::STOP_WATCHING }}
                        </button>
                    }
                })}
                {run.map(|run| view! { <A href=format!("/runs/{run}") attr:class="link">{t::OPEN_RUN}</A> })}
                <IconButton glyph=Glyph::Close label=crate::text::ui::DISMISS.to_owned() small=true on:click=dismiss/>
            </div>
        })
    }
}
