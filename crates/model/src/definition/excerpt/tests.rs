use serde_json::{Value, json};

use super::*;
use crate::definition::{BodyOwner, apply};

fn pill(id: &str) -> Value {
    json!({ "template": [{ "pill": { "source": { "step": id }, "path": ["email"] } }] })
}

fn set(slug: &str, values: &[Value]) -> Value {
    let fields: Vec<Value> = values.iter().map(|value| json!({ "name": "x", "value": value })).collect();
    json!({ "slug": slug, "label": slug, "kind": { "type": "set", "fields": fields } })
}

/// first, group(read -> write), last; write uses first and read, last uses read.
fn sample() -> WorkflowDefinition {
    serde_json::from_value(json!({
        "schema": 1,
        "steps": {
            "s1": set("first", &[]),
            "s2": { "slug": "group", "label": "group", "kind": { "type": "section", "body": ["s3", "s4"] } },
            "s3": set("read", &[]),
            "s4": set("write", &[pill("s1"), pill("s3"), json!({ "expr": "first.a ~ read.b" })]),
            "s5": set("last", &[pill("s3")]),
        },
        "body": ["s1", "s2", "s5"],
    }))
    .unwrap()
}

fn ids(names: &[&str]) -> BTreeSet<StepId> {
    names.iter().map(|id| StepId::from(*id)).collect()
}

fn top(index: usize) -> Slot {
    Slot { owner: BodyOwner::Workflow, index }
}

fn pasted(into: &WorkflowDefinition, excerpt: &Excerpt, at: usize, here: &str) -> (WorkflowDefinition, Vec<StepId>) {
    let mut after = into.clone();
    let (tops, op) = excerpt.insert(into, &top(at), here);
    let inverse = apply(&mut after, op).unwrap();
    let mut back = after.clone();
    apply(&mut back, inverse).unwrap();
    assert_eq!(&back, into, "one inverse takes all of it back");
    (after, tops)
}

fn text_of(def: &WorkflowDefinition, slug: &str) -> String {
    let step = def.steps.values().find(|step| step.slug == slug).unwrap();
    serde_json::to_string(&step.kind).unwrap()
}

#[test]
fn a_copy_beside_the_original_takes_from_the_copy() {
    let def = sample();
    let copied = Excerpt::of(&def, &ids(&["s2"]), "wf_1".into(), |_| None).unwrap();
    assert_eq!(Excerpt::parse(&copied.to_text()).unwrap(), copied);
    let (after, tops) = pasted(&def, &copied, 2, "wf_1");
    assert_eq!((after.steps.len(), after.body.len(), tops.len()), (8, 4, 1));
    let write = text_of(&after, "write_2");
    let read = after.steps.iter().find(|(_, step)| step.slug == "read_2").unwrap().0;
    assert!(write.contains(&format!("\"step\":\"{read}\"")), "the copy's own: {write}");
    assert!(write.contains("\"step\":\"s1\"") && write.contains("first.a ~ read_2.b"), "outside, as it was: {write}");
    assert!(text_of(&after, "write").contains("\"step\":\"s3\""), "the original is left alone");
}

#[test]
fn what_was_cut_comes_back_under_its_own_id() {
    let mut def = sample();
    let cut = Excerpt::of(&def, &ids(&["s2"]), "wf_1".into(), |_| None).unwrap();
    apply(&mut def, EditOp::Delete { id: "s2".into() }).unwrap();
    let (after, tops) = pasted(&def, &cut, 0, "wf_1");
    assert_eq!(tops, [StepId::from("s2")]);
    assert!(text_of(&after, "last").contains("\"step\":\"s3\"") && after.steps.contains_key(&StepId::from("s3")));
}

#[test]
fn in_another_workflow_nothing_is_taken_from_a_step_of_the_same_id() {
    let copied = Excerpt::of(&sample(), &ids(&["s2"]), "wf_1".into(), |_| None).unwrap();
    let other: WorkflowDefinition =
        serde_json::from_value(json!({ "schema": 1, "steps": { "s1": set("other", &[]) }, "body": ["s1"] })).unwrap();
    let (after, _) = pasted(&other, &copied, 1, "wf_2");
    let write = text_of(&after, "write");
    assert!(!write.contains("\"step\":\"s1\"") && write.contains("gone_1_s1"), "{write}");
    assert_eq!(after.in_order().len(), 4);
}

#[test]
fn names_stay_unique_also_among_those_that_come_along() {
    let mut def = sample();
    for _ in 0..3 {
        let copied = Excerpt::of(&def, &def.body.iter().cloned().collect(), "wf_1".into(), |_| None).unwrap();
        def = pasted(&def, &copied, 1, "wf_1").0;
    }
    let slugs: BTreeSet<&str> = def.steps.values().map(|step| step.slug.as_str()).collect();
    let labels: BTreeSet<&str> = def.steps.values().map(|step| step.label.as_str()).collect();
    assert_eq!((slugs.len(), labels.len(), def.steps.len(), def.in_order().len()), (40, 40, 40, 40));
}

#[test]
fn connections_are_asked_for_where_they_are_not_known() {
    let action = |connection: ConnectionId| json!({ "slug": "say", "label": "Say", "kind": { "type": "action", "connector": "slack", "version": 1, "operation": "send_message", "connection": connection, "input": {} } });
    let (known, other) = (ConnectionId(7), ConnectionId(8));
    let def: WorkflowDefinition =
        serde_json::from_value(json!({ "schema": 1, "steps": { "s1": action(known) }, "body": ["s1"] })).unwrap();
    let used = |_| Some(Used { connector: "slack".into(), label: "Acme".into() });
    let mut copied = Excerpt::of(&def, &ids(&["s1"]), String::new(), used).unwrap();
    assert!(copied.strangers(|id| (id == known).then(|| "slack".to_owned())).is_empty());
    // The same id for another service is another account.
    assert_eq!(copied.strangers(|_| Some("gmail".to_owned())).len(), 1);
    let strange = copied.strangers(|_| None);
    assert_eq!(strange[&known], Used { connector: "slack".into(), label: "Acme".into() });
    copied.reconnect(&BTreeMap::from([(known, Some(other))]));
    assert_eq!(connection(&copied.steps[&StepId::from("s1")]), Some(other));
    copied.reconnect(&BTreeMap::from([(other, None)]));
    assert_eq!(connection(&copied.steps[&StepId::from("s1")]), None);
}

#[test]
fn what_is_no_excerpt_is_refused_with_the_reason() {
    let good = Excerpt::of(&sample(), &ids(&["s2"]), String::new(), |_| None).unwrap().to_text();
    let value: Value = serde_json::from_str(&good).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value = value.clone();
        change(&mut value);
        Excerpt::parse(&value.to_string()).map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(changed(&|_| {}), Ok(()));
    for text in ["", "hello", "{}", "[]", "{\"patchbay\":\"other\",\"schema\":1}", "<img onerror=alert(1)>", "null"] {
        assert_eq!(Excerpt::parse(text), Err(ExcerptError::NotSteps), "{text}");
    }
    assert_eq!(changed(&|value| value["schema"] = json!(99)), Err("paste.newer"));
    assert_eq!(changed(&|value| value["body"] = json!([])), Err("paste.broken"));
    assert_eq!(changed(&|value| value["body"] = json!(["s2", "s2"])), Err("paste.broken"));
    assert_eq!(changed(&|value| value["body"] = json!(["s2", "s3"])), Err("paste.broken"), "in two places");
    assert_eq!(changed(&|value| value["steps"]["s2"]["kind"]["body"] = json!(["s2"])), Err("paste.broken"), "inside itself");
    assert_eq!(changed(&|value| value["steps"]["s3"]["kind"] = json!({ "type": "no_such_kind" })), Err("paste.broken"));
    assert_eq!(changed(&|value| value["evil"] = json!(1)), Err("paste.broken"));
    assert_eq!(Excerpt::parse(&" ".repeat(MOST_BYTES + 1)), Err(ExcerptError::TooLarge));
    let deep = "[".repeat(100_000);
    assert_eq!(Excerpt::parse(&deep), Err(ExcerptError::NotSteps));
}
