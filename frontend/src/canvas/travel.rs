//! From card to card by keys, and the view by keys and the palette: what every drawn workflow can do.

use layout::{NodeId, step_down, step_left, step_right, step_up};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::board::{Board, node_of_key};
use crate::{
    commands::{self, Command, Place, keys::is_typing},
    editor::folds,
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
fn card_of(event: &web_sys::Event) -> Option<NodeId> {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok())?;
    node_of_key(&target.get_attribute("data-node")?)
}

/// The card under the focus is the one that keys are about, however it came there: by arrows, the mouse or a screen reader.
pub fn focused(board: Board, event: &web_sys::Event) {
    if let Some(card) = card_of(event).filter(|card| *card != NodeId::Triggers)
        && board.selected.with_untracked(|selected| selected.as_ref() != Some(&card))
    {
        board.acts.choose.run(card);
    }
}

/// What a key pressed on the canvas means; a focused button of it is pressed by Enter and Space itself.
pub fn command(event: &KeyboardEvent) -> Option<Command> {
    if is_typing(event) {
        return None;
    }
    let command = commands::keys::command(event, &[Place::Canvas])?;
    let on_button = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlElement>().ok())
        .is_some_and(|target| target.tag_name() == "BUTTON");
    (!on_button || !matches!(command, Command::Open | Command::Fold)).then_some(command)
}

/// Keys of a canvas that is only looked at.
pub fn on_canvas(board: Board, event: &KeyboardEvent) {
    // After Escape nothing is selected, while the focus stays on its card.
    if !is_typing(event) {
        focused(board, event);
    }
    if let Some(command) = command(event).filter(|command| can(board, *command)) {
        perform(board, command);
        event.prevent_default();
        event.stop_propagation();
    }
}

/// Whether the command is one of these and makes sense now.
pub fn can(board: Board, command: Command) -> bool {
    match command {
        Command::Fold => fold_of(board).is_some(),
        Command::Up
        | Command::Down
        | Command::Left
        | Command::Right
        | Command::First
        | Command::Last
        | Command::Fit
        | Command::ActualSize
        | Command::ZoomIn
        | Command::ZoomOut => true,
        _ => false,
    }
}

pub fn perform(board: Board, command: Command) {
    match command {
        Command::Up => go(board, step_up),
        Command::Down => go(board, step_down),
        // As in any tree: inwards opens what is folded, outwards folds it where there is no path beside it.
        Command::Right if fold_of(board) == Some(true) => flip(board),
        Command::Left if fold_of(board) == Some(false) && !leads(board, step_left) => flip(board),
        Command::Left => go(board, step_left),
        Command::Right => go(board, step_right),
        Command::First => go_to(board, |layout| layout.nodes.first()),
        Command::Last => go_to(board, |layout| layout.nodes.last()),
        Command::Fold => flip(board),
        Command::Fit => board.fit(),
        Command::ActualSize => board.reset_zoom(),
        Command::ZoomIn => board.zoom_by(1.2),
        Command::ZoomOut => board.zoom_by(1.0 / 1.2),
        _ => {}
    }
}

/// Whether the selected step is folded; none for one that holds nothing.
fn fold_of(board: Board) -> Option<bool> {
    let Some(NodeId::Step(id)) = board.selected.get_untracked() else { return None };
    board.def.with_untracked(|def| folds::inside(def, &id))?;
    Some(board.folds.with_untracked(|folds| folds.contains(&id)))
}

fn flip(board: Board) {
    if let Some(NodeId::Step(id)) = board.selected.get_untracked() {
        board.acts.fold.run(id);
        focus_selected();
    }
}

/// Whether there is a card that way.
fn leads(board: Board, next: fn(&layout::Layout, &NodeId) -> Option<NodeId>) -> bool {
    let from = board.selected.get_untracked();
    from.is_some_and(|from| board.placed.with_untracked(|placed| next(&placed.layout, &from).is_some()))
}

pub fn go(board: Board, next: fn(&layout::Layout, &NodeId) -> Option<NodeId>) {
    let from = board.selected.get_untracked();
    to(board, |layout| match &from {
        Some(from) => next(layout, from),
        None => layout.nodes.first().map(|node| node.id.clone()),
    });
}

fn go_to(board: Board, which: fn(&layout::Layout) -> Option<&layout::Node>) {
    to(board, |layout| which(layout).map(|node| node.id.clone()));
}

fn to(board: Board, which: impl FnOnce(&layout::Layout) -> Option<NodeId>) {
    let found = board.placed.with_untracked(|placed| which(&placed.layout));
    if let Some(card) = found.filter(|card| *card != NodeId::Triggers) {
        board.acts.choose.run(card);
        focus_selected();
    }
}
