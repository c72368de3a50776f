//! The data of the trigger and of earlier steps, to choose from.

use std::collections::BTreeSet;

use expr::{FORMATTERS, Seg, Source};
use leptos::{ev, html, prelude::*};
use model::{definition::Trigger, ids::StepId, step::Step};
use serde_json::Value;
use wasm_bindgen::JsCast;

use super::tree::{Kind, Row, rows};
use crate::{
    editor::{
        fuzzy,
        inspector::use_subject,
        samples,
        state::{Editor, Selected, Tab, use_editor},
        steps::kind_name,
        testing,
    },
    moment::{self, Style},
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

/// Height of the panel, in pixels: it is moved up where it would leave the window.
const TALL: f64 = 440.0;

/// A heading with the rows under it.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    key: String,
    /// Of the step or trigger, for its icon.
    kind: String,
    label: String,
    note: String,
    /// Nothing is known yet: this step has to be tested first.
    untested: Option<StepId>,
    rows: Vec<Row>,
}

/// The panel beside a mapped field.
#[component]
pub fn DataPicker(top: RwSignal<f64>, on_insert: Callback<String>, on_format: Callback<String>, on_close: Callback<()>) -> impl IntoView {
    let editor = use_editor();
    let subject = use_subject();
    let query = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let flipped = RwSignal::new(BTreeSet::<String>::new());
    let list = NodeRef::<html::Div>::new();
    let groups = Memo::new(move |_| {
        let asked = query.get();
        flipped.with(|flipped| collect(editor, &subject.selected(), &asked, flipped))
    });
    let flat = Memo::new(move |_| groups.with(|groups| groups.iter().flat_map(|group| group.rows.clone()).collect::<Vec<_>>()));
    let choose = move |row: &Row| on_insert.run(editor.names.with_untracked(|names| row.text(names)));
    let flip = move |key: String| {
        flipped.update(|flipped| {
            if !flipped.remove(&key) {
                flipped.insert(key);
            }
        });
    };
    let show_active = move || {
        request_animation_frame(move || {
            if let Some(row) = list.try_get_untracked().flatten().and_then(|list| list.query_selector("[aria-selected=true]").ok().flatten()) {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                row.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    };
    let key = move |event: ev::KeyboardEvent| {
        let last = flat.with_untracked(Vec::len).saturating_sub(1);
        let at = active.get_untracked().min(last);
        let row = flat.with_untracked(|flat| flat.get(at).cloned());
        match event.key().as_str() {
            "ArrowDown" => active.set((at + 1).min(last)),
            "ArrowUp" => active.set(at.saturating_sub(1)),
            "ArrowRight" | "ArrowLeft" if query.with_untracked(String::is_empty) => match row {
                Some(row) if row.parent && row.open == (event.key() == "ArrowLeft") => flip(row.key()),
                _ => return,
            },
            "Enter" => {
                if let Some(row) = row {
                    choose(&row);
                }
            }
            "Escape" => {
                event.stop_propagation();
                on_close.run(());
            }
            _ => return,
        }
        event.prevent_default();
        show_active();
    };
    // A press beside the rows must not take the focus, or the panel would close.
    let keep_focus = |event: ev::MouseEvent| {
        let on_input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()).is_some();
        if !on_input {
            event.prevent_default();
        }
    };
    let place = move || {
        let height = window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(900.0);
        format!("--pick-top:{:.0}px", (top.get() - 40.0).clamp(62.0, (height - TALL - 12.0).max(62.0)))
    };
    view! {
        <div class="pick" style=place role="dialog" aria-label=t::DATA_TO_INSERT data-testid="data-picker" on:mousedown=keep_focus>
            <label class="pick-search">
                <Icon glyph=Glyph::Search/>
                <input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-label=t::SEARCH_DATA
                    placeholder=t::SEARCH_DATA
                    spellcheck="false"
                    autocomplete="off"
                    prop:value=query
                    on:input=move |event| {
                        query.set(event_target_value(&event));
                        active.set(0);
                    }
                    on:keydown=key
                />
            </label>
            <div class="pick-list" role="listbox" aria-label=t::DATA_TO_INSERT node_ref=list>
                {move || {
                    let mut at = 0;
                    let shown = groups.get();
                    if shown.is_empty() {
                        return view! { <p class="pick-none">{t::NOTHING_FOUND}</p> }.into_any();
                    }
                    shown
                        .into_iter()
                        .map(|group| {
                            let first = at;
                            at += group.rows.len();
                            view! { <GroupView group first active query choose=Callback::new(move |row| choose(&row)) flip=Callback::new(flip)/> }
                        })
                        .collect_view()
                        .into_any()
                }}
            </div>
            <Formats on_format/>
        </div>
    }
}

#[component]
fn GroupView(
    group: Group,
    first: usize,
    active: RwSignal<usize>,
    query: RwSignal<String>,
    choose: Callback<Row>,
    flip: Callback<String>,
) -> impl IntoView {
    let editor = use_editor();
    let keep_focus = |event: ev::MouseEvent| event.prevent_default();
    let test = group.untested.clone().map(|id| {
        let go = move |_| {
            editor.inspect(Selected::Step(id.clone()));
            editor.tab.set(Tab::Test);
            testing::test(editor, Some(id.clone()));
        };
        view! { <button type="button" class="link" on:mousedown=keep_focus on:click=go>{t::TEST_IT_NOW}</button> }
    });
    let rows = group
        .rows
        .into_iter()
        .enumerate()
        .map(|(at, row)| {
            let at = first + at;
            let searching = query.with_untracked(|query| !query.is_empty());
            let name = if searching { row.spelled() } else { name(&row) };
            let indent = if searching { 0 } else { row.depth };
            let (toggle, chosen, key) = (row.clone(), row.clone(), row.key());
            view! {
                <div
                    class="pick-row"
                    class:on=move || active.get() == at
                    role="option"
                    aria-selected=move || if active.get() == at { "true" } else { "false" }
                    style=format!("--depth:{indent}")
                    data-path=row.spelled()
                    on:mousedown=keep_focus
                    on:mousemove=move |_| if active.get_untracked() != at { active.set(at) }
                    on:click=move |_| choose.run(chosen.clone())
                >
                    <span class="pick-twist">
                        {(row.parent && !searching)
                            .then(|| {
                                view! {
                                    <button
                                        type="button"
                                        tabindex="-1"
                                        aria-label=if toggle.open { t::CLOSE_ROW } else { t::OPEN_ROW }
                                        class:open=toggle.open
                                        on:mousedown=keep_focus
                                        on:click=move |event: ev::MouseEvent| {
                                            event.stop_propagation();
                                            flip.run(key.clone());
                                        }
                                    >
                                        <Icon glyph=Glyph::ChevronRight/>
                                    </button>
                                }
                            })}
                    </span>
                    <span class="pick-name">{name}<i>{t::kind_of_value(row.kind)}</i></span>
                    <span class="pick-value" class:none=row.kind == Kind::Nothing>{row.preview.clone()}</span>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="pick-group" role="presentation">
            <StepTile kind=group.kind small=true/>
            <b>{group.label}</b>
            <span class="pick-note">{group.note}{test}</span>
        </div>
        {rows}
    }
}

/// Formatters for the value at the caret.
#[component]
fn Formats(on_format: Callback<String>) -> impl IntoView {
    let chips = FORMATTERS
        .iter()
        .map(|formatter| {
            let text = if formatter.required == 0 {
                formatter.name.to_owned()
            } else {
                let args: Vec<String> = formatter.args.iter().take(formatter.required).map(|arg| format!("\"{arg}\"")).collect();
                format!("{}({})", formatter.name, args.join(", "))
            };
            view! {
                <button
                    type="button"
                    tabindex="-1"
                    class="pick-format"
                    on:mousedown=|event| event.prevent_default()
                    on:click=move |_| on_format.run(text.clone())
                >
                    {formatter.label}
                </button>
            }
        })
        .collect_view();
    view! {
        <details class="pick-formats">
            <summary on:mousedown=|event| event.prevent_default()>{t::CHANGE_THE_VALUE}</summary>
            <div>{chips}</div>
        </details>
    }
}

fn name(row: &Row) -> String {
    if row.name.is_empty() { t::FIRST_ITEM.into() } else { row.name.clone() }
}

fn collect(editor: Editor, selected: &Selected, query: &str, flipped: &BTreeSet<String>) -> Vec<Group> {
    let seen = editor.seen.get().0;
    let searching = !query.trim().is_empty();
    let is_open = |key: &str, depth: usize| searching || ((depth == 0) != flipped.contains(key));
    let mut groups = Vec::new();
    let trigger = editor.def.with(|def| match selected {
        Selected::Trigger(id) => def.trigger(id).cloned(),
        Selected::Step(_) => samples::trigger_in_use(editor, def).and_then(|id| def.trigger(&id).cloned()),
    });
    if let Some(trigger) = trigger {
        groups.extend(of_trigger(editor, &trigger, seen.event.as_deref(), &is_open));
    }
    if let Selected::Step(id) = selected {
        editor.def.with(|def| {
            for earlier in def.before(id).into_iter().rev() {
                let Some(step) = def.step(&earlier) else { continue };
                if step.disabled {
                    continue;
                }
                groups.push(of_step(&earlier, step, seen.outputs.get(&earlier), &is_open));
            }
        });
    }
    if searching {
        for group in &mut groups {
            let mut found: Vec<(i32, Row)> = std::mem::take(&mut group.rows)
                .into_iter()
                .filter_map(|row| {
                    let by_name = fuzzy::score(query, &row.spelled());
                    let by_value = row.preview.to_lowercase().contains(&query.trim().to_lowercase()).then_some(1);
                    Some((by_name.or(by_value)?, row))
                })
                .collect();
            found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
            group.rows = found.into_iter().map(|(_, row)| row).collect();
        }
        groups.retain(|group| !group.rows.is_empty());
    }
    groups
}

fn of_trigger(editor: Editor, trigger: &Trigger, event: Option<&Value>, is_open: &dyn Fn(&str, usize) -> bool) -> Vec<Group> {
    let when = samples::in_use(editor, &trigger.id).map(|sample| t::event_of(&moment::absolute(sample.at, Style::Short)));
    let mut group = Group {
        key: trigger.id.0.clone(),
        kind: trigger.kind.name().into(),
        label: trigger.label.clone(),
        note: when.unwrap_or_else(|| if event.is_some() { t::MADE_UP.into() } else { t::NO_EVENT_YET.into() }),
        untested: None,
        rows: Vec::new(),
    };
    let Some(event) = event else { return vec![group] };
    let Some(entries) = event.as_object() else {
        group.rows = rows(&Source::Event, &[], event, is_open);
        return vec![group];
    };
    if let Some(body) = entries.get("body") {
        group.rows = rows(&Source::Event, &["body".into()], body, is_open);
        let whole = Row {
            source: Source::Event,
            path: vec!["body".into()],
            name: t::WHOLE_BODY.into(),
            depth: 0,
            kind: Kind::of(body),
            preview: super::tree::preview(body),
            open: false,
            parent: false,
        };
        group.rows.push(whole);
    }
    let rest: serde_json::Map<String, Value> =
        entries.iter().filter(|(key, _)| *key != "body").map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut found = vec![group];
    if !rest.is_empty() {
        // Rarely wanted: closed until it is asked for.
        let closed = |key: &str, depth: usize| if depth == 0 { !is_open(key, depth) || is_open("", 1) } else { is_open(key, depth) };
        let path: [Seg; 0] = [];
        found.push(Group {
            key: format!("{}/request", trigger.id),
            kind: "request".into(),
            label: t::REQUEST_DETAILS.into(),
            note: String::new(),
            untested: None,
            rows: rows(&Source::Event, &path, &Value::Object(rest), &closed),
        });
    }
    found
}

fn of_step(id: &StepId, step: &Step, output: Option<&crate::editor::data::Output>, is_open: &dyn Fn(&str, usize) -> bool) -> Group {
    let (note, rows) = match output {
        Some(output) => {
            let note = output.tested_at.map_or_else(|| t::WORKED_OUT.to_owned(), |at| t::tested_at(&moment::absolute(at, Style::Short)));
            (note, rows(&Source::Step(id.0.clone()), &[], &output.value, is_open))
        }
        None => (t::NOT_TESTED_YET.to_owned(), Vec::new()),
    };
    let untested = output.is_none().then(|| id.clone());
    Group { key: id.0.clone(), kind: kind_name(&step.kind), label: step.label.clone(), note, untested, rows }
}
