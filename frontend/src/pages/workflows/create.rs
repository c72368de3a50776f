use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use model::{
    WorkflowDefinition,
    api::{CreateWorkflow, Empty, NewWorkflow},
};

use super::{import::ImportDialog, starters::STARTERS, templates::TemplatesDialog};
use crate::{
    api::call,
    moment::browser_zone,
    text::workflows::{self as t, import},
    ui::{Button, Glyph, Icon, MenuItem, MenuNote, MenuRule, Popover, Tone, use_toasts},
};

/// The time zone a new workflow begins with: the maker's own.
pub fn zone() -> String {
    browser_zone().unwrap_or_else(|| "UTC".into())
}

/// Creates a workflow and opens it. `None` while one is on its way.
pub fn use_create() -> (RwSignal<bool>, impl Fn(&'static str, Option<WorkflowDefinition>) + Copy + Send + Sync + 'static) {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let navigate = StoredValue::new_local(use_navigate());
    let create = move |name: &'static str, definition: Option<WorkflowDefinition>| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match call::<CreateWorkflow>((), &Empty {}, &NewWorkflow { name: name.to_owned(), definition }).await {
                Ok(workflow) => {
                    navigate.try_with_value(|navigate| navigate(&format!("/workflows/{}", workflow.id), Default::default()));
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    (busy, create)
}

/// A blank workflow at a press, an example from the menu beside it.
#[component]
pub fn NewButton() -> impl IntoView {
    let (busy, create) = use_create();
    let arrow = || view! { <Icon glyph=Glyph::ChevronDown/> };
    let (templates, importing) = (RwSignal::new(false), RwSignal::new(false));
    view! {
        <span class="split-btn">
            <Button tone=Tone::Primary icon=Glyph::Plus busy on:click=move |_| create(t::UNTITLED, None)>{t::NEW}</Button>
            <Popover role="menu" class="btn primary".to_owned() label=Some(t::NEW_FROM.to_owned()) trigger=arrow disabled=busy>
                <MenuNote>{t::NEW_FROM}</MenuNote>
                {STARTERS
                    .iter()
                    .map(|starter| {
                        view! {
                            <MenuItem glyph=starter.glyph about=starter.about on_choose=move |()| create(starter.name, Some((starter.definition)(zone())))>
                                {starter.name}
                            </MenuItem>
                        }
                    })
                    .collect_view()}
                <MenuRule/>
                <MenuItem glyph=Glyph::Sparkles about=t::TEMPLATES_ABOUT on_choose=move |()| templates.set(true)>{t::TEMPLATES}</MenuItem>
                <MenuItem glyph=Glyph::Upload about=import::IMPORT_ABOUT on_choose=move |()| importing.set(true)>{import::IMPORT}</MenuItem>
            </Popover>
            <TemplatesDialog open=templates/>
            <ImportDialog open=importing/>
        </span>
    }
}
