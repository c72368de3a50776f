//! The workflow editor: a canvas of steps, an inspector with a form per step, tests on real samples, and publishing.

mod actions;
mod both;
mod changes;
pub mod clipboard;
mod commands;
mod condition;
mod confirm;
mod copies;
mod cron;
mod cron_field;
pub mod curl;
mod data;
mod extent;
mod fields;
pub mod folds;
mod history;
pub mod inspector;
mod lookup;
mod mapping;
mod meet;
pub mod mend;
pub mod mine;
mod others;
mod outline;
mod palette;
mod parts;
mod picker;
pub mod pins;
pub mod problems;
mod publish;
mod remedies;
mod request;
mod samples;
mod save;
pub mod scope;
mod settings;
pub mod several;
pub mod shelf;
pub mod sight;
mod span;
mod start;
pub mod state;
pub mod steps;
pub mod summary;
pub mod testing;
mod topbar;
mod transform;
pub mod triggers;
mod versions;
mod ways;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{
    api::{Empty, GetWorkflow, ListSamples, Mend, Samples, Workflow},
    ids::{RunId, StepId, WorkflowId},
    step::StepKind,
};

use crate::{
    api::{Problem, call},
    canvas::Canvas,
    connectors::WithConnectors,
    fuzzy,
    live::use_stream,
    load::{Loaded, load},
    text::editor as t,
    ui::Skeleton,
};

pub use actions::{fresh_arm, test_step};
pub use mapping::{expects::Expects, tree::Kind as ValueKind, tree::short as short_value, ways::Way};
pub use state::{Editor, Picking, Selected, use_editor};

/// The page at `/workflows/:id`.
#[component]
pub fn EditorPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")));
    // Another workflow is another editor.
    move || view! { <Opening id=id.get().unwrap_or_default()/> }
}

#[component]
fn Opening(id: String) -> impl IntoView {
    let fix = mend::Address::read().fix;
    let loader = load(move || fetch(id.clone(), fix));
    let skeleton = || view! { <EditorSkeleton/> };
    view! {
        <WithConnectors skeleton=skeleton>
            <Loaded loader skeleton=skeleton let:opened>
                <Workbench opened=opened.get_untracked()/>
            </Loaded>
        </WithConnectors>
    }
}

/// A workflow with its samples, and the run that is to be mended.
type Opened = (Workflow, Samples, Option<Result<Mend, Problem>>);

async fn fetch(id: String, fix: Option<RunId>) -> Result<Opened, Problem> {
    let Ok(id) = id.parse::<WorkflowId>() else {
        return Err(Problem {
            status: 404,
            code: "not_found".into(),
            message: t::NO_SUCH_WORKFLOW.into(),
            details: serde_json::Value::Null,
        });
    };
    let workflow = call::<GetWorkflow>((id,), &Empty {}, &Empty {}).await?;
    let mending = mend::fetch(fix).await;
    // Without samples the editor is still worth opening.
    let samples = call::<ListSamples>((id,), &Empty {}, &Empty {}).await.unwrap_or(Samples {
        triggers: Vec::new(),
        steps: Vec::new(),
        pins: Vec::new(),
    });
    Ok((workflow, samples, mending))
}

#[component]
fn Workbench(opened: Opened) -> impl IntoView {
    let (workflow, samples, mending) = opened;
    let editor = Editor::new(workflow.clone(), samples);
    provide_context(editor);
    save::start(editor);
    if editor.may_edit.get_untracked() {
        meet::restore(editor, &workflow);
    }
    spawn_local(steps::connection::reload(editor));
    steps::connection::resume(editor);
    // Nothing but a trigger that listens: that is where one goes on.
    let only = editor.def.with_untracked(|def| match def.triggers.as_slice() {
        [only] if def.body.is_empty() => Some(only.id.clone()),
        _ => None,
    });
    if let Some(trigger) = only.filter(|_| editor.may_edit.get_untracked()) {
        editor.inspect(Selected::Trigger(trigger));
    }
    // A link to one of its steps.
    let named = use_query_map().with_untracked(|query| query.get_str("step").map(StepId::from));
    if let Some(step) = named.filter(|id| editor.def.with_untracked(|def| def.step(id).is_some())) {
        editor.inspect(Selected::Step(step));
    }
    // Fields are edited with it: it comes with the editor, so that the first press finds it there.
    spawn_local(async {
        mapping::engine::Module::Mapper.load().await;
    });
    listen(editor);
    commands::offer(editor);
    clipboard::listen(editor);
    if let Some(Ok(mend)) = &mending {
        mend::begin(editor, mend);
    }
    // Cards name the workflows they start.
    if editor.def.with_untracked(|def| def.steps.values().any(|step| matches!(step.kind, StepKind::SubWorkflow(_)))) {
        editor.others.load();
    }
    let title = Memo::new(move |_| editor.meta.with(|meta| meta.name.clone()));
    Effect::new(move |_| document().set_title(&t::page_title(&title.get())));
    let no_trigger = Memo::new(move |_| editor.def.with(|def| def.triggers.is_empty() && def.body.is_empty()));
    let inspecting = Memo::new(move |_| editor.inspecting.get() && editor.selected.with(Option::is_some));
    view! {
        <div class="ed" class:inspecting=inspecting>
            <p class="sr-only" role="status" data-testid="said">{editor.said}</p>
            <topbar::TopBar/>
            <topbar::Banners/>
            <mend::MendBar opened=mending/>
            <div class="ed-work">
                <outline::Outline/>
                <div class="ed-stage">
                    <Canvas/>
                    <Show when=move || no_trigger.get() && editor.may_edit.get()>
                        <start::ChooseTrigger/>
                    </Show>
                    <topbar::TestBanner/>
                    <Show when=move || !no_trigger.get()>
                        <problems::ProblemsChip/>
                    </Show>
                </div>
                <inspector::Inspector/>
            </div>
            <picker::Picker/>
            <publish::PublishDialog/>
            <confirm::ConfirmTest/>
            <clipboard::PasteDialog/>
            <shelf::NoteDialog/>
            <mine::MineDialog/>
        </div>
    }
}

/// News from the server about this workflow.
fn listen(editor: Editor) {
    let stream = use_stream();
    stream.on_sample(move |workflow, trigger| {
        if workflow == editor.id {
            let known = editor.def.with_untracked(|def| def.trigger(trigger).is_some());
            spawn_local(async move {
                testing::reload_samples(editor).await;
                if known {
                    // What was just captured is what somebody wants to work with.
                    editor.chosen.try_set(None);
                }
            });
        }
    });
    stream.on_workflow(move |workflow| {
        if workflow == editor.id {
            meet::heard(editor);
        }
    });
    stream.on_connection(move |_| {
        // Who may use one decides what can be chosen, and what is wrong.
        spawn_local(async move {
            steps::connection::reload(editor).await;
            save::read_problems(editor).await;
        });
    });
    stream.on_reread(move || {
        spawn_local(async move { testing::reload_samples(editor).await });
    });
}

/// The shape of the editor while it is on its way.
#[component]
fn EditorSkeleton() -> impl IntoView {
    view! {
        <div class="ed" role="status" aria-label=crate::text::ui::LOADING>
            <header class="top ed-top"><Skeleton width=14/><span class="grow"></span><Skeleton width=8 height=30/></header>
            <div class="ed-work">
                <div class="ed-stage ed-loading">
                    <span class="node-ghost"></span><span class="node-ghost"></span><span class="node-ghost"></span>
                </div>
            </div>
        </div>
    }
}
