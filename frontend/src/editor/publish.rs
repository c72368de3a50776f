//! Review and publish: what changes for live events, what stands in the way, a note.

use leptos::{prelude::*, task::spawn_local};
use model::{
    Severity, WorkflowDefinition,
    api::{Empty, GetVersion, Publish, PublishWorkflow, WorkflowState},
    definition::TriggerKind,
};

use super::{
    changes::{Changes, Outline},
    problems::ProblemList,
    save,
    state::{Editor, Selected, Tab, use_editor},
};
use crate::{
    api::call,
    text::editor as t,
    ui::{Button, Dialog, Field, Glyph, Icon, Skeleton, Switch, TextInput, Tone, use_toasts},
};

#[component]
pub fn PublishDialog() -> impl IntoView {
    let editor = use_editor();
    view! {
        <Dialog open=editor.publishing title=t::REVIEW_AND_PUBLISH.to_owned() wide=true>
            <Review/>
        </Dialog>
    }
}

#[component]
fn Review() -> impl IntoView {
    let editor = use_editor();
    let toasts = use_toasts();
    let meta = editor.meta.get_untracked();
    let first = meta.live_version.is_none();
    let live = RwSignal::new(None::<WorkflowDefinition>);
    if let Some(version) = meta.live_version {
        spawn_local(async move {
            if let Ok(detail) = call::<GetVersion>((editor.id, version), &Empty {}, &Empty {}).await {
                live.try_set(Some(detail.definition));
            } else {
                live.try_set(Some(WorkflowDefinition::default()));
            }
        });
    }
    let blocked = Memo::new(move |_| {
        editor.problems.with(|all| all.iter().filter(|problem| problem.severity != Severity::Warning).count())
    });
    let warned = Memo::new(move |_| editor.problems.with(|all| !all.is_empty()));
    let note = RwSignal::new(String::new());
    let turn_on = RwSignal::new(meta.state != WorkflowState::On);
    let already_on = meta.state == WorkflowState::On;
    let (busy, wrong) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let publish = move |_| {
        busy.set(true);
        wrong.set(None);
        spawn_local(async move {
            if !save::settled(editor).await {
                busy.try_set(false);
                wrong.try_set(Some(t::SAVE_FIRST.to_owned()));
                return;
            }
            let body =
                Publish { rev: editor.saver.rev.get_untracked(), note: note.get_untracked(), turn_on: turn_on.get_untracked() };
            let answer = call::<PublishWorkflow>((editor.id,), &Empty {}, &body).await;
            busy.try_set(false);
            match answer {
                Ok(published) => {
                    editor.meta.try_update(|meta| {
                        meta.live_version = Some(published.version);
                        meta.state = published.state;
                        meta.draft_changed = false;
                    });
                    editor.publishing.try_set(false);
                    if first {
                        show_form(editor);
                    }
                    toasts.done(t::published(published.version, published.state == WorkflowState::On));
                }
                Err(problem) => _ = wrong.try_set(Some(problem.message)),
            }
        });
    };
    view! {
        <div class="review">
            {move || (blocked.get() > 0).then(|| view! { <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{t::blocked(blocked.get())}</span></p> })}
            {move || warned.get().then(|| view! { <ProblemList on_choose=move |()| editor.publishing.set(false)/> })}
            <h3>{if first { t::FIRST_VERSION } else { t::WHAT_CHANGES }}</h3>
            {move || match live.get() {
                _ if first => view! { <Outline/> }.into_any(),
                None => view! { <Skeleton width=60/> }.into_any(),
                Some(before) => view! { <Changes before=Signal::stored(before) after=editor.def nothing=t::NOTHING_CHANGES/> }.into_any(),
            }}
            <Field label=t::VERSION_NOTE optional=true>
                <TextInput value=note on_input=move |new| note.set(new) placeholder=t::VERSION_NOTE_EXAMPLE/>
            </Field>
            {(!already_on).then(|| view! {
                <div class="ed-switch-row review-on">
                    <span><b>{t::TURN_ON_TOO}</b><small>{t::TURN_ON_TOO_ABOUT}</small></span>
                    <Switch on=turn_on label=t::TURN_ON_TOO.to_owned() on_change=move |on| turn_on.set(on)/>
                </div>
            })}
            {move || wrong.get().map(|message| view! { <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{message}</span></p> })}
        </div>
        <footer class="dialog-foot">
            <Button tone=Tone::Ghost on:click=move |_| editor.publishing.set(false)>{crate::text::ui::CANCEL}</Button>
            <Button tone=Tone::Primary icon=Glyph::Upload busy disabled=Signal::derive(move || blocked.get() > 0) on:click=publish>
                {move || if turn_on.get() { t::PUBLISH_AND_TURN_ON } else { t::PUBLISH }}
            </Button>
        </footer>
    }
}

/// Of a workflow that begins with a form its address is what somebody needs next.
fn show_form(editor: Editor) {
    let form = editor.def.with_untracked(|def| {
        def.triggers.iter().find(|trigger| matches!(trigger.kind, TriggerKind::Form(_))).map(|trigger| trigger.id.clone())
    });
    if let Some(form) = form {
        editor.inspect(Selected::Trigger(form));
        editor.tab.set(Tab::SetUp);
    }
}
