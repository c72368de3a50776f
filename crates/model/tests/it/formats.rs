//! Stored formats stay readable: every release's definitions are kept as fixtures.

use model::WorkflowDefinition;
use serde_json::Value;

fn fixture() -> Value {
    serde_json::from_str(include_str!("../../fixtures/definition-1.json")).unwrap()
}

#[test]
fn a_definition_of_every_kind_reads_and_writes_the_same() {
    let definition: WorkflowDefinition = serde_json::from_value(fixture()).unwrap();
    let again = serde_json::to_value(&definition).unwrap();
    assert_eq!(serde_json::from_value::<WorkflowDefinition>(again.clone()).unwrap(), definition);
    let kinds: std::collections::BTreeSet<_> = definition.steps.values().map(|step| step.kind.name()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["action", "branch", "delay", "filter", "respond", "set", "stop"]);
    insta::assert_json_snapshot!("definition", again);
}

#[test]
fn a_definition_of_loops_reads_and_writes_the_same() {
    let fixture: Value = serde_json::from_str(include_str!("../../fixtures/definition-2.json")).unwrap();
    let definition: WorkflowDefinition = serde_json::from_value(fixture).unwrap();
    let again = serde_json::to_value(&definition).unwrap();
    assert_eq!(serde_json::from_value::<WorkflowDefinition>(again.clone()).unwrap(), definition);
    let kinds: std::collections::BTreeSet<_> = definition.steps.values().map(|step| step.kind.name()).collect();
    let all = ["branch", "break", "continue", "for_each", "parallel", "repeat_until", "section", "set"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    insta::assert_json_snapshot!("definition_of_loops", again);

    let before = |id: &str| definition.before(&id.into()).into_iter().map(|step| step.0).collect::<Vec<_>>();
    assert_eq!(before("enough"), ["ask_north", "ask_south", "race"]);
    assert_eq!(before("plain"), ["orders", "poll", "tell", "carefully"], "not what runs many times");
    assert_eq!(before("tell"), ["orders", "poll"]);
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
