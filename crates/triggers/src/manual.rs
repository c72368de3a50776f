//! Runs started by a person, through the trigger's form.

use std::sync::Arc;

use model::{
    api::{ManualRun, Receipt},
    definition::{ManualTrigger, Trigger, TriggerKind, fill_form},
    ids::{TriggerId, WorkflowId},
};
use serde_json::{Map, Value, json};
use store::{DedupeKey, LiveHook, Scope};

use crate::{
    Error, Ingest,
    ingest::{Incoming, Source, Taken, off},
    nesting,
};

impl Ingest {
    /// Starts a run with the form's values.
    pub async fn manual(&self, scope: &Scope, workflow: WorkflowId, request: ManualRun) -> Result<Receipt, Error> {
        self.manual_once(scope, workflow, request, None).await
    }

    /// The same; another run with an equal key that is remembered makes no second one.
    pub(crate) async fn manual_once(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        request: ManualRun,
        dedupe: Option<DedupeKey>,
    ) -> Result<Receipt, Error> {
        let (hook, form) = self.live_form(scope, workflow, &request.trigger).await?;
        let source = Source::Trigger(workflow, &request.trigger);
        let body = fill(&form, &request.body)?;
        let payload = Arc::new(json!({ "method": "MANUAL", "body": body, "by": scope.actor.name() }));
        let incoming = vec![Incoming { payload, files: Vec::new(), received_at: self.store.now(), dedupe, reply: false }];
        match self.accept(hook, incoming, &source).await?.into_iter().next() {
            Some(Taken::Run { event, run }) => Ok(Receipt { event: Some(event), run: Some(run), duplicate: false }),
            Some(Taken::Duplicate { event, run }) => Ok(Receipt { event, run, duplicate: true }),
            Some(Taken::Held { event } | Taken::Filtered { event }) => {
                Ok(Receipt { event: Some(event), run: None, duplicate: false })
            }
            Some(Taken::Refused { reason }) => Err(Error::Gone(reason)),
            None => Err(Error::Gone("The workflow changed at the same moment; try again.".into())),
        }
    }

    /// The form of a manual trigger of the live version. Needs the operator's role.
    pub(crate) async fn live_form(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
    ) -> Result<(Arc<LiveHook>, ManualTrigger), Error> {
        scope.require(model::Role::Operator)?;
        // Also proves that the workflow belongs to the caller's workspace.
        self.store.workflow(scope, workflow).await?;
        let hook = self.resolve(&Source::Trigger(workflow, trigger)).await?;
        match hook.live_trigger() {
            Some(Trigger { kind: TriggerKind::Manual(form), .. }) => {
                let form = form.clone();
                Ok((hook, form))
            }
            _ => Err(off(&hook)),
        }
    }
}

/// The form's values, checked, with defaults for what was left out.
pub(crate) fn fill(form: &ManualTrigger, values: &Value) -> Result<Value, Error> {
    nesting::check("the form", values)?;
    let empty = Map::new();
    let values = match values {
        Value::Object(values) => values,
        Value::Null => &empty,
        _ => return Err(Error::Invalid("The form's values must be an object.".into())),
    };
    if let Some(unknown) = values.keys().find(|key| !form.fields.iter().any(|field| &field.key == *key)) {
        return Err(Error::Invalid(format!("The form has no field `{unknown}`.")));
    }
    fill_form(&form.fields, values).map(Value::Object).map_err(|error| Error::Invalid(error.message))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::definition::{FormField, FormFieldKind};

    use super::*;

    fn form() -> ManualTrigger {
        let field = |key: &str, kind, required, default| FormField {
            key: key.into(),
            label: key.to_uppercase(),
            kind,
            required,
            default,
            choices: vec!["a".into(), "b".into()],
            help: String::new(),
        };
        ManualTrigger {
            fields: vec![
                field("email", FormFieldKind::Email, true, None),
                field("size", FormFieldKind::Choice, false, Some(json!("a"))),
                field("count", FormFieldKind::Number, false, None),
                field("day", FormFieldKind::Date, false, None),
            ],
        }
    }

    #[test]
    fn fills_and_checks() {
        assert_eq!(
            fill(&form(), &json!({"email": "a@b.c", "count": 3})).unwrap(),
            json!({"email": "a@b.c", "size": "a", "count": 3})
        );
        for (values, message) in [
            (json!({}), "“EMAIL” is required."),
            (json!({"email": ""}), "“EMAIL” is required."),
            (json!({"email": "nobody"}), "“EMAIL” must be an e-mail address."),
            (json!({"email": "a@b.c", "size": "z"}), "“SIZE” must be one of its choices."),
            (json!({"email": "a@b.c", "count": "3"}), "“COUNT” must be a number."),
            (json!({"email": "a@b.c", "day": "31/12/2025"}), "“DAY” must be a date (2026-01-31)."),
            (json!({"email": "a@b.c", "__proto__": 1}), "The form has no field `__proto__`."),
            (json!([1]), "The form's values must be an object."),
        ] {
            assert_eq!(fill(&form(), &values).unwrap_err().to_string(), message);
        }
    }
}
