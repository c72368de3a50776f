//! The data of the trigger and of earlier steps, to choose from.

use expr::Seg;
use leptos::{ev, html, prelude::*};
use model::Mapped;

use super::{
    groups::Group,
    pick::Pick,
    tree::{Kind, Row},
    ways::Ways,
};
use crate::{
    dom,
    editor::{
        state::{Selected, Tab, use_editor},
        testing,
    },
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

/// Its height, in pixels: it is moved up where it would leave the window.
const TALL: f64 = 440.0;

/// The panel beside a mapped field.
#[component]
pub fn DataPicker(
    pick: Pick,
    top: RwSignal<f64>,
    on_insert: Callback<String>,
    /// Takes the focus back to the field.
    on_back: Callback<()>,
    /// Takes a list whose elements become entries, and what of each does.
    on_each: Option<Callback<(Mapped, Vec<Seg>)>>,
    on_close: Callback<()>,
) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    let (query, groups) = (pick.query, pick.groups);
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
    Effect::new(move |_| {
        pick.active.track();
        show_active();
    });
    let each = move || on_each.zip(pick.row().filter(|row| row.kind == Kind::List).map(|row| row.mapped()));
    let key = move |event: ev::KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => pick.step(1),
            "ArrowUp" => pick.step(-1),
            "ArrowRight" | "ArrowLeft" if query.with_untracked(String::is_empty) => match pick.row() {
                Some(row) if row.parent && row.open == (event.key() == "ArrowLeft") => pick.flip(row.key()),
                _ => return,
            },
            "Enter" if event.shift_key() => match each() {
                Some((on_each, list)) => on_each.run((list, Vec::new())),
                None => return,
            },
            "Enter" => {
                if let Some(piece) = pick.row().and_then(|row| pick.take(&row)) {
                    on_insert.run(piece);
                }
            }
            "Escape" => {
                event.stop_propagation();
                on_close.run(());
            }
            _ => return,
        }
        event.prevent_default();
    };
    let list_id = crate::ui::fresh_id("data");
    // A press beside the rows must not take the focus from the field. A row may: it can be dragged, and the panel holds the focus.
    let keep_focus = |event: ev::MouseEvent| {
        if !dom::within(&event, "input, .pick-row") {
            event.prevent_default();
        }
    };
    let place = move || {
        let height = window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(900.0);
        format!("--pick-top:{:.0}px", (top.get() - 40.0).clamp(62.0, (height - TALL - 12.0).max(62.0)))
    };
    view! {
        <div class="pick" tabindex="-1" style=place role="dialog" aria-label=t::DATA_TO_INSERT data-testid="data-picker" class:asking=move || pick.asking.with(Option::is_some) on:mousedown=keep_focus on:keydown=key>
            {move || pick.asking.get().map(|row| view! { <Ways row pick on_insert on_back on_each/> })}
            <label class="pick-search">
                <Icon glyph=Glyph::Search/>
                <input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls=list_id.clone()
                    aria-label=t::SEARCH_DATA
                    placeholder=t::SEARCH_DATA
                    spellcheck="false"
                    autocomplete="off"
                    aria-activedescendant=move || pick.row_id()
                    prop:value=query
                    on:input=move |event| pick.look_for(&event_target_value(&event))
                />
            </label>
            <div
                class="pick-list"
                role="listbox"
                tabindex="0"
                id=list_id
                aria-label=t::DATA_TO_INSERT
                aria-activedescendant=move || pick.row_id()
                node_ref=list
            >
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
                            view! { <GroupView group first pick on_each on_insert/> }
                        })
                        .collect_view()
                        .into_any()
                }}
            </div>
            <p class="pick-foot">
                {move || {
                    pick.active.track();
                    groups.track();
                    if each().is_some() { t::PICK_KEYS_LIST } else { t::PICK_KEYS }
                }}
            </p>
        </div>
    }
}

#[component]
fn GroupView(
    group: Group,
    first: usize,
    pick: Pick,
    on_each: Option<Callback<(Mapped, Vec<Seg>)>>,
    on_insert: Callback<String>,
) -> impl IntoView {
    let editor = use_editor();
    let active = pick.active;
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
            let searching = pick.query.with_untracked(|query| !query.is_empty());
            let name = if searching && !row.path.is_empty() { row.spelled() } else { name(&row) };
            let indent = if searching { 0 } else { row.depth };
            let (open, chosen, dragged, key) = (row.open, row.clone(), row.clone(), row.key());
            view! {
                <div
                    class="pick-row"
                    class:on=move || active.get() == at
                    role="option"
                    aria-selected=move || if active.get() == at { "true" } else { "false" }
                    style=format!("--depth:{indent}")
                    data-path=row.spelled()
                    id=pick.id_of(at)
                    draggable="true"
                    on:dragstart=move |event| {
                        if let Some(data) = event.data_transfer() {
                            let _ = data.set_data("text/plain", &pick.text_of(&dragged));
                            data.set_effect_allowed("copy");
                        }
                    }
                    on:mousemove=move |_| if active.get_untracked() != at { active.set(at) }
                    on:click=move |_| {
                        if let Some(piece) = pick.take(&chosen) {
                            on_insert.run(piece);
                        }
                    }
                >
                    // By the keyboard: the arrows.
                    <span class="pick-twist" aria-hidden="true">
                        {(row.parent && !searching)
                            .then(|| {
                                view! {
                                    <span
                                        class="pick-turn"
                                        class:open=open
                                        data-tip=if open { t::CLOSE_ROW } else { t::OPEN_ROW }
                                        on:mousedown=keep_focus
                                        on:click=move |event: ev::MouseEvent| {
                                            event.stop_propagation();
                                            pick.flip(key.clone());
                                        }
                                    >
                                        <Icon glyph=Glyph::ChevronRight/>
                                    </span>
                                }
                            })}
                    </span>
                    <span class="pick-name">{name}<i>{t::kind_of_value(row.kind)}</i></span>
                    <span class="pick-value" class:none=row.kind == Kind::Nothing>
                        {row.preview.clone()}
                        {on_each.filter(|_| row.kind == Kind::List).map(|on_each| {
                            let list = row.mapped();
                            view! {
                                <span
                                    class="pick-each"
                                    aria-hidden="true"
                                    data-tip=t::EACH_MAKE
                                    on:mousedown=keep_focus
                                    on:click=move |event: ev::MouseEvent| {
                                        event.stop_propagation();
                                        on_each.run((list.clone(), Vec::new()));
                                    }
                                >
                                    <Icon glyph=Glyph::Repeat/>
                                </span>
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

fn name(row: &Row) -> String {
    if row.name.is_empty() { t::FIRST_ITEM.into() } else { row.name.clone() }
}
