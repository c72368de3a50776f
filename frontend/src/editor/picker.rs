//! The picker of steps and triggers: search, arrow keys, the recent ones first.

use leptos::{ev, html, prelude::*};
use model::definition::EditOp;

use super::{
    fuzzy,
    state::{Editor, Picking, Selected, use_editor},
    steps::fresh::{self, Choice},
};
use crate::{
    dom,
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

const RECENT: &str = "patchbay-recent-steps";
/// As many recent ones are offered.
const FEW: usize = 3;

fn recent() -> Vec<String> {
    dom::stored(RECENT).map(|text| text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()).unwrap_or_default()
}

fn note_recent(id: &str) {
    let mut list = recent();
    list.retain(|one| one != id);
    list.insert(0, id.to_owned());
    list.truncate(FEW);
    dom::store(RECENT, &list.join(","));
}

/// The icon of a choice goes by its kind or connector.
fn kind_of(id: &str) -> String {
    id.split('.').next().unwrap_or_default().to_owned()
}

/// Sections in the order they are shown.
fn sections(query: &str) -> Vec<(&'static str, Vec<Choice>)> {
    let all = fresh::choices();
    if query.trim().is_empty() {
        let of = |group: &str| all.iter().filter(|choice| choice.group == group).cloned().collect::<Vec<_>>();
        let recent: Vec<Choice> = recent().iter().filter_map(|id| all.iter().find(|choice| &choice.id == id).cloned()).collect();
        let mut sections = vec![(t::GROUP_ACTIONS, of(t::GROUP_ACTIONS))];
        sections.extend(t::KINDS.iter().map(|(group, _)| (*group, of(group))));
        if !recent.is_empty() {
            sections.insert(0, (t::GROUP_RECENT, recent));
        }
        return sections;
    }
    let mut found: Vec<(i32, Choice)> = all
        .into_iter()
        .filter_map(|choice| {
            let by_label = fuzzy::score(query, &choice.label).map(|points| points + 500);
            let by_words = choice.keywords.to_lowercase().contains(&query.trim().to_lowercase()).then_some(100);
            Some((by_label.max(by_words)?, choice))
        })
        .collect();
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    vec![("", found.into_iter().map(|(_, choice)| choice).collect())]
}

fn choose(editor: Editor, id: &str) {
    match editor.picking.get_untracked() {
        Some(Picking::Step(slot)) => {
            note_recent(id);
            editor.picking.set(None);
            editor.insert(id, slot);
            crate::canvas::focus_selected();
        }
        Some(Picking::Trigger) => {
            editor.picking.set(None);
            add_trigger(editor, id);
            crate::canvas::focus_selected();
        }
        None => {}
    }
}

/// Adds a trigger of the chosen kind and opens it.
pub fn add_trigger(editor: Editor, id: &str) {
    let made = editor.def.with_untracked(|def| fresh::trigger(id, def).map(|trigger| (def.triggers.len(), trigger)));
    if let Some((index, trigger)) = made {
        let id = trigger.id.clone();
        if editor.edit(EditOp::AddTrigger { index, trigger }) {
            editor.inspect(Selected::Trigger(id));
        }
    }
}

#[component]
pub fn Picker() -> impl IntoView {
    let editor = use_editor();
    let open = Memo::new(move |_| editor.picking.get());
    move || open.get().map(|picking| view! { <Opened picking/> })
}

#[component]
fn Opened(picking: Picking) -> impl IntoView {
    let editor = use_editor();
    let query = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let node = NodeRef::<html::Dialog>::new();
    let triggers = picking == Picking::Trigger;
    let shown = Memo::new(move |_| {
        query.with(|query| {
            if !triggers {
                return sections(query);
            }
            let found = t::TRIGGERS.iter().filter(|(_, label, help)| {
                fuzzy::score(query, label).or_else(|| fuzzy::score(query, help).filter(|points| *points > 900)).is_some()
            });
            let choice = |(id, label, help): &(&str, &str, &str)| Choice {
                id: (*id).into(),
                label: (*label).into(),
                help: (*help).into(),
                keywords: "",
                group: t::GROUP_TRIGGERS,
            };
            vec![(t::GROUP_TRIGGERS, found.map(choice).collect())]
        })
    });
    let flat =
        Memo::new(move |_| shown.with(|sections| sections.iter().flat_map(|(_, choices)| choices.clone()).collect::<Vec<_>>()));
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let key = move |event: ev::KeyboardEvent| {
        let last = flat.with_untracked(Vec::len).saturating_sub(1);
        let at = active.get_untracked().min(last);
        match event.key().as_str() {
            "ArrowDown" => active.set(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => active.set(at.checked_sub(1).unwrap_or(last)),
            "Enter" => {
                event.prevent_default();
                if let Some(choice) = flat.with_untracked(|flat| flat.get(at).cloned()) {
                    choose(editor, &choice.id);
                }
                // The dialog is gone.
                return;
            }
            _ => return,
        }
        event.prevent_default();
        request_animation_frame(move || {
            if let Some(row) =
                node.try_get_untracked().flatten().and_then(|node| node.query_selector("[aria-selected=true]").ok().flatten())
            {
                let options = web_sys::ScrollIntoViewOptions::new();
                options.set_block(web_sys::ScrollLogicalPosition::Nearest);
                row.scroll_into_view_with_scroll_into_view_options(&options);
            }
        });
    };
    let close = move |_| {
        // Choosing has closed it already, and may have opened something else.
        if editor.picking.try_get_untracked().flatten().is_some() {
            editor.picking.set(None);
            crate::canvas::focus_selected();
        }
    };
    let outside = move |event: ev::MouseEvent| {
        if node.try_get_untracked().flatten().is_some_and(|dialog| event.target().is_some_and(|target| target == ****dialog)) {
            editor.picking.set(None);
        }
    };
    let title = if triggers { t::ADD_TRIGGER } else { t::ADD_STEP };
    view! {
        <dialog class="dialog picker" node_ref=node aria-label=title on:close=close on:mousedown=outside data-testid="picker">
            <label class="picker-search">
                <Icon glyph=Glyph::Search/>
                <input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="picker-list"
                    aria-label=title
                    placeholder=if triggers { t::SEARCH_TRIGGERS } else { t::SEARCH_STEPS }
                    autocomplete="off"
                    spellcheck="false"
                    autofocus
                    prop:value=query
                    on:input=move |event| {
                        query.set(event_target_value(&event));
                        active.set(0);
                    }
                    on:keydown=key
                />
            </label>
            <div class="picker-list" id="picker-list" role="listbox" aria-label=title>
                {move || {
                    let mut at = 0;
                    let sections = shown.get();
                    if sections.iter().all(|(_, choices)| choices.is_empty()) {
                        return view! { <p class="pick-none">{t::NO_SUCH_STEP}</p> }.into_any();
                    }
                    sections.into_iter().filter(|(_, choices)| !choices.is_empty()).map(|(title, choices)| {
                        let rows = choices.into_iter().map(|choice| {
                            let this = at;
                            at += 1;
                            let id = choice.id.clone();
                            view! {
                                <div
                                    class="picker-row"
                                    class:on=move || active.get() == this
                                    role="option"
                                    aria-selected=move || if active.get() == this { "true" } else { "false" }
                                    data-choice=choice.id.clone()
                                    on:mousemove=move |_| if active.get_untracked() != this { active.set(this) }
                                    on:click=move |_| choose(editor, &id)
                                >
                                    <StepTile kind=kind_of(&choice.id)/>
                                    <span><b>{choice.label}</b><small>{choice.help}</small></span>
                                </div>
                            }
                        }).collect_view();
                        view! { {(!title.is_empty()).then(|| view! { <h3 role="presentation">{title}</h3> })} {rows} }
                    }).collect_view().into_any()
                }}
            </div>
            <footer class="picker-foot" aria-hidden="true">{t::PICKER_KEYS}</footer>
        </dialog>
    }
}
