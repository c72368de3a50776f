//! Saving the draft by itself: a moment after the last edit, again and again while there is no connection, never over somebody
//! else's changes, which are put together with those here. Until it is saved, this browser keeps a copy.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use model::{
    WorkflowDefinition,
    api::{Draft, Empty, GetWorkflow, SaveDraft, SavedDraft, Workflow},
    compare::Choices,
    ids::WorkflowId,
};

use super::{
    copies::{Copies, Copy},
    meet::meet,
    state::{Editor, only_of_server},
};
use crate::api::{Problem, call};

/// After the last edit.
const PAUSE: Duration = Duration::from_millis(600);
/// Between attempts without a connection, at most, in milliseconds.
const LONGEST_MS: u64 = 15_000;

/// Drafts sent without an answer that are remembered: one of them may have arrived.
const MOST_SENT: usize = 8;

#[derive(Debug, Clone, PartialEq)]
pub enum SaveState {
    Saved,
    /// Edited, about to be saved.
    Waiting,
    Saving,
    /// Tries again by itself.
    Offline,
    /// Somebody else changed the same: a person chooses.
    Conflict,
    Refused(Problem),
}

#[derive(Clone, Copy)]
pub struct Saver {
    pub state: RwSignal<SaveState>,
    /// The revision the draft here is based on.
    pub rev: RwSignal<i64>,
    /// The draft of that revision.
    pub base: StoredValue<WorkflowDefinition>,
    /// What somebody else saved over it, while a person still has to choose.
    pub theirs: RwSignal<Option<Workflow>>,
    pub choices: RwSignal<Choices>,
    /// Rises with every edit.
    edits: RwSignal<u64>,
    /// On their way, or perhaps arrived without an answer.
    sent: StoredValue<Vec<WorkflowDefinition>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    failures: StoredValue<u32>,
    pub copies: Copies,
    /// Whether this browser keeps a copy of what the server does not have.
    pub kept: RwSignal<bool>,
}

impl Saver {
    pub fn new(person: &str, id: WorkflowId, rev: i64, base: WorkflowDefinition) -> Self {
        Saver {
            state: RwSignal::new(SaveState::Saved),
            rev: RwSignal::new(rev),
            base: StoredValue::new(base),
            theirs: RwSignal::new(None),
            choices: RwSignal::new(Choices::new()),
            edits: RwSignal::new(0),
            sent: StoredValue::new(Vec::new()),
            timer: StoredValue::new(None),
            failures: StoredValue::new(0),
            copies: Copies::new(person, id),
            kept: RwSignal::new(true),
        }
    }

    /// The definition has changed.
    pub fn edited(self) {
        self.edits.update(|n| *n += 1);
    }

    pub fn is_clean(self) -> bool {
        self.state.with(|state| *state == SaveState::Saved)
    }

    /// The draft before the edits here; what was sent without an answer counts where the server has it.
    pub(super) fn base_under(self, theirs: &WorkflowDefinition) -> WorkflowDefinition {
        let arrived = self.sent.with_value(|sent| sent.contains(theirs));
        if arrived { theirs.clone() } else { self.base.get_value() }
    }
}

fn keep(editor: Editor) {
    let saver = editor.saver;
    let kept = saver.copies.keep(&Copy {
        rev: saver.rev.get_untracked(),
        base: Some(saver.base.get_value()),
        definition: editor.def.get_untracked(),
    });
    if saver.kept.get_untracked() != kept {
        saver.kept.set(kept);
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
    // A phone that puts the page away asks nothing.
    let hidden = window_event_listener(leptos::ev::pagehide, move |_| {
        if !saver.is_clean() {
            keep(editor);
        }
    });
    on_cleanup(move || {
        online.remove();
        leaving.remove();
        hidden.remove();
        if let Some(Some(timer)) = saver.timer.try_get_value() {
            timer.clear();
        }
        // Leaving for another page of Patchbay: nothing may be lost on the way.
        if let (Some(state), Some(definition), Some(rev), Some(base)) = (
            saver.state.try_get_untracked().filter(|state| *state != SaveState::Saved),
            editor.def.try_get_untracked(),
            saver.rev.try_get_untracked(),
            saver.base.try_get_value(),
        ) {
            let mut copies = saver.copies.detached();
            copies.keep(&Copy { rev, base: Some(base), definition: definition.clone() });
            // A person decides first: it is asked again when the workflow is opened the next time.
            if state == SaveState::Conflict {
                return;
            }
            let id = editor.id;
            spawn_local(async move {
                if call::<SaveDraft>((id,), &Empty {}, &Draft { rev, definition }).await.is_ok() {
                    copies.forget();
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
    saver.sent.update_value(|sent| {
        let draft = editor.def.get_untracked();
        if sent.last() != Some(&draft) {
            sent.push(draft);
        }
        if sent.len() > MOST_SENT {
            sent.remove(0);
        }
    });
    let (edits, draft) =
        (saver.edits.get_untracked(), Draft { rev: saver.rev.get_untracked(), definition: editor.def.get_untracked() });
    spawn_local(async move {
        let answer = call::<SaveDraft>((editor.id,), &Empty {}, &draft).await;
        let Some(newest) = saver.edits.try_get_untracked() else { return };
        match answer {
            Ok(saved) => {
                take(editor, saved, draft.definition);
                if newest == edits {
                    saver.copies.forget();
                    saver.state.set(SaveState::Saved);
                } else {
                    saver.state.set(SaveState::Waiting);
                    schedule(editor, PAUSE);
                }
            }
            Err(problem) if problem.is_conflict() => match read(editor).await {
                Ok(theirs) => meet(editor, theirs),
                Err(_) => later(editor),
            },
            Err(problem) if problem.is_offline() || problem.status >= 500 => later(editor),
            Err(problem) => saver.state.set(SaveState::Refused(problem)),
        }
    });
}

/// Without a connection: again after a while, each time a longer one.
fn later(editor: Editor) {
    let saver = editor.saver;
    saver.state.try_set(SaveState::Offline);
    saver.failures.try_update_value(|n| *n = (*n + 1).min(10));
    let pause = (1_000_u64 << saver.failures.try_get_value().unwrap_or(0).min(4)).min(LONGEST_MS);
    schedule(editor, Duration::from_millis(pause));
}

pub(super) async fn read(editor: Editor) -> Result<Workflow, Problem> {
    call::<GetWorkflow>((editor.id,), &Empty {}, &Empty {}).await
}

/// What is wrong with the draft that the server has, unless a newer one is on its way there: that one's answer says it.
pub(super) async fn read_problems(editor: Editor) {
    let Ok(workflow) = read(editor).await else { return };
    let is_saved = editor.saver.state.try_get_untracked() == Some(SaveState::Saved);
    if is_saved && editor.saver.rev.try_get_untracked() == Some(workflow.draft_rev) {
        editor.found_by_server.try_set(only_of_server(&workflow.draft, workflow.problems));
    }
}

fn take(editor: Editor, saved: SavedDraft, definition: WorkflowDefinition) {
    editor.found_by_server.set(only_of_server(&definition, saved.problems));
    editor.saver.base.set_value(definition);
    editor.saver.rev.set(saved.rev);
    editor.saver.sent.set_value(Vec::new());
    editor.saver.failures.set_value(0);
    editor.meta.update(|meta| {
        meta.draft_changed = saved.draft_changed;
        meta.hooks = saved.hooks;
    });
}

/// From here on the draft here is based on this one.
pub(super) fn based_on(editor: Editor, workflow: &Workflow) {
    let saver = editor.saver;
    saver.base.set_value(workflow.draft.clone());
    saver.rev.set(workflow.draft_rev);
    saver.sent.set_value(Vec::new());
    saver.theirs.set(None);
    saver.choices.set(Choices::new());
    if editor.def.with_untracked(|def| *def == workflow.draft) {
        saver.state.set(SaveState::Saved);
        saver.copies.forget();
    } else {
        saver.state.set(SaveState::Waiting);
        schedule(editor, PAUSE);
    }
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
