//! What the parts of the canvas share: the layout, what is seen of it, and what is being dragged.

use std::{collections::HashMap, sync::Arc};

use layout::{Layout, Metrics, NodeId, Point, Rect, Viewport, place};
use leptos::prelude::*;
use model::definition::Slot;
use wasm_bindgen::JsCast;

use crate::editor::{Editor, Selected};

/// Around everything when it is fitted into view, in pixels.
const PADDING: f64 = 48.0;
/// Above the first card when a workflow is opened, in pixels.
const TOP: f64 = 40.0;
/// A workflow that is wider than the view opens no smaller than this.
const SMALLEST_AT_FIRST: f64 = 0.55;

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
    /// The pointer, in pixels of the view.
    pub at: Point,
    pub target: Option<Slot>,
}

#[derive(Clone, Copy)]
pub struct Stage {
    pub editor: Editor,
    pub placed: Memo<Arc<Placed>>,
    pub view: RwSignal<Viewport>,
    /// Width and height of the view, in pixels.
    pub size: RwSignal<(f64, f64)>,
    pub drag: RwSignal<Option<Dragging>>,
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
        Stage {
            editor,
            placed,
            view: RwSignal::new(Viewport::default()),
            size: RwSignal::new((0.0, 0.0)),
            drag: RwSignal::new(None),
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
        // What was in the middle stays there, and the selected card in sight.
        self.view.update(|view| *view = view.pan((w - before) / 2.0, 0.0));
        self.reveal_selected();
    }

    fn open(self) {
        let (w, _) = self.size.get_untracked();
        let bounds = self.placed.get_untracked().layout.bounds();
        let zoom = ((w - 2.0 * 24.0) / bounds.w.max(1.0)).clamp(SMALLEST_AT_FIRST, 1.0);
        let middle = if bounds.w * zoom > w { 0.0 } else { bounds.x + bounds.w / 2.0 };
        self.view.set(Viewport { x: w / 2.0 - middle * zoom, y: TOP, zoom });
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
