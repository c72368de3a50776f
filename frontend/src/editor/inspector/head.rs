//! The inspector's head: name, name in expressions, note, and what can be done with the whole step.

use leptos::prelude::*;
use model::{
    definition::{EditOp, StepPatch, slugify},
    ids::{StepId, TriggerId},
};

use crate::{
    editor::{
        actions,
        state::{Picking, Selected, use_editor},
        steps::kind_name,
        triggers,
    },
    text::editor as t,
    ui::{Chip, ChipTone, Glyph, Menu, MenuItem, MenuRule, StepTile},
};

#[component]
pub fn Head(selected: Selected) -> impl IntoView {
    match selected {
        Selected::Step(id) => view! { <StepHead id/> }.into_any(),
        Selected::Trigger(id) => view! { <TriggerHead id/> }.into_any(),
    }
}

/// A name that is edited where it stands.
#[component]
pub fn NameInput(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    let editor = use_editor();
    let keep = move |event: leptos::ev::Event| {
        let new = event_target_value(&event);
        if new.trim().is_empty() {
            return;
        }
        on_change.run(new);
    };
    let key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            let target: web_sys::HtmlElement = event_target(&event);
            let _ = target.blur();
        }
    };
    view! {
        <input
            class="name-input"
            readonly=move || !editor.may_edit.get()
            aria-label=label
            prop:value=value
            on:input=keep
            on:blur=move |event| {
                let input: web_sys::HtmlInputElement = event_target(&event);
                if input.value().trim().is_empty() {
                    input.set_value(&value.get_untracked());
                }
            }
            on:keydown=key
            spellcheck="false"
            autocomplete="off"
        />
    }
}

#[component]
fn StepHead(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let step = Memo::new(move |_| editor.step(&id.get_value()));
    let kind = Signal::derive(move || step.get().map(|step| kind_name(&step.kind)).unwrap_or_default());
    let label = Signal::derive(move || step.get().map(|step| step.label).unwrap_or_default());
    let slug = Memo::new(move |_| step.get().map(|step| step.slug).unwrap_or_default());
    let note = Signal::derive(move || step.get().map(|step| step.note).unwrap_or_default());
    let disabled = Memo::new(move |_| step.get().is_some_and(|step| step.disabled));
    let sandbox = Memo::new(move |_| editor.is_sandbox(&Selected::Step(id.get_value())));
    let (editing_slug, noting) = (RwSignal::new(false), RwSignal::new(note.with_untracked(|note| !note.is_empty())));
    let patch = move |key: &str, patch: StepPatch| {
        let id = id.get_value();
        editor.edit_merged(EditOp::Update { id: id.clone(), patch }, Some(&format!("{id}/{key}")))
    };
    let rename = move |label: String| {
        patch("label", StepPatch { label: Some(label), ..StepPatch::default() });
    };
    let rename_slug = move |event| {
        let wanted = slugify(&event_target_value(&event));
        if wanted != slug.get_untracked() {
            patch("slug", StepPatch { slug: Some(wanted), ..StepPatch::default() });
        }
        editing_slug.set(false);
    };
    let write_note = move |event| {
        patch("note", StepPatch { note: Some(event_target_value(&event)), ..StepPatch::default() });
    };
    let switch = move |()| {
        editor.edit(EditOp::Update {
            id: id.get_value(),
            patch: StepPatch { disabled: Some(!disabled.get_untracked()), ..StepPatch::default() },
        });
    };
    view! {
        <header class="insp-head">
            <StepTile kind/>
            <div class="insp-names">
                <NameInput label=t::STEP_NAME value=label on_change=rename/>
                <p class="insp-sub">
                    <span>{move || step.get().map(|step| t::kind_line(&step.kind))}</span>
                    {move || if editing_slug.get() {
                        view! {
                            <input
                                class="slug-input"
                                aria-label=t::NAME_IN_EXPRESSIONS
                                prop:value=slug
                                on:change=rename_slug
                                on:blur=move |_| editing_slug.set(false)
                                autofocus
                            />
                        }.into_any()
                    } else {
                        view! {
                            <button type="button" class="slug" data-tip=t::NAME_IN_EXPRESSIONS aria-label=t::NAME_IN_EXPRESSIONS on:click=move |_| editing_slug.set(editor.may_edit.get_untracked())>
                                {slug}
                            </button>
                        }.into_any()
                    }}
                </p>
            </div>
            {move || sandbox.get().then(|| view! { <Chip tone=ChipTone::Warn>{t::SANDBOX}</Chip> })}
            {move || disabled.get().then(|| view! { <Chip tone=ChipTone::Quiet>{t::SWITCHED_OFF}</Chip> })}
            <Show when=move || editor.may_edit.get()>
            <Menu label=t::STEP_MENU>
                <MenuItem glyph=Glyph::Copy on_choose=move |()| actions::duplicate(editor, &id.get_value())>{t::DUPLICATE}</MenuItem>
                <MenuItem glyph=Glyph::Edit on_choose=move |()| noting.set(true)>{t::WRITE_NOTE}</MenuItem>
                <MenuItem glyph=Glyph::Power on_choose=switch>
                    {move || if disabled.get() { t::SWITCH_ON } else { t::SWITCH_OFF }}
                </MenuItem>
                <MenuRule/>
                <MenuItem glyph=Glyph::Trash danger=true on_choose=move |()| actions::delete(editor, &id.get_value())>{t::DELETE_STEP}</MenuItem>
            </Menu>
            </Show>
        </header>
        {move || editor.refused.get().map(|message| view! { <p class="note bad insp-refused" role="alert">{message}</p> })}
        <Show when=move || noting.get()>
            <textarea
                class="insp-note"
                aria-label=t::NOTE
                placeholder=t::NOTE_EXAMPLE
                readonly=move || !editor.may_edit.get()
                prop:value=note
                on:input=write_note
                on:blur=move |_| noting.set(note.with_untracked(|note| !note.is_empty()))
            ></textarea>
        </Show>
    }
}

#[component]
fn TriggerHead(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let trigger = Memo::new(move |_| editor.trigger(&id.get_value()));
    let kind = Signal::derive(move || trigger.get().map(|trigger| triggers::mark(&trigger.kind)).unwrap_or_default());
    let label = Signal::derive(move || trigger.get().map(|trigger| trigger.label).unwrap_or_default());
    let sandbox = Memo::new(move |_| editor.is_sandbox(&Selected::Trigger(id.get_value())));
    let rename = move |label: String| editor.update_trigger(&id.get_value(), "label", |trigger| trigger.label = label);
    let remove = move |()| {
        editor.edit(EditOp::RemoveTrigger { id: id.get_value() });
    };
    view! {
        <header class="insp-head">
            <StepTile kind/>
            <div class="insp-names">
                <NameInput label=t::TRIGGER_NAME value=label on_change=rename/>
                <p class="insp-sub"><span>{move || trigger.get().map(|trigger| t::trigger_line(&trigger.kind))}</span></p>
            </div>
            {move || sandbox.get().then(|| view! { <Chip tone=ChipTone::Warn>{t::SANDBOX}</Chip> })}
            <Show when=move || editor.may_edit.get()>
            <Menu label=t::TRIGGER_MENU>
                <MenuItem glyph=Glyph::Plus on_choose=move |()| editor.picking.set(Some(Picking::Trigger))>{t::ADD_TRIGGER}</MenuItem>
                <MenuItem glyph=Glyph::Trash danger=true on_choose=remove>{t::REMOVE_TRIGGER}</MenuItem>
            </Menu>
            </Show>
        </header>
    }
}
