//! Sample events: captured, chosen, written by hand, or made up where the trigger says what its events look like.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Timestamp, WorkflowDefinition,
    api::{AddSample, DeleteSample, Empty, NewSample, TriggerSample},
    definition::{FormFieldKind, FormTrigger, ManualTrigger, Trigger, TriggerKind, WorkflowTrigger},
    ids::{SampleId, TriggerId},
};
use serde_json::{Map, Value, json};

use super::state::Editor;
use crate::{
    api::{Problem, call},
    connectors,
    text::editor as t,
};

/// An event as the trigger would make it, where that can be known without one: schedules and forms.
pub fn stand_in(trigger: &Trigger, now: Timestamp) -> Option<Value> {
    match &trigger.kind {
        TriggerKind::Webhook(_) => None,
        TriggerKind::App(app) => {
            let sample =
                connectors::find(&app.connector).and_then(|connector| connector.trigger(&app.trigger)).map(|known| &known.sample);
            sample.filter(|sample| !sample.is_null()).map(|sample| json!({"body": sample}))
        }
        TriggerKind::Schedule(_) => {
            let minute = Timestamp(now.ms() - now.ms().rem_euclid(60_000)).rfc3339();
            Some(json!({"body": {"scheduled_for": minute, "local": minute.get(..16)}}))
        }
        TriggerKind::Manual(ManualTrigger { fields })
        | TriggerKind::Form(FormTrigger { fields, .. })
        | TriggerKind::Workflow(WorkflowTrigger { fields, .. }) => {
            let mut body = Map::new();
            for field in fields {
                let value = field.default.clone().unwrap_or_else(|| match field.kind {
                    FormFieldKind::Number => json!(1),
                    FormFieldKind::Switch => json!(true),
                    FormFieldKind::Date => json!(now.rfc3339().get(..10)),
                    FormFieldKind::Email => json!("ada@example.com"),
                    FormFieldKind::Choice => json!(field.choices.first().cloned().unwrap_or_default()),
                    FormFieldKind::File => json!({"name": "photo.png", "media_type": "image/png", "bytes": 48_213}),
                    FormFieldKind::Text | FormFieldKind::LongText => json!(field.label),
                });
                body.insert(field.key.clone(), value);
            }
            Some(json!({"body": body}))
        }
        TriggerKind::Failure(_) => Some(json!({"body": {
            "workflow": {"id": "wf_0000000000001", "name": t::FAILURE_EXAMPLE_WORKFLOW},
            "run": {"id": "run_0000000000001", "url": "https://patchbay.example/runs/run_0000000000001"},
            "error": {"path": "send_on", "class": "rejected", "code": "http.status", "message": t::SAMPLE_ERROR},
            "event": {"body": {"email": "ada@example.com", "amount": 4200}},
        }})),
    }
}

/// An event to start from when somebody writes one by hand.
pub fn blank(trigger: &Trigger, now: Timestamp) -> Value {
    stand_in(trigger, now).unwrap_or_else(|| {
        json!({
            "method": "POST", "headers": {"content-type": "application/json"}, "query": {},
            "body": {"email": "ada@example.com", "name": "Ada Lovelace", "company": "Engines Ltd", "amount": 4200}
        })
    })
}

/// The trigger of the sample in use, else the first one.
pub fn trigger_in_use(editor: Editor, def: &WorkflowDefinition) -> Option<TriggerId> {
    let chosen = editor.chosen.get_untracked();
    let of_sample = editor.samples.with_untracked(|samples| {
        let mut known = samples.triggers.iter().filter(|sample| def.trigger(&sample.trigger).is_some());
        let newest = known.clone().next();
        known.find(|sample| Some(sample.id) == chosen).or(newest).map(|sample| sample.trigger.clone())
    });
    of_sample.or_else(|| def.triggers.first().map(|trigger| trigger.id.clone()))
}

/// The samples of one trigger, newest first.
pub fn of_trigger(editor: Editor, trigger: &TriggerId) -> Vec<TriggerSample> {
    editor.samples.with(|samples| samples.triggers.iter().filter(|sample| &sample.trigger == trigger).cloned().collect())
}

/// The sample in use, when it is one of this trigger's.
pub fn in_use(editor: Editor, trigger: &TriggerId) -> Option<TriggerSample> {
    let chosen = editor.chosen.get();
    let of_trigger = of_trigger(editor, trigger);
    of_trigger.iter().find(|sample| Some(sample.id) == chosen).or(of_trigger.first()).cloned()
}

/// Keeps an event that was written by hand, and uses it.
pub fn add(editor: Editor, trigger: TriggerId, event: Value, done: impl FnOnce(Result<(), Problem>) + 'static) {
    spawn_local(async move {
        match call::<AddSample>((editor.id,), &Empty {}, &NewSample { trigger, event }).await {
            Ok(sample) => {
                editor.chosen.try_set(Some(sample.id));
                editor.samples.try_update(|samples| samples.triggers.insert(0, sample));
                done(Ok(()));
            }
            Err(problem) => done(Err(problem)),
        }
    });
}

pub fn remove(editor: Editor, sample: SampleId) {
    spawn_local(async move {
        if call::<DeleteSample>((editor.id, sample), &Empty {}, &Empty {}).await.is_ok() {
            editor.samples.try_update(|samples| samples.triggers.retain(|one| one.id != sample));
        }
    });
}
