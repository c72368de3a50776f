//! Work that must not happen as often as it is asked for.

use std::time::Duration;

use leptos::prelude::*;

use crate::moment::use_now;

/// Runs `work` again and again while the page is visible and the view lives; not at once.
pub fn every(pause: Duration, work: impl Fn() + 'static) {
    let now = use_now();
    let pause = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    let due = StoredValue::new(now.get_untracked().plus_ms(pause));
    Effect::new(move |_| {
        let now = now.get();
        if now >= due.get_value() {
            due.set_value(now.plus_ms(pause));
            work();
        }
    });
}

/// Runs `work` at once, and while it is asked for again within `spacing`, once more at the end of it.
pub fn throttled(spacing: Duration, work: impl Fn() + 'static) -> impl Fn() + Copy + 'static {
    let work = StoredValue::new_local(work);
    let (waiting, again) = (StoredValue::new(false), StoredValue::new(false));
    move || ask(spacing, work, waiting, again)
}

fn ask<F: Fn() + 'static>(
    spacing: Duration,
    work: StoredValue<F, LocalStorage>,
    waiting: StoredValue<bool>,
    again: StoredValue<bool>,
) {
    match waiting.try_get_value() {
        // The view is gone.
        None => {}
        Some(true) => again.set_value(true),
        Some(false) => {
            waiting.set_value(true);
            work.try_with_value(|work| work());
            set_timeout(
                move || {
                    if waiting.try_set_value(false).is_none() && again.try_get_value() == Some(true) {
                        again.set_value(false);
                        ask(spacing, work, waiting, again);
                    }
                },
                spacing,
            );
        }
    }
}
