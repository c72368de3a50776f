use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_navigate};
use model::{
    Role,
    api::{WorkflowState, WorkflowSummary},
    run::Control,
};

use super::{
    export::{copy_text, duplicate, export},
    list::About,
    state_switch::StateSwitch,
};
use crate::{
    session::use_session,
    text::{
        status,
        workflows::{self as t, import},
    },
    ui::{Chip, ChipTone, Glyph, Icon, Menu, MenuItem, MenuRule, StepTile, TimeAgo, run_look, use_toasts},
};

/// Icons shown of a workflow's chain.
const MOST_TILES: usize = 5;

#[component]
pub fn Row(
    workflow: Memo<WorkflowSummary>,
    /// What the list is narrowed to.
    tag: RwSignal<String>,
    renaming: RwSignal<Option<About>>,
    tagging: RwSignal<Option<(About, Vec<String>)>>,
    deleting: RwSignal<Option<About>>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = use_session();
    let id = workflow.with_untracked(|workflow| workflow.id);
    let name = Memo::new(move |_| workflow.with(|workflow| workflow.name.clone()));
    let href = format!("/workflows/{id}");
    let chain = Memo::new(move |_| workflow.with(|workflow| [workflow.triggers.clone(), workflow.steps.clone()].concat()));
    view! {
        <li class="flow-row" class:off=move || workflow.with(|workflow| workflow.state == WorkflowState::Off)>
            <div class="flow-name">
                <A href=href attr:class="flow-link">{name}</A>
                <span class="flow-chain" role="img" aria-label=move || t::chain(&chain.get())>
                    {move || tiles(chain.get())}
                </span>
                <Marks workflow/>
                <TagChips workflow tag/>
            </div>
            <div class="flow-state">
                {move || {
                    if session.may(Role::Operator) {
                        view! { <StateSwitch workflow on_changed/> }.into_any()
                    } else {
                        view! { <Chip>{move || status::workflow(workflow.with(|workflow| workflow.state))}</Chip> }.into_any()
                    }
                }}
            </div>
            <div class="flow-last"><LastRun workflow/></div>
            <div class="flow-day"><LastDay workflow/></div>
            <div class="flow-menu"><RowMenu workflow renaming tagging deleting on_changed/></div>
        </li>
    }
}

fn tiles(chain: Vec<String>) -> impl IntoView {
    if chain.is_empty() {
        return view! { <small class="muted">{t::NO_TRIGGER}</small> }.into_any();
    }
    let rest = chain.len().saturating_sub(MOST_TILES);
    let tiles = chain.into_iter().take(MOST_TILES).map(|kind| view! { <StepTile kind small=true/> }).collect_view();
    view! {
        {tiles}
        {(rest > 0).then(|| view! { <small class="muted">{t::more_steps(rest)}</small> })}
    }
    .into_any()
}

/// A press on one narrows the list to it.
#[component]
fn TagChips(workflow: Memo<WorkflowSummary>, tag: RwSignal<String>) -> impl IntoView {
    let tags = Memo::new(move |_| workflow.with(|workflow| workflow.tags.clone()));
    let chip = move |name: String| {
        let (wanted, only) = (name.clone(), t::only_tag(&name));
        view! {
            <li><button type="button" class="tag" title=only on:click=move |_| tag.set(wanted.clone())><bdi>{name}</bdi></button></li>
        }
    };
    move || {
        (!tags.with(Vec::is_empty))
            .then(|| view! { <ul class="flow-tags" aria-label=t::TAGS>{tags.get().into_iter().map(chip).collect_view()}</ul> })
    }
}

/// What is unusual about a workflow: never published, changed since, or holding events.
#[component]
fn Marks(workflow: Memo<WorkflowSummary>) -> impl IntoView {
    let marks = Memo::new(move |_| {
        workflow.with(|workflow| {
            (workflow.live_version.is_none(), workflow.live_version.is_some() && workflow.draft_changed, workflow.held)
        })
    });
    move || {
        let (draft, changed, held) = marks.get();
        view! {
            <span class="flow-marks">
                {draft.then(|| view! { <Chip>{t::DRAFT}</Chip> })}
                {changed.then(|| view! { <span data-tip=t::UNPUBLISHED_ABOUT><Chip>{t::UNPUBLISHED}</Chip></span> })}
                {(held > 0)
                    .then(|| {
                        view! {
                            <span data-tip=t::HELD_ABOUT>
                                <Chip tone=Signal::stored(ChipTone::Hold) glyph=Signal::stored(Some(Glyph::Pause))>{t::held(held)}</Chip>
                            </span>
                        }
                    })}
            </span>
        }
    }
}

#[component]
fn LastRun(workflow: Memo<WorkflowSummary>) -> impl IntoView {
    let last = Memo::new(move |_| workflow.with(|workflow| workflow.last_run.clone()));
    move || match last.get() {
        None => view! { <span class="muted">{t::NEVER_RAN}</span> }.into_any(),
        Some(run) => {
            let (tone, glyph, words) = run_look(run.status, Control::Active, None);
            view! {
                <A href=format!("/runs/{}", run.id) attr:class="run-link">
                    <span class=format!("run-state {}", tone.class())><Icon glyph/>{words}</span>
                    <span class="muted"><TimeAgo at=run.at/></span>
                </A>
            }
            .into_any()
        }
    }
}

#[component]
fn LastDay(workflow: Memo<WorkflowSummary>) -> impl IntoView {
    let id = workflow.with_untracked(|workflow| workflow.id);
    let counts = Memo::new(move |_| workflow.with(|workflow| (workflow.runs_24h, workflow.failures_24h)));
    move || {
        let (runs, failures) = counts.get();
        view! {
            <span class:muted=runs == 0 class="num">{t::runs(runs)}</span>
            {(failures > 0)
                .then(|| {
                    let href = format!("/runs?workflow={id}&status=failed&range=24h");
                    view! { <A href attr:class="fail-link">{t::failed(failures)}</A> }
                })}
        }
    }
}

#[component]
fn RowMenu(
    workflow: Memo<WorkflowSummary>,
    renaming: RwSignal<Option<About>>,
    tagging: RwSignal<Option<(About, Vec<String>)>>,
    deleting: RwSignal<Option<About>>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let navigate = StoredValue::new_local(use_navigate());
    let about = move || workflow.with_untracked(|workflow| About { id: workflow.id, name: workflow.name.clone() });
    let go = move |path: String| navigate.with_value(|navigate| navigate(&path, Default::default()));
    view! {
        <Menu label=t::actions(&about().name)>
            <MenuItem glyph=Glyph::Flow on_choose=move |()| go(format!("/workflows/{}", about().id))>{t::OPEN}</MenuItem>
            <MenuItem glyph=Glyph::List on_choose=move |()| go(format!("/runs?workflow={}", about().id))>{t::SEE_RUNS}</MenuItem>
            <MenuItem glyph=Glyph::Chart on_choose=move |()| go(format!("/?workflow={}", about().id))>{t::SEE_FIGURES}</MenuItem>
            <MenuItem glyph=Glyph::Download on_choose=move |()| export(about().id, toasts)>{t::EXPORT}</MenuItem>
            <MenuItem glyph=Glyph::Copy on_choose=move |()| copy_text(about().id, toasts)>{import::COPY}</MenuItem>
            <Show when=move || session.may(Role::Maker)>
                <MenuItem glyph=Glyph::Plus on_choose=move |()| duplicate(about().id, toasts, on_changed)>{import::DUPLICATE}</MenuItem>
                <MenuItem glyph=Glyph::Edit on_choose=move |()| renaming.set(Some(about()))>{t::RENAME}</MenuItem>
                <MenuItem glyph=Glyph::Tag on_choose=move |()| tagging.set(Some((about(), workflow.with_untracked(|workflow| workflow.tags.clone()))))>
                    {t::EDIT_TAGS}
                </MenuItem>
            </Show>
            <Show when=move || session.may(Role::Operator)>
                <MenuRule/>
                <MenuItem glyph=Glyph::Trash danger=true on_choose=move |()| deleting.set(Some(about()))>{t::DELETE}</MenuItem>
            </Show>
        </Menu>
    }
}
