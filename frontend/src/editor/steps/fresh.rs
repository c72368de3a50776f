//! What the picker offers, and the step or trigger a choice makes.

use std::collections::BTreeMap;

use expr::Source;
use manifest::{Field, FieldKind};
use model::{
    Condition, Mapped, WorkflowDefinition,
    definition::{
        AppTrigger, FailureTrigger, FormField, FormFieldKind, FormTrigger, LatePolicy, ManualTrigger, ScheduleTrigger, Trigger,
        TriggerKind, WebhookTrigger, WorkflowTrigger, free_slug, free_step_ids,
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

/// The connector of any address: it stands for itself, not as an app.
pub const HTTP: &str = "http";

/// Something that can be put into a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Stable name, for the list of recent ones: `filter`, `http.request`.
    pub id: String,
    /// `Slack: Send a message`
    pub label: String,
    /// The same where the connector is plain: `Send a message`.
    pub short: String,
    pub help: String,
    /// More words it is found by.
    pub keywords: &'static str,
    /// The heading it stands under.
    pub group: &'static str,
    /// The connector that offers it, except the one for any address.
    pub app: Option<&'static str>,
}

/// Every kind of step and every operation.
pub fn choices() -> Vec<Choice> {
    let mut found = Vec::new();
    for connector in connectors::all() {
        let is_http = connector.id == HTTP;
        for operation in connector.operations.iter().filter(|operation| operation.deprecated.is_none()) {
            let label = t::operation(&connector.id, &connector.name, &operation.label);
            found.push(Choice {
                id: format!("{}.{}", connector.id, operation.id),
                short: if is_http { label.clone() } else { operation.label.clone() },
                label,
                help: operation.description.clone(),
                keywords: if is_http { t::ACTION_KEYWORDS } else { "" },
                group: t::GROUP_ACTIONS,
                app: (!is_http).then_some(connector.id.as_str()),
            });
        }
    }
    for (group, kinds) in t::KINDS {
        for (id, label, help, keywords) in *kinds {
            let label = (*label).to_owned();
            let short = label.clone();
            found.push(Choice { id: (*id).to_owned(), label, short, help: (*help).to_owned(), keywords, group, app: None });
        }
    }
    found
}

/// Every kind of trigger, and every trigger of a connector.
pub fn triggers() -> Vec<Choice> {
    let kind = |(id, label, help): &(&str, &str, &str)| Choice {
        id: (*id).to_owned(),
        label: (*label).to_owned(),
        short: (*label).to_owned(),
        help: (*help).to_owned(),
        keywords: "",
        group: t::GROUP_TRIGGERS,
        app: None,
    };
    let mut found: Vec<Choice> = t::TRIGGERS.iter().map(kind).collect();
    for connector in connectors::all() {
        for trigger in connector.triggers.iter().filter(|trigger| trigger.deprecated.is_none()) {
            found.push(Choice {
                id: format!("{}.{}", connector.id, trigger.id),
                label: t::operation(&connector.id, &connector.name, &trigger.label),
                short: trigger.label.clone(),
                help: trigger.description.clone(),
                keywords: "",
                group: t::GROUP_APPS,
                app: Some(connector.id.as_str()),
            });
        }
    }
    found
}

/// An id no step of the definition has.
pub fn step_id(def: &WorkflowDefinition) -> StepId {
    free_step_ids(def.steps.keys().cloned().collect())()
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
    let mut input = usual(&operation.fields);
    if connector.id == HTTP {
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

/// A trigger of a connector, with the choices that have a usual value.
fn app_trigger(connector: &str, trigger: &str) -> Option<AppTrigger> {
    let connector = connectors::find(connector)?;
    let trigger = connector.trigger(trigger)?;
    Some(AppTrigger {
        connector: connector.id.clone(),
        version: connector.version,
        trigger: trigger.id.clone(),
        connection: None,
        input: usual(&trigger.fields),
        every_s: None,
        history: false,
    })
}

/// The choices of a form that have a usual value.
fn usual(fields: &[Field]) -> BTreeMap<String, Mapped> {
    let mut input = BTreeMap::new();
    for field in fields {
        if let (FieldKind::Choice { .. }, Some(Value::String(default)), false) = (&field.kind, &field.default, field.advanced) {
            input.insert(field.key.clone(), Mapped::text(default.clone()));
        }
    }
    input
}

/// What most forms begin with; fields are easier to take away or to rename than to make.
fn contact_form() -> FormTrigger {
    let field = |key: &str, label: &str, kind: FormFieldKind, required: bool| FormField {
        key: key.into(),
        label: label.into(),
        kind,
        required,
        default: None,
        choices: Vec::new(),
        help: String::new(),
    };
    FormTrigger {
        title: t::FORM_TITLE_EXAMPLE.into(),
        fields: vec![
            field("first_name", t::FORM_FIRST_NAME, FormFieldKind::Text, true),
            field("last_name", t::FORM_LAST_NAME, FormFieldKind::Text, false),
            field("email", t::FORM_EMAIL, FormFieldKind::Email, true),
            field("message", t::FORM_MESSAGE, FormFieldKind::LongText, false),
        ],
        ..FormTrigger::default()
    }
}

/// The trigger that a choice makes.
pub fn trigger(choice: &str, def: &WorkflowDefinition) -> Option<Trigger> {
    let label = triggers().into_iter().find(|found| found.id == choice)?.short;
    let kind = match choice {
        "webhook" => TriggerKind::Webhook(WebhookTrigger::default()),
        "schedule" => {
            TriggerKind::Schedule(ScheduleTrigger { cron: "0 9 * * 1-5".into(), time_zone: None, late: LatePolicy::default() })
        }
        "manual" => TriggerKind::Manual(ManualTrigger::default()),
        "form" => TriggerKind::Form(contact_form()),
        "workflow" => TriggerKind::Workflow(WorkflowTrigger::default()),
        "failure" => TriggerKind::Failure(FailureTrigger::default()),
        other => {
            let (connector, trigger) = other.split_once('.')?;
            TriggerKind::App(app_trigger(connector, trigger)?)
        }
    };
    Some(Trigger { id: trigger_id(def), label, kind, filter: None, dedupe: None, shape: None })
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
        for choice in triggers() {
            assert!(trigger(&choice.id, &def).is_some(), "{}", choice.id);
        }
    }
}
