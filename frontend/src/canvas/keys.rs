//! The keyboard: one table for what keys do, their tooltips and the help sheet.

use layout::{NodeId, step_down, step_left, step_right, step_up};
use leptos::{ev, prelude::*};
use model::definition::{BodyOwner, Slot};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::stage::{Stage, node_of, node_of_key, selected_of};
use crate::{
    editor::{self, Editor, Picking, Selected, folds, use_editor},
    text::editor as t,
    ui::{Dialog, Kbd},
};

/// Something a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Undo,
    Redo,
    Help,
    Add,
    Open,
    Delete,
    Duplicate,
    Test,
    Up,
    Down,
    Left,
    Right,
    Fold,
    Close,
    Fit,
    ActualSize,
    ZoomIn,
    ZoomOut,
}

impl Command {
    /// Whether it changes the workflow.
    fn edits(self) -> bool {
        matches!(self, Command::Undo | Command::Redo | Command::Add | Command::Delete | Command::Duplicate | Command::Test)
    }
}

/// Command, keys as they are shown, whether Ctrl or Cmd is held, and the keys themselves.
const TABLE: &[(Command, &str, bool, &[&str])] = &[
    (Command::Add, "A", false, &["a", "A", "+"]),
    (Command::Open, "Enter", false, &["Enter"]),
    (Command::Test, "T", false, &["t", "T"]),
    (Command::Duplicate, "Ctrl D", true, &["d", "D"]),
    (Command::Delete, "Del", false, &["Delete", "Backspace"]),
    (Command::Undo, "Ctrl Z", true, &["z"]),
    (Command::Redo, "Ctrl Shift Z", true, &["Z", "y"]),
    (Command::Up, "↑", false, &["ArrowUp"]),
    (Command::Down, "↓", false, &["ArrowDown"]),
    (Command::Left, "←", false, &["ArrowLeft"]),
    (Command::Right, "→", false, &["ArrowRight"]),
    (Command::Fold, "Space", false, &[" "]),
    (Command::Fit, "F", false, &["f", "F"]),
    (Command::ActualSize, "0", false, &["0"]),
    (Command::ZoomIn, "=", false, &["="]),
    (Command::ZoomOut, "-", false, &["-"]),
    (Command::Close, "Esc", false, &["Escape"]),
    (Command::Help, "?", false, &["?"]),
];

fn command(event: &KeyboardEvent) -> Option<Command> {
    let key = event.key();
    let ctrl = event.ctrl_key() || event.meta_key();
    if event.alt_key() {
        return None;
    }
    TABLE.iter().find(|(_, _, wants, keys)| *wants == ctrl && keys.contains(&key.as_str())).map(|(command, ..)| *command)
}

/// The focus onto the selected card.
pub fn focus_selected() {
    request_animation_frame(|| {
        if let Ok(Some(card)) = document().query_selector(".layer [data-node][tabindex='0']")
            && let Ok(card) = card.dyn_into::<HtmlElement>()
        {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = card.focus_with_options(&options);
        }
    });
}

/// Whether somebody is writing.
fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return false };
    matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || target.is_content_editable()
}

/// Keys that work anywhere in the editor, and the help sheet.
#[component]
pub fn Keys() -> impl IntoView {
    let editor = use_editor();
    let help = editor.helping;
    let listener = window_event_listener(ev::keydown, move |event| {
        if is_typing(&event) || event.default_prevented() || document().query_selector("dialog[open]").ok().flatten().is_some() {
            return;
        }
        match command(&event) {
            Some(command) if command.edits() && !editor.may_edit.get_untracked() => return,
            Some(Command::Undo) => editor.undo(),
            Some(Command::Redo) => editor.redo(),
            Some(Command::Help) => help.set(true),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || listener.remove());
    view! {
        <Dialog open=help title=t::KEYBOARD.to_owned()>
            <dl class="keys">
                {TABLE.iter().map(|(command, shown, ..)| view! { <dt><Kbd keys=*shown/></dt><dd>{t::command(*command)}</dd> }).collect_view()}
            </dl>
        </Dialog>
    }
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
    let Some(command) = command(event) else { return };
    // A focused slot or arm is pressed by Enter and Space; the card under the focus is what keys are about.
    let on_button = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        .is_some_and(|target| target.tag_name() == "BUTTON");
    if on_button && matches!(command, Command::Open | Command::Fold) {
        return;
    }
    if !editor.may_edit.get_untracked() && command.edits() {
        return;
    }
    match command {
        Command::Up => go(stage, step_up),
        Command::Down => go(stage, step_down),
        // As in any tree: inwards opens what is folded, outwards folds it where there is no path beside it.
        Command::Right if fold_of(editor) == Some(true) => flip(editor),
        Command::Left if fold_of(editor) == Some(false) && !leads(stage, step_left) => flip(editor),
        Command::Left => go(stage, step_left),
        Command::Right => go(stage, step_right),
        Command::Fold => match fold_of(editor) {
            Some(_) => flip(editor),
            None => return,
        },
        Command::Open => open(editor),
        Command::Add => editor.picking.set(Some(add_after(editor))),
        Command::Delete => match editor.selected_step() {
            Some(id) => editor::delete(editor, &id),
            None => return,
        },
        Command::Duplicate => match editor.selected_step() {
            Some(id) => editor::duplicate(editor, &id),
            None => return,
        },
        Command::Test => match editor.selected_step() {
            Some(id) => editor::test_step(editor, id),
            None => return,
        },
        Command::Fit => stage.fit(),
        Command::ActualSize => stage.reset_zoom(),
        Command::ZoomIn => stage.zoom_by(1.2),
        Command::ZoomOut => stage.zoom_by(1.0 / 1.2),
        Command::Close => close(stage),
        Command::Undo | Command::Redo | Command::Help => return,
    }
    event.prevent_default();
    event.stop_propagation();
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

fn open(editor: Editor) {
    match editor.selected.get_untracked() {
        Some(selected) => {
            editor.inspect(selected);
            // To the first field, as soon as there is one.
            set_timeout(
                || {
                    if let Ok(Some(first)) =
                        document().query_selector(".insp-body textarea, .insp-body input, .insp-body select, .insp-body button")
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
        let place = match editor.selected.get_untracked() {
            Some(Selected::Step(id)) => def.position_of(&id).map(|(owner, index)| Slot { owner, index: index + 1 }),
            Some(Selected::Trigger(_)) => Some(Slot { owner: BodyOwner::Workflow, index: 0 }),
            None => None,
        };
        Picking::Step(place.unwrap_or(Slot { owner: BodyOwner::Workflow, index: def.body.len() }))
    })
}

fn close(stage: Stage) {
    if stage.drag.with_untracked(Option::is_some) {
        stage.drag.set(None);
    } else if stage.editor.inspecting.get_untracked() {
        stage.editor.inspecting.set(false);
    } else {
        stage.editor.select(None);
    }
}
