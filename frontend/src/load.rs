//! What a view reads from the server: nothing yet, a value, or a problem.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::Problem,
    ui::{ErrorState, SkeletonRows},
};

/// Fetches when it is made, when a signal it reads changes, and when it is asked to. The last value stays while the next one is
/// on its way, and only the newest answer counts.
pub struct Loader<T: Send + Sync + 'static> {
    pub value: RwSignal<Option<T>>,
    pub problem: RwSignal<Option<Problem>>,
    pub busy: RwSignal<bool>,
    asked: RwSignal<u32>,
}

impl<T: Send + Sync + 'static> Clone for Loader<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Loader<T> {}

impl<T: Send + Sync + 'static> Loader<T> {
    /// Fetches again, keeping what is shown.
    pub fn reload(&self) {
        self.asked.try_update(|n| *n = n.wrapping_add(1));
    }

    /// Changes the value in place, as an answer of the server would.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        self.value.try_update(|value| value.as_mut().map(change));
    }
}

/// A [`Loader`] for `fetch`.
pub fn load<T, F, Fut>(fetch: F) -> Loader<T>
where
    T: Send + Sync + 'static,
    F: Fn() -> Fut + 'static,
    Fut: Future<Output = Result<T, Problem>> + 'static,
{
    let loader =
        Loader { value: RwSignal::new(None), problem: RwSignal::new(None), busy: RwSignal::new(true), asked: RwSignal::new(0) };
    let newest = StoredValue::new(0_u32);
    Effect::new(move |_| {
        loader.asked.track();
        newest.update_value(|n| *n = n.wrapping_add(1));
        let this = newest.get_value();
        loader.busy.set(true);
        let answer = fetch();
        spawn_local(async move {
            let answer = answer.await;
            if newest.try_get_value() != Some(this) {
                return;
            }
            match answer {
                Ok(value) => {
                    loader.value.try_set(Some(value));
                    loader.problem.try_set(None);
                }
                Err(problem) => {
                    loader.problem.try_set(Some(problem));
                }
            }
            loader.busy.try_set(false);
        });
    });
    loader
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Waiting,
    Shown,
    Failed,
}

/// Shows a [`Loader`]: a skeleton at first, the problem with a way to try again, or the children over the value.
#[component]
pub fn Loaded<T, V>(
    loader: Loader<T>,
    /// In place of the default skeleton.
    #[prop(optional, into)]
    skeleton: Option<ViewFn>,
    children: impl Fn(Signal<T>) -> V + Send + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let phase = Memo::new(move |_| {
        if loader.value.with(Option::is_some) {
            Phase::Shown
        } else if loader.problem.with(Option::is_some) {
            Phase::Failed
        } else {
            Phase::Waiting
        }
    });
    move || match phase.get() {
        Phase::Waiting => match &skeleton {
            Some(skeleton) => skeleton.run(),
            None => view! { <SkeletonRows/> }.into_any(),
        },
        Phase::Failed => {
            let problem = Signal::derive(move || loader.problem.get());
            view! { <ErrorState problem on_retry=move |()| loader.reload()/> }.into_any()
        }
        Phase::Shown => match loader.value.get_untracked() {
            Some(first) => {
                // The value never goes back to nothing; the first one only bridges the moment of disposal.
                let value = Signal::derive(move || loader.value.try_get().flatten().unwrap_or_else(|| first.clone()));
                children(value).into_any()
            }
            None => ().into_any(),
        },
    }
}
