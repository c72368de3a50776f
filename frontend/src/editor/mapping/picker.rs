//! The data of the trigger and of earlier steps, to choose from.

use std::collections::BTreeSet;

use expr::FORMATTERS;
use leptos::{ev, html, prelude::*};
use model::Mapped;
use wasm_bindgen::JsCast;

use super::{
    groups::{Group, collect},
    tree::{Kind, Row},
};
use crate::{
    editor::{
        inspector::use_subject,
        sight::use_sight,
        state::{Selected, Tab, use_editor},
        testing,
    },
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

/// Height of the panel, in pixels: it is moved up where it would leave the window.
const TALL: f64 = 440.0;

/// The panel beside a mapped field.
#[component]
pub fn DataPicker(
    top: RwSignal<f64>,
    on_insert: Callback<String>,
    /// Takes a list whose elements become entries.
    on_each: Option<Callback<Mapped>>,
    on_format: Callback<String>,
    on_close: Callback<()>,
) -> impl IntoView {
    let editor = use_editor();
    let subject = use_subject();
    let sight = use_sight();
    let query = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let flipped = RwSignal::new(BTreeSet::<String>::new());
    let list = NodeRef::<html::Div>::new();
    let groups = Memo::new(move |_| {
        let asked = query.get();
        flipped.with(|flipped| collect(editor, sight, &subject.selected(), &asked, flipped))
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
            if let Some(row) =
                list.try_get_untracked().flatten().and_then(|list| list.query_selector("[aria-selected=true]").ok().flatten())
            {
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
                            view! { <GroupView group first active query on_each choose=Callback::new(move |row| choose(&row)) flip=Callback::new(flip)/> }
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
    on_each: Option<Callback<Mapped>>,
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
            let name = if searching && !row.path.is_empty() { row.spelled() } else { name(&row) };
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
                    <span class="pick-value" class:none=row.kind == Kind::Nothing>
                        {row.preview.clone()}
                        {on_each.filter(|_| row.kind == Kind::List).map(|on_each| {
                            let list = Mapped::pill(row.source.clone(), row.path.iter().cloned());
                            view! {
                                <button
                                    type="button"
                                    class="pick-each"
                                    tabindex="-1"
                                    aria-label=t::EACH_MAKE
                                    data-tip=t::EACH_MAKE
                                    on:mousedown=keep_focus
                                    on:click=move |event: ev::MouseEvent| {
                                        event.stop_propagation();
                                        on_each.run(list.clone());
                                    }
                                >
                                    <Icon glyph=Glyph::Repeat/>
                                </button>
                            }
                        })}
                    </span>
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
