use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use super::{Glyph, Icon};
use crate::text;

static NEXT: AtomicU32 = AtomicU32::new(1);

/// An id no other element of the page has.
pub fn fresh_id(prefix: &str) -> String {
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The ids that tie an input to its label, hint and error; inputs inside a [`Field`] find it in the context.
#[derive(Clone)]
pub struct FieldIds {
    pub input: String,
    pub about: String,
    pub invalid: Signal<bool>,
}

impl FieldIds {
    /// Those of the field around, or new ones for an input that stands alone.
    pub fn here() -> Self {
        use_context().unwrap_or_else(|| FieldIds {
            input: fresh_id("input"),
            about: String::new(),
            invalid: Signal::stored(false),
        })
    }

    pub fn described_by(&self) -> Option<String> {
        (!self.about.is_empty()).then(|| self.about.clone())
    }
}

/// A label over an input, with what is wrong or worth knowing under it.
#[component]
pub fn Field(
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] hint: Signal<Option<String>>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// Says "optional" beside the label.
    #[prop(optional)]
    optional: bool,
    children: Children,
) -> impl IntoView {
    let ids = FieldIds {
        input: fresh_id("field"),
        about: fresh_id("about"),
        invalid: Signal::derive(move || error.with(Option::is_some)),
    };
    let (input, about) = (ids.input.clone(), ids.about.clone());
    provide_context(ids);
    view! {
        <div class="field">
            <label class="field-label" for=input>
                <span>{label}</span>
                {optional.then(|| view! { <i>{text::ui::OPTIONAL}</i> })}
            </label>
            {children()}
            <div class="field-about" id=about aria-live="polite">
                {move || match (error.get(), hint.get()) {
                    (Some(error), _) => {
                        Some(view! { <span class="field-error"><Icon glyph=Glyph::Alert/><span>{error}</span></span> }.into_any())
                    }
                    (None, Some(hint)) => Some(view! { <span class="field-hint">{hint}</span> }.into_any()),
                    (None, None) => None,
                }}
            </div>
        </div>
    }
}
