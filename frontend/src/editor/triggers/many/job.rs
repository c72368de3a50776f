//! What was begun, and how far it has come.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Bulk, BulkAction, BulkState, Empty, GetBulk, NewRows, RunForMany, StopBulk},
    ids::{JobId, WorkflowId},
};

use crate::{
    api::call,
    editor::{mend::Place, testing::pause},
    text::many as t,
    ui::{Button, Glyph, LinkButton, Toasts, Tone},
};

/// Between looks at what goes on, in milliseconds.
const LOOK_MS: u64 = 700;

#[derive(Clone, Copy)]
pub struct Job {
    workflow: WorkflowId,
    place: Place,
    toasts: Toasts,
    pub begun: RwSignal<Option<Bulk>>,
    pub busy: RwSignal<bool>,
}

impl Job {
    /// Goes on with what the address says has been begun: another card was looked at, or the page loaded again.
    pub fn new(workflow: WorkflowId, place: Place, toasts: Toasts) -> Self {
        let job = Job { workflow, place, toasts, begun: RwSignal::new(None), busy: RwSignal::new(false) };
        let address = place.address.get_untracked();
        if let Some(id) = address.bulk.filter(|_| address.fix.is_none()) {
            spawn_local(async move {
                // One of something else, or that is gone, is none of ours; nobody asked for it by hand.
                let found = call::<GetBulk>((id,), &Empty {}, &Empty {}).await.ok();
                if let Some(bulk) = found.filter(|bulk| is_of(bulk, workflow)) {
                    let goes_on = bulk.state == BulkState::Running;
                    job.begun.try_set(Some(bulk));
                    if goes_on {
                        job.follow(id);
                    }
                }
            });
        }
        job
    }

    /// Whether runs are being begun now.
    pub fn is_running(self) -> bool {
        self.begun.with(|begun| begun.as_ref().is_some_and(|bulk| bulk.state == BulkState::Running))
    }

    /// Makes room for another table.
    fn forget(self) {
        self.begun.set(None);
        self.place.change(|address| address.bulk = None);
    }

    pub fn start(self, table: NewRows) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            match call::<RunForMany>((self.workflow,), &Empty {}, &table).await {
                Ok(bulk) => {
                    let id = bulk.id;
                    if self.place.address.try_with_untracked(|address| address.fix.is_none()) == Some(true) {
                        self.place.change(|address| address.bulk = Some(id));
                    }
                    self.begun.try_set(Some(bulk));
                    self.follow(id);
                }
                Err(problem) => self.toasts.problem(&problem),
            }
            self.busy.try_set(false);
        });
    }

    fn stop(self) {
        let Some(id) = self.begun.with_untracked(|begun| begun.as_ref().map(|bulk| bulk.id)) else { return };
        spawn_local(async move {
            match call::<StopBulk>((id,), &Empty {}, &Empty {}).await {
                Ok(bulk) => _ = self.begun.try_set(Some(bulk)),
                Err(problem) => self.toasts.problem(&problem),
            }
        });
    }

    /// Until it is over, or nobody looks any more. A look that the server was not reached by is followed by another one.
    fn follow(self, id: JobId) {
        spawn_local(async move {
            loop {
                pause(LOOK_MS).await;
                let is_ours = self.begun.try_with_untracked(|begun| begun.as_ref().is_some_and(|bulk| bulk.id == id));
                if is_ours != Some(true) {
                    return;
                }
                match call::<GetBulk>((id,), &Empty {}, &Empty {}).await {
                    Ok(bulk) => {
                        let is_over = bulk.state != BulkState::Running;
                        self.begun.try_set(Some(bulk));
                        if is_over {
                            return;
                        }
                    }
                    Err(problem) if problem.is_offline() => {}
                    // It is gone, or no longer theirs to see.
                    Err(problem) => {
                        self.toasts.problem(&problem);
                        return;
                    }
                }
            }
        });
    }
}

/// Whether a bulk action begins runs of this workflow from a table.
fn is_of(bulk: &Bulk, workflow: WorkflowId) -> bool {
    bulk.action == BulkAction::Run && bulk.filter.workflow == Some(workflow)
}

/// How far it has come, and a way to stop it.
#[component]
pub fn Progress(job: Job) -> impl IntoView {
    let is_running = Memo::new(move |_| job.is_running());
    let behind = move |bulk: &Bulk| bulk.done + bulk.failed + bulk.skipped;
    let share =
        move || job.begun.with(|begun| begun.as_ref().map_or(0, |bulk| behind(bulk) * 100 / bulk.total.unwrap_or(1).max(1)));
    view! {
        <div class="many-progress" role="status" data-testid="many-progress">
            <p><b>{move || job.begun.with(|begun| begun.as_ref().map(t::progress))}</b></p>
            <div class="meter wide"><i style:width=move || format!("{}%", share())></i></div>
            {move || job.begun.with(|begun| begun.as_ref().and_then(|bulk| bulk.error.clone())).map(|error| view! { <p class="field-error">{error}</p> })}
            <div class="ed-more">
                <LinkButton small=true href=format!("/runs?workflow={}", job.workflow)>{t::SEE_RUNS}</LinkButton>
                <Show
                    when=move || is_running.get()
                    fallback=move || view! { <Button small=true on:click=move |_| job.forget()>{t::ANOTHER}</Button> }
                >
                    <Button small=true tone=Tone::Danger icon=Glyph::Close on:click=move |_| job.stop()>{t::STOP}</Button>
                </Show>
            </div>
        </div>
    }
}
