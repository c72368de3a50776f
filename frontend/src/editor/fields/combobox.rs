//! A box that searches in a list: choose by mouse, by arrow keys, or type what the list does not have.

use std::sync::Arc;

use leptos::{ev, html, prelude::*};

use crate::{
    editor::fuzzy,
    text::editor as t,
    ui::{Choice, Glyph, Icon, fresh_id},
};

/// Rows drawn at once; the rest is found by typing.
const MOST: usize = 80;

/// What is said below the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Busy,
    Words(String),
    /// Something went wrong; pressing the button tries again.
    Wrong(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    Offered(Choice),
    /// What was typed.
    Typed(String),
}

impl Row {
    fn value(&self) -> &str {
        match self {
            Row::Offered(choice) => &choice.value,
            Row::Typed(text) => text,
        }
    }
}

/// The rows for what is typed, best first, and how many more there are.
fn rows(options: &[Choice], typed: &str, filters: bool, takes_typed: bool) -> (Vec<Row>, usize) {
    let typed = typed.trim();
    let mut found: Vec<(i32, &Choice)> = if typed.is_empty() || !filters {
        options.iter().map(|choice| (0, choice)).collect()
    } else {
        let points = |choice: &Choice| fuzzy::score(typed, &choice.label).max(fuzzy::score(typed, &choice.value));
        options.iter().filter_map(|choice| Some((points(choice)?, choice))).collect()
    };
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    let more = found.len().saturating_sub(MOST);
    let mut rows: Vec<Row> = found.into_iter().take(MOST).map(|(_, choice)| Row::Offered(choice.clone())).collect();
    let known = |choice: &Choice| choice.value == typed || choice.label.eq_ignore_ascii_case(typed);
    if takes_typed && !typed.is_empty() && !options.iter().any(known) {
        rows.push(Row::Typed(typed.to_owned()));
    }
    (rows, more)
}

/// What leaving the box with unfinished text means: the row of that very name, or the text where no row fits it.
fn left(rows: &[Row], typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Some(String::new());
    }
    let same = rows.iter().find(|row| match row {
        Row::Offered(choice) => choice.value == typed || choice.label.eq_ignore_ascii_case(typed),
        Row::Typed(_) => false,
    });
    same.or(match rows {
        [only @ Row::Typed(_)] => Some(only),
        _ => None,
    })
    .map(|row| row.value().to_owned())
}

#[component]
pub fn Combobox(
    #[prop(into)] label: Signal<String>,
    /// What stands in the box while nobody types.
    #[prop(into)]
    shown: Signal<String>,
    #[prop(into)] options: Signal<Arc<Vec<Choice>>>,
    #[prop(optional, into)] said: Signal<Option<Said>>,
    #[prop(into)] on_choose: Callback<String>,
    /// The list is about to be looked at.
    #[prop(optional, into)]
    on_open: Option<Callback<()>>,
    #[prop(optional, into)] on_search: Option<Callback<String>>,
    #[prop(optional, into)] on_retry: Option<Callback<()>>,
    /// The options are those for what is typed already.
    #[prop(optional)]
    found_elsewhere: bool,
    /// The words of the row that takes what is typed.
    #[prop(default = t::use_typed)]
    typed_words: fn(&str) -> String,
    #[prop(optional, into)] placeholder: Signal<String>,
    #[prop(optional, into)] bad: Signal<bool>,
    /// The box is empty after something was chosen.
    #[prop(optional)]
    adds: bool,
) -> impl IntoView {
    let list = fresh_id("options");
    let (typed, open, active) = (RwSignal::new(None::<String>), RwSignal::new(false), RwSignal::new(0_usize));
    let (root, input) = (NodeRef::<html::Div>::new(), NodeRef::<html::Input>::new());
    let found = Memo::new(move |_| {
        let typed = typed.get().unwrap_or_default();
        options.with(|options| rows(options, &typed, !found_elsewhere, true))
    });
    let count = Memo::new(move |_| found.with(|(rows, _)| rows.len()));
    let lists = move || open.get() && count.get() > 0;
    let show = move || {
        if !open.get_untracked() {
            active.set(0);
            open.set(true);
            if let Some(on_open) = on_open {
                on_open.run(());
            }
            reveal(root);
        }
    };
    let search = move |text: String| {
        if let Some(on_search) = on_search {
            on_search.run(text);
        }
    };
    let finish = move || {
        open.set(false);
        if typed.get_untracked().is_some() {
            typed.set(None);
            search(String::new());
        }
        // The browser keeps what was typed unless it is told otherwise.
        if let Some(input) = input.try_get_untracked().flatten() {
            input.set_value(&shown.get_untracked());
        }
    };
    let choose = Callback::new(move |value: String| {
        on_choose.run(value);
        finish();
    });
    let key = move |event: ev::KeyboardEvent| {
        let last = count.get_untracked().saturating_sub(1);
        let at = active.get_untracked().min(last);
        match event.key().as_str() {
            "ArrowDown" | "ArrowUp" if !open.get_untracked() => show(),
            "ArrowDown" => active.set(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => active.set(at.checked_sub(1).unwrap_or(last)),
            "Enter" if open.get_untracked() => {
                if let Some(row) = found.with_untracked(|(rows, _)| rows.get(at).cloned()) {
                    choose.run(row.value().to_owned());
                }
            }
            "Escape" if open.get_untracked() => {
                // The inspector stays open.
                event.stop_propagation();
                finish();
            }
            _ => return,
        }
        event.prevent_default();
        reveal(root);
    };
    let leave = move |_| {
        let unfinished = typed.get_untracked();
        let meant = unfinished.and_then(|text| found.with_untracked(|(rows, _)| left(rows, &text)));
        match meant {
            // An emptied box is an emptied field, except where it is empty anyway.
            Some(value) if !(adds && value.is_empty()) => choose.run(value),
            _ => finish(),
        }
    };
    let row_id = {
        let list = list.clone();
        move |at: usize| format!("{list}-{at}")
    };
    let active_row = row_id.clone();
    let controls = list.clone();
    let drawn = move || {
        let row_id = row_id.clone();
        let rows = found.with(|(rows, _)| rows.clone());
        let rows = rows.into_iter().enumerate().map(|(at, row)| {
            let value = row.value().to_owned();
            let (class, words) = match row {
                Row::Offered(choice) if choice.value == choice.label => ("combo-row", choice.label.into_any()),
                Row::Offered(choice) => {
                    ("combo-row", view! { <span>{choice.label}</span><small>{choice.value}</small> }.into_any())
                }
                Row::Typed(text) => ("combo-row own", typed_words(&text).into_any()),
            };
            view! {
                <div
                    class=class
                    class:on=move || active.get() == at
                    id=row_id(at)
                    role="option"
                    aria-selected=move || if active.get() == at { "true" } else { "false" }
                    on:mousemove=move |_| if active.get_untracked() != at { active.set(at) }
                    on:click=move |_| choose.run(value.clone())
                >
                    {words}
                </div>
            }
        });
        rows.collect_view()
    };
    view! {
        <div class="combo" class:open=open node_ref=root>
            <input
                node_ref=input
                class="input"
                type="text"
                role="combobox"
                aria-label=label
                aria-autocomplete="list"
                aria-expanded=move || if lists() { "true" } else { "false" }
                aria-controls=controls
                aria-activedescendant=move || lists().then(|| active_row(active.get()))
                aria-invalid=move || bad.get().then_some("true")
                aria-busy=move || said.with(|said| *said == Some(Said::Busy)).then_some("true")
                placeholder=placeholder
                autocomplete="off"
                spellcheck="false"
                prop:value=move || typed.get().unwrap_or_else(|| shown.get())
                on:focus=move |_| {
                    if let Some(input) = input.try_get_untracked().flatten() {
                        input.select();
                    }
                }
                on:click=move |_| show()
                on:input=move |event| {
                    let text = event_target_value(&event);
                    show();
                    active.set(0);
                    typed.set(Some(text.clone()));
                    search(text);
                }
                on:keydown=key
                on:blur=leave
            />
            <Icon glyph=Glyph::ChevronDown/>
            <Show when=move || open.get()>
                // A press in the list leaves the focus where it is.
                <div class="combo-pop" on:mousedown=|event| event.prevent_default()>
                    {
                        let (drawn, list) = (drawn.clone(), list.clone());
                        move || (count.get() > 0).then(|| {
                            let (drawn, list) = (drawn.clone(), list.clone());
                            view! { <div class="combo-list" id=list role="listbox" aria-label=label>{drawn}</div> }
                        })
                    }
                    {move || match said.get() {
                        Some(Said::Busy) => view! { <p class="combo-said" role="status"><Icon glyph=Glyph::Loader/><span>{t::ASKING_ACCOUNT}</span></p> }.into_any(),
                        Some(Said::Words(words)) => view! { <p class="combo-said" role="status"><span>{words}</span></p> }.into_any(),
                        Some(Said::Wrong(words)) => view! {
                            <p class="combo-said bad" role="alert">
                                <Icon glyph=Glyph::Alert/>
                                <span>{words}</span>
                                {on_retry.map(|retry| view! {
                                    <button type="button" class="link" on:click=move |_| retry.run(())>{crate::text::ui::TRY_AGAIN}</button>
                                })}
                            </p>
                        }.into_any(),
                        None => ().into_any(),
                    }}
                    {move || {
                        let more = found.with(|(_, more)| *more);
                        (more > 0).then(|| view! { <p class="combo-said"><span>{t::more_by_typing(more)}</span></p> })
                    }}
                </div>
            </Show>
        </div>
    }
}

/// Brings the open list, and the row in question, into sight.
fn reveal(root: NodeRef<html::Div>) {
    request_animation_frame(move || {
        let Some(root) = root.try_get_untracked().flatten() else { return };
        for part in [".combo-pop", "[aria-selected=true]"] {
            if let Ok(Some(part)) = root.query_selector(part) {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                part.scroll_into_view_with_scroll_into_view_options(&options);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Vec<Choice> {
        vec![Choice::new("C01", "#general"), Choice::new("C02", "#sales"), Choice::new("C03", "#sales-emea")]
    }

    fn values(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(Row::value).collect()
    }

    #[test]
    fn finds_by_label_and_by_value_and_offers_what_is_typed() {
        let options = options();
        assert_eq!(values(&rows(&options, "", true, true).0), ["C01", "C02", "C03"]);
        assert_eq!(values(&rows(&options, "sales", true, true).0), ["C02", "C03", "sales"]);
        assert_eq!(values(&rows(&options, "C01", true, true).0), ["C01"]);
        assert_eq!(values(&rows(&options, "#General", true, true).0), ["C01"]);
        assert_eq!(values(&rows(&options, " x9 ", true, true).0), ["x9"]);
        assert_eq!(values(&rows(&options, "anything", false, false).0), ["C01", "C02", "C03"]);
    }

    #[test]
    fn long_lists_are_cut_and_said_to_be() {
        let many: Vec<Choice> = (0..200).map(|n| Choice::new(n.to_string(), format!("Row {n}"))).collect();
        let (found, more) = rows(&many, "", true, true);
        assert_eq!((found.len(), more), (MOST, 200 - MOST));
    }

    #[test]
    fn leaving_keeps_what_was_meant() {
        let options = options();
        let at = |typed: &str| left(&rows(&options, typed, true, true).0, typed);
        assert_eq!(at("#SALES").as_deref(), Some("C02"));
        assert_eq!(at("zzz").as_deref(), Some("zzz"), "nothing fits, so it is a value typed by hand");
        assert_eq!(at("sal"), None, "half a word is no choice");
        assert_eq!(at("").as_deref(), Some(""));
    }
}
