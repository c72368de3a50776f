//! Whether a run is seen on its canvas or along its timeline. Each person of a browser chooses for themselves; until then wide windows
//! show the canvas.

use leptos::prelude::*;

use crate::{dom, session::use_session, text::run as t, ui::Segmented};

/// In narrower windows the timeline comes first, in pixels.
const WIDE: f64 = 1_081.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Canvas,
    Timeline,
}

impl Look {
    fn name(self) -> &'static str {
        match self {
            Look::Canvas => "canvas",
            Look::Timeline => "timeline",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Look::Canvas, Look::Timeline].into_iter().find(|look| look.name() == text)
    }
}

fn key() -> String {
    let user = untrack(|| use_session().me()).and_then(|me| me.user);
    format!("patchbay-run-look-{}", user.map(|user| user.id.to_string()).unwrap_or_default())
}

/// What was chosen last, else what suits the window.
pub fn at_first() -> Look {
    let wide = || window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width >= WIDE);
    let kept = dom::stored(&key()).and_then(|text| Look::read(&text));
    kept.unwrap_or_else(|| if wide() { Look::Canvas } else { Look::Timeline })
}

#[component]
pub fn LookSwitch(look: RwSignal<Look>) -> impl IntoView {
    let key = key();
    view! {
        <div class="run-look">
            <Segmented
                tabs=vec![(Look::Canvas, t::LOOK_CANVAS.to_owned()), (Look::Timeline, t::LOOK_TIMELINE.to_owned())]
                selected=look
                on_select=move |next: Look| {
                    look.set(next);
                    dom::store(&key, next.name());
                }
                label=t::LOOK
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_anything_else_is_not() {
        for look in [Look::Canvas, Look::Timeline] {
            assert_eq!(Look::read(look.name()), Some(look));
        }
        assert_eq!((Look::read(""), Look::read("CANVAS"), Look::read("<img>")), (None, None, None));
    }
}
