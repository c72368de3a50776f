//! A dialog in which something is found by typing: a search box, rows under headings, arrow keys.

use leptos::{ev, html, prelude::*};

use super::{Glyph, Icon, Kbd, StepTile};
use crate::commands::Mark;

#[derive(Debug, Clone, PartialEq)]
pub struct FinderRow {
    pub id: String,
    pub label: String,
    pub about: String,
    pub mark: Mark,
    /// Its key as it is shown.
    pub shown: &'static str,
    /// Taking it shows other rows instead of closing the dialog.
    pub opens: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct FinderSection {
    pub title: String,
    pub rows: Vec<FinderRow>,
    /// Its rows stand beside each other.
    pub grid: bool,
}

/// Open as long as it is on the page.
#[component]
pub fn Finder(
    title: &'static str,
    #[prop(into)] placeholder: Signal<String>,
    query: RwSignal<String>,
    /// Searched once for each change of what it reads, however many parts of the dialog look.
    sections: Signal<Vec<FinderSection>, LocalStorage>,
    on_take: Callback<FinderRow>,
    on_close: Callback<()>,
    nothing: &'static str,
    foot: &'static str,
    testid: &'static str,
    /// The focus goes back to where it was before a row is carried out.
    #[prop(optional)]
    closes: bool,
    /// Within what the search goes, and the words for going back out of it.
    #[prop(optional, into)]
    within: Signal<Option<(String, String)>>,
    #[prop(optional)] on_out: Option<Callback<()>>,
) -> impl IntoView {
    let sections = Memo::new(move |_| sections.get());
    let active = RwSignal::new(0_usize);
    let (node, input) = (NodeRef::<html::Dialog>::new(), NodeRef::<html::Input>::new());
    let count = move || sections.with_untracked(|all| all.iter().map(|section| section.rows.len()).sum::<usize>());
    let row_at = move |at: usize| sections.with_untracked(|all| all.iter().flat_map(|section| &section.rows).nth(at).cloned());
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    // Other rows begin at the top, with the box ready for typing.
    Effect::new(move |before: Option<()>| {
        within.track();
        active.set(0);
        if before.is_some()
            && let Some(input) = input.try_get_untracked().flatten()
        {
            let _ = input.focus();
        }
    });
    let take = move |row: &FinderRow| {
        if closes
            && !row.opens
            && let Some(dialog) = node.try_get_untracked().flatten()
        {
            dialog.close();
        }
        on_take.run(row.clone());
    };
    let out = move || {
        if let Some(on_out) = on_out {
            on_out.run(());
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let last = move || count().saturating_sub(1);
        let at = move || active.get_untracked().min(last());
        let page = 8;
        match event.key().as_str() {
            "ArrowDown" => active.set(if at() >= last() { 0 } else { at() + 1 }),
            "ArrowUp" => active.set(at().checked_sub(1).unwrap_or_else(last)),
            "PageDown" => active.set((at() + page).min(last())),
            "PageUp" => active.set(at().saturating_sub(page)),
            "Backspace" if within.with_untracked(Option::is_some) && query.with_untracked(String::is_empty) => out(),
            "Enter" => {
                event.prevent_default();
                if let Some(row) = row_at(at()) {
                    take(&row);
                }
                // The dialog may be gone.
                return;
            }
            _ => return,
        }
        event.prevent_default();
        request_animation_frame(move || reveal(node));
    };
    let outside = move |event: ev::MouseEvent| {
        if node.try_get_untracked().flatten().is_some_and(|dialog| event.target().is_some_and(|target| target == ****dialog)) {
            on_close.run(());
        }
    };
    let list = format!("{testid}-list");
    let controls = list.clone();
    let prefix = list.clone();
    let row_id = move |at: usize| format!("{prefix}-{at}");
    let current = row_id.clone();
    let draw = move |at: usize, row: FinderRow| {
        let on = move || active.get() == at;
        let taken = row.clone();
        let FinderRow { id, label, about, mark, shown, opens } = row;
        view! {
            <div
                class="picker-row"
                class:app=opens
                class:on=on
                id=row_id(at)
                role="option"
                aria-selected=move || if on() { "true" } else { "false" }
                data-choice=(!opens).then(|| id.clone())
                data-app=opens.then(|| id.clone())
                on:mousemove=move |_| if active.get_untracked() != at { active.set(at) }
                on:click=move |_| take(&taken)
            >
                {match mark {
                    Mark::Glyph(glyph) => view! { <span class="tile plain" aria-hidden="true"><Icon glyph/></span> }.into_any(),
                    Mark::Kind(kind) => view! { <StepTile kind/> }.into_any(),
                }}
                <span class="picker-words"><b>{label}</b>{(!about.is_empty()).then(|| view! { <small>{about}</small> })}</span>
                {(!shown.is_empty()).then(|| view! { <Kbd keys=shown/> })}
                {opens.then(|| view! { <Icon glyph=Glyph::ChevronRight/> })}
            </div>
        }
    };
    view! {
        <dialog class="dialog picker" node_ref=node aria-label=title on:close=move |_| on_close.run(()) on:mousedown=outside data-testid=testid>
            <div class="picker-search">
                {move || match within.get() {
                    None => view! { <Icon glyph=Glyph::Search/> }.into_any(),
                    Some((name, back)) => view! {
                        <button type="button" class="picker-app" aria-label=back.clone() data-tip=back on:click=move |_| out()>
                            <Icon glyph=Glyph::ArrowLeft/><span>{name}</span>
                        </button>
                    }.into_any(),
                }}
                <input
                    node_ref=input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls=controls
                    aria-activedescendant=move || sections.with(|all| all.iter().any(|one| !one.rows.is_empty())).then(|| current(active.get()))
                    aria-autocomplete="list"
                    aria-label=title
                    placeholder=placeholder
                    autocomplete="off"
                    spellcheck="false"
                    autofocus
                    prop:value=query
                    on:input=move |event| {
                        active.set(0);
                        query.set(event_target_value(&event));
                    }
                    on:keydown=key
                />
            </div>
            <div class="picker-list" id=list role="listbox" aria-label=title>
                {move || {
                    let sections = sections.get();
                    if sections.iter().all(|section| section.rows.is_empty()) {
                        return view! { <p class="pick-none" role="presentation">{nothing}</p> }.into_any();
                    }
                    let mut at = 0;
                    sections.into_iter().map(|FinderSection { title, rows, grid }| {
                        let rows = rows.into_iter().map(|one| {
                            let drawn = draw(at, one);
                            at += 1;
                            drawn
                        }).collect_view();
                        view! {
                            {(!title.is_empty()).then(|| view! { <h3 role="presentation">{title}</h3> })}
                            <div class:picker-apps=grid role="presentation">{rows}</div>
                        }
                    }).collect_view().into_any()
                }}
            </div>
            <footer class="picker-foot" aria-hidden="true">{foot}</footer>
        </dialog>
    }
}

/// Brings the row in question into sight.
fn reveal(node: NodeRef<html::Dialog>) {
    let row = node.try_get_untracked().flatten().and_then(|node| node.query_selector("[aria-selected=true]").ok().flatten());
    if let Some(row) = row {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        row.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
