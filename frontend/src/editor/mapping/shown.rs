//! The line under a mapped field.

use leptos::prelude::*;

use super::preview::Shown;
use crate::{
    editor::{
        state::{Selected, Tab, use_editor},
        testing,
    },
    text::editor as t,
    ui::{Glyph, Icon, coded},
};

/// What the field gives, or why it gives nothing and how to mend that.
#[component]
pub fn ShownLine(shown: Memo<Shown>, on_fix: Callback<String>) -> impl IntoView {
    let editor = use_editor();
    let to_samples = move |_| {
        let trigger = editor.def.with_untracked(|def| def.triggers.first().map(|trigger| trigger.id.clone()));
        if let Some(trigger) = trigger {
            editor.inspect(Selected::Trigger(trigger));
            editor.tab.set(Tab::Test);
        }
    };
    let mend = move |fix: Option<super::preview::Fix>| {
        fix.map(|fix| {
            let text = fix.text.clone();
            view! {
                <button
                    type="button"
                    class="link"
                    on:mousedown=|event| event.prevent_default()
                    on:click=move |_| on_fix.run(text.clone())
                >
                    {t::use_name(&fix.name)}
                </button>
            }
        })
    };
    move || match shown.get() {
        Shown::Plain => ().into_any(),
        Shown::Value { text, .. } if text.is_empty() => {
            view! { <p class="prev"><span aria-hidden="true">"→"</span><em>{t::EMPTY_TEXT}</em></p> }.into_any()
        }
        Shown::Value { text, .. } => view! { <p class="prev"><span aria-hidden="true">"→"</span><b>{text}</b></p> }.into_any(),
        Shown::NoSample => view! {
            <p class="prev quiet">
                {t::NO_SAMPLE_YET}" "
                <button type="button" class="link" on:click=to_samples>{t::GET_A_SAMPLE}</button>
            </p>
        }
        .into_any(),
        Shown::NoElement => view! { <p class="prev quiet">{t::NO_ELEMENT_YET}</p> }.into_any(),
        Shown::NotTested { slug } => {
            let label = editor.label_of_slug(&slug);
            let find = slug.clone();
            let go = move |_| {
                let id = editor
                    .def
                    .with_untracked(|def| def.steps.iter().find(|(_, step)| step.slug == find).map(|(id, _)| id.clone()));
                if let Some(id) = id {
                    editor.inspect(Selected::Step(id.clone()));
                    editor.tab.set(Tab::Test);
                    testing::test(editor, Some(id));
                }
            };
            view! {
                <p class="prev quiet">
                    {t::known_after_testing(&label)}" "
                    <button type="button" class="link" on:click=go>{t::TEST_IT_NOW}</button>
                </p>
            }
            .into_any()
        }
        Shown::Missing { message, fix } => view! {
            <p class="prev warn" role="status">
                <Icon glyph=Glyph::Alert/>
                <span>{coded(if message.is_empty() { t::NOTHING_THERE } else { &message })}" "{mend(fix)}</span>
            </p>
        }
        .into_any(),
        Shown::Mismatch { message, fix } => view! {
            <p class="prev warn" role="status">
                <Icon glyph=Glyph::Alert/>
                <span>{coded(&message)}" "{mend(fix)}</span>
            </p>
        }
        .into_any(),
        Shown::Error { message, fix } => view! {
            <p class="prev bad" role="status">
                <Icon glyph=Glyph::Alert/>
                <span>{coded(&message)}" "{mend(fix)}</span>
            </p>
        }
        .into_any(),
    }
}
