use expr::{Seg, Source};
use model::{Problem, WorkflowDefinition, definition::apply, ids::ConnectionId};
use serde_json::{Value, json};

use super::{Known, Mend, MendKind, Mender, Offer};
use crate::{builtin, check};

fn definition(steps: Value, body: &[&str]) -> WorkflowDefinition {
    let hook = json!([{ "id": "hook", "label": "Hook", "kind": { "type": "webhook" } }]);
    serde_json::from_value(json!({ "schema": 1, "triggers": hook, "steps": steps, "body": body })).unwrap()
}

fn step(slug: &str, kind: Value) -> Value {
    json!({ "slug": slug, "label": slug.to_uppercase(), "kind": kind })
}

fn set(expression: &str) -> Value {
    json!({ "type": "set", "fields": [{ "name": "x", "value": { "expr": expression } }] })
}

fn problem(def: &WorkflowDefinition, code: &str) -> Problem {
    let all = check(def, builtin());
    let found = all.iter().find(|problem| problem.code == format!("definition.{code}"));
    found.unwrap_or_else(|| panic!("no {code} in {all:?}")).clone()
}

fn offers() -> Vec<Offer> {
    vec![Offer { id: ConnectionId(7), connector: "slack".into(), label: "Acme".into() }]
}

/// The mends of the first problem of a code, each tried: it takes the problem away, and undo brings the definition back.
fn found(def: &WorkflowDefinition, code: &str, offers: &[Offer], data: &[Known]) -> Vec<MendKind> {
    let problem = problem(def, code);
    let all: Vec<Mend> = Mender::new(def, builtin(), offers).mends(data, &problem);
    for mend in &all {
        let mut tried = def.clone();
        let back = apply(&mut tried, mend.op.clone()).unwrap();
        assert!(!check(&tried, builtin()).contains(&problem), "{mend:?}");
        apply(&mut tried, back).unwrap();
        assert_eq!(&tried, def);
    }
    all.into_iter().map(|mend| mend.kind).collect()
}

fn slack(input: Value) -> Value {
    json!({ "type": "action", "connector": "slack", "version": 1, "operation": "send_message", "input": input })
}

#[test]
fn the_only_connection_is_offered_and_two_are_not() {
    let def = definition(
        json!({ "send": step("send", slack(json!({ "channel": { "literal": "C1" }, "text": { "literal": "Hi" } }))) }),
        &["send"],
    );
    assert_eq!(found(&def, "no_connection", &offers(), &[]), [MendKind::UseConnection { label: "Acme".into() }]);
    assert_eq!(found(&def, "no_connection", &[], &[]), []);
    let two = [offers(), vec![Offer { id: ConnectionId(8), label: "Other".into(), ..offers().remove(0) }]].concat();
    assert_eq!(found(&def, "no_connection", &two, &[]), []);
}

#[test]
fn a_required_field_takes_the_only_data_of_its_name() {
    let def = definition(json!({ "send": step("send", slack(json!({ "channel": { "literal": "C1" } }))) }), &["send"]);
    let text = |path: &[&str], from: &str| Known {
        source: Source::Event,
        path: path.iter().map(|key| Seg::from(*key)).collect(),
        from: from.into(),
    };
    let data = [text(&["body", "Text"], "Hook"), text(&["body", "email"], "Hook")];
    let wanted = MendKind::UseData { name: "Text".into(), from: "Hook".into() };
    assert_eq!(found(&def, "required", &[], &data), [wanted]);
    let twice = [data[0].clone(), text(&["query", "text"], "Hook")];
    assert_eq!(found(&def, "required", &[], &twice), []);
}

#[test]
fn names_places_and_switches_are_mended() {
    let named = definition(
        json!({ "shape": step("shape", set("event.body")), "use": step("use", set("shpe.x ~ 'shpe'")) }),
        &["shape", "use"],
    );
    assert_eq!(found(&named, "unknown_reference", &[], &[]), [MendKind::UseName { name: "shape".into() }]);

    let later = definition(json!({ "a": step("a", set("b.x")), "b": step("b", set("event.body")) }), &["a", "b"]);
    assert_eq!(found(&later, "later_reference", &[], &[]), [MendKind::MoveBefore { label: "B".into() }]);
    // Each needs the other: moving one only moves the problem.
    let circle = definition(json!({ "a": step("a", set("b.x")), "b": step("b", set("a.x")) }), &["a", "b"]);
    assert_eq!(found(&circle, "later_reference", &[], &[]), []);

    let mut off = definition(json!({ "a": step("a", set("event.body")), "b": step("b", set("a.x")) }), &["a", "b"]);
    off.steps.get_mut(&"a".into()).unwrap().disabled = true;
    assert_eq!(found(&off, "switched_off_reference", &[], &[]), [MendKind::SwitchOn { label: "A".into() }]);
}

#[test]
fn what_never_runs_is_found_and_can_be_removed() {
    let stop = json!({ "type": "stop", "result": "success" });
    let def = definition(json!({ "end": step("end", stop), "late": step("late", set("event.body")) }), &["end", "late"]);
    assert_eq!(found(&def, "never_runs", &[], &[]), [MendKind::Remove { label: "LATE".into() }]);

    let arm = |id: &str, condition: Value, body: &[&str]| json!({ "id": id, "label": id, "condition": condition, "body": body });
    let branch = |arms: Vec<Value>| {
        definition(json!({ "way": step("way", json!({ "type": "branch", "mode": "first", "arms": arms })) }), &["way"])
    };
    let same =
        branch(vec![arm("one", json!({ "expr": "event.body.a" }), &[]), arm("two", json!({ "expr": "event.body.a" }), &[])]);
    assert_eq!(found(&same, "unreachable_arm", &[], &[]), [MendKind::Remove { label: "two".into() }]);
    let never = json!({ "all": [{ "expr": "event.body.a" }, { "test": { "left": { "literal": 1 }, "op": "greater_than", "right": { "literal": 2 } } }] });
    assert_eq!(problem(&branch(vec![arm("one", never, &[])]), "unreachable_arm").place.field.unwrap(), "arms.one.condition");
    let always = branch(vec![arm("one", json!({ "expr": "true" }), &[]), json!({ "id": "rest", "label": "rest", "body": [] })]);
    assert_eq!(problem(&always, "unreachable_arm").place.field.unwrap(), "arms.rest.condition");
    let depends = branch(vec![
        arm("one", json!({ "expr": "event.body.a > 1" }), &[]),
        arm("two", json!({ "expr": "event.body.a > 2" }), &[]),
    ]);
    assert!(!check(&depends, builtin()).iter().any(|problem| problem.code == "definition.unreachable_arm"));
}

#[test]
fn a_loop_that_ignores_its_elements_is_said() {
    let each = |inner: &str| {
        let each = json!({ "type": "for_each", "over": { "expr": "event.body.items" }, "body": ["inner"] });
        definition(json!({ "each": step("each", each), "inner": step("inner", set(inner)) }), &["each"])
    };
    assert_eq!(problem(&each("event.body.email"), "unused_loop").place.step.unwrap(), "each".into());
    for used in ["item.id", "loop.index + 1", "event.body.items[loop.index]"] {
        assert!(!check(&each(used), builtin()).iter().any(|problem| problem.code == "definition.unused_loop"), "{used}");
    }
    // What it gives for each, and what is done where one fails, are uses, too.
    let more = |key: &str, more: Value| {
        let mut each = json!({ "type": "for_each", "over": { "expr": "event.body.items" }, "body": ["inner"] });
        each[key] = more;
        let steps = json!({
            "each": step("each", each), "inner": step("inner", set("event.body.email")), "tell": step("tell", set("item.id")),
        });
        let def = definition(steps, &["each"]);
        check(&def, builtin()).iter().any(|problem| problem.code == "definition.unused_loop")
    };
    assert!(!more("output", json!({ "expr": "item.id" })));
    assert!(more("output", json!({ "expr": "inner.x" })), "nothing of the element");
    assert!(!more("error_body", json!(["tell"])));
    let empty = definition(
        json!({
            "each": step("each", json!({ "type": "for_each", "over": { "expr": "event.body.items" } })),
            "other": step("other", set("event.body")),
        }),
        &["each", "other"],
    );
    assert_eq!(found(&empty, "empty_body", &[], &[]), [MendKind::Remove { label: "EACH".into() }]);
}

#[test]
fn a_step_made_for_another_operation_takes_the_new_version_once_asked() {
    let mut connectors = builtin().to_vec();
    let changed = connectors.iter_mut().find(|connector| connector.id == "slack").unwrap();
    changed.version = 3;
    changed.operations.iter_mut().find(|operation| operation.id == "send_message").unwrap().version = 2;
    let mut kind = slack(json!({ "channel": { "literal": "C1" }, "text": { "literal": "Hi" } }));
    kind["connection"] = json!(ConnectionId(7));
    let def = definition(json!({ "send": step("send", kind) }), &["send"]);
    let problem = check(&def, &connectors).into_iter().find(|problem| problem.code == "definition.connector_changed").unwrap();
    assert!(problem.message.contains("version 2 of Slack"), "{}", problem.message);
    let mends = Mender::new(&def, &connectors, &[]).mends(&[], &problem);
    let [Mend { kind: MendKind::TakeVersion { version: 3 }, op }] = mends.as_slice() else { panic!("{mends:?}") };
    let mut mended = def.clone();
    apply(&mut mended, op.clone()).unwrap();
    let left: Vec<_> = check(&mended, &connectors).into_iter().map(|problem| problem.code).collect();
    assert!(!left.contains(&problem.code), "{left:?}");
    assert!(
        check(&def, builtin()).iter().all(|problem| problem.code != "definition.connector_changed"),
        "as long as it is what it was"
    );
}
