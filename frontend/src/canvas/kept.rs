//! What a person saw last of a workflow, kept in this browser.

use layout::{MAX_ZOOM, MIN_ZOOM, Rect, Viewport};
use model::ids::WorkflowId;

use crate::dom;

fn key(person: &str, workflow: WorkflowId) -> String {
    format!("patchbay-view-{person}-{workflow}")
}

pub fn keep(person: &str, workflow: WorkflowId, view: Viewport) {
    dom::store(&key(person, workflow), &format!("{:.1} {:.1} {:.4}", view.x, view.y, view.zoom));
}

/// What was seen last, where something of the workflow is still to be seen in it.
pub fn kept(person: &str, workflow: WorkflowId, bounds: Rect, w: f64, h: f64) -> Option<Viewport> {
    usable(read(&dom::stored(&key(person, workflow))?)?, bounds, w, h)
}

fn read(text: &str) -> Option<Viewport> {
    let numbers: Vec<f64> = text.split(' ').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [x, y, zoom] = numbers[..] else { return None };
    let sound = [x, y, zoom].iter().all(|n| n.is_finite()) && (MIN_ZOOM..=MAX_ZOOM).contains(&zoom);
    sound.then_some(Viewport { x, y, zoom })
}

fn usable(view: Viewport, bounds: Rect, w: f64, h: f64) -> Option<Viewport> {
    let inner = view.area(Rect { x: w * 0.1, y: h * 0.1, w: w * 0.8, h: h * 0.8 });
    inner.touches(&bounds).then_some(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_shows_something_is_taken_up_again() {
        let bounds = Rect { x: -146.0, y: 0.0, w: 292.0, h: 600.0 };
        let at = |text: &str| read(text).and_then(|view| usable(view, bounds, 800.0, 600.0));
        assert_eq!(at("400.0 40.0 1.0000"), Some(Viewport { x: 400.0, y: 40.0, zoom: 1.0 }));
        for bad in ["", "1 2", "a b c", "400 40 9", "400 40 0", "NaN 0 1", "inf 0 1", "9000 9000 1.0", "1 2 1 4"] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }
}
