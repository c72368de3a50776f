//! Workflows to begin with. They run as they are, but for the address they send to.

use std::collections::BTreeMap;

use expr::{Condition, Entry, Mapped, Op, Seg, Source, Test};
use model::{
    WorkflowDefinition,
    definition::{ScheduleTrigger, Settings, Trigger, TriggerKind, WebhookTrigger},
    ids::{StepId, TriggerId},
    step::{Action, Filter, Set, SetField, Step, StepKind},
};
use serde_json::Value;

use crate::{text::workflows::starters as t, ui::Glyph};

pub struct Starter {
    pub name: &'static str,
    pub about: &'static str,
    pub glyph: Glyph,
    /// For a time zone.
    pub definition: fn(String) -> WorkflowDefinition,
}

pub static STARTERS: &[Starter] = &[
    Starter { name: t::HOOK, about: t::HOOK_ABOUT, glyph: Glyph::Hook, definition: webhook_to_http },
    Starter { name: t::MORNING, about: t::MORNING_ABOUT, glyph: Glyph::Calendar, definition: every_morning },
];

/// Where the examples send to until somebody changes it: a name reserved for examples.
const ADDRESS: &str = "https://api.example.com/orders";

fn webhook_to_http(zone: String) -> WorkflowDefinition {
    let body = |field: &str| Mapped::pill(Source::Event, [Seg::from("body"), Seg::from(field)]);
    let large = Test { left: body("amount"), op: Op::GreaterThan, right: Some(Mapped::Literal(Value::from(10))) };
    let fields = ["email", "name", "amount"].map(|name| SetField { name: name.into(), value: body(name), required: false });
    let shaped = |field: &str| Mapped::pill(Source::Step("shape".into()), [Seg::from(field)]);
    let content = ["email", "name", "amount"].map(|name| Entry { key: Mapped::text(name), value: shaped(name) });
    definition(
        zone,
        trigger(t::HOOK_TRIGGER, TriggerKind::Webhook(WebhookTrigger::default())),
        vec![
            step(
                "only_large",
                t::HOOK_FILTER,
                StepKind::Filter(Filter { condition: Condition::All(vec![Condition::Test(large)]) }),
            ),
            step("shape", t::HOOK_SET, StepKind::Set(Set { fields: fields.into() })),
            step("send", t::HOOK_SEND, post(Mapped::Object(content.into()))),
        ],
    )
}

fn every_morning(zone: String) -> WorkflowDefinition {
    let schedule = ScheduleTrigger { cron: "0 8 * * 1-5".into(), time_zone: None, late: Default::default() };
    let fetched = Mapped::pill(Source::Step("fetch".into()), [Seg::from("body")]);
    definition(
        zone,
        trigger(t::MORNING_TRIGGER, TriggerKind::Schedule(schedule)),
        vec![
            step("fetch", t::MORNING_FETCH, http([("method", Mapped::text("GET")), ("url", Mapped::text(ADDRESS))])),
            step("report", t::MORNING_SEND, post(fetched)),
        ],
    )
}

fn definition(zone: String, trigger: Trigger, steps: Vec<(StepId, Step)>) -> WorkflowDefinition {
    WorkflowDefinition {
        triggers: vec![trigger],
        body: steps.iter().map(|(id, _)| id.clone()).collect(),
        steps: steps.into_iter().collect(),
        settings: Settings { time_zone: zone, ..Settings::default() },
        ..WorkflowDefinition::default()
    }
}

fn trigger(label: &str, kind: TriggerKind) -> Trigger {
    Trigger { id: TriggerId::from("start"), label: label.into(), kind, filter: None, dedupe: None, shape: None }
}

fn step(id: &str, label: &str, kind: StepKind) -> (StepId, Step) {
    let step =
        Step { slug: id.into(), label: label.into(), kind, policy: Default::default(), disabled: false, note: String::new() };
    (StepId::from(id), step)
}

fn post(body: Mapped) -> StepKind {
    http([("method", Mapped::text("POST")), ("url", Mapped::text(ADDRESS)), ("body_kind", Mapped::text("json")), ("body", body)])
}

fn http<const N: usize>(input: [(&str, Mapped); N]) -> StepKind {
    let input: BTreeMap<String, Mapped> = input.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    StepKind::Action(Action { connector: "http".into(), version: 1, operation: "request".into(), connection: None, input })
}

#[cfg(test)]
mod tests {
    use model::Severity;

    use super::*;

    #[test]
    fn starters_have_nothing_to_mend() {
        for definition in [webhook_to_http("UTC".into()), every_morning("Europe/Berlin".into())] {
            let problems = manifest::check(&definition, manifest::builtin());
            assert!(problems.iter().all(|problem| problem.severity == Severity::Warning), "{problems:?}");
        }
    }
}
