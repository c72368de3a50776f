//! A hosted form: its page, what it asks for, and where it is.

use std::sync::Arc;

use leptos::prelude::*;
use model::{
    definition::{FormField, FormTrigger, TriggerKind},
    ids::TriggerId,
};

use super::{fields::Fields, gate::Gate};
use crate::{
    editor::{problems::FieldProblems, state::use_editor},
    text::editor as t,
    ui::{CopyButton, Glyph, Icon, Skeleton},
};

/// Sends of one address within ten minutes that may be allowed, as the check has it.
const MOST_PER_SENDER: u32 = 1_000;

#[component]
pub fn HostedForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let form = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Form(form)) => form,
        _ => FormTrigger::default(),
    });
    let change = move |key: &str, edit: &dyn Fn(&mut FormTrigger)| {
        editor.update_trigger(&id.get_value(), key, |trigger| {
            if let TriggerKind::Form(form) = &mut trigger.kind {
                edit(form);
            }
        });
    };
    let fields = Memo::new(move |_| form.with(|form| form.fields.clone()));
    let change_fields =
        move |key: String, edit: &dyn Fn(&mut Vec<FormField>)| change(&key, &|form: &mut FormTrigger| edit(&mut form.fields));
    let title = Signal::derive(move || form.with(|form| form.title.clone()));
    let about = Signal::derive(move || form.with(|form| form.about.clone()));
    let submit = Signal::derive(move || form.with(|form| form.submit.clone()));
    let thanks = Signal::derive(move || form.with(|form| form.thanks.clone()));
    let most = Signal::derive(move || form.with(|form| form.most_per_sender.to_string()));
    let type_most = move |event| {
        if let Ok(n) = event_target_value(&event).trim().parse::<u32>() {
            change("most_per_sender", &|form| form.most_per_sender = n.clamp(1, MOST_PER_SENDER));
        }
    };
    view! {
        <p class="ed-intro">{t::FORM_INTRO}</p>
        <Addresses id=id.get_value()/>
        <div class="ed-field" data-field="title">
            <div class="ed-label"><span>{t::FORM_TITLE}</span></div>
            <input
                class="input"
                aria-label=t::FORM_TITLE
                placeholder=t::FORM_TITLE_EXAMPLE
                prop:value=title
                on:input=move |event| {
                    let new = event_target_value(&event);
                    change("title", &|form| form.title.clone_from(&new));
                }
            />
            <FieldProblems at="title"/>
        </div>
        <div class="ed-field" data-field="about">
            <div class="ed-label"><span>{t::FORM_ABOUT}</span></div>
            <textarea
                class="input area"
                rows="3"
                aria-label=t::FORM_ABOUT
                prop:value=about
                on:input=move |event| {
                    let new = event_target_value(&event);
                    change("about", &|form| form.about.clone_from(&new));
                }
            ></textarea>
            <p class="ed-hint">{t::FORM_ABOUT_HINT}</p>
        </div>
        <div class="ed-field" data-field="fields">
            <div class="ed-label"><span>{t::FORM_FIELDS}</span></div>
            <Fields fields on_change=Arc::new(change_fields) hosted=true files=true/>
            <FieldProblems at="fields" exact=true/>
        </div>
        <div class="ed-field narrow" data-field="submit">
            <div class="ed-label"><span>{t::FORM_SUBMIT}</span></div>
            <input
                class="input"
                aria-label=t::FORM_SUBMIT
                placeholder="Send"
                prop:value=submit
                on:input=move |event| {
                    let new = event_target_value(&event);
                    change("submit", &|form| form.submit.clone_from(&new));
                }
            />
        </div>
        <div class="ed-field" data-field="thanks">
            <div class="ed-label"><span>{t::FORM_THANKS}</span></div>
            <textarea
                class="input area"
                rows="2"
                aria-label=t::FORM_THANKS
                prop:value=thanks
                on:input=move |event| {
                    let new = event_target_value(&event);
                    change("thanks", &|form| form.thanks.clone_from(&new));
                }
            ></textarea>
        </div>
        <details class="fold">
            <summary>{t::MORE_SETTINGS}</summary>
            <div class="ed-field narrow" data-field="most_per_sender">
                <div class="ed-label"><span>{t::FORM_LIMIT}</span></div>
                <input class="input" type="number" min="1" max=MOST_PER_SENDER aria-label=t::FORM_LIMIT prop:value=most on:change=type_most/>
                <FieldProblems at="most_per_sender"/>
                <p class="ed-hint">{t::FORM_LIMIT_HINT}</p>
            </div>
            <Gate id=id.get_value()/>
        </details>
    }
}

/// Where the page is, and where it can be tried out before it is published.
#[component]
fn Addresses(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let hook = Memo::new(move |_| editor.meta.with(|meta| meta.hooks.iter().find(|hook| hook.trigger == id).cloned()));
    let line = move |url: String, open: &'static str, testid: &'static str| {
        let shown = url.clone();
        view! {
            <p class="copy-line" data-testid=testid>
                <code tabindex="0">{shown}</code>
                <a class="icon-btn" href=url.clone() target="_blank" rel="noopener" aria-label=open data-tip=open><Icon glyph=Glyph::Link/></a>
                <CopyButton value=Signal::stored(url) label=t::COPY_URL/>
            </p>
        }
    };
    view! {
        <div class="ed-field">
            <div class="ed-label"><span>{t::FORM_ADDRESS}</span></div>
            {move || match hook.get() {
                Some(hook) => line(hook.url, t::FORM_OPEN, "form-url").into_any(),
                None => view! { <p class="copy-line"><Skeleton width=70/></p> }.into_any(),
            }}
            <p class="ed-hint">{t::FORM_ADDRESS_HINT}</p>
        </div>
        <div class="ed-field">
            <div class="ed-label"><span>{t::FORM_TEST_ADDRESS}</span></div>
            {move || hook.get().map(|hook| line(hook.test_url, t::FORM_OPEN_TEST, "form-test-url"))}
            <p class="ed-hint">{t::FORM_TEST_ADDRESS_HINT}</p>
        </div>
    }
}
