//! Runs a person starts.

use model::{
    Role,
    api::{ManualRun, WorkflowState},
};
use serde_json::{Value, json};
use store::Scope;

use crate::{on_both, world::workflow};

fn request(body: Value) -> ManualRun {
    ManualRun { trigger: "start".into(), body }
}

on_both! {
    async fn a_form_is_checked_and_starts_a_run(world: World) {
        let fields = json!([
            { "key": "email", "label": "E-mail", "kind": "email", "required": true },
            { "key": "size", "label": "Size", "kind": "choice", "choices": ["s", "m"], "default": "m" },
        ]);
        let hook = world.publish(&workflow(json!({ "type": "manual", "fields": fields }), json!({}))).await;
        let scope = &world.db.scope;
        let receipt = world.ingest.manual(scope, hook.workflow, request(json!({ "email": "a@b.c" }))).await.unwrap();
        assert!(receipt.run.is_some() && !receipt.duplicate);
        let event = world.payload(receipt.event.unwrap()).await;
        assert_eq!((&event["body"], &event["by"]), (&json!({ "email": "a@b.c", "size": "m" }), &json!("ada@example.com")));
        for (body, code) in [(json!({}), "invalid"), (json!({ "email": "a@b.c", "size": "xxl" }), "invalid"), (json!("text"), "invalid")] {
            assert_eq!(world.ingest.manual(scope, hook.workflow, request(body)).await.unwrap_err().code(), code);
        }
        let viewer = Scope { role: Role::Viewer, ..scope.clone() };
        let ada = json!({ "email": "a@b.c" });
        assert!(world.ingest.manual(&viewer, hook.workflow, request(ada.clone())).await.is_err());
        let elsewhere = Scope { workspace: model::ids::WorkspaceId(7), ..scope.clone() };
        assert!(world.ingest.manual(&elsewhere, hook.workflow, request(ada.clone())).await.is_err());
        let unknown = ManualRun { trigger: "nothing".into(), body: ada.clone() };
        assert_eq!(world.ingest.manual(scope, hook.workflow, unknown).await.unwrap_err().code(), "gone");

        world.switch(hook.workflow, WorkflowState::Paused).await;
        let held = world.ingest.manual(scope, hook.workflow, request(ada.clone())).await.unwrap();
        assert!(held.event.is_some() && held.run.is_none());
        world.switch(hook.workflow, WorkflowState::Off).await;
        let refused = world.ingest.manual(scope, hook.workflow, request(ada)).await.unwrap_err();
        assert!(refused.code() == "gone" && refused.to_string().contains("off"), "{refused}");
        assert_eq!(world.counts(hook.workflow).await, [1, 1, 0, 1, 0]);
    }
}
