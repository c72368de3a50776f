//! What the parts of the canvas share: the layout, what is seen of it, and what is being dragged.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use layout::{Layout, Metrics, NodeId, Point, Rect, Viewport, place};
use leptos::prelude::*;
use model::definition::Slot;
use wasm_bindgen::JsCast;

use super::{
    kept,
    lights::{Lights, lights},
};
use crate::{
    editor::{Editor, Selected},
    ui::{Toasts, use_toasts},
};

/// Around everything when it is fitted into view, in pixels.
const PADDING: f64 = 48.0;
/// Above the first card when a workflow is opened, in pixels.
const TOP: f64 = 40.0;
/// A workflow that is wider than the view opens no smaller than this.
const SMALLEST_AT_FIRST: f64 = 0.55;

/// Workflows with more cards than this are drawn only where they are seen.
const DRAWN_WHOLE: usize = 60;
/// What is drawn beyond the view, in pixels.
const AROUND: f64 = 200.0;

/// A layout with its cards by id.
#[derive(Debug, Default)]
pub struct Placed {
    pub layout: Layout,
    at: HashMap<NodeId, (f64, f64)>,
}

impl PartialEq for Placed {
    fn eq(&self, other: &Self) -> bool {
        self.layout == other.layout
    }
}

impl Placed {
    pub fn at(&self, id: &NodeId) -> Option<(f64, f64)> {
        self.at.get(id).copied()
    }
}

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
    pub id: model::ids::StepId,
    /// All that are carried along, the one under the pointer among them.
    pub steps: BTreeSet<model::ids::StepId>,
    /// They are copied, and stay where they are.
    pub copies: bool,
    /// The pointer, in pixels of the view.
    pub at: Point,
    pub target: Option<Slot>,
}

#[derive(Clone, Copy)]
pub struct Stage {
    pub editor: Editor,
    pub toasts: Toasts,
    pub placed: Memo<Arc<Placed>>,
    pub view: RwSignal<Viewport>,
    /// Width and height of the view, in pixels.
    pub size: RwSignal<(f64, f64)>,
    pub drag: RwSignal<Option<Dragging>>,
    /// The rectangle that steps are being caught with, in pixels of the view.
    pub band: RwSignal<Option<Rect>>,
    /// A press on a card chooses it together with others.
    pub choosing: RwSignal<bool>,
    /// Whether the inspector was there when the view was measured last.
    inspected: StoredValue<bool>,
    /// The card under the pointer: a change of the layout leaves it where it is.
    pub under: StoredValue<Option<NodeId>>,
    /// Where the data of the selected step comes from and goes.
    pub lights: Memo<Lights>,
    /// The part of the canvas that is drawn; all of it while the workflow is small.
    pub seen: Memo<Option<Rect>>,
    /// The one card in the tab order, drawn wherever it is: the selected one, else the first. What is selected may have no card, as a
    /// step on the shelf.
    pub stop: Memo<Option<NodeId>>,
    /// The next change of the view glides instead of jumping.
    pub glide: RwSignal<bool>,
}

impl Stage {
    pub fn new(editor: Editor) -> Self {
        let placed = Memo::new(move |_| {
            let layout = editor.def.with(|def| editor.folds.with(|folds| place(def, &Metrics::default(), folds)));
            let at = layout.nodes.iter().map(|node| (node.id.clone(), (node.x, node.y))).collect();
            Arc::new(Placed { layout, at })
        });
        let (view, size) = (RwSignal::new(Viewport::default()), RwSignal::new((0.0, 0.0)));
        let large = Memo::new(move |_| placed.with(|placed| placed.layout.nodes.len() > DRAWN_WHOLE));
        let seen = Memo::new(move |_| {
            large.get().then(|| {
                let (w, h) = size.get();
                view.get().seen(w, h, AROUND)
            })
        });
        Stage {
            editor,
            toasts: use_toasts(),
            placed,
            view,
            size,
            drag: RwSignal::new(None),
            band: RwSignal::new(None),
            inspected: StoredValue::new(false),
            under: StoredValue::new(None),
            lights: Memo::new(move |_| {
                let selected = editor.selected.get();
                let alone = editor.marked.with(|marked| marked.len() < 2);
                selected.filter(|_| alone).map_or_else(Lights::default, |selected| {
                    editor.def.with(|def| editor.names.with(|names| lights(def, names, &selected)))
                })
            }),
            choosing: RwSignal::new(false),
            seen,
            stop: Memo::new(move |_| {
                let selected = editor.selected.get().as_ref().map(node_of);
                placed.with(|placed| {
                    let there = selected.filter(|id| placed.at(id).is_some());
                    there.or_else(|| placed.layout.nodes.first().map(|first| first.id.clone()))
                })
            }),
            glide: RwSignal::new(false),
        }
    }

    /// The view has been measured, for the first time or again.
    pub fn resized(self, w: f64, h: f64) {
        let (before, _) = self.size.get_untracked();
        self.size.set((w, h));
        if before == 0.0 {
            self.open();
            return;
        }
        // Beside the inspector nothing moves as long as the selected card stays in sight; in another window the middle stays the middle.
        let inspecting = self.editor.inspecting.get_untracked();
        if self.inspected.try_update_value(|before| std::mem::replace(before, inspecting)) == Some(inspecting) {
            self.view.update(|view| *view = view.pan((w - before) / 2.0, 0.0));
        }
        self.reveal_selected();
    }

    fn open(self) {
        let (w, h) = self.size.get_untracked();
        let bounds = self.placed.get_untracked().layout.bounds();
        if let Some(view) = self.editor.person.with_value(|person| kept::kept(person, self.editor.id, bounds, w, h)) {
            return self.view.set(view);
        }
        let zoom = ((w - 2.0 * 24.0) / bounds.w.max(1.0)).clamp(SMALLEST_AT_FIRST, 1.0);
        let middle = if bounds.w * zoom > w { 0.0 } else { bounds.x + bounds.w / 2.0 };
        self.view.set(Viewport { x: w / 2.0 - middle * zoom, y: TOP, zoom });
    }

    /// Remembers the view for the next time.
    pub fn keep(self) {
        if self.size.get_untracked().0 > 0.0 {
            self.editor.person.with_value(|person| kept::keep(person, self.editor.id, self.view.get_untracked()));
        }
    }

    /// After the layout has changed: the card under the pointer stays where it was on the screen. Its own glide and that of the view have
    /// one length and one curve, so that they cancel out.
    pub fn hold_still(self, before: &Placed, after: &Placed) {
        let moved = self.under.get_value().and_then(|id| Some((before.at(&id)?, after.at(&id)?)));
        if let Some(((x, y), (to_x, to_y))) = moved
            && (x, y) != (to_x, to_y)
        {
            self.glide.set(true);
            self.view.update(|view| *view = view.pan((x - to_x) * view.zoom, (y - to_y) * view.zoom));
        }
    }

    pub fn fit(self) {
        let (w, h) = self.size.get_untracked();
        let bounds = self.placed.get_untracked().layout.bounds();
        self.glide.set(true);
        self.view.set(Viewport::fit(bounds, w, h, PADDING.min(w / 12.0)));
    }

    /// Zooms about the middle of the view.
    pub fn zoom_by(self, factor: f64) {
        let (w, h) = self.size.get_untracked();
        self.glide.set(true);
        self.view.update(|view| *view = view.zoom_about(Point { x: w / 2.0, y: h / 2.0 }, factor));
    }

    pub fn reset_zoom(self) {
        let zoom = self.view.get_untracked().zoom;
        self.zoom_by(1.0 / zoom);
    }

    /// Brings the selected card into sight.
    pub fn reveal_selected(self) {
        let Some(id) = self.editor.selected.get_untracked().as_ref().map(node_of) else { return };
        let Metrics { node_w, node_h, .. } = Metrics::default();
        let Some((x, y)) = self.placed.with_untracked(|placed| placed.at(&id)) else { return };
        let (w, mut h) = self.size.get_untracked();
        if self.editor.inspecting.get_untracked() {
            // In narrow windows the inspector lies over the lower part.
            h = (h - sheet_height()).max(node_h);
        }
        if w > 0.0 {
            let view = self.view.get_untracked();
            let next = view.reveal(Rect { x, y, w: node_w, h: node_h }, w, h, (w / 40.0).clamp(14.0, 28.0));
            if next != view {
                self.glide.set(true);
                self.view.set(next);
            }
        }
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

/// A card's id as text in the document.
pub fn key_of(id: &NodeId) -> String {
    match id {
        NodeId::Step(id) => format!("step:{id}"),
        NodeId::Trigger(id) => format!("trigger:{id}"),
        NodeId::Triggers => "triggers".into(),
    }
}

pub fn node_of_key(key: &str) -> Option<NodeId> {
    match key.split_once(':') {
        Some(("step", id)) => Some(NodeId::Step(id.into())),
        Some(("trigger", id)) => Some(NodeId::Trigger(id.into())),
        _ => (key == "triggers").then_some(NodeId::Triggers),
    }
}

pub fn use_stage() -> Stage {
    expect_context()
}
