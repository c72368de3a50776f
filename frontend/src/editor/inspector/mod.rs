//! The panel on the right: everything about the selected step or trigger.

mod differences;
mod failure;
mod head;
mod result;
mod test;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{
    sight::Sight,
    state::{Editor, Selected, Tab, use_editor},
    steps::StepForm,
    triggers::{self, TriggerForm},
};
use crate::{
    text::editor as t,
    ui::{Glyph, IconButton, Tabs},
};

pub use result::StepResult;

/// What the inspector is about; forms and fields find it in the context.
#[derive(Clone, Copy)]
pub struct Subject {
    selected: StoredValue<Selected>,
    /// What the mapped fields say under themselves, in any order.
    said: RwSignal<Vec<String>>,
}

impl Subject {
    pub fn new(selected: Selected) -> Self {
        Self { selected: StoredValue::new(selected), said: RwSignal::default() }
    }

    pub fn selected(self) -> Selected {
        self.selected.get_value()
    }

    /// Whether a mapped field says so itself: its problem need not be said once more.
    pub fn says(self, message: &str) -> bool {
        self.said.with(|said| said.iter().any(|said| said == message))
    }

    /// A field says something else than `before`, or is gone with the inspector.
    pub fn say(self, before: &str, now: &str) {
        self.said.try_update(|said| {
            if let Some(at) = said.iter().position(|said| said == before) {
                said.swap_remove(at);
            }
            if !now.is_empty() {
                said.push(now.to_owned());
            }
        });
    }
}

/// Whether what is selected still exists.
fn exists(editor: Editor, selected: &Selected) -> bool {
    editor.def.with(|def| match selected {
        Selected::Step(id) => def.step(id).is_some(),
        Selected::Trigger(id) => def.trigger(id).is_some(),
    })
}

#[component]
pub fn Inspector() -> impl IntoView {
    let editor = use_editor();
    let shown = Memo::new(move |_| {
        let selected = editor.selected.get()?;
        (editor.inspecting.get() && exists(editor, &selected)).then_some(selected)
    });
    let key = move |event: leptos::ev::KeyboardEvent| {
        // A dialog or menu of the form closes alone.
        let inner = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let inner = inner.is_some_and(|target| target.closest("dialog, [popover]").ok().flatten().is_some());
        if event.key() == "Escape" && !event.default_prevented() && !inner {
            event.stop_propagation();
            editor.inspecting.set(false);
            crate::canvas::focus_selected();
        }
    };
    // Keyed by what is selected: another step gets a panel of its own, so that nothing of the old one is used again.
    view! {
        <For each=move || shown.get() key=Clone::clone let:selected>
            <aside class="insp" aria-label=t::INSPECTOR data-testid="inspector" on:keydown=key>
                <Panel selected/>
            </aside>
        </For>
    }
}

#[component]
fn Panel(selected: Selected) -> impl IntoView {
    let editor = use_editor();
    provide_context(Subject::new(selected.clone()));
    provide_context(Sight::of(editor, &selected));
    let mut tabs = vec![(Tab::SetUp, t::TAB_SET_UP.to_owned()), (Tab::Test, t::TAB_TEST.to_owned())];
    if let Selected::Step(id) = &selected {
        if failure::applies(editor, id) {
            tabs.push((Tab::Failure, t::TAB_FAILURE.to_owned()));
        }
    } else {
        tabs[1].1 = t::TAB_SAMPLES.to_owned();
    }
    if let Selected::Trigger(id) = &selected
        && editor.def.with_untracked(|def| def.trigger(id).is_some_and(|trigger| triggers::takes_requests(&trigger.kind)))
    {
        tabs.push((Tab::Requests, t::TAB_REQUESTS.to_owned()));
    }
    let (head, form, foot) = (selected.clone(), selected.clone(), selected);
    view! {
        <span class="insp-grip" aria-hidden="true"></span>
        <span class="insp-close">
            <IconButton glyph=Glyph::Close label=t::CLOSE_INSPECTOR.to_owned() small=true on:click=move |_| editor.inspecting.set(false)/>
        </span>
        <head::Head selected=head/>
        <Tabs tabs selected=editor.tab on_select=move |tab| editor.tab.set(tab) label=t::INSPECTOR/>
        // With every field switched off the keyboard still has to get at what is further down.
        <div class="insp-body" role="tabpanel" tabindex=move || (!editor.may_edit.get()).then_some("0")>
            {move || {
                let form = form.clone();
                match (editor.tab.get(), form) {
                    (Tab::SetUp, Selected::Step(id)) => view! { <Form><StepForm id/></Form> }.into_any(),
                    (Tab::SetUp, Selected::Trigger(id)) => view! { <Form><TriggerForm id/></Form> }.into_any(),
                    (Tab::Test, Selected::Step(id)) => view! { <test::TestTab id/> }.into_any(),
                    (Tab::Requests, Selected::Trigger(id)) => view! { <triggers::requests::RequestsTab id/> }.into_any(),
                    (_, Selected::Trigger(id)) => view! { <triggers::samples_tab::SamplesTab id/> }.into_any(),
                    (Tab::Failure | Tab::Requests, Selected::Step(id)) => view! { <Form><failure::FailureTab id/></Form> }.into_any(),
                }
            }}
        </div>
        {match foot {
            Selected::Step(id) if editor.may_edit.get_untracked() => view! { <test::TestFoot id/> }.into_any(),
            Selected::Step(_) => ().into_any(),
            Selected::Trigger(_) => ().into_any(),
        }}
    }
}

/// Whoever may only look finds every field as it is, and none that can be changed.
#[component]
fn Form(children: Children) -> impl IntoView {
    let editor = use_editor();
    view! { <fieldset class="bare" disabled=move || !editor.may_edit.get()>{children()}</fieldset> }
}
