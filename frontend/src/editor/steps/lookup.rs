use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{Lookup, LookupRow, StepKind},
};
use wasm_bindgen::JsCast;

use crate::{
    editor::{
        lookup,
        mapping::{MappedField, tree},
        parts::{Gives, Toggle},
        problems::FieldProblems,
        sight::use_sight,
        state::use_editor,
    },
    text::editor as t,
    ui::{Button, Glyph, Icon, IconButton, Segmented, Tone},
};

/// Rows that are drawn at first; the others when they are asked for.
const DRAWN: usize = 100;

#[component]
pub fn LookupForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let of = id.clone();
    let table = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Lookup(lookup)) => lookup,
        _ => Lookup { value: Mapped::Omit, rows: Vec::new(), otherwise: None, loose: false },
    });
    let id = StoredValue::new(id);
    let change = Callback::new(move |(key, edit): (String, Edit)| {
        editor.update_kind(&id.get_value(), &key, |kind| {
            if let StepKind::Lookup(lookup) = kind {
                edit(lookup);
            }
        });
    });
    let value = Signal::derive(move || table.with(|table| table.value.clone()));
    let put_value = move |new: Mapped| change.run(("value".into(), Box::new(move |table| table.value = new.clone())));
    let gives = Memo::new(move |_| table.with(|table| table.otherwise.is_some()));
    let otherwise = Signal::derive(move || table.with(|table| table.otherwise.clone()).unwrap_or(Mapped::text("")));
    let choose = move |wanted: bool| {
        if wanted != gives.get_untracked() {
            let new = wanted.then(|| Mapped::text(""));
            change.run(("gives".into(), Box::new(move |table| table.otherwise.clone_from(&new))));
        }
    };
    let put_otherwise =
        move |new: Mapped| change.run(("otherwise".into(), Box::new(move |table| table.otherwise = Some(new.clone()))));
    let loose = Signal::derive(move || table.with(|table| table.loose));
    let sample = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        table.with(|table| lookup::found(table, &seen.data)).map(|found| tree::preview(&found["value"]))
    });
    view! {
        <p class="ed-intro">{t::LOOKUP_INTRO}</p>
        <MappedField label=t::LOOKUP_VALUE.to_owned() value on_change=put_value required=true at="value"/>
        <Rows table change/>
        <div class="ed-field" data-field="otherwise">
            <div class="ed-label"><span>{t::LOOKUP_NO_MATCH}</span></div>
            <Segmented
                tabs=vec![(false, t::LOOKUP_FAILS.to_owned()), (true, t::LOOKUP_GIVES.to_owned())]
                selected=gives
                on_select=choose
                label=t::LOOKUP_NO_MATCH
            />
            {move || gives.get().then(|| view! {
                <div class="ed-nested">
                    <MappedField label=t::LOOKUP_OTHERWISE.to_owned() value=otherwise on_change=put_otherwise bare=true/>
                </div>
            })}
            <FieldProblems at="otherwise"/>
        </div>
        <Toggle
            label=t::LOOKUP_LOOSE
            about=t::LOOKUP_LOOSE_HINT
            on=loose
            on_change=move |on: bool| change.run(("loose".into(), Box::new(move |table| table.loose = on)))
        />
        {move || sample.get().map(|text| view! {
            <p class="verdict ok" role="status"><Icon glyph=Glyph::Check/><span>{t::WHAT_IT_GIVES}": "<b>{text}</b></span></p>
        })}
        <Gives fields=t::LOOKUP_GIVES_FIELDS/>
    }
}

/// A change of the step.
type Edit = Box<dyn Fn(&mut Lookup)>;

#[component]
fn Rows(table: Memo<Lookup>, change: Callback<(String, Edit)>) -> impl IntoView {
    let editor = use_editor();
    let count = Memo::new(move |_| table.with(|table| table.rows.len()));
    let most = RwSignal::new(DRAWN);
    let pasting = RwSignal::new(false);
    let add_all = Callback::new(move |text: String| {
        let new = editor.names.with_untracked(|names| lookup::rows(&text, names));
        if new.is_empty() {
            return;
        }
        change.run((
            "rows".into(),
            Box::new(move |table| {
                // The row that waits to be filled in makes room.
                table.rows.retain(|row| !row.from.is_empty() || row.to != Mapped::text(""));
                let room = Lookup::MAX_ROWS.saturating_sub(table.rows.len());
                table.rows.extend(new.iter().take(room).cloned());
            }),
        ));
        pasting.set(false);
    });
    let edit = move |at: usize, key: &str, edit: Box<dyn Fn(&mut LookupRow)>| {
        change.run((
            format!("{key}{at}"),
            Box::new(move |table| {
                if let Some(row) = table.rows.get_mut(at) {
                    edit(row);
                }
            }),
        ));
    };
    let row = move |at: usize| {
        let from = Signal::derive(move || table.with(|table| table.rows.get(at).map(|row| row.from.clone())).unwrap_or_default());
        let to = Signal::derive(move || {
            let value = table.with(|table| table.rows.get(at).map(|row| row.to.clone())).unwrap_or(Mapped::Omit);
            editor.names.with(|names| expr::print_text(&value, names)).unwrap_or_default()
        });
        // Two columns pasted into any cell of the first column become rows.
        let paste = move |event: leptos::ev::Event| {
            let pasted = pasted_text(&event).filter(|text| text.contains('\t') || text.trim().contains('\n'));
            if let Some(text) = pasted {
                event.prevent_default();
                add_all.run(text);
            }
        };
        let type_from = move |event| {
            let new = event_target_value(&event);
            edit(at, "from", Box::new(move |row| row.from.clone_from(&new)));
        };
        let type_to = move |event| {
            let new = event_target_value(&event);
            let value = editor.names.with_untracked(|names| expr::parse_text(&new, names));
            edit(at, "to", Box::new(move |row| row.to.clone_from(&value)));
        };
        let remove = move |_| {
            change.run((
                "remove".into(),
                Box::new(move |table| {
                    if at < table.rows.len() {
                        table.rows.remove(at);
                    }
                }),
            ));
        };
        view! {
            <div class="lookup-row" data-field=format!("rows.{at}")>
                <input class="input" aria-label=t::row_from(at + 1) placeholder=t::LOOKUP_FROM_EXAMPLE autocomplete="off" spellcheck="false" prop:value=from on:input=type_from on:paste=move |event| paste(event.into())/>
                <span aria-hidden="true"><Icon glyph=Glyph::ArrowRight/></span>
                <input class="input" aria-label=t::row_to(at + 1) placeholder=t::LOOKUP_TO_EXAMPLE autocomplete="off" spellcheck="false" prop:value=to on:input=type_to/>
                <IconButton glyph=Glyph::Close label=t::remove_row_number(at + 1) small=true on:click=remove/>
                <FieldProblems at=format!("rows.{at}")/>
                <FieldProblems at=format!("rows[{at}]")/>
            </div>
        }
    };
    let add = move |_| {
        change.run((
            "add".into(),
            Box::new(|table| {
                if table.rows.len() < Lookup::MAX_ROWS {
                    table.rows.push(LookupRow { from: String::new(), to: Mapped::text("") });
                }
            }),
        ));
        most.update(|most| *most = (*most).max(count.get_untracked()));
    };
    view! {
        <div class="ed-field" data-field="rows">
            <div class="ed-label">
                <span>{t::LOOKUP_ROWS}</span>
                <button type="button" class="link" on:click=move |_| pasting.update(|on| *on = !*on)>{t::PASTE_ROWS}</button>
            </div>
            {move || pasting.get().then(|| view! { <Paste on_rows=add_all/> })}
            <div class="lookup-head" aria-hidden="true"><span>{t::LOOKUP_FROM}</span><span></span><span>{t::LOOKUP_TO}</span></div>
            <div class="lookup-rows" role="group" aria-label=t::LOOKUP_ROWS>
                <For each=move || 0..count.get().min(most.get()) key=|at| *at children=row/>
            </div>
            <div class="ed-more">
                {move || (count.get() > most.get()).then(|| view! {
                    <Button small=true tone=Tone::Plain on:click=move |_| most.set(count.get_untracked())>{t::more_rows(count.get() - most.get())}</Button>
                })}
                <Button small=true tone=Tone::Ghost icon=Glyph::Plus disabled=Signal::derive(move || count.get() >= Lookup::MAX_ROWS) on:click=add>{t::ADD_ROW}</Button>
            </div>
            <FieldProblems at="rows" exact=true/>
        </div>
    }
}

fn pasted_text(event: &leptos::ev::Event) -> Option<String> {
    let data: web_sys::DataTransfer = js_sys::Reflect::get(event, &"clipboardData".into()).ok()?.dyn_into().ok()?;
    data.get_data("text/plain").ok().filter(|text| !text.is_empty())
}

/// A place to paste two columns into, with what would come of it.
#[component]
fn Paste(on_rows: Callback<String>) -> impl IntoView {
    let editor = use_editor();
    let text = RwSignal::new(String::new());
    let found = Memo::new(move |_| text.with(|text| editor.names.with_untracked(|names| lookup::rows(text, names).len())));
    view! {
        <div class="ed-box">
            <p class="ed-hint flat">{t::PASTE_HINT}</p>
            <textarea
                class="input area mono"
                rows="4"
                aria-label=t::PASTE_ROWS
                placeholder=t::PASTE_EXAMPLE
                spellcheck="false"
                prop:value=text
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
            <div class="ed-more">
                <Button small=true disabled=Signal::derive(move || found.get() == 0) on:click=move |_| on_rows.run(text.get_untracked())>{t::TAKE_ROWS}</Button>
                {move || (found.get() > 0).then(|| view! { <span class="ed-hint flat">{t::rows_found(found.get())}</span> })}
            </div>
            <Show when=move || { found.get() > Lookup::MAX_ROWS }>
                <p class="field-problem warn"><Icon glyph=Glyph::Alert/><span>{t::too_many_rows(Lookup::MAX_ROWS)}</span></p>
            </Show>
        </div>
    }
}
