//! The events kept of a trigger: choose one, look at it, write one by hand.

use leptos::prelude::*;
use model::{api::TriggerSample, ids::TriggerId};
use serde_json::Value;

use super::recent::RecentEvents;
use crate::{
    editor::{mapping::tree, samples, state::use_editor, testing},
    moment::{self, Style},
    text::editor as t,
    ui::{Button, Glyph, Icon, IconButton, JsonTree, Tone},
};

#[component]
pub fn SamplesTab(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let list = Memo::new(move |_| samples::of_trigger(editor, &id.get_value()));
    let used = Memo::new(move |_| samples::in_use(editor, &id.get_value()).map(|sample| sample.id));
    let writing = RwSignal::new(None::<String>);
    let may_edit = editor.may_edit.get_untracked();
    let write = move |from: Option<Value>| {
        let event = from.or_else(|| editor.trigger(&id.get_value()).map(|trigger| samples::blank(&trigger, moment::now())));
        writing.set(event.and_then(|event| serde_json::to_string_pretty(&event).ok()));
    };
    let row = move |sample: TriggerSample| {
        let sample_id = sample.id;
        let on = Signal::derive(move || used.get() == Some(sample_id));
        let (event, again) = (sample.event.clone(), sample.event.clone());
        let about = tree::preview(sample.event.get("body").unwrap_or(&sample.event));
        view! {
            <div class="sample" class:on=on>
                <label class="sample-head">
                    <input type="radio" name="sample" prop:checked=on on:change=move |_| editor.chosen.set(Some(sample_id))/>
                    <span><b>{t::event_origin(&sample.origin, &moment::absolute(sample.at, Style::Short))}</b><small>{about}</small></span>
                </label>
                {may_edit.then(|| view! {
                    <span class="sample-do">
                        <IconButton glyph=Glyph::Edit label=t::EDIT_AS_NEW.to_owned() small=true on:click=move |_| write(Some(again.clone()))/>
                        <IconButton glyph=Glyph::Trash label=t::FORGET_SAMPLE.to_owned() small=true on:click=move |_| samples::remove(editor, sample_id)/>
                    </span>
                })}
                <Show when=move || on.get()>
                    <JsonTree value=Signal::stored(event.clone()) root="event"/>
                </Show>
            </div>
        }
    };
    view! {
        <p class="ed-intro">{t::SAMPLES_INTRO}</p>
        {may_edit.then(|| view! {
            <div class="ed-more">
                <Button small=true icon=Glyph::Edit on:click=move |_| write(None)>{t::WRITE_ONE}</Button>
                <Button
                    small=true
                    icon=Glyph::Play
                    disabled=Signal::derive(move || editor.event().is_none())
                    on:click=move |_| testing::test(editor, None)
                >
                    {t::TEST_WORKFLOW_WITH_IT}
                </Button>
                <RecentEvents id=id.get_value()/>
            </div>
        })}
        {move || writing.get().map(|text| view! { <Writer id=id.get_value() text writing/> })}
        <For each=move || list.get() key=|sample| sample.id children=row/>
        {move || (list.with(Vec::is_empty)).then(|| match editor.event() {
            Some(event) => view! {
                <p class="note"><Icon glyph=Glyph::Info/><span>{t::MADE_UP_HINT}</span></p>
                <JsonTree value=Signal::stored((*event).clone()) root="event"/>
            }.into_any(),
            None => view! { <p class="test-empty">{t::NO_SAMPLES}</p> }.into_any(),
        })}
    }
}

#[component]
fn Writer(id: TriggerId, text: String, writing: RwSignal<Option<String>>) -> impl IntoView {
    let editor = use_editor();
    let text = RwSignal::new(text);
    let wrong = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let keep = move |_| match text.with_untracked(|text| serde_json::from_str::<Value>(text)) {
        Ok(event) => {
            busy.set(true);
            samples::add(editor, id.clone(), event, move |result| {
                busy.try_set(false);
                match result {
                    Ok(()) => _ = writing.try_set(None),
                    Err(problem) => _ = wrong.try_set(Some(problem.message)),
                }
            });
        }
        Err(error) => wrong.set(Some(t::no_json(error.line(), error.column()))),
    };
    view! {
        <div class="writer">
            <textarea
                class="input area mono"
                rows="12"
                spellcheck="false"
                aria-label=t::SAMPLE_EVENT
                prop:value=text
                on:input=move |event| {
                    text.set(event_target_value(&event));
                    wrong.set(None);
                }
            ></textarea>
            {move || wrong.get().map(|message| view! { <p class="prev bad" role="alert"><Icon glyph=Glyph::Alert/><span>{message}</span></p> })}
            <div class="ed-more">
                <Button small=true tone=Tone::Primary busy on:click=keep>{t::USE_AS_SAMPLE}</Button>
                <Button small=true tone=Tone::Ghost on:click=move |_| writing.set(None)>{crate::text::ui::CANCEL}</Button>
            </div>
        </div>
    }
}
