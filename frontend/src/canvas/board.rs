//! What the parts of a drawn workflow share: where everything stands, what is seen of it and which card is chosen. Whether and how the
//! workflow can be changed is the business of whoever draws it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use layout::{Layout, Metrics, NodeId, Point, Rect, Viewport, place};
use leptos::prelude::*;
use model::{WorkflowDefinition, ids::StepId};

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

/// What happens to a card by keys and presses.
#[derive(Clone, Copy)]
pub struct Acts {
    /// By the arrow keys, or the focus.
    pub choose: Callback<NodeId>,
    /// By a press.
    pub open: Callback<NodeId>,
    /// Folds what stands inside a step away, or shows it again.
    pub fold: Callback<StepId>,
}

#[derive(Clone, Copy)]
pub struct Board {
    pub def: Signal<WorkflowDefinition>,
    /// Steps whose bodies are not drawn.
    pub folds: RwSignal<BTreeSet<StepId>>,
    pub selected: Signal<Option<NodeId>>,
    pub acts: Acts,
    pub placed: Memo<Arc<Placed>>,
    pub view: RwSignal<Viewport>,
    /// Width and height of the view, in pixels.
    pub size: RwSignal<(f64, f64)>,
    /// The card under the pointer: a change of the layout leaves it where it is.
    pub under: StoredValue<Option<NodeId>>,
    /// The pointer is over the canvas.
    pub hovered: StoredValue<bool>,
    /// The focus is on the canvas, or was until what held it went.
    pub focused: StoredValue<bool>,
    /// The part of the canvas that is drawn; all of it while the workflow is small.
    pub seen: Memo<Option<Rect>>,
    /// The one card in the tab order, drawn wherever it is: the selected one, else the first. What is selected may have no card, as a
    /// step on the shelf.
    pub stop: Memo<Option<NodeId>>,
    /// The next change of the view glides instead of jumping.
    pub glide: RwSignal<bool>,
}

impl Board {
    pub fn new(
        def: Signal<WorkflowDefinition>,
        folds: RwSignal<BTreeSet<StepId>>,
        selected: Signal<Option<NodeId>>,
        acts: Acts,
    ) -> Self {
        let placed = Memo::new(move |_| {
            let layout = def.with(|def| folds.with(|folds| place(def, &Metrics::default(), folds)));
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
        Board {
            def,
            folds,
            selected,
            acts,
            placed,
            view,
            size,
            under: StoredValue::new(None),
            hovered: StoredValue::new(false),
            focused: StoredValue::new(false),
            seen,
            stop: Memo::new(move |_| {
                let selected = selected.get();
                placed.with(|placed| {
                    let there = selected.filter(|id| placed.at(id).is_some());
                    there.or_else(|| placed.layout.nodes.first().map(|first| first.id.clone()))
                })
            }),
            glide: RwSignal::new(false),
        }
    }

    /// At the top of the workflow, as large as its width allows.
    pub fn begin(self) {
        let (w, _) = self.size.get_untracked();
        let bounds = self.placed.get_untracked().layout.bounds();
        let zoom = ((w - 2.0 * 24.0) / bounds.w.max(1.0)).clamp(SMALLEST_AT_FIRST, 1.0);
        let middle = if bounds.w * zoom > w { 0.0 } else { bounds.x + bounds.w / 2.0 };
        self.view.set(Viewport { x: w / 2.0 - middle * zoom, y: TOP, zoom });
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

    /// Brings the selected card into sight. `covered`: so much of the lower part lies under something else, in pixels.
    pub fn reveal_selected(self, covered: f64) {
        let Some(id) = self.selected.get_untracked() else { return };
        let Metrics { node_w, node_h, .. } = Metrics::default();
        let Some((x, y)) = self.placed.with_untracked(|placed| placed.at(&id)) else { return };
        let (w, h) = self.size.get_untracked();
        if w > 0.0 {
            let view = self.view.get_untracked();
            let h = (h - covered).max(node_h);
            let next = view.reveal(Rect { x, y, w: node_w, h: node_h }, w, h, (w / 40.0).clamp(14.0, 28.0));
            if next != view {
                self.glide.set(true);
                self.view.set(next);
            }
        }
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

pub fn use_board() -> Board {
    expect_context()
}
