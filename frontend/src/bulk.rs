//! An action on many runs that was begun: followed, shown and stopped, wherever that was.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Bulk, BulkState, Empty, GetBulk, NewBulk, StartBulk, StopBulk},
    ids::JobId,
};

use crate::{
    api::call,
    editor::testing::pause,
    text::bulk as t,
    ui::{Glyph, Icon, Toasts},
};

/// Between looks at what goes on, in milliseconds.
const LOOK_MS: u64 = 700;

/// The action that is shown, if there is one.
#[derive(Clone, Copy)]
pub struct Begun {
    toasts: Toasts,
    pub bulk: RwSignal<Option<Bulk>>,
    /// How many runs there were when it was begun here.
    pub all: RwSignal<Option<u64>>,
    pub busy: RwSignal<bool>,
    /// The one that is asked after.
    following: StoredValue<Option<JobId>>,
}

impl Begun {
    pub fn new(toasts: Toasts) -> Self {
        Begun {
            toasts,
            bulk: RwSignal::new(None),
            all: RwSignal::new(None),
            busy: RwSignal::new(false),
            following: StoredValue::new(None),
        }
    }

    /// Begins one for `all` runs, and follows it; `then` gets its id, for the address.
    pub fn start(self, new: NewBulk, all: Option<u64>, then: impl FnOnce(JobId) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        spawn_local(async move {
            match call::<StartBulk>((), &Empty {}, &new).await {
                Ok(bulk) => {
                    let id = bulk.id;
                    self.all.try_set(all);
                    self.bulk.try_set(Some(bulk));
                    self.follow(id);
                    then(id);
                }
                Err(problem) => self.toasts.problem(&problem),
            }
            self.busy.try_set(false);
        });
    }

    /// Looks after `id` until it is over, another one is followed, or nobody looks any more.
    pub fn follow(self, id: JobId) {
        if self.following.try_get_value() == Some(Some(id)) {
            return;
        }
        self.following.try_set_value(Some(id));
        let is_other = |bulk: &Option<Bulk>| bulk.as_ref().is_some_and(|bulk| bulk.id != id);
        let Some(is_other) = self.bulk.try_with_untracked(is_other) else { return };
        if is_other {
            self.bulk.set(None);
            self.all.set(None);
        }
        spawn_local(async move {
            loop {
                let answer = call::<GetBulk>((id,), &Empty {}, &Empty {}).await;
                if self.following.try_get_value() != Some(Some(id)) {
                    return;
                }
                match answer {
                    Ok(bulk) => {
                        let is_over = bulk.state != BulkState::Running;
                        if self.bulk.try_set(Some(bulk)).is_some() || is_over {
                            return;
                        }
                    }
                    Err(problem) if problem.is_offline() || problem.status >= 500 => {}
                    // It is gone, or no longer theirs to see.
                    Err(_) => return,
                }
                pause(LOOK_MS).await;
            }
        });
    }

    /// Shows none any more; what was begun goes on.
    pub fn leave(self) {
        self.following.set_value(None);
        self.bulk.set(None);
        self.all.set(None);
    }

    /// What is done stays done.
    pub fn stop(self) {
        let Some(id) = self.bulk.with_untracked(|bulk| bulk.as_ref().map(|bulk| bulk.id)) else { return };
        spawn_local(async move {
            match call::<StopBulk>((id,), &Empty {}, &Empty {}).await {
                Ok(bulk) => _ = self.bulk.try_set(Some(bulk)),
                Err(problem) => self.toasts.problem(&problem),
            }
        });
    }
}

/// How far an action has come, with a way to stop it while it runs; the children once it is over.
#[component]
pub fn BulkProgress(
    begun: Begun,
    /// Whether the person may stop it.
    #[prop(into)]
    may_stop: Signal<bool>,
    #[prop(optional)] children: Option<ChildrenFn>,
) -> impl IntoView {
    let children = StoredValue::new(children);
    move || {
        begun.bulk.get().map(|bulk| {
            let all = begun.all.get();
            let is_running = bulk.state == BulkState::Running;
            let (class, glyph) = match bulk.state {
                BulkState::Running => ("run", Glyph::Loader),
                BulkState::Finished if bulk.failed == 0 => ("ok", Glyph::Check),
                _ => ("bad", Glyph::Alert),
            };
            let looked_at = bulk.done + bulk.skipped + bulk.failed;
            let part = all.filter(|all| *all > 0).map(|all| (looked_at * 100 / all).min(100));
            view! {
                <p class=format!("mend-state {class}")>
                    <Icon glyph/>
                    <span>{t::state(&bulk, all)}</span>
                    {part.filter(|_| is_running).map(|part| view! {
                        <span class="meter" aria-hidden="true"><i style=format!("width:{part}%")></i></span>
                    })}
                    {if is_running {
                        may_stop
                            .get()
                            .then(|| view! { <button type="button" class="link" on:click=move |_| begun.stop()>{t::STOP}</button> })
                            .into_any()
                    } else {
                        children.with_value(|children| children.as_ref().map(|children| children())).into_any()
                    }}
                </p>
            }
        })
    }
}
