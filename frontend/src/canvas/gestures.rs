//! Pointer, wheel and pinch: panning, zooming and, where the workflow can be changed, taking cards up. However often the pointer reports, the view changes once a frame.

use std::{collections::BTreeSet, time::Duration};

use layout::{Point, Rect};
use leptos::{html, prelude::*};
use model::ids::StepId;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent, PointerEvent, WheelEvent};

use super::{
    board::{Board, node_of_key},
    chosen, drag,
    stage::Stage,
};
use crate::editor::several;

/// A press that moves less than this is a click, in pixels.
const SLOP: f64 = 5.0;
/// A finger rests this long on a card before it takes it up.
const HOLD: Duration = Duration::from_millis(380);
/// A dragged card nearer to the edge than this moves the canvas, in pixels.
const EDGE: f64 = 44.0;

#[derive(Debug, Clone, PartialEq)]
enum Mode {
    Idle,
    /// Down, not moved yet; on this card, if any.
    Pressed {
        from: Point,
        step: Option<StepId>,
        touch: bool,
        /// The press chooses, it moves nothing.
        chooses: bool,
    },
    /// A rectangle is drawn from here, to choose beside what was chosen before.
    Banding {
        from: Point,
        kept: BTreeSet<StepId>,
    },
    Panning {
        last: Point,
    },
    Dragging,
    Pinching {
        middle: Point,
        distance: f64,
    },
}

struct State {
    mode: Mode,
    pointers: Vec<(i32, Point)>,
    /// The press has become something else than a click.
    moved: bool,
    /// The newest place of the pointer, not yet acted on.
    next: Option<Point>,
    /// Alt is held: what is dragged is copied.
    alt: bool,
    frame: bool,
    hold: u32,
}

#[derive(Clone, Copy)]
pub struct Gestures {
    board: Board,
    /// Absent: nothing can be taken up.
    stage: Option<Stage>,
    node: NodeRef<html::Div>,
    state: StoredValue<State>,
}

impl Gestures {
    pub fn new(board: Board, stage: Option<Stage>, node: NodeRef<html::Div>) -> Self {
        let state = State { mode: Mode::Idle, pointers: Vec::new(), moved: false, next: None, alt: false, frame: false, hold: 0 };
        Gestures { board, stage, node, state: StoredValue::new(state) }
    }

    fn at(self, event: &MouseEvent) -> Point {
        let rect = self.node.try_get_untracked().flatten().map(|node| node.get_bounding_client_rect());
        let (left, top) = rect.map_or((0.0, 0.0), |rect| (rect.left(), rect.top()));
        Point { x: f64::from(event.client_x()) - left, y: f64::from(event.client_y()) - top }
    }

    fn may_move(self) -> bool {
        self.stage.is_some_and(|stage| stage.editor.may_edit.get_untracked())
    }

    /// A press with this event chooses a card beside others.
    fn is_choice(self, event: &MouseEvent) -> bool {
        self.stage.is_some_and(|stage| event.shift_key() || stage.choosing.get_untracked())
    }

    fn capture(self, pointer: i32) {
        if let Some(node) = self.node.try_get_untracked().flatten() {
            let _ = node.set_pointer_capture(pointer);
        }
    }

    /// Whether the press chooses a card beside others: the focus that it brings must not choose that card alone.
    pub fn chooses(self) -> bool {
        let chooses = |state: &State| matches!(&state.mode, Mode::Pressed { chooses: true, .. } | Mode::Banding { .. });
        self.state.try_with_value(chooses).unwrap_or(false)
    }

    pub fn down(self, event: &PointerEvent) {
        let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        let on_button = target.as_ref().is_some_and(|target| target.closest("button").ok().flatten().is_some());
        if event.button() > 1 || (on_button && event.pointer_type() != "touch") {
            return;
        }
        if event.button() == 1 {
            event.prevent_default();
        }
        let at = self.at(event);
        let node = target.and_then(|target| target.closest("[data-node]").ok().flatten());
        let step =
            node.and_then(|node| node.get_attribute("data-node")).and_then(|key| node_of_key(&key)).and_then(|id| match id {
                layout::NodeId::Step(id) => Some(id),
                _ => None,
            });
        let touch = event.pointer_type() == "touch";
        let middle = event.button() == 1;
        let chooses = self.is_choice(event);
        self.board.glide.set(false);
        let hold = self.state.try_update_value(|state| {
            state.pointers.retain(|(id, _)| *id != event.pointer_id());
            state.pointers.push((event.pointer_id(), at));
            state.moved = false;
            state.mode = match state.pointers.as_slice() {
                [(_, a), (_, b), ..] => Mode::Pinching { middle: between(*a, *b), distance: distance(*a, *b) },
                _ if middle => Mode::Panning { last: at },
                _ => Mode::Pressed { from: at, step: step.clone(), touch, chooses },
            };
            state.hold = state.hold.wrapping_add(1);
            state.hold
        });
        if touch && step.is_some() && self.may_move() {
            set_timeout(move || self.held(hold.unwrap_or_default()), HOLD);
        }
        if middle {
            self.capture(event.pointer_id());
        }
    }

    /// A finger has rested on a card.
    fn held(self, hold: u32) {
        let pressed = self.state.try_with_value(|state| match &state.mode {
            Mode::Pressed { from, step: Some(step), .. } if state.hold == hold => {
                Some((*from, step.clone(), state.pointers.first().map(|(id, _)| *id)))
            }
            _ => None,
        });
        if let Some(Some((from, step, pointer))) = pressed {
            self.state.update_value(|state| {
                state.mode = Mode::Dragging;
                state.moved = true;
            });
            if let Some(pointer) = pointer {
                self.capture(pointer);
            }
            if let Some(stage) = self.stage {
                drag::begin(stage, step, from);
            }
        }
    }

    pub fn moved(self, event: &PointerEvent) {
        let at = self.at(event);
        let mut lift = None;
        let mut start = false;
        let mut bands = false;
        self.state.update_value(|state| {
            state.alt = event.alt_key();
            let Some(pointer) = state.pointers.iter_mut().find(|(id, _)| *id == event.pointer_id()) else { return };
            pointer.1 = at;
            if let Mode::Pressed { from, step, touch, chooses } = state.mode.clone() {
                if distance(from, at) < SLOP {
                    return;
                }
                state.moved = true;
                start = true;
                state.mode = match step {
                    _ if chooses => {
                        bands = true;
                        Mode::Banding {
                            from,
                            kept: self.stage.map(|stage| stage.editor.marked.get_untracked()).unwrap_or_default(),
                        }
                    }
                    Some(step) if !touch && self.may_move() => {
                        lift = Some((step, from));
                        Mode::Dragging
                    }
                    _ => Mode::Panning { last: from },
                };
            }
            state.next = Some(at);
        });
        if start {
            self.capture(event.pointer_id());
        }
        if let Some(stage) = self.stage {
            if bands {
                stage.editor.inspecting.set(false);
            }
            if let Some((step, from)) = lift {
                drag::begin(stage, step, from);
            }
        }
        self.ask_frame();
    }

    fn ask_frame(self) {
        let due = self.state.try_update_value(|state| {
            let due = !state.frame && state.next.is_some();
            state.frame |= due;
            due
        });
        if due == Some(true) {
            request_animation_frame(move || self.frame());
        }
    }

    fn frame(self) {
        let Some(Some((mode, at, pointers, alt))) = self.state.try_update_value(|state| {
            state.frame = false;
            let at = state.next.take()?;
            let before = state.mode.clone();
            match &mut state.mode {
                Mode::Panning { last } => *last = at,
                Mode::Pinching { middle, distance: apart } => {
                    if let [(_, a), (_, b), ..] = state.pointers.as_slice() {
                        (*middle, *apart) = (between(*a, *b), distance(*a, *b));
                    }
                }
                _ => {}
            }
            Some((before, at, state.pointers.clone(), state.alt))
        }) else {
            return;
        };
        match mode {
            Mode::Panning { last } => self.board.view.update(|view| *view = view.pan(at.x - last.x, at.y - last.y)),
            Mode::Pinching { middle, distance: apart } => {
                if let [(_, a), (_, b), ..] = pointers.as_slice() {
                    let (to, now) = (between(*a, *b), distance(*a, *b));
                    let factor = if apart > 1.0 { now / apart } else { 1.0 };
                    self.board.view.update(|view| *view = view.pan(to.x - middle.x, to.y - middle.y).zoom_about(to, factor));
                }
            }
            Mode::Dragging => {
                let Some(stage) = self.stage else { return };
                let push = self.edge_push(at);
                if push != (0.0, 0.0) {
                    self.board.view.update(|view| *view = view.pan(push.0, push.1));
                }
                drag::follow(stage, at, alt);
                if push != (0.0, 0.0) && stage.drag.with_untracked(Option::is_some) {
                    // Goes on while the pointer rests at the edge.
                    self.state.update_value(|state| state.next = state.next.or(Some(at)));
                    self.ask_frame();
                }
            }
            Mode::Banding { from, kept } => {
                let Some(stage) = self.stage else { return };
                let band = Rect::around(from, at);
                stage.band.set(Some(band));
                let mut steps = kept;
                steps.extend(chosen::caught(stage, band));
                if stage.editor.marked.with_untracked(|marked| *marked != steps) {
                    several::mark(stage.editor, steps, None);
                }
            }
            Mode::Idle | Mode::Pressed { .. } => {}
        }
    }

    fn edge_push(self, at: Point) -> (f64, f64) {
        let (w, h) = self.board.size.get_untracked();
        let push = |at: f64, size: f64| {
            if at < EDGE {
                (EDGE - at.max(0.0)) / 4.0
            } else if at > size - EDGE {
                (size - EDGE - at.min(size)) / 4.0
            } else {
                0.0
            }
        };
        (push(at.x, w), push(at.y, h))
    }

    pub fn up(self, event: &PointerEvent) {
        let dragging = self.leave(event.pointer_id());
        if let Some(stage) = self.stage.filter(|_| dragging) {
            drag::follow(stage, self.at(event), event.alt_key());
            drag::drop(stage);
        }
    }

    pub fn cancel(self, event: &PointerEvent) {
        let dragging = self.leave(event.pointer_id());
        if let Some(stage) = self.stage.filter(|_| dragging) {
            stage.drag.set(None);
        }
    }

    /// A pointer is gone. True when it was dragging a card.
    fn leave(self, pointer: i32) -> bool {
        if let Some(stage) = self.stage.filter(|stage| stage.band.with_untracked(Option::is_some)) {
            stage.band.set(None);
            super::focus_selected();
        }
        self.state
            .try_update_value(|state| {
                state.pointers.retain(|(id, _)| *id != pointer);
                let dragging = state.mode == Mode::Dragging;
                state.next = None;
                state.mode = match (&state.mode, state.pointers.as_slice()) {
                    // The finger that stays goes on panning.
                    (Mode::Pinching { .. }, [(_, at)]) => Mode::Panning { last: *at },
                    _ => Mode::Idle,
                };
                dragging
            })
            .unwrap_or(false)
    }

    pub fn wheel(self, event: &WheelEvent) {
        event.prevent_default();
        let at = self.at(event);
        let unit = if event.delta_mode() == WheelEvent::DOM_DELTA_PIXEL { 1.0 } else { 18.0 };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        self.board.glide.set(false);
        self.board.view.update(|view| {
            *view = if event.ctrl_key() || event.meta_key() {
                view.zoom_about(at, (-dy.clamp(-120.0, 120.0) * 0.0045).exp())
            } else if event.shift_key() && dx == 0.0 {
                view.pan(-dy, 0.0)
            } else {
                view.pan(-dx, -dy)
            };
        });
    }

    /// A click on a card opens it, one beside them closes.
    pub fn click(self, event: &MouseEvent) {
        if self.state.try_update_value(|state| std::mem::take(&mut state.moved)).unwrap_or(false) {
            return;
        }
        let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        let node = target.and_then(|target| target.closest("[data-node]").ok().flatten());
        let id = node.and_then(|node| node.get_attribute("data-node")).and_then(|key| node_of_key(&key));
        match (id, self.stage) {
            (Some(layout::NodeId::Step(id)), Some(stage)) if self.is_choice(event) => {
                several::flip(stage.editor, &id);
                super::focus_selected();
            }
            (Some(id), _) => self.board.acts.open.run(id),
            (None, Some(stage)) if !stage.choosing.get_untracked() => stage.editor.select(None),
            (None, _) => {}
        }
    }
}

fn distance(a: Point, b: Point) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

fn between(a: Point, b: Point) -> Point {
    Point { x: (a.x + b.x) / 2.0, y: (a.y + b.y) / 2.0 }
}
