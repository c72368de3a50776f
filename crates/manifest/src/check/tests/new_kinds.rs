//! Steps that wait, error bodies of loops, and triggers by other workflows.

use model::WorkflowDefinition;
use model::ids::WorkflowId;
use serde_json::{Value, json};

use super::{check, problems, reach::nested, shown, sound};
use crate::{builtin, sub_workflows};

fn note(kind: Value) -> Vec<String> {
    problems(&[("/steps/note/kind", kind)])
}

fn of(json: Value) -> Vec<String> {
    let def: WorkflowDefinition = serde_json::from_value(json).expect("a definition");
    check(&def, builtin()).iter().map(shown).collect()
}

fn callback() -> Value {
    json!({"type": "wait", "until": {"type": "callback"}})
}

#[test]
fn delays_to_a_time_of_day() {
    let next = |days: Value, at: &str| note(json!({"type": "delay", "next": {"days": days, "at": at}}));
    assert_eq!(next(json!([1, 5]), "09:00"), [""; 0]);
    assert_eq!(next(json!([7]), "23:59"), [""; 0]);
    assert_eq!(next(json!([]), "09:00"), ["error delay_days note next.days"]);
    assert_eq!(next(json!([0]), "09:00"), ["error delay_days note next.days"]);
    assert_eq!(next(json!([8, 1]), "09:00"), ["error delay_days note next.days"]);
    assert_eq!(next(json!([1, 1]), "09:00"), ["warning delay_days note next.days"]);
    for at in ["24:00", "9:00", "09:60", "", "09:00:00", "+9:00", "0900"] {
        assert_eq!(next(json!([1]), at), ["error delay_time note next.at"], "{at}");
    }
    let zone = note(json!({"type": "delay", "next": {"days": [1], "at": "09:00", "time_zone": " "}}));
    assert_eq!(zone, ["error time_zone note next.time_zone"]);
}

#[test]
fn waits() {
    let approval = |more: Value| {
        let mut until = json!({"type": "approval", "question": {"literal": "Pay?"}});
        until.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        note(json!({"type": "wait", "until": until}))
    };
    assert_eq!(note(callback()), [""; 0]);
    assert_eq!(
        approval(json!({"people": ["ada@example.com"], "shown": [{"name": "To", "value": {"expr": "fields.email"}}]})),
        [""; 0]
    );
    assert_eq!(approval(json!({"question": {"literal": " "}})), ["error required note question"]);
    assert_eq!(approval(json!({"question": {"expr": "send.body"}})), ["error later_reference note question"]);
    let twice = json!([{"name": "A", "value": "null"}, {"name": "A", "value": "null"}, {"name": "", "value": "null"}]);
    assert_eq!(approval(json!({"shown": twice})), ["error field_name note shown[1].name", "error field_name note shown[2].name"]);
    for person in ["ada", "ada@", "@x.example", "ada@x", "a b@x.example"] {
        assert_eq!(approval(json!({"people": [person]})), ["error approval_person note people[0]"], "{person}");
    }
    for timeout_ms in [json!(0), json!(999), json!(u64::MAX)] {
        let wait = json!({"type": "wait", "until": {"type": "callback"}, "timeout_ms": timeout_ms});
        assert_eq!(note(wait), ["error wait_timeout note timeout_ms"]);
    }
    let empty = json!({"type": "wait", "until": {"type": "callback"}, "timeout_body": []});
    assert_eq!(note(empty), ["warning empty_body note timeout_body"]);
    let dangling = json!({"type": "wait", "until": {"type": "callback"}, "timeout_body": ["ghost"]});
    assert_eq!(note(dangling), ["broken dangling_step note timeout_body"]);
}

#[test]
fn what_runs_when_nobody_answers_may_be_referred_to() {
    let mut json = sound();
    json["steps"]["w"] =
        json!({"slug": "w", "label": "Wait", "kind": {"type": "wait", "until": {"type": "callback"}, "timeout_body": ["late"]}});
    json["steps"]["late"] = json!({"slug": "late", "label": "Late", "kind": {"type": "set", "fields": [{"name": "n", "value": {"expr": "fields.email"}}]}});
    json["body"] = json!(["fields", "w", "route", "send"]);
    assert_eq!(of(json.clone()), [""; 0]);
    json["steps"]["send"]["kind"]["input"]["body"] = json!({"expr": "[w.timed_out, late.n]"});
    assert_eq!(of(json.clone()), ["warning maybe_reference send input.body"]);
    json["steps"]["late"]["kind"]["fields"][0]["value"] = json!({"expr": "w.at"});
    assert_eq!(of(json), ["error later_reference late fields.n", "warning maybe_reference send input.body"]);
}

#[test]
fn links_of_waits() {
    let mut json = nested();
    json["steps"]["ask"] = json!({"slug": "ask", "label": "Ask", "kind": callback()});
    json["steps"]["each_ask"] = json!({"slug": "each_ask", "label": "Ask each", "kind": callback()});
    json["body"] = json!(["fields", "lines", "both", "try", "again", "send", "ask"]);
    json["steps"]["lines"]["kind"]["body"] = json!(["note", "each_ask"]);
    let with = |step: &str, expr: &str| {
        let mut json = json.clone();
        let at = if step == "send" { "/steps/send/kind/input/body" } else { "/steps/note/kind/fields/0/value" };
        *json.pointer_mut(at).expect("a field") = json!({"expr": expr});
        of(json)
    };
    assert_eq!(with("send", "links.ask"), [""; 0]);
    assert_eq!(with("note", "links.ask ~ links.each_ask"), [""; 0]);
    assert_eq!(with("send", "links.each_ask"), ["error link_in_loop send input.body"]);
    assert_eq!(
        with("send", "links.ask ~ links.aks ~ links.send"),
        ["error unknown_link send input.body", "error unknown_link send input.body"]
    );
    let mut off = json.clone();
    off["steps"]["ask"]["disabled"] = json!(true);
    off["steps"]["send"]["kind"]["input"]["body"] = json!({"expr": "links.ask"});
    assert_eq!(of(off), ["warning switched_off_reference send input.body"]);
    let mut named = json.clone();
    named["steps"]["ask"]["slug"] = json!("links");
    assert_eq!(of(named), ["broken reserved_slug ask slug"]);
}

#[test]
fn error_bodies_of_loops() {
    let mut json = nested();
    json["steps"]["mend"] = json!({"slug": "mend", "label": "Mend", "kind": {"type": "set", "fields": [{"name": "n", "value": {"expr": "error.message ~ line.sku ~ loop.index"}}]}});
    json["steps"]["lines"]["kind"]["on_item_error"] = json!("body");
    let mut without = json.clone();
    without["steps"].as_object_mut().expect("steps").remove("mend");
    assert_eq!(of(without), ["error no_error_body lines error_body"]);
    json["steps"]["lines"]["kind"]["error_body"] = json!(["mend"]);
    assert_eq!(of(json.clone()), [""; 0]);
    let mut unused = json.clone();
    unused["steps"]["lines"]["kind"]["on_item_error"] = json!("skip");
    assert_eq!(of(unused), ["warning unused_error_body lines error_body"]);
    let mut tried = json.clone();
    tried["steps"]["mend"]["kind"]["fields"][0]["value"] = json!({"expr": "note.n"});
    assert_eq!(of(tried), ["warning maybe_reference mend fields.n"]);
    let mut early = json.clone();
    early["steps"]["note"]["kind"]["fields"][0]["value"] = json!({"expr": "error.message ~ mend.n"});
    assert_eq!(of(early), ["error unknown_reference note fields.n", "error later_reference note fields.n"]);
    json["steps"]["mend"]["kind"] = json!({"type": "break"});
    assert_eq!(of(json), [""; 0]);
}

#[test]
fn runs_are_gathered_at_the_top_level() {
    let collect = |more: Value| {
        let mut kind = json!({"type": "collect", "item": {"expr": "fields"}, "count": 10});
        kind.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        let mut json = sound();
        json["steps"]["batch"] = json!({"slug": "batch", "label": "Batch", "kind": kind});
        json["body"] = json!(["fields", "route", "batch", "send"]);
        json["steps"]["send"]["kind"]["input"]["body"] = json!({"expr": "batch.items"});
        json["steps"]["send"]["kind"]["input"]["url"] = json!({"literal": "https://api.example.com/"});
        json
    };
    assert_eq!(of(collect(json!({}))), [""; 0]);
    assert_eq!(of(collect(json!({"count": null}))), ["error collect_never_closes batch"]);
    assert_eq!(of(collect(json!({"count": null, "after_ms": 60_000}))), [""; 0]);
    assert_eq!(of(collect(json!({"count": null, "schedule": "0 9 * * 1-5"}))), [""; 0]);
    assert_eq!(of(collect(json!({"count": null, "schedule": "daily"}))), ["error schedule batch schedule"]);
    assert_eq!(of(collect(json!({"count": 0}))), ["error collect_count batch count"]);
    assert_eq!(of(collect(json!({"count": 10_001}))), ["error collect_count batch count"]);
    assert_eq!(of(collect(json!({"after_ms": 10}))), ["error collect_after batch after_ms"]);
    assert_eq!(of(collect(json!({"item": "null"}))), ["error required batch item"]);
    for expr in ["fields.email", "route.id", "event.body.id"] {
        let mut json = collect(json!({}));
        json["steps"]["send"]["kind"]["input"]["body"] = json!({"expr": expr});
        assert_eq!(of(json), ["error gathered_reference send input.body"], "{expr}");
    }
    let mut off = collect(json!({}));
    off["steps"]["batch"]["disabled"] = json!(true);
    off["steps"]["send"]["kind"]["input"]["body"] = json!({"expr": "fields"});
    assert_eq!(of(off), [""; 0], "switched off, it gathers nothing");
    let inside = json!({"type": "collect", "item": {"expr": "fields"}, "count": 10});
    assert_eq!(note(inside), ["error collect_inside note"]);
}

#[test]
fn triggers_by_other_workflows() {
    let with = |kind: Value| problems(&[("/triggers/", json!({"id": "other", "label": "Other", "kind": kind}))]);
    let returns = |value: Value| with(json!({"type": "workflow", "returns": [{"key": "a", "value": value}]}));
    assert_eq!(with(json!({"type": "workflow", "fields": [{"key": "a", "label": "A", "kind": "text"}]})), [""; 0]);
    assert_eq!(returns(json!({"expr": "[send.body, route.id, event.body, vars.x, run.id]"})), [""; 0]);
    assert_eq!(returns(json!({"expr": "call.status"})), ["warning maybe_reference other returns[0].value"]);
    assert_eq!(returns(json!({"expr": "ghost.x"})), ["error unknown_reference other returns[0].value"]);
    assert_eq!(returns(json!({"expr": "1 +"})), ["error expression other returns[0].value"]);
    let fields = json!([{"key": "a", "label": "A", "kind": "text"}, {"key": "a", "label": "B", "kind": "choice"}]);
    let expected = ["error form_field other fields[1].key", "error form_field other fields[1].choices"];
    assert_eq!(with(json!({"type": "workflow", "fields": fields})), expected);
    let values =
        json!([{"key": "a", "value": "omit", "required": true}, {"key": "a", "value": "null"}, {"key": " ", "value": "null"}]);
    let expected = ["required other returns[0].value", "return_field other returns[1].key", "return_field other returns[2].key"];
    assert_eq!(with(json!({"type": "workflow", "returns": values})), expected.map(|problem| format!("error {problem}")));
    let twice = problems(&[
        ("/triggers/", json!({"id": "one", "label": "One", "kind": {"type": "workflow"}})),
        ("/triggers/", json!({"id": "two", "label": "Two", "kind": {"type": "workflow"}})),
    ]);
    assert_eq!(twice, ["error second_workflow_trigger two"]);
    let id = WorkflowId(5).to_string();
    assert_eq!(with(json!({"type": "failure"})), [""; 0]);
    assert_eq!(with(json!({"type": "failure", "workflows": [id, id]})), ["warning repeated_workflow other workflows[1]"]);
}

#[test]
fn what_a_workflow_starts() {
    let start = |id: i64| json!({"slug": format!("s{id}"), "label": "Start", "kind": {"type": "sub_workflow", "workflow": WorkflowId(id).to_string()}});
    let mut json = sound();
    for (slug, id) in [("a", 7), ("b", 5)] {
        json["steps"][slug] = start(id);
    }
    json["steps"]["c"] = json!({"slug": "c", "label": "C", "disabled": true, "kind": start(7)["kind"]});
    json["body"] = json!(["fields", "a", "route", "b", "c", "send"]);
    let def: WorkflowDefinition = serde_json::from_value(json).expect("a definition");
    assert_eq!(check(&def, builtin()).iter().map(shown).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(sub_workflows(&def), [WorkflowId(5), WorkflowId(7)]);
}

#[test]
fn limits_of_a_workflow() {
    let settings = |value: Value| problems(&[("/settings", value)]);
    let sound = json!({"order_key": {"expr": "event.body.customer"}, "priority": -10, "max_per_minute": 60, "backlog_limit": 1});
    assert_eq!(problems(&[("/settings", sound)]), [""; 0]);
    assert_eq!(settings(json!({"priority": 11})), ["error priority settings.priority"]);
    assert_eq!(settings(json!({"max_per_minute": 0})), ["error max_per_minute settings.max_per_minute"]);
    assert_eq!(settings(json!({"backlog_limit": 0})), ["error backlog_limit settings.backlog_limit"]);
    assert_eq!(settings(json!({"order_key": {"expr": "fields.email"}})), ["error reference_in_trigger settings.order_key"]);
    assert_eq!(settings(json!({"order_key": {"expr": "1 +"}})), ["error expression settings.order_key"]);
}
