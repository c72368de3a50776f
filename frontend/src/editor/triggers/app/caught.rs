//! What a trigger that looks at a list would catch now.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, TriedTrigger, TryTrigger},
    ids::TriggerId,
};
use serde_json::Value;

use crate::{
    api::{Problem, call},
    editor::{mapping::tree, samples, save, state::use_editor, testing},
    text::editor as t,
    ui::{Button, Glyph, Icon, JsonTree},
};

#[component]
pub fn TryIt(
    id: TriggerId,
    /// A connection is chosen.
    #[prop(into)]
    ready: Signal<bool>,
) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let (busy, tried) = (RwSignal::new(false), RwSignal::new(None::<Result<TriedTrigger, Problem>>));
    let ask = move |_| {
        busy.set(true);
        spawn_local(async move {
            // What is tried is the draft as it is saved.
            save::settled(editor).await;
            let answer = call::<TryTrigger>((editor.id, id.get_value()), &Empty {}, &Empty {}).await;
            if answer.is_ok() {
                testing::reload_samples(editor).await;
            }
            busy.try_set(false);
            tried.try_set(Some(answer));
        });
    };
    let found = move || {
        tried.get().map(|answer| match answer {
            Err(problem) => {
                view! { <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{problem.message}</span></p> }.into_any()
            }
            Ok(found) if found.events.is_empty() && found.left_out == 0 => {
                view! { <p class="ed-hint" role="status">{t::CAUGHT_NOTHING}</p> }.into_any()
            }
            Ok(TriedTrigger { events, left_out, more }) => {
                let words = t::caught(events.len(), more);
                view! {
                    <p class="ed-hint" role="status">{words} {(left_out > 0).then(|| format!(" {}", t::left_out(left_out)))}</p>
                    <div>{events.into_iter().rev().map(|event| view! { <Caught id=id.get_value() event/> }).collect_view()}</div>
                }
                .into_any()
            }
        })
    };
    view! {
        <section class="caught" aria-label=t::TRY_IT data-testid="try-it">
            <div class="curl-head">
                <b>{t::TRY_IT}</b>
                <Button small=true icon=Glyph::Search busy disabled=Signal::derive(move || !ready.get()) on:click=ask>{t::LOOK_NOW}</Button>
            </div>
            <p class="ed-hint">{move || if ready.get() { t::TRY_IT_ABOUT } else { t::CONNECTION_FIRST }}</p>
            {found}
        </section>
    }
}

#[component]
fn Caught(id: TriggerId, event: Value) -> impl IntoView {
    let editor = use_editor();
    let about = tree::preview(event.get("body").unwrap_or(&event));
    let (wanted, shown) = (event.clone(), event);
    // Trying has kept it as a sample already.
    let sample = Memo::new(move |_| {
        samples::of_trigger(editor, &id).into_iter().find(|sample| sample.event == wanted).map(|sample| sample.id)
    });
    let in_use = move || sample.get().is_some() && editor.chosen.get() == sample.get();
    view! {
        <details class="hook-request">
            <summary>
                <span class="hook-line"><code>{about}</code></span>
            </summary>
            <div class="ed-more">
                {move || if in_use() {
                    view! { <span class="row"><Icon glyph=Glyph::Check/>{t::IN_USE}</span> }.into_any()
                } else {
                    view! {
                        <Button
                            small=true
                            disabled=Signal::derive(move || sample.get().is_none())
                            on:click=move |_| editor.chosen.set(sample.get_untracked())
                        >
                            {t::USE_AS_SAMPLE}
                        </Button>
                    }.into_any()
                }}
            </div>
            <JsonTree value=Signal::stored(shown) root="event"/>
        </details>
    }
}
