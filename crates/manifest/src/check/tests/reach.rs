//! What expressions refer to, and whether it can be there where they stand.

use model::WorkflowDefinition;
use serde_json::{Value, json};

use super::{super::check, assert_cases, problems, shown, sound};
use crate::builtin;

#[test]
fn references() {
    let body = "/steps/send/kind/input/body";
    let pill = |step: &str| json!({"template": [{"pill": {"source": {"step": step}, "path": ["x"]}}]});
    assert_cases(&[
        (body, json!({"expr": "route.id"}), ""),
        (body, pill("route"), ""),
        (body, json!({"expr": "feilds.email"}), "error unknown_reference send input.body"),
        (body, pill("ghost"), "error unknown_reference send input.body"),
        (body, json!({"expr": "call.body.id"}), "warning maybe_reference send input.body"),
        (body, pill("call"), "warning maybe_reference send input.body"),
        (body, json!({"expr": "send.body"}), "error self_reference send input.body"),
        (body, json!({"expr": "secrets.key"}), "error secret_reference send input.body"),
        (body, json!({"expr": "event.body["}), "error expression send input.body"),
        (body, json!({"object": [{"key": {"literal": "a"}, "value": {"expr": "1 +"}}]}), "error expression send input.body.a"),
        (body, json!({"each": {"over": {"expr": "event.body"}, "as": "line", "item": {"expr": "line.sku"}}}), ""),
        (body, json!({"expr": "line.sku"}), "error unknown_reference send input.body"),
        ("/steps/fields/kind/fields/0/value", json!({"expr": "send.body"}), "error later_reference fields fields.email"),
        ("/steps/fields/kind/fields/0/value", json!({"expr": "note.n"}), "error later_reference fields fields.email"),
        ("/steps/note/kind/fields/0/value", json!({"expr": "fields.email"}), ""),
        ("/steps/note/kind/fields/0/value", json!({"expr": "call.status"}), "error other_arm_reference note fields.n"),
        ("/steps/note/kind/fields/0/value", json!({"expr": "route.id"}), "error later_reference note fields.n"),
        ("/steps/route/kind/arms/0/condition", json!({"expr": "call.status"}), "error later_reference route arms.big.condition"),
        (
            "/steps/route/kind/arms/1/output",
            json!({"id": {"expr": "call.status"}}),
            "error other_arm_reference route arms.rest.output.id",
        ),
        ("/steps/route/kind/arms/1/output", json!({"id": {"expr": "note.n"}}), ""),
    ]);
    let off = problems(&[("/steps/fields/disabled", json!(true))]);
    assert_eq!(off, ["warning switched_off_reference send input.body", "warning switched_off_reference send input.url"]);
}

#[test]
fn with_all_arms_an_earlier_one_may_have_run() {
    let all = ("/steps/route/kind/mode", json!("all"));
    let value = |slug: &str| json!({"expr": format!("{slug}.x")});
    let second = problems(&[all.clone(), ("/steps/note/kind/fields/0/value", value("call"))]);
    assert_eq!(second, ["warning maybe_reference note fields.n"]);
    let first = problems(&[all, ("/steps/call/kind/input/body", value("note"))]);
    assert_eq!(first, ["error later_reference call input.body"]);
}

#[test]
fn a_near_miss_is_suggested() {
    let mut json = sound();
    json["steps"]["send"]["kind"]["input"]["body"] = json!({"expr": "feilds.email"});
    let def: WorkflowDefinition = serde_json::from_value(json).expect("a definition");
    let problem = check(&def, builtin()).remove(0);
    assert_eq!(problem.message, "There is no step and no name `feilds`; did you mean `fields`?");
    assert_eq!(problem.suggestion.as_deref(), Some("fields"));
}

/// fields -> lines (each: note [, leave]) -> both (parallel: call | left) -> try (section: risky, error body: tell) -> again (repeat: poll) -> send.
pub(super) fn nested() -> Value {
    let mut json = sound();
    let set = |slug: &str| json!({"slug": slug, "label": slug, "kind": {"type": "set", "fields": [{"name": "n", "value": {"literal": 1}}]}});
    for slug in ["left", "risky", "tell", "poll"] {
        json["steps"][slug] = set(slug);
    }
    let kinds = [
        (
            "lines",
            json!({"type": "for_each", "over": {"expr": "event.body.lines"}, "item": "line", "body": ["note"], "concurrency": 4}),
        ),
        (
            "both",
            json!({"type": "parallel", "arms": [
            {"id": "one", "label": "One", "body": ["call"], "output": {"id": {"expr": "call.body.id"}}},
            {"id": "two", "label": "Two", "body": ["left"]}]}),
        ),
        ("try", json!({"type": "section", "body": ["risky"], "error_body": ["tell"]})),
        ("again", json!({"type": "repeat_until", "body": ["poll"], "until": {"expr": "poll.n == 1"}, "max": 5})),
    ];
    for (slug, kind) in kinds {
        json["steps"][slug] = json!({"slug": slug, "label": slug, "kind": kind});
    }
    json["steps"].as_object_mut().expect("steps").remove("route");
    let of_line = json!({"name": "sku", "value": {"expr": "loop.index"}});
    json["steps"]["note"]["kind"]["fields"].as_array_mut().expect("fields").push(of_line);
    json["body"] = json!(["fields", "lines", "both", "try", "again", "send"]);
    json
}

#[test]
fn loops_arms_and_sections() {
    let problems = |pointer: &str, value: Value| {
        let mut json = nested();
        if !pointer.is_empty() {
            let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
            let at = json.pointer_mut(parent).expect(pointer);
            match at {
                Value::Array(list) => list[key.parse::<usize>().expect("an index")] = value.clone(),
                other => other[key] = value.clone(),
            }
        }
        let def: WorkflowDefinition = serde_json::from_value(json).unwrap_or_else(|error| panic!("{pointer} {value}: {error}"));
        check(&def, builtin()).iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(problems("", json!(null)), [""; 0]);
    let note = "/steps/note/kind/fields/0/value";
    let send = "/steps/send/kind/input/body";
    for (pointer, value, expected) in [
        (note, json!({"expr": "line.sku ~ loop.index ~ fields.email"}), ""),
        (note, json!({"template": [{"pill": {"source": {"local": "line"}, "path": ["sku"]}}]}), ""),
        (note, json!({"expr": "item.sku"}), "error outside_loop note fields.n"),
        (note, json!({"expr": "lines.items"}), "error later_reference note fields.n"),
        (send, json!({"expr": "line.sku"}), "error unknown_reference send input.body"),
        (send, json!({"expr": "loop.index"}), "error outside_loop send input.body"),
        (send, json!({"expr": "note.n"}), "error inside_loop_reference send input.body"),
        (send, json!({"expr": "poll.n"}), "error inside_loop_reference send input.body"),
        (send, json!({"expr": "[lines.items, both.one.id, again.output.n, try.n]"}), ""),
        (send, json!({"expr": "risky.n"}), "warning maybe_reference send input.body"),
        (send, json!({"expr": "error.message"}), "error unknown_reference send input.body"),
        ("/steps/lines/kind/over", json!({"expr": "note.n"}), "error later_reference lines over"),
        ("/steps/lines/kind/output", json!({"expr": "[note.n, line.sku]"}), ""),
        ("/steps/lines/kind/over", json!({"literal": "x"}), "error no_list lines over"),
        ("/steps/lines/kind/over", json!("null"), "error required lines over"),
        ("/steps/lines/kind/concurrency", json!(51), "error concurrency lines concurrency"),
        ("/steps/lines/kind/item", json!("fields"), "error item_name lines item"),
        ("/steps/lines/kind/item", json!("loop"), "error item_name lines item"),
        ("/steps/lines/kind/item", json!("a b"), "error item_name lines item"),
        ("/steps/lines/kind/body", json!(["note", "ghost"]), "broken dangling_step lines body"),
        ("/steps/left/kind/fields/0/value", json!({"expr": "call.status"}), "error side_by_side_reference left fields.n"),
        ("/steps/call/kind/input/body", json!({"expr": "left.n"}), "error side_by_side_reference call input.body"),
        ("/steps/both/kind/arms/0/condition", json!({"expr": "true"}), "error arm_condition both arms.one.condition"),
        ("/steps/tell/kind/fields/0/value", json!({"expr": "error.message"}), ""),
        ("/steps/tell/kind/fields/0/value", json!({"expr": "risky.n"}), "warning maybe_reference tell fields.n"),
        ("/steps/risky/kind/fields/0/value", json!({"expr": "error.message"}), "error unknown_reference risky fields.n"),
        ("/steps/again/kind/max", json!(0), "error rounds again max"),
        ("/steps/again/kind/until", json!({"all": []}), "error empty_condition again until"),
        ("/steps/poll/kind", json!({"type": "continue"}), ""),
        ("/steps/note/kind", json!({"type": "break"}), ""),
        ("/steps/risky/kind", json!({"type": "break"}), "error outside_loop risky"),
    ] {
        let expected: Vec<_> = if expected.is_empty() { Vec::new() } else { vec![expected.to_owned()] };
        let mut found = problems(pointer, value.clone());
        // A step that no longer sets anything is not what is asked about.
        found.retain(|problem| !problem.contains("unknown_reference again until") && !problem.contains("again output"));
        assert_eq!(found, expected, "{pointer} = {value}");
    }
    let mut json = nested();
    json["steps"]["try"]["kind"] = json!({"type": "section", "body": [], "error_body": ["risky", "tell"]});
    let def: WorkflowDefinition = serde_json::from_value(json).expect("a definition");
    assert_eq!(check(&def, builtin()).iter().map(shown).collect::<Vec<_>>(), ["warning empty_body try body"]);
}
