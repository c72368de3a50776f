//! Definitions beside each other: what differs in words, and what two people changed at once.

use std::collections::BTreeMap;

use model::{
    WorkflowDefinition,
    compare::{
        About, Choice, Content, Diff, Field, How, Labels, Merge, Path, Subject, diff, field_name, merge, place_words, words,
    },
    definition::{BodyOwner, EditOp, Note, Patch, Settings, Slot, apply},
    ids::{NoteId, StepId},
    step::Step,
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use crate::edits::{fixture, loop_op, loops, op};

struct Names<'a>(&'a WorkflowDefinition, &'a WorkflowDefinition);

impl Labels for Names<'_> {
    fn step(&self, id: &StepId) -> Option<String> {
        self.0.step(id).or_else(|| self.1.step(id)).map(|step| step.label.clone())
    }

    fn arm(&self, step: &StepId, arm: &str) -> Option<String> {
        [self.0, self.1]
            .iter()
            .find_map(|def| Some(def.step(step)?.kind.arms()?.iter().find(|one| one.id.0 == arm)?.label.clone()))
    }
}

fn side(path: &Path, content: Option<&Content>, labels: &Names<'_>) -> String {
    content.map_or_else(|| "nothing".into(), |content| format!("“{}”", words(path, content, labels)))
}

fn field(subject: &Subject, field: &Field, labels: &Names<'_>) -> String {
    let (before, after) = (side(&field.path, field.before.as_ref(), labels), side(&field.path, field.after.as_ref(), labels));
    format!("    {}: {before} -> {after}", field_name(subject, &field.path, labels))
}

fn told(diff: &Diff, labels: &Names<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &diff.changes {
        let name = format!("{} “{}”", change.kind, change.label);
        match &change.how {
            How::Added(place) => {
                lines.push(format!("+ {name} {}", place.as_ref().map(|place| place_words(place, labels)).unwrap_or_default()));
            }
            How::Removed => lines.push(format!("- {name}")),
            How::Changed { moved, fields } => {
                lines.push(format!("~ {name}"));
                lines.extend(
                    moved
                        .iter()
                        .map(|(from, to)| format!("    moved from {} to {}", place_words(from, labels), place_words(to, labels))),
                );
                lines.extend(fields.iter().map(|one| field(&change.subject, one, labels)));
            }
        }
    }
    lines
}

#[derive(Deserialize)]
struct Case {
    name: String,
    mine: Vec<EditOp>,
    theirs: Option<Vec<EditOp>>,
}

fn edited(ops: &[EditOp]) -> WorkflowDefinition {
    let mut def = fixture();
    ops.iter().for_each(|op| _ = apply(&mut def, op.clone()).unwrap());
    def
}

#[test]
fn differences_and_conflicts_in_words() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../fixtures/compare.json")).unwrap();
    let mut lines = Vec::new();
    for case in cases {
        let (base, mine) = (fixture(), edited(&case.mine));
        lines.push(format!("# {}", case.name));
        let Some(theirs) = case.theirs.as_deref().map(edited) else {
            lines.extend(told(&diff(&base, &mine), &Names(&mine, &base)));
            continue;
        };
        let both = merge(&base, &mine, &theirs, &BTreeMap::new());
        sound(&both.definition);
        lines.extend(told(&diff(&base, &both.definition), &Names(&both.definition, &base)));
        let labels = Names(&mine, &theirs);
        for conflict in &both.conflicts {
            let about = match &conflict.about {
                About::Field { path, mine, theirs } => format!(
                    "{}: mine {}, theirs {}",
                    field_name(&conflict.subject, path, &labels),
                    side(path, (**mine).as_ref(), &labels),
                    side(path, (**theirs).as_ref(), &labels)
                ),
                About::Deleted { by_me } => (if *by_me { "I deleted it" } else { "they deleted it" }).to_owned(),
                About::Moved { mine, theirs } => {
                    format!("mine {}, theirs {}", place_words(mine, &labels), place_words(theirs, &labels))
                }
                About::Order(_) => "order".into(),
            };
            lines.push(format!("! {} “{}” {about}", conflict.kind, conflict.label));
        }
        if !both.conflicts.is_empty() {
            let [mine, theirs] = [Choice::Mine, Choice::Theirs].map(|choice| {
                let choices = both.conflicts.iter().map(|conflict| (conflict.key(), choice)).collect();
                merge(&base, &mine, &theirs, &choices).definition
            });
            sound(&mine);
            sound(&theirs);
            assert!(mine != theirs, "{}: a choice changes what comes of it", case.name);
        }
    }
    insta::assert_snapshot!("compare", lines.join("\n"));
}

#[test]
fn a_step_of_mine_is_found_by_the_id_it_has_now() {
    let added = |label: &str| {
        let step: Step =
            serde_json::from_value(serde_json::json!({ "slug": label, "label": label, "kind": { "type": "set", "fields": [] } }))
                .unwrap();
        let slot = Slot { owner: BodyOwner::Workflow, index: 0 };
        edited(&[EditOp::Insert { id: "s77".into(), steps: vec![("s77".into(), step)], slot }])
    };
    let both = together(&fixture(), &added("mine"), &added("theirs"));
    let label = |id: &StepId| both.definition.step(id).map(|step| step.label.clone());
    assert_eq!(label(&"s77".into()).as_deref(), Some("theirs"), "what came first keeps its id");
    assert_eq!(label(both.id_now(&"s77".into())).as_deref(), Some("mine"));
    let other = fixture().body[0].clone();
    assert_eq!(both.id_now(&other), &other);
}

/// Every step stands in exactly one body and has a name of its own.
fn sound(def: &WorkflowDefinition) {
    let mut placed: Vec<StepId> = def.bodies().into_iter().flat_map(|body| body.steps.to_vec()).collect();
    placed.sort();
    assert_eq!(placed, def.steps.keys().cloned().collect::<Vec<_>>());
    let mut slugs: Vec<&str> = def.steps.values().map(|step| step.slug.as_str()).collect();
    let all = slugs.len();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), all);
}

fn zone(def: &WorkflowDefinition) -> WorkflowDefinition {
    let settings = Settings { time_zone: "Africa/Nairobi".into(), ..def.settings.clone() };
    WorkflowDefinition { settings, ..def.clone() }
}

fn together(base: &WorkflowDefinition, mine: &WorkflowDefinition, theirs: &WorkflowDefinition) -> Merge {
    merge(base, mine, theirs, &BTreeMap::new())
}

fn after(base: &WorkflowDefinition, ops: Vec<EditOp>) -> WorkflowDefinition {
    let mut def = base.clone();
    for op in ops {
        let _ = apply(&mut def, op);
    }
    def
}

fn edits() -> impl Strategy<Value = (WorkflowDefinition, Vec<EditOp>, Vec<EditOp>)> {
    prop_oneof![
        (Just(fixture()), prop::collection::vec(op(), 0..8), prop::collection::vec(op(), 0..8)),
        (Just(loops()), prop::collection::vec(loop_op(), 0..8), prop::collection::vec(loop_op(), 0..8)),
    ]
}

proptest! {
    #[test]
    fn two_sides_make_a_sound_definition((base, mine, theirs) in edits()) {
        let (mine, theirs) = (after(&base, mine), after(&base, theirs));
        let both = together(&base, &mine, &theirs);
        sound(&both.definition);
        let choices = both.conflicts.iter().map(|conflict| (conflict.key(), Choice::Theirs)).collect();
        sound(&merge(&base, &mine, &theirs, &choices).definition);
    }

    #[test]
    fn what_one_side_leaves_alone_is_the_others((base, ops, _) in edits()) {
        let changed = after(&base, ops);
        prop_assert_eq!(&together(&base, &base, &changed).definition, &changed);
        prop_assert_eq!(&together(&base, &changed, &base).definition, &changed);
        prop_assert_eq!(&together(&base, &changed, &changed).definition, &changed);
        // The same without the short ways: only the settings differ on the other side.
        for (mine, theirs) in [(zone(&base), changed.clone()), (changed.clone(), zone(&base))] {
            let both = together(&base, &mine, &theirs);
            prop_assert_eq!(both.conflicts, vec![]);
            prop_assert_eq!(both.definition, zone(&changed));
        }
    }

    #[test]
    fn a_patch_leads_there_and_back((base, ops, _) in edits()) {
        let changed = after(&base, ops);
        let mut def = base.clone();
        let back = apply(&mut def, EditOp::Replace { patch: Patch::between(&base, &changed) }).unwrap();
        prop_assert_eq!(&def, &changed);
        apply(&mut def, back).unwrap();
        prop_assert_eq!(&def, &base);
        prop_assert_eq!(diff(&base, &changed).changes.is_empty(), base == changed);
    }
}

#[test]
fn nobody_loses_a_note() {
    let note = |text: &str| Note { text: text.into(), owner: BodyOwner::Workflow, after: None };
    let with = |notes: &[(&str, &str)]| {
        let notes = notes.iter().map(|(id, text)| (NoteId::from(*id), note(text))).collect();
        WorkflowDefinition { notes, ..fixture() }
    };
    let base = with(&[("both", "Ask Ada."), ("gone", "Old."), ("kept", "Why?")]);
    let mine = with(&[("both", "Ask Ada first."), ("kept", "Why? Because."), ("mine", "New.")]);
    let theirs = with(&[("both", "Ask Bob."), ("gone", "Old.")]);
    let all = together(&base, &mine, &theirs).definition;
    assert_eq!(
        all,
        with(&[("both", "Ask Bob.\n\nAsk Ada first."), ("kept", "Why? Because."), ("mine", "New.")]),
        "what both wrote stays, and so does what one wrote on while the other took it away"
    );
}

#[test]
fn what_both_made_under_one_id_stays_apart_with_all_that_names_it() {
    let base = fixture();
    // Each parked a new step of their own, wrote a note below it, and one in its arm.
    let with = |name: &str| {
        let step = |slug: String, kind: serde_json::Value| -> Step {
            serde_json::from_value(json!({ "slug": slug, "label": slug, "kind": kind })).unwrap()
        };
        let mut def = base.clone();
        let pill = json!({ "template": [{ "pill": { "source": { "step": "s1" }, "path": [] } }] });
        let set = json!({ "type": "set", "fields": [{ "name": "x", "value": pill }] });
        def.steps.insert("s1".into(), step(name.into(), json!({ "type": "section", "body": ["s2"] })));
        def.steps.insert("s2".into(), step(format!("{name}_in"), set));
        def.shelf.push("s1".into());
        let arm = BodyOwner::Arm { step: "s1".into(), arm: "body".into() };
        def.notes.insert("n1".into(), Note { text: name.into(), owner: arm, after: Some("s2".into()) });
        def.notes.insert("n2".into(), Note { text: "same".into(), owner: BodyOwner::Shelf, after: None });
        def
    };
    let both = together(&base, &with("mine"), &with("theirs"));
    sound(&both.definition);
    let id = |slug: &str| both.definition.steps.iter().find(|(_, step)| step.slug == slug).map(|(id, _)| id.clone()).unwrap();
    assert_eq!((id("theirs").as_str(), id("theirs_in").as_str()), ("s1", "s2"));
    let (own, inner) = (id("mine"), id("mine_in"));
    assert_eq!(both.definition.shelf, [own.clone(), "s1".into()]);
    let pill = json!(both.definition.step(&inner).unwrap().kind);
    assert_eq!(pill["fields"][0]["value"]["template"][0]["pill"]["source"]["step"], json!(own));
    let texts = both.definition.notes.values().map(|note| note.text.as_str()).collect::<Vec<_>>();
    assert_eq!(texts, ["theirs", "same", "mine"], "two notes, and what both wrote alike once");
    let note = both.definition.notes.values().find(|note| note.text == "mine").unwrap();
    assert_eq!(note.owner, BodyOwner::Arm { step: own.clone(), arm: "body".into() });
    assert_eq!(note.after.as_ref(), Some(&inner));
    assert_eq!(both.renamed.notes, [("n1".into(), "n3".into())]);
    assert_eq!(both.renamed.steps, [("s1".into(), own), ("s2".into(), inner)]);
}

#[test]
fn a_patch_that_does_not_fit_changes_nothing() {
    let mut def = fixture();
    let patch = Patch { body: Some(vec!["keep".into(), "ghost".into()]), ..Patch::default() };
    assert!(apply(&mut def, EditOp::Replace { patch }).is_err());
    assert_eq!(def, fixture());
}
