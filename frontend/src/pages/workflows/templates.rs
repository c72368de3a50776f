//! Whole workflows to start from, each tried at once with simulated services.

use std::collections::BTreeSet;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    components::A,
    hooks::{use_navigate, use_query_map},
};
use model::{
    Role,
    api::{
        CreateFromTemplate, Empty, FromTemplate, ListRuns, ListTemplates, MakeHappen, Publish, PublishWorkflow, RunsQuery,
        Template, WantedHappening, Workflow,
    },
    ids::{RunId, WorkflowId},
};

use super::sketch::Sketch;
use crate::{
    api::{Problem, call, encode},
    connectors,
    editor::{mine, testing::pause},
    load::{Loaded, load},
    session::use_session,
    text::{editor::mine as mine_text, workflows as t},
    ui::{Button, Dialog, Glyph, Icon, SearchInput, StepTile, Tone, use_toasts},
};

/// So often, and with such a pause in milliseconds, a run is looked for that starts a moment after its event.
const RUN_LOOKS: u32 = 60;
const RUN_PAUSE_MS: u64 = 250;

#[component]
pub fn TemplatesDialog(open: RwSignal<bool>) -> impl IntoView {
    view! { <Dialog open title=t::TEMPLATES wide=true><TemplateList/></Dialog> }
}

#[component]
fn TemplateList() -> impl IntoView {
    let loader = load(|| async { call::<ListTemplates>((), &Empty {}, &Empty {}).await });
    let search = RwSignal::new(String::new());
    let (toasts, session, busy) = (use_toasts(), use_session(), RwSignal::new(false));
    let navigate = StoredValue::new_local(use_navigate());
    let make = Callback::new(move |(template, sandbox): (String, bool)| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let of = template.clone();
        spawn_local(async move {
            match call::<CreateFromTemplate>((), &Empty {}, &FromTemplate { template, sandbox, name: None }).await {
                Ok(workflow) => {
                    // Who may not publish sees the workflow, and tests it there.
                    let goes_live = sandbox && session.may(Role::Operator);
                    let to = if goes_live { first_run(&workflow).await } else { Ok(None) };
                    let to = to.unwrap_or_else(|problem| {
                        toasts.problem(&problem);
                        None
                    });
                    let to = match to {
                        Some(run) => format!("/runs/{run}?template={}", encode(&of)),
                        None if sandbox => format!("/workflows/{}", workflow.id),
                        None => mine::href(workflow.id, &of),
                    };
                    navigate.try_with_value(|navigate| navigate(&to, Default::default()));
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    });
    let services = RwSignal::new(BTreeSet::<String>::new());
    let chip = move |service: String| {
        let (of, to) = (service.clone(), service.clone());
        let on = Memo::new(move |_| services.with(|services| services.contains(&of)));
        let press = move |_| {
            services.update(|services| {
                if !services.remove(&to) {
                    services.insert(to.clone());
                }
            });
        };
        let name = connectors::name_of(&service);
        view! {
            <li>
                <button type="button" class="service-chip" aria-pressed=move || on.get().to_string() on:click=press>
                    <StepTile kind=service small=true/><span>{name}</span>
                </button>
            </li>
        }
    };
    view! {
        <p class="dialog-text">{t::TEMPLATES_LEAD}</p>
        <SearchInput value=search on_input=move |text| search.set(text) label=t::TEMPLATES_SEARCH/>
        <Loaded loader let:templates>
            {
                let found = Memo::new(move |_| {
                    let wanted = search.with(|text| text.trim().to_lowercase());
                    let all = templates.get().items.into_iter();
                    services.with(|services| {
                        let has_all = |template: &Template| services.iter().all(|service| template.connectors.contains(service));
                        all.filter(|template| fits(template, &wanted) && has_all(template)).collect::<Vec<_>>()
                    })
                });
                let chips = templates.with_untracked(|templates| by_use(&templates.items)).into_iter().map(chip).collect_view();
                view! {
                    <ul class="service-chips" aria-label=t::TEMPLATE_SERVICES>{chips}</ul>
                    <ul class="templates" aria-label=t::TEMPLATES>
                        <For each=move || found.get() key=|template| template.id.clone() let:template><TemplateCard template busy make/></For>
                    </ul>
                    <Show when=move || found.with(Vec::is_empty)><p class="dialog-text" role="status">{t::TEMPLATE_NONE}</p></Show>
                }
            }
        </Loaded>
    }
}

/// The services of all templates, those that most of them use first.
fn by_use(templates: &[Template]) -> Vec<String> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for service in templates.iter().flat_map(|template| &template.connectors) {
        match counts.iter_mut().find(|(known, _)| known == service) {
            Some((_, count)) => *count += 1,
            None => counts.push((service.clone(), 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().map(|(service, _)| service).collect()
}

/// Over a run that a template was tried with: the way to one's own accounts.
#[component]
pub fn MakeItMine(workflow: WorkflowId) -> impl IntoView {
    let session = use_session();
    let template = use_query_map().with_untracked(|query| query.get_str("template").map(str::to_owned));
    template.filter(|_| session.may(Role::Maker)).map(|template| {
        view! {
            <p class="note mine-note">
                <Icon glyph=Glyph::Sparkles/>
                <span class="grow">{mine_text::SEEN}</span>
                <A href=mine::href(workflow, &template) attr:class="btn small">{mine_text::TITLE}</A>
            </p>
        }
    })
}

/// Has the template's workflow live, makes its first event happen in the sandbox, and gives back the run that comes of it.
async fn first_run(workflow: &Workflow) -> Result<Option<RunId>, Problem> {
    let Some(trigger) = workflow.draft.triggers.first() else { return Ok(None) };
    let publish = Publish { rev: workflow.draft_rev, note: String::new(), turn_on: true };
    call::<PublishWorkflow>((workflow.id,), &Empty {}, &publish).await?;
    let wanted = WantedHappening::default();
    let happened = call::<MakeHappen>((workflow.id, trigger.id.clone()), &Empty {}, &wanted).await?;
    if let Some(run) = happened.came.iter().find_map(|came| came.run) {
        return Ok(Some(run));
    }
    // A list is looked at, and a delivery that only names its event is completed, a little later.
    let query = RunsQuery { workflow: Some(workflow.id), limit: Some(1), ..RunsQuery::default() };
    for _ in 0..RUN_LOOKS {
        let page = call::<ListRuns>((), &query, &Empty {}).await?;
        if let Some(run) = page.items.first() {
            return Ok(Some(run.id));
        }
        pause(RUN_PAUSE_MS).await;
    }
    Ok(None)
}

#[component]
fn TemplateCard(template: Template, busy: RwSignal<bool>, make: Callback<(String, bool)>) -> impl IntoView {
    let (id, other) = (template.id.clone(), template.id.clone());
    let Template { name, about, .. } = template.clone();
    let (to_try, to_use) = (name.clone(), name.clone());
    view! {
        <li class="template">
            <span class="template-sketch"><Sketch definition=template.definition/></span>
            <span class="template-words"><b>{name}</b><small>{about}</small></span>
            <span class="template-do">
                <Button small=true tone=Tone::Primary disabled=busy on:click=move |_| make.run((id.clone(), true))>
                    {t::TEMPLATE_TRY}<span class="sr-only">": "{to_try}</span>
                </Button>
                <Button small=true disabled=busy on:click=move |_| make.run((other.clone(), false))>
                    {t::TEMPLATE_USE}<span class="sr-only">": "{to_use}</span>
                </Button>
            </span>
        </li>
    }
}

/// By name, sentence or service; nothing typed finds all.
fn fits(template: &Template, wanted: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(wanted);
    has(&template.name) || has(&template.about) || template.connectors.iter().any(|connector| has(&connector.replace('_', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_found_by_name_sentence_and_service() {
        let template = Template {
            id: "a".into(),
            name: "Lead to CRM".into(),
            about: "Adds a contact.".into(),
            connectors: vec!["google_sheets".into()],
            definition: Default::default(),
            chosen: Vec::new(),
            samples: Vec::new(),
        };
        let other = Template { connectors: vec!["slack".into(), "google_sheets".into()], ..template.clone() };
        assert_eq!(by_use(&[other, template.clone()]), ["google_sheets", "slack"]);
        for wanted in ["", "crm", "contact", "google sheets"] {
            assert!(fits(&template, wanted), "{wanted}");
        }
        assert!(!fits(&template, "slack"));
    }
}
