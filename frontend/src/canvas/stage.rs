//! What the parts of the editor's canvas share beside the drawing: what is being dragged, caught and chosen.

use std::collections::BTreeSet;

use layout::{NodeId, Point, Rect};
use leptos::prelude::*;
use model::{definition::Slot, ids::StepId};
use wasm_bindgen::JsCast;

use super::{
    board::{Acts, Board},
    kept,
    lights::{Lights, lights},
};
use crate::{
    editor::{Editor, Selected, folds},
    ui::{Toasts, use_toasts},
};

/// In narrower windows the inspector is a sheet over the canvas; in pixels.
const SHEET_UNDER: f64 = 761.0;

/// How much of the canvas the inspector covers, in pixels.
fn sheet_height() -> f64 {
    let narrow = window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width < SHEET_UNDER);
    let sheet = document().query_selector(".insp").ok().flatten().filter(|_| narrow);
    sheet.and_then(|sheet| sheet.dyn_into::<web_sys::HtmlElement>().ok()).map_or(0.0, |sheet| f64::from(sheet.offset_height()))
}

/// A step on its way to another slot.
#[derive(Debug, Clone, PartialEq)]
pub struct Dragging {
    pub id: StepId,
    /// All that are carried along, the one under the pointer among them.
    pub steps: BTreeSet<StepId>,
    /// They are copied, and stay where they are.
    pub copies: bool,
    /// The pointer, in pixels of the view.
    pub at: Point,
    pub target: Option<Slot>,
}

#[derive(Clone, Copy)]
pub struct Stage {
    pub board: Board,
    pub editor: Editor,
    pub toasts: Toasts,
    pub drag: RwSignal<Option<Dragging>>,
    /// The rectangle that steps are being caught with, in pixels of the view.
    pub band: RwSignal<Option<Rect>>,
    /// A press on a card chooses it together with others.
    pub choosing: RwSignal<bool>,
    /// Whether the inspector was there when the view was measured last.
    inspected: StoredValue<bool>,
    /// Where the data of the selected step comes from and goes.
    pub lights: Memo<Lights>,
}

impl Stage {
    pub fn new(editor: Editor) -> Self {
        let selected = Memo::new(move |_| editor.selected.with(|selected| selected.as_ref().map(node_of)));
        let acts = Acts {
            choose: Callback::new(move |id| editor.select(selected_of(&id))),
            open: Callback::new(move |id| {
                if let Some(selected) = selected_of(&id) {
                    editor.inspect(selected);
                }
            }),
            fold: Callback::new(move |id: StepId| folds::flip(editor, &id)),
        };
        Stage {
            board: Board::new(editor.def.into(), editor.folds, selected.into(), acts),
            editor,
            toasts: use_toasts(),
            drag: RwSignal::new(None),
            band: RwSignal::new(None),
            inspected: StoredValue::new(false),
            lights: Memo::new(move |_| {
                let selected = editor.selected.get();
                let alone = editor.marked.with(|marked| marked.len() < 2);
                selected.filter(|_| alone).map_or_else(Lights::default, |selected| {
                    editor.def.with(|def| editor.names.with(|names| lights(def, names, &selected)))
                })
            }),
            choosing: RwSignal::new(false),
        }
    }

    /// The view has been measured, for the first time or again.
    pub fn resized(self, w: f64, h: f64) {
        let (before, _) = self.board.size.get_untracked();
        self.board.size.set((w, h));
        if before == 0.0 {
            self.open();
            return;
        }
        // Beside the inspector nothing moves as long as the selected card stays in sight; in another window the middle stays the middle.
        let inspecting = self.editor.inspecting.get_untracked();
        if self.inspected.try_update_value(|before| std::mem::replace(before, inspecting)) == Some(inspecting) {
            self.board.view.update(|view| *view = view.pan((w - before) / 2.0, 0.0));
        }
        self.reveal_selected();
    }

    fn open(self) {
        let (w, h) = self.board.size.get_untracked();
        let bounds = self.board.placed.get_untracked().layout.bounds();
        match self.editor.person.with_value(|person| kept::kept(person, self.editor.id, bounds, w, h)) {
            Some(view) => self.board.view.set(view),
            None => self.board.begin(),
        }
        self.reveal_selected();
    }

    /// Remembers the view for the next time.
    pub fn keep(self) {
        if self.board.size.get_untracked().0 > 0.0 {
            self.editor.person.with_value(|person| kept::keep(person, self.editor.id, self.board.view.get_untracked()));
        }
    }

    /// Brings the selected card into sight; in narrow windows the inspector lies over the lower part.
    pub fn reveal_selected(self) {
        self.board.reveal_selected(if self.editor.inspecting.get_untracked() { sheet_height() } else { 0.0 });
    }
}

pub fn node_of(selected: &Selected) -> NodeId {
    match selected {
        Selected::Step(id) => NodeId::Step(id.clone()),
        Selected::Trigger(id) => NodeId::Trigger(id.clone()),
    }
}

pub fn selected_of(id: &NodeId) -> Option<Selected> {
    match id {
        NodeId::Step(id) => Some(Selected::Step(id.clone())),
        NodeId::Trigger(id) => Some(Selected::Trigger(id.clone())),
        NodeId::Triggers => None,
    }
}

pub fn use_stage() -> Stage {
    expect_context()
}
