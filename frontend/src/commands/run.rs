//! Starting a run by hand from the palette.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, GetVersion, ManualRun, RunWorkflow, WorkflowSummary},
    definition::TriggerKind,
};
use serde_json::{Map, Value};

use super::entry::{Act, Entry, Group, Mark};
use crate::{
    api::{Problem, call},
    text::commands as t,
    ui::{Glyph, Toasts},
};

/// What became of it.
enum Began {
    Run,
    /// It asks for something first, in its form.
    Asks,
}

/// "Run ..." for a workflow that is started by hand and has something to run. `go` opens a page.
pub fn entry(workflow: &WorkflowSummary, toasts: Toasts, go: Callback<String>) -> Option<Entry> {
    let version = workflow.live_version.filter(|_| workflow.triggers.iter().any(|kind| kind == "manual"))?;
    let (id, name) = (workflow.id, workflow.name.clone());
    let act = Callback::new(move |()| {
        let name = name.clone();
        spawn_local(async move {
            match begin(id, version).await {
                Ok(Began::Run) => toasts.done(t::run_began(&name)),
                Ok(Began::Asks) => go.run(format!("/workflows/{id}")),
                Err(problem) => toasts.problem(&problem),
            }
        });
    });
    Some(Entry {
        id: format!("run-{id}"),
        label: t::run_now(&workflow.name),
        about: t::RUN_ABOUT.into(),
        keywords: t::RUN_KEYWORDS.into(),
        mark: Mark::Glyph(Glyph::Play),
        shown: "",
        group: Group::Steps,
        act: Act::Call(act),
    })
}

async fn begin(id: model::ids::WorkflowId, version: u32) -> Result<Began, Problem> {
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
