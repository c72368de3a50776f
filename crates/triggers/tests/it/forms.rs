//! Hosted forms: what is taken, once, and what is not.

use http::{HeaderMap, HeaderValue};
use model::api::{EventState, WorkflowState};
use serde_json::{Value, json};
use triggers::{
    Error,
    form::{Door, FormTaken, Mistakes},
};

use crate::{
    on_both,
    world::{Hook, World, workflow},
};

const PAGE: &str = "00112233445566778899aabbccddeeff";
const OTHER: &str = "ffeeddccbbaa99887766554433221100";
const TAKEN: FormTaken = FormTaken::Stored { held: false, duplicate: false };
const AGAIN: FormTaken = FormTaken::Stored { held: false, duplicate: true };

fn signup() -> Value {
    json!({ "type": "form", "title": "Sign up", "fields": [
        { "key": "email", "label": "E-mail", "kind": "email", "required": true },
        { "key": "seats", "label": "Seats", "kind": "number" },
    ] })
}

impl World {
    async fn fill_in(&self, hook: &Hook, test: bool, token: &str, email: &str) -> Result<Result<FormTaken, Mistakes>, Error> {
        let open = self.ingest.form(&hook.key, test).await?;
        let body = format!("token={token}&homepage=&field.email={email}&field.seats=3");
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        match open.read(&headers, &body.into()).await {
            Ok(filled) => self.ingest.take_form(&open, filled).await.map(Ok),
            Err(mistakes) => Ok(Err(mistakes)),
        }
    }
}

on_both! {
    async fn a_form_makes_one_event_however_often_its_page_is_sent(world: World) {
        let hook = world.publish(&workflow(signup(), json!({}))).await;
        assert_eq!(world.fill_in(&hook, false, PAGE, "ada%40example.com").await.unwrap(), Ok(TAKEN));
        assert_eq!(world.last_body(hook.workflow).await, json!({ "email": "ada@example.com", "seats": 3 }));
        assert_eq!(world.fill_in(&hook, false, PAGE, "ada%40example.com").await.unwrap(), Ok(AGAIN));
        assert_eq!(world.fill_in(&hook, false, PAGE, "bob%40example.com").await.unwrap(), Ok(TAKEN), "another content is lost by nobody");
        assert_eq!(world.fill_in(&hook, false, OTHER, "ada%40example.com").await.unwrap(), Ok(TAKEN), "a new page is a new event");
        assert_eq!(world.runs(hook.workflow).await.len(), 3);
    }

    async fn the_makers_own_key_comes_before_the_pages(world: World) {
        let by_email = json!({ "dedupe": { "key": { "expr": "event.body.email" } } });
        let hook = world.publish(&workflow(signup(), by_email)).await;
        assert_eq!(world.fill_in(&hook, false, PAGE, "ada%40example.com").await.unwrap(), Ok(TAKEN));
        assert_eq!(world.fill_in(&hook, false, OTHER, "ada%40example.com").await.unwrap(), Ok(AGAIN));
    }

    async fn many_presses_at_once_make_one_event(world: World) {
        let hook = world.publish(&workflow(signup(), json!({}))).await;
        let presses = (0..8).map(|_| world.fill_in(&hook, false, PAGE, "ada%40example.com"));
        let taken = futures_util::future::join_all(presses).await;
        assert_eq!(taken.iter().filter(|one| matches!(one, Ok(Ok(taken)) if *taken == TAKEN)).count(), 1, "{taken:?}");
        assert_eq!(world.counts(hook.workflow).await[0], 1);
    }

    async fn what_does_not_fit_is_not_stored(world: World) {
        let hook = world.publish(&workflow(signup(), json!({}))).await;
        let mistakes = world.fill_in(&hook, false, PAGE, "nobody").await.unwrap().unwrap_err();
        assert!(mistakes.fields.contains_key("email") && mistakes.typed["seats"] == "3", "{mistakes:?}");
        assert_eq!(world.counts(hook.workflow).await, [0; 5]);
    }

    async fn the_state_of_the_workflow_is_the_state_of_its_form(world: World) {
        let draft = world.draft(&workflow(signup(), json!({}))).await;
        assert!(matches!(world.ingest.form(&draft.key, false).await, Err(Error::NotFound(_))), "not published");
        let hook = world.publish(&workflow(signup(), json!({}))).await;
        let door = async || world.ingest.form(&hook.key, false).await.unwrap().door;
        assert_eq!(door().await, Door::Open);
        world.switch(hook.workflow, WorkflowState::Paused).await;
        assert_eq!(door().await, Door::Held);
        let held = FormTaken::Stored { held: true, duplicate: false };
        assert_eq!(world.fill_in(&hook, false, PAGE, "ada%40example.com").await.unwrap(), Ok(held));
        assert_eq!(world.events(hook.workflow, EventState::Held).await.len(), 1);
        world.switch(hook.workflow, WorkflowState::Off).await;
        assert_eq!(door().await, Door::Closed);
        assert_eq!(world.fill_in(&hook, false, OTHER, "ada%40example.com").await.unwrap(), Ok(FormTaken::Closed));
        world.db.store.delete_workflow(&world.db.scope, hook.workflow).await.unwrap();
        assert!(matches!(world.ingest.form(&hook.key, false).await, Err(Error::NotFound(_))), "deleted");
    }

    async fn the_test_address_keeps_a_sample_of_the_draft(world: World) {
        let hook = world.draft(&workflow(signup(), json!({}))).await;
        let captured = world.fill_in(&hook, true, PAGE, "ada%40example.com").await.unwrap().unwrap();
        assert!(matches!(captured, FormTaken::Captured(captured) if captured.workflow == hook.workflow));
        let samples = world.db.store.samples(&world.db.scope, hook.workflow).await.unwrap();
        assert_eq!(samples.triggers[0].event["body"]["email"], "ada@example.com");
        assert_eq!(world.counts(hook.workflow).await, [0; 5]);
    }

    async fn a_webhooks_address_is_no_forms(world: World) {
        let hook = world.publish(&workflow(crate::world::webhook(json!({})), json!({}))).await;
        assert!(matches!(world.ingest.form(&hook.key, false).await, Err(Error::NotFound(_))));
        let form = world.publish(&workflow(signup(), json!({}))).await;
        assert_eq!(world.post(&form, &json!({})).await.0, 410, "and the other way round");
    }
}
