//! Saving the draft by itself: a moment after the last edit, again and again while there is no connection, never over somebody
//! else's changes. Until it is saved, this browser keeps a copy.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use model::{
    WorkflowDefinition,
    api::{Draft, Empty, GetWorkflow, SaveDraft, SavedDraft, Workflow},
    ids::WorkflowId,
};
use serde::{Deserialize, Serialize};

use super::state::{Editor, only_of_server};
use crate::{
    api::{Problem, call},
    dom,
};

/// After the last edit.
const PAUSE: Duration = Duration::from_millis(600);
/// Between attempts without a connection, at most, in milliseconds.
const LONGEST_MS: u64 = 15_000;

#[derive(Debug, Clone, PartialEq)]
pub enum SaveState {
    Saved,
    /// Edited, about to be saved.
    Waiting,
    Saving,
    /// Tries again by itself.
    Offline,
    /// Somebody else saved since.
    Conflict,
    Refused(Problem),
}

/// What this browser keeps until the server has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copy {
    pub rev: i64,
    pub definition: WorkflowDefinition,
}

#[derive(Clone, Copy)]
pub struct Saver {
    pub state: RwSignal<SaveState>,
    /// The revision the draft here is based on.
    pub rev: RwSignal<i64>,
    /// Rises with every edit.
    edits: RwSignal<u64>,
    timer: StoredValue<Option<TimeoutHandle>>,
    failures: StoredValue<u32>,
}

impl Saver {
    pub fn new(rev: i64) -> Self {
        Saver {
            state: RwSignal::new(SaveState::Saved),
            rev: RwSignal::new(rev),
            edits: RwSignal::new(0),
            timer: StoredValue::new(None),
            failures: StoredValue::new(0),
        }
    }

    /// The definition has changed.
    pub fn edited(self) {
        self.edits.update(|n| *n += 1);
    }

    pub fn is_clean(self) -> bool {
        self.state.with(|state| *state == SaveState::Saved)
    }
}

fn key(id: WorkflowId) -> String {
    format!("patchbay-draft-{id}")
}

/// The copy of a draft that never reached the server.
pub fn kept(id: WorkflowId) -> Option<Copy> {
    serde_json::from_str(&dom::stored(&key(id))?).ok()
}

pub fn forget(id: WorkflowId) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(&key(id));
    }
}

fn keep(editor: Editor) {
    let copy = Copy { rev: editor.saver.rev.get_untracked(), definition: editor.def.get_untracked() };
    if let Ok(text) = serde_json::to_string(&copy) {
        dom::store(&key(editor.id), &text);
    }
}

/// Watches the editor for edits, for as long as it is open.
pub fn start(editor: Editor) {
    let saver = editor.saver;
    Effect::new(move |_| {
        if saver.edits.get() == 0 {
            return;
        }
        match saver.state.get_untracked() {
            // Its answer starts the next one.
            SaveState::Saving => {}
            // A person decides first; the copy here is kept all the same.
            SaveState::Conflict => keep(editor),
            _ => {
                saver.state.set(SaveState::Waiting);
                schedule(editor, PAUSE);
            }
        }
    });
    let online = window_event_listener(leptos::ev::online, move |_| {
        if saver.state.get_untracked() == SaveState::Offline {
            schedule(editor, Duration::ZERO);
        }
    });
    let leaving = window_event_listener(leptos::ev::beforeunload, move |event| {
        if !saver.is_clean() {
            keep(editor);
            event.prevent_default();
        }
    });
    on_cleanup(move || {
        online.remove();
        leaving.remove();
        if let Some(Some(timer)) = saver.timer.try_get_value() {
            timer.clear();
        }
        // Leaving for another page of Patchbay: nothing may be lost on the way.
        if let (Some(false), Some(definition), Some(rev)) = (
            saver.state.try_get_untracked().map(|state| state == SaveState::Saved),
            editor.def.try_get_untracked(),
            saver.rev.try_get_untracked(),
        ) {
            let id = editor.id;
            if let Ok(text) = serde_json::to_string(&Copy { rev, definition: definition.clone() }) {
                dom::store(&key(id), &text);
            }
            spawn_local(async move {
                if call::<SaveDraft>((id,), &Empty {}, &Draft { rev, definition }).await.is_ok() {
                    forget(id);
                }
            });
        }
    });
}

fn schedule(editor: Editor, pause: Duration) {
    let saver = editor.saver;
    if let Some(timer) = saver.timer.get_value() {
        timer.clear();
    }
    saver.timer.set_value(set_timeout_with_handle(move || save_now(editor), pause).ok());
}

/// Saves at once, unless that is under way.
pub fn save_now(editor: Editor) {
    let saver = editor.saver;
    if matches!(saver.state.try_get_untracked(), None | Some(SaveState::Saving)) {
        return;
    }
    saver.state.set(SaveState::Saving);
    keep(editor);
    let (edits, draft) =
        (saver.edits.get_untracked(), Draft { rev: saver.rev.get_untracked(), definition: editor.def.get_untracked() });
    spawn_local(async move {
        let answer = call::<SaveDraft>((editor.id,), &Empty {}, &draft).await;
        let Some(newest) = saver.edits.try_get_untracked() else { return };
        match answer {
            Ok(saved) => {
                take(editor, saved, &draft.definition);
                if newest == edits {
                    forget(editor.id);
                    saver.state.set(SaveState::Saved);
                } else {
                    saver.state.set(SaveState::Waiting);
                    schedule(editor, PAUSE);
                }
            }
            Err(problem) if problem.is_conflict() => saver.state.set(SaveState::Conflict),
            Err(problem) if problem.is_offline() || problem.status >= 500 => {
                saver.state.set(SaveState::Offline);
                saver.failures.update_value(|n| *n = (*n + 1).min(10));
                let pause = (1_000_u64 << saver.failures.get_value().min(4)).min(LONGEST_MS);
                schedule(editor, Duration::from_millis(pause));
            }
            Err(problem) => saver.state.set(SaveState::Refused(problem)),
        }
    });
}

fn take(editor: Editor, saved: SavedDraft, definition: &WorkflowDefinition) {
    editor.found_by_server.set(only_of_server(definition, saved.problems));
    editor.saver.rev.set(saved.rev);
    editor.saver.failures.set_value(0);
    editor.meta.update(|meta| {
        meta.draft_changed = saved.draft_changed;
        meta.hooks = saved.hooks;
    });
}

/// Waits until everything is saved; false when it cannot be.
pub async fn settled(editor: Editor) -> bool {
    let saver = editor.saver;
    if saver.state.get_untracked() == SaveState::Waiting {
        save_now(editor);
    }
    for _ in 0..200 {
        match saver.state.try_get_untracked() {
            Some(SaveState::Saved) => return true,
            Some(SaveState::Saving | SaveState::Waiting) => super::testing::pause(50).await,
            _ => return false,
        }
    }
    false
}

/// Takes the server's draft and forgets the one here.
pub fn reload(editor: Editor) {
    spawn_local(async move {
        if let Ok(workflow) = call::<GetWorkflow>((editor.id,), &Empty {}, &Empty {}).await {
            forget(editor.id);
            replace(editor, workflow);
        }
    });
}

fn replace(editor: Editor, workflow: Workflow) {
    editor.select(None);
    editor.history.set(super::history::History::default());
    editor.found_by_server.set(only_of_server(&workflow.draft, workflow.problems));
    editor.def.set(workflow.draft);
    editor.saver.rev.set(workflow.draft_rev);
    editor.saver.state.set(SaveState::Saved);
    editor.meta.update(|meta| {
        meta.name = workflow.name;
        meta.state = workflow.state;
        meta.live_version = workflow.live_version;
        meta.draft_changed = workflow.draft_changed;
        meta.hooks = workflow.hooks;
        meta.held = workflow.held;
    });
}

/// Saves the draft here over the server's.
pub fn overwrite(editor: Editor) {
    spawn_local(async move {
        if let Ok(workflow) = call::<GetWorkflow>((editor.id,), &Empty {}, &Empty {}).await {
            editor.saver.rev.set(workflow.draft_rev);
            editor.saver.state.set(SaveState::Waiting);
            save_now(editor);
        }
    });
}

/// Somebody saved this workflow: takes the news over while nothing here would be lost.
pub fn heard(editor: Editor) {
    spawn_local(async move {
        let Ok(workflow) = call::<GetWorkflow>((editor.id,), &Empty {}, &Empty {}).await else { return };
        let (Some(rev), Some(state)) = (editor.saver.rev.try_get_untracked(), editor.saver.state.try_get_untracked()) else {
            return;
        };
        if workflow.draft_rev > rev && state == SaveState::Saved {
            replace(editor, workflow);
        } else {
            editor.meta.update(|meta| {
                meta.name = workflow.name;
                meta.state = workflow.state;
                meta.live_version = workflow.live_version;
                meta.held = workflow.held;
            });
        }
    });
}
