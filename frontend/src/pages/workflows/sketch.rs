//! A workflow in small, as a picture: the canvas's own layout, with nothing to press.

use std::collections::BTreeSet;

use layout::{Metrics, NodeId, place};
use leptos::prelude::*;
use model::WorkflowDefinition;

use crate::{
    editor::{steps::kind_name, triggers},
    text::workflows::import as t,
    ui::StepTile,
};

/// Small cards close together, in pixels at full size.
const METRICS: Metrics = Metrics {
    node_w: 158.0,
    node_h: 30.0,
    gap_y: 16.0,
    gap_x: 18.0,
    turn_h: 20.0,
    arm_label_h: 4.0,
    frame_pad: 10.0,
    note_h: 0.0,
    note_gap: 0.0,
    radius: 8.0,
};
/// Around everything, so that no line is cut off, in pixels.
const PADDING: f64 = 4.0;

/// What stands on a card.
struct Card {
    kind: String,
    label: String,
}

fn card(def: &WorkflowDefinition, id: &NodeId) -> Option<Card> {
    match id {
        NodeId::Triggers => None,
        NodeId::Trigger(id) => {
            def.trigger(id).map(|trigger| Card { kind: triggers::mark(&trigger.kind), label: trigger.label.clone() })
        }
        NodeId::Step(id) => def.step(id).map(|step| Card { kind: kind_name(&step.kind), label: step.label.clone() }),
    }
}

/// Notes are for those who build; they have no place in so small a picture.
fn without_notes(def: &WorkflowDefinition) -> WorkflowDefinition {
    WorkflowDefinition { notes: Default::default(), ..def.clone() }
}

#[component]
pub fn Sketch(definition: WorkflowDefinition) -> impl IntoView {
    let definition = without_notes(&definition);
    let placed = place(&definition, &METRICS, &BTreeSet::new());
    let bounds = placed.bounds();
    let (w, h) = (bounds.w + 2.0 * PADDING, bounds.h + 2.0 * PADDING);
    let view_box = format!("{:.0} {:.0} {w:.0} {h:.0}", bounds.x - PADDING, bounds.y - PADDING);
    let frames = placed.frames.iter().map(|frame| {
        view! { <rect class="frame" rx="10" x=frame.x y=frame.y width=frame.w height=frame.h></rect> }
    });
    let edges = placed.edges.iter().map(|edge| view! { <path d=edge.path.clone() class:dim=edge.dim></path> });
    let cards: Vec<_> = placed.nodes.iter().filter_map(|node| Some((node, card(&definition, &node.id)?))).collect();
    let chain: Vec<String> = cards.iter().map(|(_, card)| card.label.clone()).collect();
    let nodes = cards.into_iter().map(|(node, Card { kind, label })| {
        view! {
            <foreignObject x=node.x y=node.y width=node.w height=node.h>
                <div class="sketch-card"><StepTile kind small=true/><span><bdi>{label}</bdi></span></div>
            </foreignObject>
        }
    });
    view! {
        // Never larger than at full size.
        <svg class="sketch" role="img" aria-label=t::sketch(&chain) viewBox=view_box style=format!("max-width:{w:.0}px;max-height:{h:.0}px")>
            {frames.collect_view()}
            {edges.collect_view()}
            {nodes.collect_view()}
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_trigger_and_step_has_its_card_and_an_empty_workflow_none() {
        let definition: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1,
            "triggers": [{ "id": "t", "label": "New lead", "kind": { "type": "webhook" } }],
            "steps": { "a": { "slug": "a", "label": "Stop here", "kind": { "type": "set", "fields": [] } } },
            "body": ["a"],
        }))
        .unwrap();
        let placed = place(&without_notes(&definition), &METRICS, &BTreeSet::new());
        let labels: Vec<_> = placed.nodes.iter().filter_map(|node| card(&definition, &node.id)).map(|card| card.label).collect();
        assert_eq!(labels, ["New lead", "Stop here"]);
        let empty = place(&WorkflowDefinition::default(), &METRICS, &BTreeSet::new());
        assert!(empty.nodes.iter().all(|node| card(&WorkflowDefinition::default(), &node.id).is_none()));
    }
}
