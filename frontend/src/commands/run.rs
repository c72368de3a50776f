//! Starting a run by hand from the palette.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, GetVersion, ManualRun, RunWorkflow, WorkflowSummary},
    definition::TriggerKind,
    ids::WorkflowId,
};
use serde_json::{Map, Value};

use super::entry::{Act, Entry, Group, Mark};
use crate::{
    api::{Problem, call},
    named::Named,
    text::commands as t,
    ui::{Glyph, Toasts},
};

/// What became of it.
enum Began {
    Run,
    /// It asks for something first, in its form.
    Asks,
}

/// "Run ..." for a workflow that is started by hand and has something to run.
pub fn entry(workflow: &WorkflowSummary) -> Option<Entry> {
    let version = workflow.live_version.filter(|_| workflow.triggers.iter().any(|kind| kind == "manual"))?;
    Some(Entry {
        id: format!("run-{}", workflow.id),
        label: t::run_now(&workflow.name),
        about: t::RUN_ABOUT.into(),
        keywords: t::RUN_KEYWORDS.into(),
        mark: Mark::Glyph(Glyph::Play),
        shown: "",
        group: Group::Steps,
        act: Act::Start { workflow: workflow.id, name: workflow.name.clone(), version },
    })
}

/// Starts a run, or opens the workflow by `go` where it asks for something first.
pub fn start(id: WorkflowId, name: String, version: u32, toasts: Toasts, go: Callback<String>) {
    spawn_local(async move {
        match begin(id, version).await {
            Ok(Began::Run) => toasts.done(t::run_began(&name)),
            Ok(Began::Asks) => go.run(Named::Workflow(id).path()),
            Err(problem) => toasts.problem(&problem),
        }
    });
}

async fn begin(id: WorkflowId, version: u32) -> Result<Began, Problem> {
    let definition = call::<GetVersion>((id, version), &Empty {}, &Empty {}).await?.definition;
    let by_hand = definition.triggers.iter().find_map(|trigger| match &trigger.kind {
        TriggerKind::Manual(manual) => Some((trigger.id.clone(), manual.fields.clone())),
        _ => None,
    });
    let Some((trigger, fields)) = by_hand else { return Ok(Began::Asks) };
    if !fields.is_empty() {
        return Ok(Began::Asks);
    }
    let run = ManualRun { trigger, body: Value::Object(Map::new()) };
    call::<RunWorkflow>((id,), &Empty {}, &run).await?;
    Ok(Began::Run)
}
