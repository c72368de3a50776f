//! What the editor's canvas does by keys and from the palette.

use layout::{NodeId, step_down, step_up};
use leptos::prelude::*;
use model::definition::{BodyOwner, Slot};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::{
    stage::{Stage, node_of},
    travel::{self, focus_selected, focused},
};
use crate::{
    commands::{Command, Place, keys::is_typing, table},
    editor::{
        self, Editor, Picking, Selected, clipboard, several,
        shelf::{self, Noting},
    },
    text::editor as t,
};

/// Keys while the focus is on the canvas.
pub fn on_canvas(stage: Stage, event: &KeyboardEvent) {
    // After Escape nothing is selected, while the focus stays on its card.
    if !is_typing(event) {
        focused(stage.board, event);
    }
    if let Some(command) = travel::command(event).filter(|command| can(stage, *command)) {
        perform(stage, command);
        event.prevent_default();
        event.stop_propagation();
    }
}

/// Whether a command of the canvas makes sense now.
pub fn can(stage: Stage, command: Command) -> bool {
    let editor = stage.editor;
    let Some(spec) = table::spec(command).filter(|spec| spec.place == Place::Canvas) else { return false };
    if spec.role > model::Role::Viewer && !untrack(|| editor.may_edit.get()) {
        return false;
    }
    match command {
        Command::Test => editor.selected_step().is_some(),
        Command::Delete
        | Command::Duplicate
        | Command::SwitchOff
        | Command::Copy
        | Command::Cut
        | Command::Wrap
        | Command::Park
        | Command::MoveUp
        | Command::MoveDown => !several::chosen(editor).is_empty(),
        Command::Mark => editor.selected_step().is_some(),
        Command::Fold => travel::can(stage.board, command),
        _ => true,
    }
}

pub fn perform(stage: Stage, command: Command) {
    let editor = stage.editor;
    let step = editor.selected_step();
    match (command, step) {
        (Command::Open, _) => open(editor),
        (Command::Add, _) => editor.picking.set(Some(add_after(editor))),
        (Command::Delete, _) => several::remove(editor),
        (Command::Duplicate, _) => several::duplicate(editor),
        (Command::SwitchOff, _) => several::switch(editor),
        (Command::Copy, _) => clipboard::take(editor, false, stage.toasts),
        (Command::Cut, _) => clipboard::take(editor, true, stage.toasts),
        (Command::Paste, _) => clipboard::ask(editor, stage.toasts),
        (Command::Wrap, _) => {
            if let Err(words) = several::wrap(editor) {
                stage.toasts.warn(words);
            }
        }
        (Command::Park, _) => {
            let count = shelf::park(editor);
            if count > 0 {
                stage.toasts.done(t::parked(count));
            }
        }
        (Command::AddNote, _) => editor.noting.set(Some(Noting::New(slot_after(editor)))),
        (Command::MoveUp | Command::MoveDown, _) => {
            let slots: Vec<Slot> =
                stage.board.placed.with_untracked(|placed| placed.layout.slots.iter().map(|at| at.slot.clone()).collect());
            several::nudge(editor, &slots, command == Command::MoveUp);
        }
        (Command::Mark, Some(id)) => several::flip(editor, &id),
        (Command::MarkAll, _) => several::mark_all(editor),
        (Command::MarkUp, _) => extend(stage, step_up),
        (Command::MarkDown, _) => extend(stage, step_down),
        (Command::Test, Some(id)) => editor::test_step(editor, id),
        (Command::Close, _) => close(stage),
        (command, _) => travel::perform(stage.board, command),
    }
}

/// Goes on to the next card and keeps what is chosen.
fn extend(stage: Stage, next: fn(&layout::Layout, &NodeId) -> Option<NodeId>) {
    let Some(from) = stage.editor.selected.get_untracked().as_ref().map(node_of) else { return travel::go(stage.board, next) };
    let to = stage.board.placed.with_untracked(|placed| next(&placed.layout, &from));
    if let Some(NodeId::Step(id)) = to {
        several::extend(stage.editor, id);
        focus_selected();
    }
}

fn open(editor: Editor) {
    match editor.selected.get_untracked() {
        Some(selected) => {
            editor.inspect(selected);
            // To the first field, as soon as there is one.
            set_timeout(
                || {
                    if let Ok(Some(first)) =
                        document().query_selector(".insp-body [contenteditable=true], .insp-body textarea, .insp-body input, .insp-body select, .insp-body button")
                        && let Ok(first) = first.dyn_into::<HtmlElement>()
                    {
                        let _ = first.focus();
                    }
                },
                std::time::Duration::from_millis(50),
            );
        }
        None => {
            if editor.def.with_untracked(|def| def.triggers.is_empty()) {
                if editor.may_edit.get_untracked() {
                    editor.picking.set(Some(Picking::Trigger));
                }
            } else if let Some(id) = editor.def.with_untracked(|def| def.triggers.first().map(|trigger| trigger.id.clone())) {
                editor.inspect(Selected::Trigger(id));
            }
        }
    }
}

/// The slot after the selected step, else the last one.
fn add_after(editor: Editor) -> Picking {
    editor.def.with_untracked(|def| {
        if def.triggers.is_empty() && def.body.is_empty() {
            return Picking::Trigger;
        }
        Picking::Step(slot_after(editor))
    })
}

/// The slot after the selected step, else the last one; never on the shelf.
pub fn slot_after(editor: Editor) -> Slot {
    editor.def.with_untracked(|def| {
        let place = match editor.selected.get_untracked() {
            Some(Selected::Step(id)) => {
                let after = def.position_of(&id).map(|(owner, index)| Slot { owner, index: index + 1 });
                after.filter(|_| !def.is_parked(&id))
            }
            Some(Selected::Trigger(_)) => Some(Slot { owner: BodyOwner::Workflow, index: 0 }),
            None => None,
        };
        place.unwrap_or(Slot { owner: BodyOwner::Workflow, index: def.body.len() })
    })
}

fn close(stage: Stage) {
    if stage.drag.with_untracked(Option::is_some) {
        stage.drag.set(None);
    } else if several::are_chosen(stage.editor) {
        let one = stage.editor.selected.get_untracked();
        stage.editor.select(one);
    } else if stage.editor.inspecting.get_untracked() {
        stage.editor.inspecting.set(false);
    } else {
        stage.editor.select(None);
    }
}
