//! What the picker offers, and the step or trigger a choice makes.

use std::collections::BTreeMap;

use expr::Source;
use manifest::FieldKind;
use model::{
    Condition, Mapped, WorkflowDefinition,
    definition::{
        FailureTrigger, LatePolicy, ManualTrigger, ScheduleTrigger, Trigger, TriggerKind, WebhookTrigger, WorkflowTrigger,
        free_slug,
    },
    ids::{ArmId, StepId, TriggerId, WorkflowId},
    step::{
        Action, Approval, Arm, Branch, BranchMode, Break, Code, Collect, Continue, Delay, Filter, ForEach, Join, Lookup,
        LookupRow, OnItemError, Parallel, Policy, RepeatUntil, Respond, Section, Set, SetField, Step, StepKind, Stop, StopResult,
        Store, StoreOp, StoreScope, SubWorkflow, Transform, Wait, WaitFor,
    },
};
use serde_json::Value;

use crate::{connectors, text::editor as t};

/// In place of a workflow that is still to be chosen: no row has this id.
pub const NO_WORKFLOW: WorkflowId = WorkflowId(0);

const A_DAY: u64 = 24 * 3_600_000;

/// Something that can be put into a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Stable name, for the list of recent ones: `filter`, `http.request`.
    pub id: String,
    pub label: String,
    pub help: String,
    /// More words it is found by.
    pub keywords: &'static str,
    /// The heading it stands under.
    pub group: &'static str,
}

/// Every kind of step, in the order the picker shows them.
pub fn choices() -> Vec<Choice> {
    let mut found = Vec::new();
    for connector in connectors::all().iter().filter(|connector| connector.is_typed()) {
        for operation in &connector.operations {
            found.push(Choice {
                id: format!("{}.{}", connector.id, operation.id),
                label: t::operation(&connector.id, &connector.name, &operation.label),
                help: operation.description.clone(),
                keywords: t::ACTION_KEYWORDS,
                group: t::GROUP_ACTIONS,
            });
        }
    }
    for (group, kinds) in t::KINDS {
        for (id, label, help, keywords) in *kinds {
            let (label, help) = ((*label).to_owned(), (*help).to_owned());
            found.push(Choice { id: (*id).to_owned(), label, help, keywords, group });
        }
    }
    found
}

/// An id no step of the definition has.
pub fn step_id(def: &WorkflowDefinition) -> StepId {
    let free = (1..).map(|n| StepId(format!("s{n}"))).find(|id| !def.steps.contains_key(id));
    free.unwrap_or_else(|| StepId("s".into()))
}

/// An id no arm has.
pub fn arm_id(arms: &[Arm]) -> ArmId {
    (1..)
        .map(|n| ArmId(format!("arm_{n}")))
        .find(|id| !arms.iter().any(|arm| &arm.id == id))
        .unwrap_or_else(|| ArmId("arm".into()))
}

/// An id no trigger has.
pub fn trigger_id(def: &WorkflowDefinition) -> TriggerId {
    (1..).map(|n| TriggerId(format!("t{n}"))).find(|id| def.trigger(id).is_none()).unwrap_or_else(|| TriggerId("t".into()))
}

/// The step that a choice makes, with a free slug.
pub fn step(choice: &str, def: &WorkflowDefinition) -> Option<Step> {
    let kind = kind(choice)?;
    let label = choices().into_iter().find(|found| found.id == choice)?.label;
    let label = free_label(def, &label);
    Some(Step { slug: free_slug(def, &label), label, kind, policy: Policy::default(), disabled: false, note: String::new() })
}

/// `Filter`, `Filter 2` ...
pub fn free_label(def: &WorkflowDefinition, label: &str) -> String {
    let taken = |label: &str| def.steps.values().any(|step| step.label == label);
    if !taken(label) {
        return label.to_owned();
    }
    (2..).map(|n| format!("{label} {n}")).find(|label| !taken(label)).unwrap_or_else(|| label.to_owned())
}

fn kind(choice: &str) -> Option<StepKind> {
    Some(match choice {
        "filter" => StepKind::Filter(Filter { condition: Condition::All(vec![empty_test()]) }),
        "set" => StepKind::Set(Set { fields: vec![SetField { name: String::new(), value: Mapped::text(""), required: false }] }),
        "branch" => {
            let arm = |id: &str, label: &str, condition| Arm {
                id: id.into(),
                label: label.into(),
                condition,
                body: vec![],
                output: BTreeMap::new(),
            };
            let arms = vec![
                arm("arm_1", t::FIRST_PATH, Some(Condition::All(vec![empty_test()]))),
                arm("arm_2", t::EVERYTHING_ELSE, None),
            ];
            StepKind::Branch(Branch { mode: BranchMode::First, arms })
        }
        "delay" => StepKind::Delay(Delay::For { ms: 5 * 60 * 1000 }),
        "for_each" => StepKind::ForEach(ForEach {
            over: Mapped::text(""),
            item: "item".into(),
            body: vec![],
            concurrency: 1,
            on_item_error: OnItemError::Stop,
            error_body: None,
            output: None,
        }),
        "parallel" => {
            let arm = |id: &str, n| Arm {
                id: id.into(),
                label: t::path_number(n),
                condition: None,
                body: vec![],
                output: BTreeMap::new(),
            };
            StepKind::Parallel(Parallel { join: Join::All, arms: vec![arm("arm_1", 1), arm("arm_2", 2)] })
        }
        "section" => StepKind::Section(Section { body: vec![], error_body: Some(vec![]) }),
        "repeat_until" => {
            let until = Condition::All(vec![empty_test()]);
            StepKind::RepeatUntil(RepeatUntil { body: vec![], until, max: 10, pause_ms: 60_000 })
        }
        "break" => StepKind::Break(Break {}),
        "continue" => StepKind::Continue(Continue {}),
        "respond" => StepKind::Respond(Respond {
            status: 200,
            body: Mapped::Literal(serde_json::json!({"ok": true})),
            headers: BTreeMap::new(),
        }),
        "stop" => StepKind::Stop(Stop { result: StopResult::Success, message: None }),
        "wait_callback" => StepKind::Wait(Wait { until: WaitFor::Callback, timeout_ms: 7 * A_DAY, timeout_body: None }),
        "wait_approval" => {
            let approval = Approval { question: Mapped::text(""), shown: Vec::new(), people: Vec::new() };
            StepKind::Wait(Wait { until: WaitFor::Approval(approval), timeout_ms: 7 * A_DAY, timeout_body: None })
        }
        "sub_workflow" => StepKind::SubWorkflow(SubWorkflow { workflow: NO_WORKFLOW, input: BTreeMap::new(), wait: true }),
        "collect" => {
            let item = Mapped::pill(Source::Event, ["body".into()]);
            StepKind::Collect(Collect { item, key: None, count: None, after_ms: Some(A_DAY / 24), schedule: None })
        }
        "code" => {
            let input = BTreeMap::from([("name".to_owned(), Mapped::text(""))]);
            StepKind::Code(Code { source: t::CODE_FRESH.into(), input })
        }
        "transform" => StepKind::Transform(Transform { input: Mapped::text(""), operations: vec![] }),
        "store" => StepKind::Store(Store { scope: StoreScope::Workflow, key: Mapped::text(""), op: StoreOp::Get }),
        "lookup" => {
            let row = LookupRow { from: String::new(), to: Mapped::text("") };
            StepKind::Lookup(Lookup { value: Mapped::text(""), rows: vec![row], otherwise: None, loose: true })
        }
        other => {
            let (connector, operation) = other.split_once('.')?;
            StepKind::Action(action(connector, operation)?)
        }
    })
}

fn action(connector: &str, operation: &str) -> Option<Action> {
    let connector = connectors::find(connector)?;
    let operation = connector.operation(operation)?;
    let mut input = BTreeMap::new();
    for field in &operation.fields {
        if let (FieldKind::Choice { .. }, Some(Value::String(default)), false) = (&field.kind, &field.default, field.advanced) {
            input.insert(field.key.clone(), Mapped::text(default.clone()));
        }
    }
    if connector.id == "http" {
        // Most people who add one want to send something.
        input.insert("method".into(), Mapped::text("POST"));
        input.insert("body_kind".into(), Mapped::text("json"));
        input.insert("body".into(), Mapped::Object(Vec::new()));
    }
    Some(Action {
        connector: connector.id.clone(),
        version: connector.version,
        operation: operation.id.clone(),
        connection: None,
        input,
    })
}

/// A comparison that is still to be filled in.
pub fn empty_test() -> Condition {
    Condition::Test(expr::Test { left: Mapped::text(""), op: expr::Op::Equals, right: Some(Mapped::text("")) })
}

/// The trigger that a choice makes.
pub fn trigger(choice: &str, def: &WorkflowDefinition) -> Option<Trigger> {
    let (_, label, _) = t::TRIGGERS.iter().find(|(id, ..)| *id == choice)?;
    let kind = match choice {
        "webhook" => TriggerKind::Webhook(WebhookTrigger::default()),
        "schedule" => {
            TriggerKind::Schedule(ScheduleTrigger { cron: "0 9 * * 1-5".into(), time_zone: None, late: LatePolicy::default() })
        }
        "manual" => TriggerKind::Manual(ManualTrigger::default()),
        "workflow" => TriggerKind::Workflow(WorkflowTrigger::default()),
        "failure" => TriggerKind::Failure(FailureTrigger::default()),
        _ => return None,
    };
    Some(Trigger { id: trigger_id(def), label: (*label).to_owned(), kind, filter: None, dedupe: None, shape: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_makes_a_step_with_a_name_of_its_own() {
        let mut def = WorkflowDefinition::default();
        for choice in choices().into_iter().chain(choices()) {
            let made = step(&choice.id, &def).unwrap_or_else(|| panic!("{} makes nothing", choice.id));
            assert!(def.steps.values().all(|other| other.slug != made.slug && other.label != made.label));
            def.steps.insert(step_id(&def), made);
        }
        for (id, ..) in t::TRIGGERS {
            assert!(trigger(id, &def).is_some(), "{id}");
        }
    }
}
