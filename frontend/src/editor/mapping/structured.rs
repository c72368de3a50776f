//! A field that holds JSON with `{{ }}` in it.

use expr::{Outcome, evaluate};
use leptos::prelude::*;
use model::Mapped;

use super::{
    field::DataText,
    json::{self, NoJson},
};
use crate::{
    editor::{data::limits, problems::FieldProblems, state::use_editor},
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
    let result = Memo::new(move |_| {
        let seen = editor.seen.get().0;
        value.with(|value| match value {
            Mapped::Literal(_) | Mapped::Omit | Mapped::Null => None,
            value => Some(match evaluate(value, &seen.data, &limits()) {
                Ok(found) => match found.outcome {
                    Outcome::Value(value) => Ok((
                        serde_json::to_string_pretty(&value).unwrap_or_default(),
                        found.notes.first().map(|note| note.message.clone()),
                    )),
                    Outcome::Missing => Err(t::NOTHING_THERE.to_owned()),
                },
                Err(error) => Err(error.message),
            }),
        })
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
                <DataText label text on_input=put mono=true bad=Signal::derive(move || wrong.with(Option::is_some))/>
            </Show>
            {move || match (wrong.get(), result.get()) {
                (Some(no), _) => {
                    Some(view! { <p class="prev bad" role="status"><Icon glyph=Glyph::Alert/><span>{t::no_json(no.line, no.column)}</span></p> }.into_any())
                }
                (None, Some(Ok((value, note)))) => {
                    Some(
                        view! {
                            <details class="prev-json">
                                <summary>{t::WHAT_IT_GIVES}</summary>
                                <pre>{value}</pre>
                            </details>
                            {note.map(|note| view! { <p class="prev warn"><Icon glyph=Glyph::Alert/><span>{note}</span></p> })}
                        }
                            .into_any(),
                    )
                }
                (None, Some(Err(message))) => {
                    Some(view! { <p class="prev warn" role="status"><Icon glyph=Glyph::Alert/><span>{message}</span></p> }.into_any())
                }
                (None, None) => None,
            }}
            {problems.map(|at| view! { <FieldProblems at/> })}
        </div>
    }
}
