//! The picker of steps and triggers: search, arrow keys, the recent ones first, apps one level down.

use leptos::{ev, html, prelude::*};
use model::definition::EditOp;

use super::{
    palette::{self, Of, Row, Section},
    state::{Editor, Picking, Selected, use_editor},
    steps::fresh,
};
use crate::{
    dom,
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

const RECENT_STEPS: &str = "patchbay-recent-steps";
const RECENT_TRIGGERS: &str = "patchbay-recent-triggers";
/// As many recent ones are offered.
const FEW: usize = 4;

fn recent(of: &str) -> Vec<String> {
    dom::stored(of).map(|text| text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect()).unwrap_or_default()
}

fn note_recent(of: &str, id: &str) {
    let mut list = recent(of);
    list.retain(|one| one != id);
    list.insert(0, id.to_owned());
    list.truncate(FEW);
    dom::store(of, &list.join(","));
}

fn choose(editor: Editor, id: &str) {
    match editor.picking.get_untracked() {
        Some(Picking::Step(slot)) => {
            note_recent(RECENT_STEPS, id);
            editor.picking.set(None);
            editor.insert(id, slot);
            crate::canvas::focus_selected();
        }
        Some(Picking::Trigger) => {
            note_recent(RECENT_TRIGGERS, id);
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
    // The app whose choices are looked at.
    let app = RwSignal::new(None::<(&'static str, &'static str)>);
    let (node, input) = (NodeRef::<html::Dialog>::new(), NodeRef::<html::Input>::new());
    let triggers = picking == Picking::Trigger;
    let (of, used) = if triggers { (Of::Triggers, recent(RECENT_TRIGGERS)) } else { (Of::Steps, recent(RECENT_STEPS)) };
    let shown = Memo::new(move |_| query.with(|query| palette::sections(of, query, app.get().map(|(id, _)| id), &used)));
    let flat =
        Memo::new(move |_| shown.with(|sections| sections.iter().flat_map(|section| section.rows.clone()).collect::<Vec<_>>()));
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let open_app = move |new: Option<(&'static str, &'static str)>| {
        app.set(new);
        query.set(String::new());
        active.set(0);
        if let Some(input) = input.try_get_untracked().flatten() {
            let _ = input.focus();
        }
    };
    let take = move |row: &Row| match row {
        Row::Choice(choice) => choose(editor, &choice.id),
        Row::App { id, name, .. } => open_app(Some((*id, *name))),
    };
    let key = move |event: ev::KeyboardEvent| {
        let last = flat.with_untracked(Vec::len).saturating_sub(1);
        let at = active.get_untracked().min(last);
        match event.key().as_str() {
            "ArrowDown" => active.set(if at >= last { 0 } else { at + 1 }),
            "ArrowUp" => active.set(at.checked_sub(1).unwrap_or(last)),
            "Backspace" if app.get_untracked().is_some() && query.with_untracked(String::is_empty) => open_app(None),
            "Enter" => {
                event.prevent_default();
                if let Some(row) = flat.with_untracked(|flat| flat.get(at).cloned()) {
                    take(&row);
                }
                // The dialog may be gone.
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
    let placeholder = move || match app.get() {
        Some((_, name)) => t::search_in(name),
        None => (if triggers { t::SEARCH_TRIGGERS } else { t::SEARCH_STEPS }).to_owned(),
    };
    let row = move |at: usize, row: Row| {
        let on = move || active.get() == at;
        let chosen = row.clone();
        let in_app = app.get_untracked().is_some();
        let (choice, of_app, kind) = match &row {
            Row::Choice(choice) => (Some(choice.id.clone()), None, choice.id.split('.').next().unwrap_or_default().to_owned()),
            Row::App { id, .. } => (None, Some(*id), (*id).to_owned()),
        };
        let words = match row {
            Row::Choice(choice) => {
                let label = if in_app { choice.short } else { choice.label };
                view! { <span><b>{label}</b><small>{choice.help}</small></span> }.into_any()
            }
            Row::App { name, count, .. } => {
                let count = if triggers { t::trigger_count(count) } else { t::action_count(count) };
                view! { <span><b>{name}</b><small>{count}</small></span> <Icon glyph=Glyph::ChevronRight/> }.into_any()
            }
        };
        view! {
            <div
                class="picker-row"
                class:app=of_app.is_some()
                class:on=on
                role="option"
                aria-selected=move || if on() { "true" } else { "false" }
                data-choice=choice
                data-app=of_app
                on:mousemove=move |_| if !on() { active.set(at) }
                on:click=move |_| take(&chosen)
            >
                <StepTile kind/>
                {words}
            </div>
        }
    };
    view! {
        <dialog class="dialog picker" node_ref=node aria-label=title on:close=close on:mousedown=outside data-testid="picker">
            <div class="picker-search">
                {move || match app.get() {
                    None => view! { <Icon glyph=Glyph::Search/> }.into_any(),
                    Some((id, name)) => view! {
                        <button type="button" class="picker-app" aria-label=t::leave_app(name) data-tip=t::ALL_CHOICES on:click=move |_| open_app(None)>
                            <Icon glyph=Glyph::ArrowLeft/>
                            <StepTile kind=id.to_owned() small=true/>
                            <span>{name}</span>
                        </button>
                    }.into_any(),
                }}
                <input
                    node_ref=input
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="picker-list"
                    aria-label=title
                    placeholder=placeholder
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
            </div>
            <div class="picker-list" id="picker-list" role="listbox" aria-label=title>
                {move || {
                    let sections = shown.get();
                    if sections.iter().all(|section| section.rows.is_empty()) {
                        return view! { <p class="pick-none">{t::NO_SUCH_STEP}</p> }.into_any();
                    }
                    let mut at = 0;
                    sections.into_iter().map(|Section { title, rows }| {
                        let grid = title == t::GROUP_APPS;
                        let rows = rows.into_iter().map(|one| {
                            let drawn = row(at, one);
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
            <footer class="picker-foot" aria-hidden="true">{t::PICKER_KEYS}</footer>
        </dialog>
    }
}
