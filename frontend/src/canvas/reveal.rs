//! When the view moves by itself to show the selected card.

use std::collections::BTreeSet;

use layout::NodeId;
use leptos::prelude::*;
use model::ids::StepId;

use super::stage::Stage;
use crate::editor::{Selected, folds};

/// What the decision is about, as it was and as it is.
#[derive(Debug, Clone, PartialEq, Default)]
struct Look {
    selected: Option<NodeId>,
    inspecting: bool,
    steps: BTreeSet<StepId>,
}

/// Where the pointer is.
#[derive(Debug, Clone, PartialEq, Default)]
struct Pointer {
    over_canvas: bool,
    card: Option<NodeId>,
}

/// Whether the selected card is brought into sight: one that is chosen by keys or a link is, and so is what the inspector comes to lie
/// over; what is pressed is in sight, and a new card never moves the view under somebody's pointer.
fn is_due(before: &Look, now: &Look, pointer: &Pointer) -> bool {
    let Some(selected) = &now.selected else { return false };
    if now.inspecting && !before.inspecting {
        return !is_new(before, selected) || !pointer.over_canvas;
    }
    if before.selected.as_ref() == Some(selected) {
        return false;
    }
    if is_new(before, selected) { !pointer.over_canvas } else { pointer.card.as_ref() != Some(selected) }
}

fn is_new(before: &Look, card: &NodeId) -> bool {
    matches!(card, NodeId::Step(id) if !before.steps.contains(id))
}

/// Brings the selected card into sight for as long as the canvas lives.
pub fn watch(stage: Stage) {
    let (editor, board) = (stage.editor, stage.board);
    Effect::new(move |_| {
        if let Some(Selected::Step(id)) = editor.selected.get() {
            folds::reveal(editor, &id);
        }
    });
    let steps = Memo::new(move |_| editor.def.with(|def| def.steps.keys().cloned().collect::<BTreeSet<_>>()));
    Effect::new(move |before: Option<Look>| {
        let now = Look { selected: board.selected.get(), inspecting: editor.inspecting.get(), steps: steps.get() };
        let pointer = Pointer { over_canvas: board.hovered.get_value(), card: board.under.get_value() };
        // What is there when the canvas opens is no news.
        let before = before.unwrap_or_else(|| Look { steps: now.steps.clone(), ..Look::default() });
        if is_due(&before, &now, &pointer) {
            // Once it has its place.
            request_animation_frame(move || {
                if board.view.try_get_untracked().is_some() {
                    stage.reveal_selected();
                }
            });
        }
        now
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(selected: &str, inspecting: bool, steps: &[&str]) -> Look {
        let selected = (!selected.is_empty()).then(|| NodeId::Step(selected.into()));
        Look { selected, inspecting, steps: steps.iter().map(|id| StepId::from(*id)).collect() }
    }

    fn pointer(card: Option<&str>) -> Pointer {
        Pointer { over_canvas: card.is_some(), card: card.filter(|id| !id.is_empty()).map(|id| NodeId::Step(id.into())) }
    }

    #[test]
    fn keys_and_links_bring_a_card_into_sight_and_presses_do_not() {
        let (before, now) = (look("a", false, &["a", "b"]), look("b", false, &["a", "b"]));
        assert!(is_due(&before, &now, &pointer(None)));
        assert!(is_due(&before, &now, &pointer(Some("a"))), "arrow keys, while the pointer rests somewhere");
        assert!(!is_due(&before, &now, &pointer(Some("b"))), "it was pressed, so it is seen");
        assert!(!is_due(&now, &now, &pointer(None)), "another layout alone moves nothing");
        assert!(!is_due(&before, &look("", false, &["a", "b"]), &pointer(None)));
    }

    #[test]
    fn a_new_card_never_moves_the_view_under_the_pointer() {
        let (before, now) = (look("a", false, &["a"]), look("b", false, &["a", "b"]));
        assert!(is_due(&before, &now, &pointer(None)));
        assert!(!is_due(&before, &now, &pointer(Some(""))));
        let inspected = look("b", true, &["a", "b"]);
        assert!(!is_due(&before, &inspected, &pointer(Some(""))) && is_due(&before, &inspected, &pointer(None)));
    }

    #[test]
    fn what_the_inspector_comes_to_lie_over_is_brought_out() {
        let (before, now) = (look("a", false, &["a"]), look("a", true, &["a"]));
        assert!(is_due(&before, &now, &pointer(Some("a"))));
        assert!(!is_due(&now, &before, &pointer(None)));
    }
}
