//! The replays: of the one run, and of all that failed alike.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{BulkAction, Empty, GetRun, ListRunGroups, Mend, NewBulk, Replay, ReplayRun, RunsQuery},
    ids::{RunId, StepId},
    run::RunStatus,
};

use super::Place;
use crate::{api::call, bulk::Begun, editor::testing::pause, ui::Toasts};

/// Between looks at what goes on, in milliseconds.
const LOOK_MS: u64 = 700;

#[derive(Clone, Copy)]
pub struct Replays {
    place: Place,
    toasts: Toasts,
    /// The replay of the one run, as far as it has come.
    pub one: RwSignal<Option<(RunId, RunStatus)>>,
    /// The replays of all alike.
    pub alike: Begun,
    /// Runs that failed alike and were not replayed since, this one among them; absent while it is not known.
    pub left: RwSignal<Option<u64>>,
    pub busy: RwSignal<bool>,
}

impl Replays {
    /// Goes on with what the address says has been begun.
    pub fn new(place: Place, toasts: Toasts) -> Self {
        let replays = Replays {
            place,
            toasts,
            one: RwSignal::new(None),
            alike: Begun::new(toasts),
            left: RwSignal::new(None),
            busy: RwSignal::new(false),
        };
        let address = place.address.get_untracked();
        if let Some(run) = address.replay {
            replays.follow_one(run);
        }
        if let Some(id) = address.bulk {
            replays.alike.follow(id);
        }
        replays
    }

    pub fn count(self, alike: Option<RunsQuery>) {
        let Some(alike) = alike else { return };
        spawn_local(async move {
            if let Ok(groups) = call::<ListRunGroups>((), &alike, &Empty {}).await {
                self.left.try_set(Some(groups.items.iter().map(|group| group.count).sum()));
            }
        });
    }

    pub fn replay_one(self, mend: &Mend, from: Option<StepId>) {
        let id = mend.run.id;
        let alike = mend.alike.clone();
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            match call::<ReplayRun>((id,), &Empty {}, &Replay { from, newest: true }).await {
                Ok(receipt) => {
                    if let Some(run) = receipt.run {
                        self.place.change(|address| address.replay = Some(run));
                        self.follow_one(run);
                    }
                    self.count(alike);
                }
                Err(problem) => self.toasts.problem(&problem),
            }
            self.busy.try_set(false);
        });
    }

    pub fn replay_alike(self, alike: RunsQuery, from: Option<StepId>) {
        let new = NewBulk { action: BulkAction::Replay, filter: alike, from_step: from, newest: true, choice: None };
        self.alike.start(new, self.left.get_untracked(), move |id| self.place.change(|address| address.bulk = Some(id)));
    }

    fn follow_one(self, run: RunId) {
        self.one.set(Some((run, RunStatus::Queued)));
        spawn_local(async move {
            loop {
                match call::<GetRun>((run,), &Empty {}, &Empty {}).await {
                    Ok(detail) => {
                        let status = detail.run.status;
                        if self.one.try_set(Some((run, status))).is_some() || status.is_final() {
                            return;
                        }
                    }
                    Err(problem) if problem.is_offline() => {}
                    Err(_) => return,
                }
                pause(LOOK_MS).await;
                if self.one.try_get_untracked().is_none() {
                    return;
                }
            }
        });
    }
}
