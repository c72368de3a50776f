//! Stored formats stay readable: every release's definitions are kept as fixtures.

use std::collections::BTreeSet;

use model::{
    Timestamp, WorkflowDefinition,
    ids::RunId,
    run::{RunEvent, RunState, RunStatus, Snapshot, StepStatus},
};
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/definition-1.json")).unwrap()
}

#[test]
fn a_definition_of_every_kind_reads_and_writes_the_same() {
    let definition: WorkflowDefinition = serde_json::from_value(fixture()).unwrap();
    let again = serde_json::to_value(&definition).unwrap();
    assert_eq!(serde_json::from_value::<WorkflowDefinition>(again.clone()).unwrap(), definition);
    let kinds: BTreeSet<_> = definition.steps.values().map(|step| step.kind.name()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["action", "branch", "delay", "filter", "respond", "set", "stop"]);
    insta::assert_json_snapshot!("definition", again);
}

#[test]
fn a_definition_of_loops_reads_and_writes_the_same() {
    let fixture: Value = serde_json::from_str(include_str!("../../fixtures/definition-2.json")).unwrap();
    let definition: WorkflowDefinition = serde_json::from_value(fixture).unwrap();
    let again = serde_json::to_value(&definition).unwrap();
    assert_eq!(serde_json::from_value::<WorkflowDefinition>(again.clone()).unwrap(), definition);
    let kinds: BTreeSet<_> = definition.steps.values().map(|step| step.kind.name()).collect();
    let all = ["branch", "break", "continue", "for_each", "parallel", "repeat_until", "section", "set"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    insta::assert_json_snapshot!("definition_of_loops", again);

    let before = |id: &str| definition.before(&id.into()).into_iter().map(|step| step.0).collect::<Vec<_>>();
    assert_eq!(before("enough"), ["ask_north", "ask_south", "race"]);
    assert_eq!(before("plain"), ["orders", "poll", "tell", "carefully"], "not what runs many times");
    assert_eq!(before("tell"), ["orders", "poll"]);
}

#[test]
fn a_definition_of_what_waits_and_keeps_reads_and_writes_the_same() {
    let fixture: Value = serde_json::from_str(include_str!("../../fixtures/definition-3.json")).unwrap();
    let definition: WorkflowDefinition = serde_json::from_value(fixture).unwrap();
    let again = serde_json::to_value(&definition).unwrap();
    assert_eq!(serde_json::from_value::<WorkflowDefinition>(again.clone()).unwrap(), definition);
    let kinds: BTreeSet<_> = definition.steps.values().map(|step| step.kind.name()).collect();
    let all = ["code", "collect", "delay", "for_each", "lookup", "set", "store", "sub_workflow", "transform", "wait"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    insta::assert_json_snapshot!("definition_of_waits", again);

    let before = |id: &str| definition.before(&id.into()).into_iter().map(|step| step.0).collect::<Vec<_>>();
    assert_eq!(before("mend"), ["remind", "ask", "done", "start", "price"], "what the loop's body may have left behind");
    assert_eq!(before("remind"), Vec::<String>::new());
}

#[test]
fn a_definition_with_a_shelf_and_notes_reads_and_writes_the_same() {
    let fixture: Value = serde_json::from_str(include_str!("../../fixtures/definition-4.json")).unwrap();
    let definition: WorkflowDefinition = serde_json::from_value(fixture).unwrap();
    let again = serde_json::to_value(&definition).unwrap();
    assert_eq!(serde_json::from_value::<WorkflowDefinition>(again.clone()).unwrap(), definition);
    assert_eq!(definition.in_order().len(), 2, "what lies on the shelf does not run");
    assert!(definition.is_parked(&"inside".into()) && definition.before(&"inside".into()).is_empty());
    insta::assert_json_snapshot!("definition_with_shelf_and_notes", again);
}

#[test]
fn a_journal_of_waits_and_children_folds() {
    let text = include_str!("../../fixtures/journal-1.json");
    let fixture: Value = serde_json::from_str(text).unwrap();
    let journal: Vec<RunEvent> = serde_json::from_value(fixture.clone()).unwrap();
    assert_eq!(serde_json::to_value(&journal).unwrap(), fixture, "written as it was read");
    let state = RunState::fold(&journal);
    assert_eq!(state.status, RunStatus::Succeeded);
    assert!(state.answers.is_empty() && state.returned.is_some());
    let step = |id: &str| &state.steps[&id.into()];
    assert_eq!((step("ask").timed_out, step("ask").status), (Some(Timestamp(9)), StepStatus::Succeeded));
    assert_eq!(step("start").child, Some(RunId(99)));
    let all = step("lines").iterations.as_ref().unwrap();
    assert_eq!((all.finished, all.failed, all.reached(), all.has_ended(1)), (1, 1, 1, false));
    assert_eq!(all.caught.keys().collect::<Vec<_>>(), [&1]);

    let snapshot = serde_json::to_value(Snapshot::of(&state)).unwrap();
    assert_eq!(serde_json::from_value::<Snapshot>(snapshot.clone()).unwrap().restore(), state);
    insta::assert_json_snapshot!("snapshot", snapshot);
}

#[test]
fn unknown_kinds_and_fields_are_refused_by_name() {
    for (pointer, value, named) in [
        ("/steps/wait/kind/type", Value::from("teleport"), "teleport"),
        ("/steps/keep/kind/conditoin", Value::from(1), "conditoin"),
        ("/steps/big/kind/arms/0/colour", Value::from("red"), "colour"),
        ("/settings/colour", Value::from("red"), "colour"),
        ("/triggers/0/kind/type", Value::from("smoke"), "smoke"),
    ] {
        let mut broken = fixture();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        broken.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(key.into(), value);
        let error = serde_json::from_value::<WorkflowDefinition>(broken).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn what_ran_before_a_step() {
    let definition: WorkflowDefinition = serde_json::from_value(fixture()).unwrap();
    let before = |id: &str| definition.before(&id.into()).into_iter().map(|step| step.0).collect::<Vec<_>>();
    assert_eq!(before("keep"), Vec::<String>::new());
    assert_eq!(before("tell"), ["keep", "shape", "wait"]);
    assert_eq!(before("end"), ["keep", "shape"]);
    assert_eq!(before("until"), ["keep", "shape", "wait", "tell", "end", "big"]);
}
