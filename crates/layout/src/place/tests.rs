use std::{collections::BTreeMap, fmt::Write as _, time::Instant};

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::{branch, sample, set, workflow};

fn placed(def: &WorkflowDefinition) -> Layout {
    place(def, &Metrics::default(), &BTreeSet::new())
}

/// A layout a person can compare.
fn text(layout: &Layout) -> String {
    let mut out = String::new();
    for node in &layout.nodes {
        let id = match &node.id {
            NodeId::Triggers => "no trigger".to_owned(),
            NodeId::Trigger(id) => format!("trigger {id}"),
            NodeId::Step(id) => format!("step {id}"),
        };
        writeln!(out, "{id} at {} {}", node.x, node.y).unwrap();
    }
    let owner = |owner: &BodyOwner| match owner {
        BodyOwner::Workflow => "workflow".to_owned(),
        BodyOwner::Shelf => "shelf".to_owned(),
        BodyOwner::Arm { step, arm } => format!("{step}/{arm}"),
    };
    for slot in &layout.slots {
        let end = if slot.end_of_body { ", end" } else { "" };
        writeln!(out, "slot {} {} at {} {}{end}", owner(&slot.slot.owner), slot.slot.index, slot.x, slot.y).unwrap();
    }
    for arm in &layout.arms {
        writeln!(out, "arm {}/{} at {} {}", arm.step, arm.arm, arm.x, arm.y).unwrap();
    }
    for frame in &layout.frames {
        writeln!(out, "frame {} at {} {}, {} x {}", frame.step, frame.x, frame.y, frame.w, frame.h).unwrap();
    }
    for (step, x, y) in &layout.add_arm {
        writeln!(out, "add to {step} at {x} {y}").unwrap();
    }
    for edge in &layout.edges {
        writeln!(out, "edge {}{}", edge.path, if edge.dim { " dim" } else { "" }).unwrap();
    }
    writeln!(out, "end {:?}, {} x {} from {}", layout.end, layout.width, layout.height, layout.min_x).unwrap();
    out
}

#[test]
fn an_empty_workflow() {
    insta::assert_snapshot!(text(&placed(&WorkflowDefinition::default())));
}

#[test]
fn a_workflow_of_everything() {
    insta::assert_snapshot!(text(&placed(&sample())));
}

/// A loop with a parallel step in it, and a section with an error body.
fn framed() -> WorkflowDefinition {
    let mut parallel = branch(&[&["left"], &["right"]]);
    parallel["type"] = "parallel".into();
    parallel["mode"].take();
    parallel.as_object_mut().unwrap().remove("mode");
    workflow(
        &["each", "try", "after"],
        &[
            ("each", json!({ "type": "for_each", "over": { "literal": [] }, "body": ["both", "go"] })),
            ("both", parallel),
            ("left", set()),
            ("right", set()),
            ("go", json!({ "type": "continue" })),
            ("try", json!({ "type": "section", "body": ["risky"], "error_body": ["tell", "again"] })),
            ("risky", set()),
            ("tell", set()),
            ("again", json!({ "type": "repeat_until", "until": { "all": [] }, "max": 3 })),
            ("after", set()),
        ],
    )
}

#[test]
fn loops_and_sections_are_framed() {
    let def = framed();
    let layout = placed(&def);
    overlap_free(&layout);
    for frame in &layout.frames {
        let step = def.steps.get(&frame.step).unwrap();
        for id in step.kind.bodies().flatten() {
            let node = layout.node(&NodeId::Step(id.clone())).unwrap();
            let inside = node.x > frame.x
                && node.x + node.w < frame.x + frame.w
                && node.y > frame.y
                && node.y + node.h < frame.y + frame.h;
            assert!(inside, "{id} stands outside {}", frame.step);
        }
    }
    insta::assert_snapshot!(text(&layout));
    let folds = BTreeSet::from([StepId::from("each"), StepId::from("try")]);
    assert_eq!(place(&def, &Metrics::default(), &folds).frames, [], "folded, a frame is only its node");
}

#[test]
fn a_line_passes_by_what_runs_when_nobody_answers() {
    let wait = |body: serde_json::Value| json!({ "type": "wait", "until": { "type": "callback" }, "timeout_body": body });
    let stop = json!({ "type": "stop", "result": "success" });
    let each = json!({ "type": "for_each", "over": { "literal": [] }, "body": ["ask"], "error_body": ["mend"], "on_item_error": "body" });
    let steps = [
        ("each", each),
        ("ask", wait(json!(["remind", "stop"]))),
        ("remind", set()),
        ("stop", stop),
        ("mend", set()),
        ("after", set()),
    ];
    let def = workflow(&["each", "after"], &steps);
    let layout = placed(&def);
    overlap_free(&layout);
    insta::assert_snapshot!(text(&layout));
    let leaving = |layout: &Layout| layout.edges.last().map(|edge| edge.dim);
    assert_eq!(leaving(&layout), Some(false), "whoever answers goes on");
    let plain = placed(&workflow(&["ask"], &[("ask", wait(json!(null)))]));
    assert_eq!((plain.frames.len(), plain.slots.len()), (0, 2), "without such a body a wait is only its node");
}

#[test]
fn a_folded_branch_hides_its_arms() {
    let folds = BTreeSet::from([StepId::from("size")]);
    insta::assert_snapshot!(text(&place(&sample(), &Metrics::default(), &folds)));
}

#[test]
fn definitions_that_contradict_themselves_have_a_layout() {
    let def =
        workflow(&["b", "ghost", "s", "s"], &[("b", branch(&[&["b", "s"], &["ghost"]])), ("s", set()), ("none", branch(&[]))]);
    let layout = placed(&def);
    assert_eq!(layout.nodes.iter().filter(|node| matches!(node.id, NodeId::Step(_))).count(), 2);
    overlap_free(&layout);
    let none = placed(&workflow(&["none"], &[("none", branch(&[]))]));
    assert_eq!(none.add_arm.len(), 1);
}

#[test]
fn endless_nesting_ends() {
    let ids: Vec<String> = (0..5000).map(|n| format!("b{n}")).collect();
    let mut def = WorkflowDefinition { body: vec!["b0".into()], ..WorkflowDefinition::default() };
    for (n, id) in ids.iter().enumerate() {
        let inner: Vec<&str> = ids.get(n + 1).map(String::as_str).into_iter().collect();
        let one = workflow(&[], &[(id, branch(&[&inner]))]);
        def.steps.extend(one.steps);
    }
    let layout = placed(&def);
    assert!(layout.nodes.len() < 100);
}

#[test]
fn large_workflows_are_placed_quickly() {
    let ids: Vec<String> = (0..500).map(|n| format!("s{n}")).collect();
    let mut steps = Vec::new();
    let mut body = Vec::new();
    for chunk in ids.chunks(5) {
        let [top, rest @ ..] = chunk else { continue };
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        body.push(top.as_str());
        steps.push((top.as_str(), branch(&[&rest[..2], &rest[2..]])));
        steps.extend(rest.into_iter().map(|id| (id, set())));
    }
    let def = workflow(&body, &steps);
    let began = Instant::now();
    let layout = placed(&def);
    println!("500 steps placed in {:?}, {} edges", began.elapsed(), layout.edges.len());
    assert_eq!(layout.nodes.len(), 501);
}

fn overlap_free(layout: &Layout) {
    // Only nodes in the same stripe of heights can overlap: sorted by height, each is compared with those that begin above its end.
    let mut nodes: Vec<&Node> = layout.nodes.iter().collect();
    nodes.sort_by(|a, b| a.y.total_cmp(&b.y));
    for (at, a) in nodes.iter().enumerate() {
        for b in nodes[at + 1..].iter().take_while(|b| b.y < a.y + a.h) {
            assert!(a.x + a.w <= b.x || b.x + b.w <= a.x, "{:?} and {:?} overlap", a.id, b.id);
        }
    }
    for slot in &layout.slots {
        for node in &nodes {
            let inside = slot.x > node.x && slot.x < node.x + node.w && slot.y > node.y && slot.y < node.y + node.h;
            assert!(!inside, "{:?} lies on {:?}", slot.slot, node.id);
        }
    }
    for node in &nodes {
        assert!(
            node.x >= layout.min_x
                && node.x + node.w <= layout.min_x + layout.width
                && node.y >= 0.0
                && node.y + node.h <= layout.height
        );
    }
}

/// Bodies of bodies: a plain step, a branch with these arms, a loop, a section or a wait with this one or these two bodies.
#[derive(Debug, Clone)]
enum Shape {
    Plain,
    Arms(Vec<Vec<Shape>>),
    Loop(Vec<Shape>),
    Section(Vec<Shape>, Vec<Shape>),
    Wait(Vec<Shape>),
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let shape = Just(Shape::Plain).prop_recursive(4, 60, 4, |inner| {
        let body = prop::collection::vec(inner, 0..4);
        prop_oneof![
            prop::collection::vec(body.clone(), 0..4).prop_map(Shape::Arms),
            body.clone().prop_map(Shape::Loop),
            body.clone().prop_map(Shape::Wait),
            (body.clone(), body).prop_map(|(body, error)| Shape::Section(body, error)),
        ]
    });
    prop::collection::vec(shape, 0..8)
}

fn build(def: &mut WorkflowDefinition, shapes: Vec<Shape>) -> Vec<StepId> {
    let mut body = Vec::new();
    for shape in shapes {
        let id = format!("s{}", def.steps.len());
        def.steps.extend(workflow(&[], &[(&id, set())]).steps);
        let kind = match shape {
            Shape::Plain => set(),
            Shape::Arms(arms) => {
                let bodies: Vec<Vec<StepId>> = arms.into_iter().map(|arm| build(def, arm)).collect();
                let bodies: Vec<Vec<&str>> = bodies.iter().map(|body| body.iter().map(StepId::as_str).collect()).collect();
                let bodies: Vec<&[&str]> = bodies.iter().map(Vec::as_slice).collect();
                branch(&bodies)
            }
            Shape::Loop(body) => json!({ "type": "repeat_until", "until": { "all": [] }, "max": 1, "body": build(def, body) }),
            Shape::Wait(body) => {
                json!({ "type": "wait", "until": { "type": "callback" }, "timeout_body": build(def, body) })
            }
            Shape::Section(body, error) => {
                json!({ "type": "section", "body": build(def, body), "error_body": build(def, error) })
            }
        };
        def.steps.extend(workflow(&[], &[(&id, kind)]).steps);
        body.push(StepId(id));
    }
    body
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_has_its_own_place(shapes in shapes()) {
        let mut def = WorkflowDefinition::default();
        def.body = build(&mut def, shapes);
        let layout = placed(&def);
        overlap_free(&layout);
        prop_assert_eq!(&layout, &placed(&def), "the same every time");

        let mut found: BTreeMap<&NodeId, usize> = BTreeMap::new();
        for node in &layout.nodes {
            *found.entry(&node.id).or_default() += 1;
            let NodeId::Step(id) = &node.id else { continue };
            prop_assert_eq!(def.position_of(id), Some((node.parent.clone(), node.index)));
        }
        prop_assert!(found.values().all(|times| *times == 1));
        prop_assert_eq!(found.len(), def.steps.len() + 1);

        // A slot before and after every step of every body, each once.
        let mut slots: Vec<Slot> = layout.slots.iter().map(|slot| slot.slot.clone()).collect();
        let places = |slot: &Slot| (slot.owner.clone(), slot.index);
        slots.sort_by_key(places);
        let drawn: Vec<_> = def.bodies().into_iter().filter(|body| body.owner != BodyOwner::Shelf).collect();
        let mut wanted: Vec<Slot> = drawn.iter().flat_map(|body| {
            let owner = body.owner.clone();
            (0..=body.steps.len()).map(move |index| Slot { owner: owner.clone(), index })
        }).collect();
        wanted.sort_by_key(places);
        prop_assert_eq!(slots, wanted);
        let ends = layout.slots.iter().filter(|slot| slot.end_of_body).count();
        prop_assert_eq!(ends, drawn.len());
    }
}

#[test]
fn notes_make_room_between_the_steps() {
    let mut def = sample();
    let plain = place(&def, &Metrics::default(), &BTreeSet::new());
    let note = |owner: BodyOwner, after: Option<&str>| model::definition::Note {
        text: "Why".into(),
        owner,
        after: after.map(StepId::from),
    };
    def.notes.insert("n1".into(), note(BodyOwner::Workflow, Some("filter")));
    def.notes.insert("n2".into(), note(BodyOwner::Workflow, Some("filter")));
    def.notes.insert("n3".into(), note(BodyOwner::Arm { step: "size".into(), arm: "x1".into() }, None));
    def.notes.insert("n4".into(), note(BodyOwner::Arm { step: "gone".into(), arm: "x1".into() }, None));
    let layout = place(&def, &Metrics::default(), &BTreeSet::new());
    let Metrics { note_h, note_gap, .. } = Metrics::default();
    let y = |layout: &Layout, id: &str| layout.node(&NodeId::Step(id.into())).unwrap().y;
    assert_eq!(y(&layout, "size") - y(&plain, "size"), 2.0 * (note_h + note_gap));
    assert_eq!(y(&layout, "filter"), y(&plain, "filter"));
    assert_eq!(y(&layout, "welcome") - y(&layout, "contact"), note_h + note_gap, "only in its own arm");
    assert_eq!(
        layout.notes.iter().map(|note| note.id.as_str()).collect::<Vec<_>>(),
        ["n1", "n2", "n3"],
        "none for a body that has gone"
    );
    for note in &layout.notes {
        let clear = layout.nodes.iter().all(|node| !node.rect().touches(&note.rect()));
        assert!(clear, "{} lies over a card", note.id);
    }
    assert!(layout.edges.iter().all(|edge| edge.area.touches(&layout.bounds())));
}
