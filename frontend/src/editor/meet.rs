//! Somebody else saved the same draft, or this browser kept one: what both changed becomes one, and only where both changed the same, a
//! person chooses.

use leptos::{prelude::*, task::spawn_local};
use model::{
    WorkflowDefinition,
    api::Workflow,
    compare::{Choice, Conflict, merge},
};

use super::{
    copies::{Copies, Copy, remove},
    save::{self, SaveState},
    state::{Editor, only_of_server},
};
use crate::text::editor as t;

/// Puts the draft here and theirs together.
pub fn meet(editor: Editor, theirs: Workflow) {
    let saver = editor.saver;
    let Some(mine) = editor.def.try_get_untracked() else { return };
    let base = saver.base_under(&theirs.draft);
    let choices = saver.choices.get_untracked();
    let merged = merge(&base, &mine, &theirs.draft, &choices);
    if merged.conflicts.iter().any(|conflict| !choices.contains_key(&conflict.key())) {
        saver.theirs.set(Some(theirs));
        saver.state.set(SaveState::Conflict);
        return;
    }
    let news = theirs.draft != base;
    let edited = mine != base;
    editor.join(merged);
    editor.found_by_server.set(only_of_server(&theirs.draft, theirs.problems.clone()));
    facts(editor, &theirs);
    save::based_on(editor, &theirs);
    if news && edited {
        editor.toasts.done(t::THEIR_CHANGES_ARE_IN);
    }
}

/// What is not the definition.
fn facts(editor: Editor, workflow: &Workflow) {
    facts_of_others(editor, workflow);
    editor.meta.update(|meta| {
        meta.draft_changed = workflow.draft_changed;
        meta.hooks.clone_from(&workflow.hooks);
    });
}

/// What both changed, as it stands now.
pub fn conflicts(editor: Editor) -> Vec<Conflict> {
    let Some(theirs) = editor.saver.theirs.get() else { return Vec::new() };
    let base = editor.saver.base_under(&theirs.draft);
    editor.def.with(|mine| merge(&base, mine, &theirs.draft, &Default::default()).conflicts)
}

/// A person has chosen for every place.
pub fn chosen(editor: Editor) {
    spawn_local(async move {
        // Somebody may have gone on meanwhile.
        match save::read(editor).await {
            Ok(theirs) => meet(editor, theirs),
            Err(problem) => editor.toasts.problem(&problem),
        }
    });
}

/// The same for all.
pub fn choose_all(editor: Editor, choice: Choice) {
    let all = conflicts(editor);
    editor.saver.choices.update(|choices| choices.extend(all.into_iter().map(|conflict| (conflict.key(), choice))));
}

/// Somebody saved this workflow, perhaps this page.
pub fn heard(editor: Editor) {
    spawn_local(async move {
        let Ok(workflow) = save::read(editor).await else { return };
        let (Some(rev), Some(state)) = (editor.saver.rev.try_get_untracked(), editor.saver.state.try_get_untracked()) else {
            return;
        };
        match state {
            SaveState::Saved | SaveState::Conflict if workflow.draft_rev > rev => meet(editor, workflow),
            // The next save meets it.
            _ => facts_of_others(editor, &workflow),
        }
    });
}

/// Without what this page's own save tells better.
fn facts_of_others(editor: Editor, workflow: &Workflow) {
    editor.meta.update(|meta| {
        meta.name.clone_from(&workflow.name);
        meta.state = workflow.state;
        meta.live_version = workflow.live_version;
        meta.held = workflow.held;
    });
}

/// Brings back what earlier pages of this browser kept and the server never got.
pub fn restore(editor: Editor, workflow: &Workflow) {
    let mut joined = workflow.draft.clone();
    let mut taken = Vec::new();
    for (key, copy) in editor.person.with_value(|person| Copies::left(person, workflow.id)) {
        let base = base_of(&copy, workflow);
        if copy.definition == base || copy.definition == workflow.draft {
            remove(&key);
            continue;
        }
        let merged = merge(&base, &copy.definition, &joined, &Default::default());
        if !merged.conflicts.is_empty() {
            if merge(&base, &copy.definition, &workflow.draft, &Default::default()).conflicts.is_empty() {
                // It differs with another copy only, which is saved first: this one is asked about the next time.
                continue;
            }
            // This one alone: the others stay where they are for the next time.
            editor.saver.copies.takes_over(key);
            editor.saver.base.set_value(base);
            editor.saver.rev.set(copy.rev);
            editor.def.set(copy.definition);
            editor.saver.theirs.set(Some(workflow.clone()));
            editor.saver.state.set(SaveState::Conflict);
            return;
        }
        joined = merged.definition;
        taken.push(key);
    }
    if !taken.is_empty() {
        taken.into_iter().for_each(|key| editor.saver.copies.takes_over(key));
        editor.def.set(joined);
        editor.saver.edited();
        editor.toasts.done(t::EDITS_BROUGHT_BACK);
    }
}

/// Copies of earlier releases do not say what they were based on.
fn base_of(copy: &Copy, workflow: &Workflow) -> WorkflowDefinition {
    copy.base.clone().unwrap_or_else(|| if copy.rev == workflow.draft_rev { workflow.draft.clone() } else { Default::default() })
}
