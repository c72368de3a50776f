//! The last requests of a trigger, and samples made of them.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use manifest::Endpoint;
use model::{
    Role,
    api::{HookRequest as Shown, TriggerSample},
    definition::{Trigger, TriggerKind},
    ids::{EventId, HookRequestId, TriggerId, WorkflowId},
};
use serde_json::Value;
use store::{Origin, Scope};

use super::{
    events::{self, Delivered},
    receive::complete,
};
use crate::{
    Error, Ingest, nesting,
    webhook::{self, HookRequest, body, inspect},
};

impl Ingest {
    /// The last requests to a trigger's addresses, newest first, secrets masked.
    pub async fn requests(&self, scope: &Scope, workflow: WorkflowId, trigger: &TriggerId) -> Result<Vec<Shown>, Error> {
        let found = self.trigger_of(scope, workflow, trigger).await?;
        let (hooks, secret_headers) = self.hooks_of(workflow, &found)?;
        let requests = self.store.hook_requests(scope, workflow, trigger, &hooks).await?;
        Ok(requests.into_iter().map(|shown| inspect::masked(shown, &secret_headers)).collect())
    }

    /// Keeps the event that a request is, or would have been, as a sample.
    pub async fn use_request(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
        id: HookRequestId,
    ) -> Result<TriggerSample, Error> {
        scope.require(Role::Maker)?;
        let found = self.trigger_of(scope, workflow, trigger).await?;
        let (hooks, _) = self.hooks_of(workflow, &found)?;
        let event = match self.store.hook_request(scope, &hooks, id).await? {
            Some((shown, bytes)) => self.would_be(&found, shown, bytes).await?,
            None => {
                let row = self.store.event(scope, EventId(id.0)).await.map_err(|error| match error {
                    store::Error::NotFound(_) => Error::NotFound("The request is no longer kept.".into()),
                    error => Error::Store(error),
                })?;
                if row.event.workflow != workflow || row.event.trigger != *trigger {
                    return Err(Error::NotFound("The request is no longer kept.".into()));
                }
                (*row.payload).clone()
            }
        };
        if event.is_null() {
            return Err(Error::Gone("The data of this request is not kept; a duplicate's is the first one's.".into()));
        }
        let sample = self.store.add_trigger_sample(scope.workspace, workflow, trigger, &event, Origin::Live).await?;
        Ok(sample)
    }

    async fn trigger_of(&self, scope: &Scope, workflow: WorkflowId, trigger: &TriggerId) -> Result<Trigger, Error> {
        let row = self.store.workflow(scope, workflow).await?;
        if let Some(found) = row.draft.trigger(trigger) {
            return Ok(found.clone());
        }
        let live = match row.live_version {
            Some(version) => self.store.definition(workflow, version).await?.trigger(trigger).cloned(),
            None => None,
        };
        live.ok_or_else(|| Error::NotFound("The workflow has no such trigger.".into()))
    }

    /// Under which names a trigger's requests are kept, and which headers hold secrets.
    fn hooks_of(&self, workflow: WorkflowId, trigger: &Trigger) -> Result<(Vec<String>, Vec<String>), Error> {
        let own = format!("{workflow}:{}", trigger.id);
        match &trigger.kind {
            TriggerKind::Webhook(webhook) => Ok((vec![own], webhook::secret_headers(webhook))),
            TriggerKind::App(app) => match self.known(app) {
                Some(known) => {
                    let mut hooks = vec![own];
                    if known.webhook.endpoint == Endpoint::App {
                        hooks.push(format!("app:{}", app.connector));
                    }
                    let headers = known.webhook.signature.iter().map(|signature| signature.header.clone()).collect();
                    Ok((hooks, headers))
                }
                None => Err(Error::NotFound("This trigger is not told by a webhook.".into())),
            },
            _ => Err(Error::NotFound("This trigger is not told by a webhook.".into())),
        }
    }

    /// The event a kept request would have become.
    async fn would_be(&self, trigger: &Trigger, shown: Shown, bytes: Vec<u8>) -> Result<Value, Error> {
        if shown.truncated {
            return Err(Error::Invalid("The request is too long to be kept whole; send it to the test address instead.".into()));
        }
        let mut headers = HeaderMap::new();
        for header in &shown.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(&header.name), HeaderValue::try_from(&header.value)) {
                headers.append(name, value);
            }
        }
        let parsed = body::parse(&headers, &bytes.into()).await.map_err(Error::Invalid)?;
        nesting::check("the body", &parsed.value)?;
        match &trigger.kind {
            TriggerKind::App(app) => {
                let known = self.known(app).ok_or_else(|| Error::NotFound("This trigger is not told by a webhook.".into()))?;
                let input = complete(known, app).map_err(Error::Invalid)?;
                let delivered = Delivered::new(&headers, parsed.value);
                let event = match &known.webhook.split {
                    None => Some(delivered.body.clone()),
                    Some(source) => {
                        let env =
                            connect::Env::new().with("body", delivered.body.clone()).with("headers", delivered.headers.clone());
                        let list = env.value(source).ok().flatten();
                        list.and_then(|list| list.as_array().and_then(|list| list.iter().find(|one| !one.is_null()).cloned()))
                    }
                };
                let event = event.ok_or_else(|| Error::Invalid("There is no event in this request.".into()))?;
                events::payload(known, &input, &delivered.headers, &event, None).map_err(Error::Invalid)
            }
            TriggerKind::Webhook(plain) => {
                let method = Method::try_from(shown.method.as_str()).unwrap_or(Method::POST);
                let request = HookRequest {
                    key: String::new(),
                    test: true,
                    method,
                    headers,
                    query: shown.query,
                    body: bytes::Bytes::new(),
                };
                Ok(webhook::event(plain, &request, parsed.value))
            }
            _ => Err(Error::NotFound("This trigger is not told by a webhook.".into())),
        }
    }
}
