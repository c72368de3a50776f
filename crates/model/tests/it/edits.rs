//! Every edit gives back its inverse, and one that cannot be applied changes nothing.

use model::{
    WorkflowDefinition,
    definition::{BodyOwner, EditError, EditOp, Note, Slot, StepPatch, apply},
    ids::StepId,
};
use proptest::prelude::*;
use serde_json::json;

pub fn fixture() -> WorkflowDefinition {
    serde_json::from_str(include_str!("../../fixtures/definition-1.json")).unwrap()
}

pub fn loops() -> WorkflowDefinition {
    serde_json::from_str(include_str!("../../fixtures/definition-2.json")).unwrap()
}

/// Edits of the second fixture: every kind of body, and ones it does not have.
pub fn loop_op() -> impl Strategy<Value = EditOp> {
    let ids = prop::sample::select(vec![
        "orders",
        "race",
        "ask_north",
        "check",
        "enough",
        "carefully",
        "poll",
        "look",
        "tell",
        "plain",
    ]);
    let owners = [
        ("orders", "body"),
        ("orders", "error"),
        ("race", "north"),
        ("race", "body"),
        ("check", "large"),
        ("carefully", "body"),
        ("carefully", "error"),
        ("poll", "body"),
        ("plain", "body"),
        ("plain", "error"),
        ("look", "body"),
    ];
    let owners: Vec<BodyOwner> =
        owners.iter().map(|(step, body)| arm(step, body)).chain([BodyOwner::Workflow, BodyOwner::Shelf]).collect();
    let slot = (prop::sample::select(owners), 0usize..4).prop_map(|(owner, index)| Slot { owner, index });
    let new = json!({ "slug": "fresh", "label": "Fresh", "kind": { "type": "section", "body": ["inside"] } });
    let inside = json!({ "slug": "inside", "label": "Inside", "kind": { "type": "break" } });
    let steps =
        vec![("fresh".into(), serde_json::from_value(new).unwrap()), ("inside".into(), serde_json::from_value(inside).unwrap())];
    let third = serde_json::from_value(json!({ "id": "third", "label": "Third" })).unwrap();
    prop_oneof![
        3 => (ids.clone(), slot.clone()).prop_map(|(id, slot)| EditOp::Move { id: id.into(), slot }),
        1 => ids.clone().prop_map(|id| EditOp::Delete { id: id.into() }),
        1 => slot.prop_map(move |slot| EditOp::Insert { id: "fresh".into(), steps: steps.clone(), slot }),
        1 => (ids.clone(), 0usize..3).prop_map(move |(id, index)| {
            let arm: model::step::Arm = Clone::clone(&third);
            EditOp::AddArm { step: id.into(), index, arm, steps: Vec::new() }
        }),
        1 => prop::sample::select(vec!["north", "south", "third", "body"]).prop_map(|arm| EditOp::RemoveArm { step: "race".into(), arm: arm.into() }),
    ]
}

fn arm(step: &str, arm: &str) -> BodyOwner {
    BodyOwner::Arm { step: step.into(), arm: arm.into() }
}

pub fn op() -> impl Strategy<Value = EditOp> {
    let ids = prop::sample::select(vec!["keep", "shape", "big", "until", "reply", "wait", "tell", "end", "ghost"]);
    let owners = prop::sample::select(vec![BodyOwner::Workflow, arm("big", "large"), arm("big", "rest"), arm("keep", "none")]);
    let slot = (owners, 0usize..7).prop_map(|(owner, index)| Slot { owner, index });
    let step = json!({ "slug": "fresh", "label": "Fresh", "kind": { "type": "stop", "result": "success" } });
    let kind = serde_json::from_value(step).unwrap();
    prop_oneof![
        (ids.clone(), slot.clone()).prop_map(|(id, slot)| EditOp::Move { id: id.into(), slot }),
        ids.clone().prop_map(|id| EditOp::Delete { id: id.into() }),
        (slot, prop::sample::select(vec!["new_one", "keep"])).prop_map(move |(slot, id)| {
            let step: model::step::Step = Clone::clone(&kind);
            EditOp::Insert { id: id.into(), steps: vec![(id.into(), step)], slot }
        }),
        (ids.clone(), prop::sample::select(vec!["renamed", "tell", "event"])).prop_map(|(id, slug)| EditOp::Update {
            id: id.into(),
            patch: StepPatch { slug: Some(slug.into()), label: Some("Another".into()), ..StepPatch::default() },
        }),
        prop::sample::select(vec!["large", "rest", "none"])
            .prop_map(|arm| EditOp::RemoveArm { step: "big".into(), arm: arm.into() }),
        prop::sample::select(vec!["hook", "ghost"]).prop_map(|id| EditOp::RemoveTrigger { id: id.into() }),
    ]
}

proptest! {
    #[test]
    fn undo_gives_back_what_was((fixture, ops) in prop_oneof![
        (Just(fixture()), prop::collection::vec(op(), 1..12)),
        (Just(loops()), prop::collection::vec(loop_op(), 1..12)),
    ]) {
        let mut def = fixture;
        let mut undo = Vec::new();
        let mut versions = vec![def.clone()];
        for op in ops {
            match apply(&mut def, op) {
                Ok(inverse) => {
                    undo.push(inverse);
                    versions.push(def.clone());
                    // Every step stands in exactly one body.
                    let mut placed: Vec<StepId> = def.bodies().iter().flat_map(|b| b.steps.iter().cloned()).collect();
                    placed.sort();
                    let all: Vec<StepId> = def.steps.keys().cloned().collect();
                    prop_assert_eq!(placed, all);
                }
                Err(_) => prop_assert_eq!(&def, versions.last().unwrap()),
            }
        }
        while let Some(inverse) = undo.pop() {
            versions.pop();
            apply(&mut def, inverse).unwrap();
            prop_assert_eq!(&def, versions.last().unwrap());
        }
    }
}

#[test]
fn a_loop_does_not_move_into_itself() {
    for (step, owner) in
        [("orders", arm("orders", "body")), ("orders", arm("check", "large")), ("carefully", arm("poll", "body"))]
    {
        let mut def = loops();
        let op = EditOp::Move { id: step.into(), slot: Slot { owner, index: 0 } };
        assert_eq!(apply(&mut def, op), Err(EditError::IntoItself), "{step}");
    }
}

#[test]
fn a_new_slug_is_used_in_every_place_of_a_loop() {
    let mut def = loops();
    let rename = |def: &mut WorkflowDefinition, id: &str, slug: &str| {
        let patch = StepPatch { slug: Some(slug.into()), ..StepPatch::default() };
        apply(def, EditOp::Update { id: id.into(), patch }).unwrap();
    };
    rename(&mut def, "race", "fastest");
    rename(&mut def, "look", "status");
    rename(&mut def, "ask_north", "polar");
    let text = serde_json::to_string(&def).unwrap();
    for expr in ["fastest.id", "status.done", "polar.id"] {
        assert!(text.contains(&format!("\"{expr}\"")), "{expr}");
    }
}

#[test]
fn a_wait_takes_its_link_along() {
    let step = |slug: &str, kind: serde_json::Value| json!({ "slug": slug, "label": slug, "kind": kind });
    let links = "links.ask ~ links['ask'] ~ ask.answer ~ event.links.ask";
    let set = json!({ "type": "set", "fields": [{ "name": "url", "value": { "expr": links } }] });
    let mut def: WorkflowDefinition = serde_json::from_value(json!({
        "schema": 1, "body": ["tell", "ask"],
        "steps": { "tell": step("tell", set), "ask": step("ask", json!({ "type": "wait", "until": { "type": "callback" } })) },
    }))
    .unwrap();
    let before = def.clone();
    let patch = StepPatch { slug: Some("approve".into()), ..StepPatch::default() };
    let back = apply(&mut def, EditOp::Update { id: "ask".into(), patch }).unwrap();
    let text = serde_json::to_string(&def).unwrap();
    assert!(text.contains(r#"links.approve ~ links[\"approve\"] ~ approve.answer ~ event.links.ask"#), "{text}");
    apply(&mut def, back).unwrap();
    assert_eq!(
        serde_json::to_string(&def).unwrap().replace(r#"links[\"ask\"]"#, "links['ask']"),
        serde_json::to_string(&before).unwrap()
    );
}

#[test]
fn a_step_does_not_move_into_itself() {
    let mut def = fixture();
    let op = EditOp::Move { id: "big".into(), slot: Slot { owner: arm("big", "large"), index: 0 } };
    assert_eq!(apply(&mut def, op), Err(EditError::IntoItself));
}

#[test]
fn a_batch_is_all_or_nothing() {
    let mut def = fixture();
    let ops = vec![EditOp::Delete { id: "keep".into() }, EditOp::Delete { id: "ghost".into() }];
    assert_eq!(apply(&mut def, EditOp::Batch { ops }), Err(EditError::NoStep("ghost".into())));
    assert_eq!(def, fixture());
}

#[test]
fn a_new_slug_is_used_everywhere() {
    let mut def = fixture();
    let set = |expr: &str| {
        let kind = json!({ "type": "set", "fields": [{ "name": "x", "value": { "expr": expr } }] });
        EditOp::Update {
            id: "shape".into(),
            patch: StepPatch { kind: Some(serde_json::from_value(kind).unwrap()), ..StepPatch::default() },
        }
    };
    apply(&mut def, set("keep.passed and 'keep' != event.keep")).unwrap();
    let rename = StepPatch { slug: Some("only_real".into()), ..StepPatch::default() };
    apply(&mut def, EditOp::Update { id: "keep".into(), patch: rename }).unwrap();
    let text = serde_json::to_value(&def.steps[&"shape".into()].kind).unwrap()["fields"][0]["value"]["expr"].clone();
    assert_eq!(text, "only_real.passed and 'keep' != event.keep");
}

#[test]
fn an_arm_is_added_once() {
    let mut def = fixture();
    let arm: model::step::Arm = serde_json::from_value(json!({ "id": "large", "label": "Again" })).unwrap();
    let op = EditOp::AddArm { step: "big".into(), index: 0, arm, steps: Vec::new() };
    assert_eq!(apply(&mut def, op), Err(EditError::ArmExists("big".into(), "large".into())));
    assert_eq!(def, fixture());
}

#[test]
fn steps_are_parked_and_put_back() {
    let mut def = fixture();
    let before = def.clone();
    let id = def.body[0].clone();
    let park = EditOp::Move { id: id.clone(), slot: Slot { owner: BodyOwner::Shelf, index: 0 } };
    let back = apply(&mut def, park).unwrap();
    assert!(def.is_parked(&id) && def.shelf == [id.clone()] && !def.in_order().contains(&id));
    assert!(def.running().all(|(other, _)| other != &id) && def.steps.contains_key(&id));
    assert_eq!(def.running().count() + 1, def.steps.len());
    let text = serde_json::to_string(&def).unwrap();
    assert_eq!(serde_json::from_str::<WorkflowDefinition>(&text).unwrap(), def);
    apply(&mut def, back).unwrap();
    assert_eq!(def, before);
    assert!(!serde_json::to_string(&def).unwrap().contains("shelf"), "nothing is written about an empty shelf");
}

#[test]
fn notes_are_written_changed_and_taken_away() {
    let mut def = fixture();
    let before = def.clone();
    let note = |text: &str| Some(Note { text: text.into(), owner: BodyOwner::Workflow, after: Some(def.body[0].clone()) });
    let (first, second) = (note("Why"), note("**Because**"));
    let id = def.free_note_id();
    let undo_write = apply(&mut def, EditOp::Note { id: id.clone(), note: first }).unwrap();
    let undo_change = apply(&mut def, EditOp::Note { id: id.clone(), note: second }).unwrap();
    let written = def.notes[&id].clone();
    assert_eq!((written.text.as_str(), def.slot_of_note(&written)), ("**Because**", Some(1)));
    // The step above it goes: the note stays, and comes back to its place with the step.
    let step = def.body[0].clone();
    let undo_delete = apply(&mut def, EditOp::Delete { id: step }).unwrap();
    assert_eq!(def.slot_of_note(&written), Some(0));
    apply(&mut def, undo_delete).unwrap();
    assert_eq!(def.slot_of_note(&written), Some(1));
    let gone = Note { owner: BodyOwner::Arm { step: "no".into(), arm: "x".into() }, ..written };
    assert_eq!(apply(&mut def, EditOp::Note { id: id.clone(), note: Some(gone) }), Err(EditError::NoSlot));
    apply(&mut def, undo_change).unwrap();
    apply(&mut def, undo_write).unwrap();
    assert_eq!(def, before);
}
