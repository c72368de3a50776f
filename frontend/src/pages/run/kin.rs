//! The runs above and below this one.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::components::A;
use model::{
    api::{Empty, GetJournal, GetRun, JournalQuery, RunDetail, RunSummary},
    ids::RunId,
    run::{RunEventKind, RunKind},
};

use crate::{api::call, text::run as t, ui::RunStatusChip};

/// Why the run exists, where another run or a batch is the reason.
#[component]
pub fn Origin(detail: Signal<RunDetail>) -> impl IntoView {
    let kind = detail.with_untracked(|detail| detail.run.kind.clone());
    let id = detail.with_untracked(|detail| detail.run.id);
    let found = RwSignal::new(None::<RunKind>);
    if matches!(kind.as_str(), "child" | "collected") {
        spawn_local(async move {
            // The first fact of the journal says it.
            let query = JournalQuery { after: None, limit: Some(1) };
            let Ok(journal) = call::<GetJournal>((id,), &query, &Empty {}).await else { return };
            let first = journal.rows.into_iter().flat_map(|row| row.events).map(|event| event.kind).next();
            if let Some(RunEventKind::RunCreated { kind, .. }) = first {
                found.try_set(Some(kind));
            }
        });
    }
    move || {
        match found.get() {
        Some(RunKind::Child { parent, .. }) => view! {
            <span data-testid="parent-run">{t::STARTED_BY_RUN}" "<A href=format!("/runs/{parent}") attr:class="link mono">{parent.to_string()}</A></span>
        }
        .into_any(),
        Some(RunKind::Collected { step }) => {
            let label = detail.with(|detail| detail.definition.step(&step).map(|step| step.label.clone()));
            view! { <span>{t::gathered_at(label.as_deref().unwrap_or(step.as_str()))}</span> }.into_any()
        }
        _ => ().into_any(),
    }
    }
}

/// The run a step has started, as it stands now.
#[component]
pub fn Child(
    id: RunId,
    /// Changes with everything that happens to the run above.
    #[prop(into)]
    seq: Signal<i64>,
) -> impl IntoView {
    let run = RwSignal::new(None::<RunSummary>);
    let gone = RwSignal::new(false);
    Effect::new(move |_| {
        seq.track();
        spawn_local(async move {
            match call::<GetRun>((id,), &Empty {}, &Empty {}).await {
                Ok(detail) => {
                    run.try_set(Some(detail.run));
                }
                Err(problem) if problem.is_not_found() => {
                    gone.try_set(true);
                }
                Err(_) => {}
            }
        });
    });
    view! {
        <div class="kin" data-testid="child-run">
            <span class="muted">{t::OTHER_RUN}</span>
            {move || match run.get() {
                Some(found) => {
                    let name = found.workflow_name.clone();
                    view! {
                    <A href=format!("/runs/{id}") attr:class="link">{name}</A>
                    <RunStatusChip run=Signal::stored(found)/>
                }
                .into_any()
                }
                None if gone.get() => view! { <span class="muted">{t::RUN_NOT_KEPT}</span> }.into_any(),
                None => view! { <A href=format!("/runs/{id}") attr:class="link mono">{id.to_string()}</A> }.into_any(),
            }}
        </div>
    }
}
