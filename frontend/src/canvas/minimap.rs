//! The whole workflow in small, from 30 steps on: where one is, and a way to be elsewhere. Keys have other ways: the arrows, Home, End
//! and the palette's steps.

use std::fmt::Write as _;

use layout::{NodeId, Point, Rect};
use leptos::{html, prelude::*};
use model::Severity;
use web_sys::PointerEvent;

use super::{
    board::{Board, use_board},
    stage::use_stage,
};
use crate::editor::{Selected, problems};

/// With fewer cards than this the canvas itself is small enough.
const FROM: usize = 30;
/// Around everything, in pixels of the canvas.
const PADDING: f64 = 120.0;

/// The editor's: what is wrong, and what is chosen.
#[component]
pub fn EditorMap() -> impl IntoView {
    let editor = use_stage().editor;
    let bad = move |id: &NodeId| match id {
        NodeId::Step(id) => {
            problems::worst(editor, &Selected::Step(id.clone())).is_some_and(|(severity, _)| severity != Severity::Warning)
        }
        _ => false,
    };
    let chosen = move |id: &NodeId| match id {
        NodeId::Step(id) => {
            editor.marked.with(|marked| marked.contains(id))
                || editor.selected.with(|selected| matches!(selected, Some(Selected::Step(selected)) if selected == id))
        }
        NodeId::Trigger(id) => {
            editor.selected.with(|selected| matches!(selected, Some(Selected::Trigger(selected)) if selected == id))
        }
        NodeId::Triggers => false,
    };
    view! { <Minimap bad chosen/> }
}

#[component]
pub fn Minimap(
    bad: impl Fn(&NodeId) -> bool + Copy + Send + Sync + 'static,
    chosen: impl Fn(&NodeId) -> bool + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let board = use_board();
    let large = Memo::new(move |_| board.placed.with(|placed| placed.layout.nodes.len() >= FROM));
    view! { <Show when=move || large.get()><Map bad chosen/></Show> }
}

#[component]
fn Map(
    bad: impl Fn(&NodeId) -> bool + Send + Sync + 'static,
    chosen: impl Fn(&NodeId) -> bool + Send + Sync + 'static,
) -> impl IntoView {
    let board = use_board();
    let node = NodeRef::<html::Div>::new();
    let bounds = Memo::new(move |_| {
        let Rect { x, y, w, h } = board.placed.with(|placed| placed.layout.bounds());
        Rect { x: x - PADDING, y: y - PADDING, w: w + 2.0 * PADDING, h: h + 2.0 * PADDING }
    });
    let cards = move |wanted: &dyn Fn(&NodeId) -> bool| {
        board.placed.with(|placed| {
            let mut path = String::new();
            for card in placed.layout.nodes.iter().filter(|card| wanted(&card.id)) {
                let _ = write!(path, "M{:.0} {:.0}h{:.0}v{:.0}h-{:.0}z", card.x, card.y, card.w, card.h, card.w);
            }
            path
        })
    };
    let all = Memo::new(move |_| cards(&|_| true));
    let bad = Memo::new(move |_| cards(&bad));
    let chosen = Memo::new(move |_| cards(&chosen));
    let seen = Memo::new(move |_| {
        let (w, h) = board.size.get();
        board.view.get().area(Rect { x: 0.0, y: 0.0, w, h })
    });
    let view_box = move || {
        let Rect { x, y, w, h } = bounds.get();
        format!("{x:.0} {y:.0} {w:.0} {h:.0}")
    };
    let holding = StoredValue::new(false);
    let go = move |event: &PointerEvent| {
        if let Some(node) = node.get_untracked() {
            let rect = node.get_bounding_client_rect();
            let at = Point { x: f64::from(event.client_x()) - rect.left(), y: f64::from(event.client_y()) - rect.top() };
            centre(board, world(bounds.get_untracked(), rect.width(), rect.height(), at));
        }
    };
    let down = move |event: PointerEvent| {
        event.prevent_default();
        if let Some(node) = node.get_untracked() {
            let _ = node.set_pointer_capture(event.pointer_id());
        }
        holding.set_value(true);
        board.glide.set(true);
        go(&event);
    };
    let moved = move |event: PointerEvent| {
        if holding.get_value() {
            board.glide.set(false);
            go(&event);
        }
    };
    view! {
        <div
            class="minimap"
            node_ref=node
            aria-hidden="true"
            data-testid="minimap"
            on:pointerdown=down
            on:pointermove=moved
            on:pointerup=move |_| holding.set_value(false)
            on:pointercancel=move |_| holding.set_value(false)
        >
            <svg viewBox=view_box preserveAspectRatio="xMidYMid meet">
                <path class="map-cards" d=all></path>
                <path class="map-bad" d=bad></path>
                <path class="map-chosen" d=chosen></path>
                <rect
                    class="map-view"
                    x=move || seen.get().x
                    y=move || seen.get().y
                    width=move || seen.get().w
                    height=move || seen.get().h
                    rx="8"
                ></rect>
            </svg>
        </div>
    }
}

/// The point of the canvas under a point of the map, which shows `bounds` whole and in its middle.
fn world(bounds: Rect, map_w: f64, map_h: f64, at: Point) -> Point {
    let scale = (map_w / bounds.w.max(1.0)).min(map_h / bounds.h.max(1.0)).max(1e-6);
    let (left, top) = ((map_w - bounds.w * scale) / 2.0, (map_h - bounds.h * scale) / 2.0);
    Point { x: bounds.x + (at.x - left) / scale, y: bounds.y + (at.y - top) / scale }
}

fn centre(board: Board, at: Point) {
    let (w, h) = board.size.get_untracked();
    board.view.update(|view| {
        let now = view.to_screen(at);
        *view = view.pan(w / 2.0 - now.x, h / 2.0 - now.y);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_of_the_map_is_a_point_of_the_canvas() {
        let bounds = Rect { x: -100.0, y: 0.0, w: 200.0, h: 1_000.0 };
        let middle = world(bounds, 150.0, 100.0, Point { x: 75.0, y: 50.0 });
        assert!((middle.x, middle.y) == (0.0, 500.0), "{middle:?}");
        let corner = world(bounds, 150.0, 100.0, Point { x: 65.0, y: 0.0 });
        assert!((corner.x + 100.0).abs() < 1e-6 && corner.y.abs() < 1e-6, "{corner:?}");
        assert!(world(Rect::default(), 0.0, 0.0, Point::default()).x.is_finite());
    }
}
