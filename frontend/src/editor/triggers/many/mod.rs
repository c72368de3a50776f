//! A run for each row of a table: pasted or chosen, looked at, begun at a pace, stopped.

mod job;
mod table;

use leptos::{ev, html, prelude::*, task::spawn_local};
use model::{api::NewRows, definition::FormField, ids::TriggerId};
use wasm_bindgen_futures::JsFuture;

use crate::{
    editor::{mend::Place, state::use_editor},
    text::many as t,
    ui::{Button, Choice, Dialog, Field, Glyph, Select, Tone, use_toasts},
};

use job::{Job, Progress};
use table::{Table, Unreadable, matching, read, values};

/// Rows shown before anything begins.
const SHOWN: usize = 5;

/// The button beside "Run now".
#[component]
pub fn RunForMany(id: TriggerId, fields: Memo<Vec<FormField>>, #[prop(into)] disabled: Signal<bool>) -> impl IntoView {
    let open = RwSignal::new(false);
    let editor = use_editor();
    let job = Job::new(editor.id, Place::new(editor), use_toasts());
    let running = Memo::new(move |_| job.is_running());
    // What is under way can be watched and stopped whatever holds for a new table.
    let disabled = Signal::derive(move || disabled.get() && !running.get());
    let id = StoredValue::new(id);
    view! {
        <Button small=true icon=Glyph::Table disabled on:click=move |_| open.set(true)>{t::OPEN}</Button>
        <Show when=move || running.get() && !open.get()>
            <small class="muted" role="status">{move || job.begun.with(|begun| begun.as_ref().map(t::progress))}</small>
        </Show>
        <Dialog open title=t::TITLE.to_owned() wide=true>
            <Show when=move || job.begun.with(Option::is_none) fallback=move || view! { <Progress job/> }>
                <Prepare id=id.get_value() fields job/>
            </Show>
        </Dialog>
    }
}

#[component]
fn Prepare(id: TriggerId, fields: Memo<Vec<FormField>>, job: Job) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let table = Memo::new(move |_| text.with(|text| (!text.trim().is_empty()).then(|| read(text))));
    // For each field its column, as it was matched by name until somebody chooses another.
    let from = RwSignal::new(Vec::<Option<usize>>::new());
    // A table that cannot be read for a moment, while somebody types, keeps its columns.
    let columns = Memo::new(move |last: Option<&Vec<String>>| {
        table.with(|table| match table {
            Some(Ok(table)) => table.columns.clone(),
            _ => last.cloned().unwrap_or_default(),
        })
    });
    Effect::new(move |_| from.set(columns.with(|columns| fields.with(|fields| matching(columns, fields)))));
    let pace = RwSignal::new(60_u32);
    let read_rows = Memo::new(move |_| {
        table.with(|table| {
            let Some(Ok(Table { rows, .. })) = table else { return Vec::new() };
            from.with(|from| fields.with(|fields| rows.iter().map(|cells| values(cells, fields, from)).collect()))
        })
    });
    let wrong = Memo::new(move |_| {
        read_rows.with(|rows| {
            rows.iter()
                .enumerate()
                .filter_map(|(at, row)| row.as_ref().err().map(|why| t::wrong_row(at + 1, why)))
                .collect::<Vec<_>>()
        })
    });
    let count = Memo::new(move |_| read_rows.with(Vec::len));
    let trigger = StoredValue::new(id);
    let start = move |_| {
        let rows = read_rows.with_untracked(|rows| rows.iter().filter_map(|row| row.clone().ok()).collect());
        job.start(NewRows { trigger: trigger.get_value(), rows, per_minute: pace.get_untracked() });
    };
    let unreadable = move || {
        table.with(|table| match table {
            Some(Err(Unreadable::NoRows)) => Some(t::NO_ROWS.to_owned()),
            Some(Err(Unreadable::TooMany(count))) => Some(t::too_many(*count)),
            Some(Err(Unreadable::Broken)) => Some(t::BROKEN.to_owned()),
            _ => None,
        })
    };
    view! {
        <div class="many">
            <p class="muted">{t::INTRO}</p>
            <Field label=t::TABLE.to_owned() hint=Signal::stored(Some(t::TABLE_HINT.to_owned())) error=Signal::derive(unreadable)>
                <textarea
                    class="input area mono"
                    rows="6"
                    aria-label=t::TABLE
                    placeholder=t::TABLE_EXAMPLE
                    spellcheck="false"
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                ></textarea>
            </Field>
            <ChooseFile text/>
            <Show when=move || 0 < count.get()>
                <Columns columns fields from/>
                <Preview read_rows fields/>
                <Wrong wrong/>
                <Field label=t::PACE.to_owned()>
                    <Select
                        value=Signal::derive(move || pace.get().to_string())
                        on_change=move |new: String| pace.set(new.parse().unwrap_or(60))
                        label=t::PACE
                        choices=Signal::stored(t::PACES.iter().map(|(runs, words)| Choice::new(runs.to_string(), *words)).collect())
                    />
                </Field>
                <p class="small muted">{move || t::takes(count.get(), pace.get())}</p>
            </Show>
            <div class="dialog-foot">
                <Button
                    tone=Tone::Primary
                    icon=Glyph::Play
                    busy=job.busy
                    disabled=Signal::derive(move || count.get() == 0 || wrong.with(|wrong| !wrong.is_empty()))
                    on:click=start
                >
                    {move || t::start(count.get())}
                </Button>
            </div>
        </div>
    }
}

#[component]
fn ChooseFile(text: RwSignal<String>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_: ev::Event| {
        let Some(input) = input.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file may be chosen again, after it was changed.
        spawn_local(async move {
            if let Ok(content) = JsFuture::from(file.text()).await {
                text.try_set(content.as_string().unwrap_or_default());
            }
            input.set_value("");
        });
    };
    view! {
        <input class="input" type="file" accept=".csv,.tsv,.txt,text/csv,text/tab-separated-values" aria-label=t::FILE node_ref=input on:change=chosen/>
    }
}

/// Which column goes into which field.
#[component]
fn Columns(columns: Memo<Vec<String>>, fields: Memo<Vec<FormField>>, from: RwSignal<Vec<Option<usize>>>) -> impl IntoView {
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new("", t::NO_COLUMN)];
        columns.with(|columns| {
            choices.extend(columns.iter().enumerate().map(|(at, name)| Choice::new(at.to_string(), name.as_str())));
        });
        choices
    });
    let row = move |(at, field): (usize, FormField)| {
        let value = Signal::derive(move || {
            from.with(|from| from.get(at).copied().flatten()).map(|column| column.to_string()).unwrap_or_default()
        });
        let choose = move |new: String| {
            from.update(|from| {
                if let Some(column) = from.get_mut(at) {
                    *column = new.parse().ok();
                }
            });
        };
        view! { <li><span class="grow">{field.label.clone()}{field.required.then_some(" *")}</span><Select value on_change=choose choices label=t::column_of(&field.label) compact=true/></li> }
    };
    view! {
        <section aria-label=t::COLUMNS>
            <h3>{t::COLUMNS}</h3>
            <ul class="many-columns">{move || fields.get().into_iter().enumerate().map(row).collect_view()}</ul>
        </section>
    }
}

/// The first rows as they will be.
#[component]
fn Preview(
    read_rows: Memo<Vec<Result<serde_json::Map<String, serde_json::Value>, String>>>,
    fields: Memo<Vec<FormField>>,
) -> impl IntoView {
    let shown = move |value: Option<&serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    view! {
        <div class="table-wrap" tabindex="0" role="region" aria-label=t::PREVIEW>
            <table class="table">
                <thead><tr><th scope="col">{t::ROW}</th>{move || fields.get().into_iter().map(|field| view! { <th scope="col">{field.label}</th> }).collect_view()}</tr></thead>
                <tbody>
                    {move || read_rows.with(|rows| rows.iter().take(SHOWN).enumerate().map(|(at, row)| {
                        let cells = match row {
                            Ok(row) => fields.with(|fields| fields.iter().map(|field| view! { <td>{shown(row.get(&field.key))}</td> }).collect_view()).into_any(),
                            Err(why) => view! { <td colspan=move || fields.with(Vec::len).to_string()><span class="field-error">{why.clone()}</span></td> }.into_any(),
                        };
                        view! { <tr><td class="muted">{at + 1}</td>{cells}</tr> }
                    }).collect_view())}
                </tbody>
            </table>
        </div>
    }
}

/// What must be mended before anything begins.
#[component]
fn Wrong(wrong: Memo<Vec<String>>) -> impl IntoView {
    view! {
        <Show when=move || wrong.with(|wrong| !wrong.is_empty())>
            <div class="banner bad" role="alert">
                <div>
                    <b>{move || wrong.with(|wrong| t::wrong_rows(wrong.len()))}</b>
                    <ul>{move || wrong.with(|wrong| wrong.iter().take(SHOWN).map(|why| view! { <li>{why.clone()}</li> }).collect_view())}</ul>
                </div>
            </div>
        </Show>
    }
}
