use leptos::task::spawn_local;
use model::{
    api::{Empty, GetWorkflow, ImportedWorkflow},
    definition::slugify,
    ids::WorkflowId,
};

use crate::{api::call, dom, ui::Toasts};

/// Downloads the draft as a file that import reads again. It holds no secret: these never stand in a definition.
pub fn export(id: WorkflowId, toasts: Toasts) {
    spawn_local(async move {
        match call::<GetWorkflow>((id,), &Empty {}, &Empty {}).await {
            Ok(workflow) => {
                let file_name = format!("{}.json", slugify(&workflow.name));
                let file = ImportedWorkflow { name: workflow.name, definition: workflow.draft, publish: false };
                if let Ok(json) = serde_json::to_string_pretty(&file) {
                    dom::download(&file_name, "application/json", &json);
                }
            }
            Err(problem) => toasts.problem(&problem),
        }
    });
}
