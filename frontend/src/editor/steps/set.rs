use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{Set, SetField, StepKind},
};

use crate::{
    editor::{mapping::MappedField, problems::FieldProblems, state::use_editor},
    text::editor as t,
    ui::{Button, Glyph, IconButton, Menu, MenuItem, Tone},
};

#[component]
pub fn SetForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let fields = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Set(set)) => set.fields,
        _ => Vec::new(),
    });
    let id = StoredValue::new(id);
    let change = move |key: &str, edit: &dyn Fn(&mut Vec<SetField>)| {
        editor.update_kind(&id.get_value(), key, |kind| {
            if let StepKind::Set(Set { fields }) = kind {
                edit(fields);
            }
        });
    };
    let count = Memo::new(move |_| fields.with(Vec::len));
    let row = move |at: usize| {
        let field = Signal::derive(move || fields.with(|fields| fields.get(at).cloned()));
        let name = Signal::derive(move || field.get().map(|field| field.name).unwrap_or_default());
        let value = Signal::derive(move || field.get().map_or(Mapped::Omit, |field| field.value));
        let required = Memo::new(move |_| field.get().is_some_and(|field| field.required));
        let rename = move |event| {
            let new = event_target_value(&event);
            change(&format!("name{at}"), &|fields| {
                if let Some(field) = fields.get_mut(at) {
                    field.name = new.clone();
                }
            });
        };
        let put = Callback::new(move |new: Mapped| {
            change(&format!("value{at}"), &|fields| {
                if let Some(field) = fields.get_mut(at) {
                    field.value = new.clone();
                }
            });
        });
        let swap = move |by: isize| {
            change("order", &|fields| {
                if let Some(to) = at.checked_add_signed(by).filter(|to| *to < fields.len()) {
                    fields.swap(at, to);
                }
            });
        };
        let remove = move |()| {
            change("remove", &|fields| {
                if at < fields.len() {
                    fields.remove(at);
                }
            });
        };
        let need = move |()| {
            change("required", &|fields| {
                if let Some(field) = fields.get_mut(at) {
                    field.required = !field.required;
                }
            });
        };
        let shown = Signal::derive(move || {
            let name = name.get();
            if name.is_empty() { t::VALUE.to_owned() } else { t::value_of(&name) }
        });
        view! {
            <div class="set-row" role="group" aria-label=shown>
                <div class="set-head">
                    <input
                        class="input set-name"
                        aria-label=t::NAME
                        placeholder=t::SET_NAME_EXAMPLE
                        spellcheck="false"
                        autocomplete="off"
                        prop:value=name
                        on:input=rename
                    />
                    {move || required.get().then(|| view! { <span class="set-required">{t::REQUIRED}</span> })}
                    <IconButton
                        glyph=Glyph::ChevronUp
                        label=t::MOVE_UP.to_owned()
                        small=true
                        disabled=Signal::stored(at == 0)
                        on:click=move |_| swap(-1)
                    />
                    <IconButton
                        glyph=Glyph::ChevronDown
                        label=t::MOVE_DOWN.to_owned()
                        small=true
                        disabled=Signal::derive(move || at + 1 >= count.get())
                        on:click=move |_| swap(1)
                    />
                    <Menu label=t::MORE_ABOUT_FIELD>
                        <MenuItem on_choose=need checked=Signal::derive(move || Some(required.get())) about=t::REQUIRED_FIELD_ABOUT.to_owned()>
                            {t::REQUIRED_FIELD}
                        </MenuItem>
                        <MenuItem glyph=Glyph::Trash danger=true on_choose=remove>{t::REMOVE_FIELD}</MenuItem>
                    </Menu>
                </div>
                <MappedField label=shown value on_change=put bare=true placeholder=t::SET_VALUE_EXAMPLE/>
                <FieldProblems at=Signal::derive(move || format!("fields.{}", name.get()))/>
                <FieldProblems at=format!("fields[{at}]")/>
            </div>
        }
    };
    let add = move |_| {
        change("add", &|fields| fields.push(SetField { name: String::new(), value: Mapped::text(""), required: false }));
    };
    view! {
        <p class="ed-intro">{t::SET_INTRO}</p>
        <For each=move || 0..count.get() key=|at| *at children=row/>
        <div class="ed-more">
            <Button small=true icon=Glyph::Plus tone=Tone::Plain on:click=add>{t::ADD_FIELD}</Button>
        </div>
    }
}
