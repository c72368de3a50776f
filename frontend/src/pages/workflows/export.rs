//! A workflow's draft as text: downloaded, copied, or made into a second workflow. It holds no secret: these never stand in a definition.

use leptos::task::spawn_local;
use model::{
    api::{CreateWorkflow, Empty, GetWorkflow, ImportedWorkflow, NewWorkflow},
    definition::slugify,
    ids::WorkflowId,
};

use crate::{
    api::{Problem, call},
    dom,
    text::workflows::import as t,
    ui::Toasts,
};

/// The longest name the server takes, in characters.
const LONGEST_NAME: usize = 200;

async fn exported(id: WorkflowId) -> Result<ImportedWorkflow, Problem> {
    let workflow = call::<GetWorkflow>((id,), &Empty {}, &Empty {}).await?;
    Ok(ImportedWorkflow { name: workflow.name, definition: workflow.draft, publish: false })
}

/// Downloads the draft as a file that import reads again.
pub fn export(id: WorkflowId, toasts: Toasts) {
    spawn_local(async move {
        match exported(id).await {
            Ok(file) => dom::download(&format!("{}.json", slugify(&file.name)), "application/json", &file.to_text()),
            Err(problem) => toasts.problem(&problem),
        }
    });
}

/// Puts the same into the clipboard.
pub fn copy_text(id: WorkflowId, toasts: Toasts) {
    spawn_local(async move {
        match exported(id).await {
            Ok(file) if dom::copy(&file.to_text()).await => toasts.done(t::copied(&file.name)),
            Ok(_) => toasts.warn(t::COPY_REFUSED),
            Err(problem) => toasts.problem(&problem),
        }
    });
}

/// Makes a second workflow of the draft: off, with addresses of its own and without anybody's secrets.
pub fn duplicate(id: WorkflowId, toasts: Toasts, on_made: impl Fn() + 'static) {
    spawn_local(async move {
        let made = match exported(id).await {
            Ok(file) => {
                let new = NewWorkflow { name: copy_name(&file.name), definition: Some(file.definition) };
                call::<CreateWorkflow>((), &Empty {}, &new).await
            }
            Err(problem) => Err(problem),
        };
        match made {
            Ok(workflow) => {
                toasts.done(t::duplicated(&workflow.name));
                on_made();
            }
            Err(problem) => toasts.problem(&problem),
        }
    });
}

fn copy_name(name: &str) -> String {
    t::copy_of(name).chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_named_after_its_original_and_never_too_long() {
        assert_eq!(copy_name("Orders"), "Copy of Orders");
        assert_eq!(copy_name(&"ü".repeat(LONGEST_NAME)).chars().count(), LONGEST_NAME);
    }
}
