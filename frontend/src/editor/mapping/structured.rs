//! A field that holds JSON with `{{ }}` in it.

use expr::{Outcome, evaluate};
use leptos::prelude::*;
use model::Mapped;

use super::{
    json::{self, NoJson},
    preview::{Shown, show},
    rich::MappedText,
    shown::ShownLine,
};
use crate::{
    editor::{data::limits, problems::FieldProblems, sight::use_sight, state::use_editor},
    text::editor as t,
    ui::{Glyph, Icon},
};

#[component]
pub fn JsonField(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] value: Signal<Mapped>,
    #[prop(into)] on_change: Callback<Mapped>,
    #[prop(optional, into)] at: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] bare: bool,
) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let problems = at.clone();
    let print = move |value: &Mapped| editor.names.with_untracked(|names| json::write(value, names));
    let sayable = Memo::new(move |_| value.with(|value| editor.names.with(|names| json::write(value, names).is_some())));
    let text = RwSignal::new(value.with_untracked(print).unwrap_or_default());
    let wrong = RwSignal::new(None::<NoJson>);
    Effect::new(move |_| {
        let wanted = value.get();
        editor.names.track();
        let typed = text.with_untracked(|text| editor.names.with_untracked(|names| json::read(text, names)));
        // Half-typed JSON stays as it is; what is stored is the last whole one.
        let keep = match &typed {
            Ok(typed) => *typed == wanted,
            Err(_) => wrong.with_untracked(Option::is_some),
        };
        if !keep && let Some(printed) = print(&wanted) {
            text.set(printed);
            wrong.set(None);
        }
    });
    let put = Callback::new(move |new: String| {
        text.set(new.clone());
        match editor.names.with_untracked(|names| json::read(&new, names)) {
            Ok(mapped) => {
                wrong.set(None);
                on_change.run(mapped);
            }
            Err(no) => wrong.set(Some(no)),
        }
    });
    let shown = Memo::new(move |_| {
        let (seen, names) = (sight.seen.get().0, editor.names.get());
        text.with(|text| value.with(|value| show(text, value, &seen, &names)))
    });
    let pretty = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        match value.with(|value| evaluate(value, &seen.data, &limits())).ok()?.outcome {
            Outcome::Value(value) => serde_json::to_string_pretty(&value).ok(),
            Outcome::Missing => None,
        }
    });
    view! {
        <div class="ed-field" data-field=at.clone()>
            {(!bare)
                .then(|| {
                    view! {
                        <div class="ed-label">
                            <span>{label}</span>
                            {required.then(|| view! { <i>{t::REQUIRED}</i> })}
                        </div>
                    }
                })}
            <Show when=move || sayable.get() fallback=|| view! { <p class="ed-hint">{t::NOT_AS_TEXT}</p> }>
                <MappedText label text on_input=put json=wrong bad=Signal::derive(move || wrong.with(Option::is_some))/>
            </Show>
            {move || match (wrong.get(), shown.get()) {
                (Some(no), _) => {
                    view! { <p class="prev bad" role="status"><Icon glyph=Glyph::Alert/><span>{t::no_json(no.line, no.column)}</span></p> }.into_any()
                }
                (None, Shown::Value { .. }) => {
                    view! {
                        <details class="prev-json">
                            <summary>{t::WHAT_IT_GIVES}</summary>
                            <pre>{pretty}</pre>
                        </details>
                    }
                        .into_any()
                }
                (None, _) => view! { <ShownLine shown on_fix=put/> }.into_any(),
            }}
            {problems.map(|at| view! { <FieldProblems at/> })}
        </div>
    }
}
