//! What the canvas does by keys and from the palette.

use layout::{NodeId, step_down, step_left, step_right, step_up};
use leptos::prelude::*;
use model::definition::{BodyOwner, Slot};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::stage::{Stage, node_of, node_of_key, selected_of};
use crate::{
    commands::{self, Command, Place, keys::is_typing, table},
    editor::{
        self, Editor, Picking, Selected, clipboard, folds, several,
        shelf::{self, Noting},
    },
    text::editor as t,
};

/// The focus onto the selected card. With none, onto the one in the tab order, unless that is out of sight: the view would jump there.
pub fn focus_selected() {
    request_animation_frame(|| {
        if let Ok(Some(card)) = document().query_selector(".layer [data-node][tabindex='0']")
            && let Ok(card) = card.dyn_into::<HtmlElement>()
            && (card.get_attribute("aria-selected").as_deref() == Some("true") || is_in_sight(&card))
        {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = card.focus_with_options(&options);
        }
    });
}

fn is_in_sight(card: &HtmlElement) -> bool {
    let Ok(Some(canvas)) = card.closest(".canvas") else { return false };
    let (card, canvas) = (card.get_bounding_client_rect(), canvas.get_bounding_client_rect());
    let beside = card.right() < canvas.left() || card.left() > canvas.right();
    !beside && card.bottom() >= canvas.top() && card.top() <= canvas.bottom()
}

/// The card that an event happened to, where it was the card itself and nothing in it.
fn card_of(event: &web_sys::Event) -> Option<Selected> {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok())?;
    selected_of(&node_of_key(&target.get_attribute("data-node")?)?)
}

/// The card under the focus is the one that keys are about, however it came there: by arrows, the mouse or a screen reader.
pub fn focused(editor: Editor, event: &web_sys::Event) {
    if let Some(card) = card_of(event)
        && editor.selected.with_untracked(|selected| selected.as_ref() != Some(&card))
    {
        editor.select(Some(card));
    }
}

/// Keys while the focus is on the canvas.
pub fn on_canvas(stage: Stage, event: &KeyboardEvent) {
    if is_typing(event) {
        return;
    }
    let editor = stage.editor;
    // After Escape nothing is selected, while the focus stays on its card.
    focused(editor, event);
    let Some(command) = commands::keys::command(event, &[Place::Canvas]) else { return };
    // A focused slot or arm is pressed by Enter and Space; the card under the focus is what keys are about.
    let on_button = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        .is_some_and(|target| target.tag_name() == "BUTTON");
    if on_button && matches!(command, Command::Open | Command::Fold) {
        return;
    }
    if can(stage, command) {
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
        Command::Fold => fold_of(editor).is_some(),
        _ => true,
    }
}

pub fn perform(stage: Stage, command: Command) {
    let editor = stage.editor;
    let step = editor.selected_step();
    match (command, step) {
        (Command::Up, _) => go(stage, step_up),
        (Command::Down, _) => go(stage, step_down),
        // As in any tree: inwards opens what is folded, outwards folds it where there is no path beside it.
        (Command::Right, _) if fold_of(editor) == Some(true) => flip(editor),
        (Command::Left, _) if fold_of(editor) == Some(false) && !leads(stage, step_left) => flip(editor),
        (Command::Left, _) => go(stage, step_left),
        (Command::Right, _) => go(stage, step_right),
        (Command::First, _) => go_to(stage, |layout| layout.nodes.first()),
        (Command::Last, _) => go_to(stage, |layout| layout.nodes.last()),
        (Command::Fold, _) => flip(editor),
        (Command::Open, _) => open(editor),
        (Command::Add, _) => editor.picking.set(Some(add_after(editor))),
        (Command::Delete, _) => {
            several::delete(editor);
        }
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
                stage.placed.with_untracked(|placed| placed.layout.slots.iter().map(|at| at.slot.clone()).collect());
            several::nudge(editor, &slots, command == Command::MoveUp);
        }
        (Command::Mark, Some(id)) => several::flip(editor, &id),
        (Command::MarkAll, _) => several::mark_all(editor),
        (Command::MarkUp, _) => extend(stage, step_up),
        (Command::MarkDown, _) => extend(stage, step_down),
        (Command::Test, Some(id)) => editor::test_step(editor, id),
        (Command::Fit, _) => stage.fit(),
        (Command::ActualSize, _) => stage.reset_zoom(),
        (Command::ZoomIn, _) => stage.zoom_by(1.2),
        (Command::ZoomOut, _) => stage.zoom_by(1.0 / 1.2),
        (Command::Close, _) => close(stage),
        _ => {}
    }
}

/// Whether the selected step is folded; none for one that holds nothing.
fn fold_of(editor: Editor) -> Option<bool> {
    let id = editor.selected_step()?;
    editor.def.with_untracked(|def| folds::inside(def, &id))?;
    Some(editor.folds.with_untracked(|folds| folds.contains(&id)))
}

fn flip(editor: Editor) {
    if let Some(id) = editor.selected_step() {
        folds::flip(editor, &id);
        focus_selected();
    }
}

/// Whether there is a card that way.
fn leads(stage: Stage, next: fn(&layout::Layout, &NodeId) -> Option<NodeId>) -> bool {
    let from = stage.editor.selected.get_untracked().as_ref().map(node_of);
    from.is_some_and(|from| stage.placed.with_untracked(|placed| next(&placed.layout, &from).is_some()))
}

fn go(stage: Stage, next: fn(&layout::Layout, &NodeId) -> Option<NodeId>) {
    let placed = stage.placed.get_untracked();
    let from = stage.editor.selected.get_untracked().as_ref().map(node_of);
    let to = match from {
        Some(from) => next(&placed.layout, &from),
        None => placed.layout.nodes.first().map(|node| node.id.clone()),
    };
    if let Some(selected) = to.as_ref().and_then(selected_of) {
        stage.editor.select(Some(selected));
        focus_selected();
    }
}

/// Goes on to the next card and keeps what is chosen.
fn extend(stage: Stage, next: fn(&layout::Layout, &NodeId) -> Option<NodeId>) {
    let Some(from) = stage.editor.selected.get_untracked().as_ref().map(node_of) else { return go(stage, next) };
    let to = stage.placed.with_untracked(|placed| next(&placed.layout, &from));
    if let Some(NodeId::Step(id)) = to {
        several::extend(stage.editor, id);
        focus_selected();
    }
}

fn go_to(stage: Stage, which: fn(&layout::Layout) -> Option<&layout::Node>) {
    let to = stage.placed.with_untracked(|placed| which(&placed.layout).map(|node| node.id.clone()));
    if let Some(selected) = to.as_ref().and_then(selected_of) {
        stage.editor.select(Some(selected));
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
