//! Whole workflows to start from, each tried at once with simulated services.

use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use model::{
    Role,
    api::{
        CreateFromTemplate, Empty, FromTemplate, ListRuns, ListTemplates, MakeHappen, Publish, PublishWorkflow, RunsQuery,
        Template, WantedHappening, Workflow,
    },
    ids::RunId,
};

use crate::{
    api::{Problem, call},
    editor::testing::pause,
    load::{Loaded, load},
    session::use_session,
    text::workflows as t,
    ui::{Button, Dialog, SearchInput, StepTile, Tone, use_toasts},
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
                    let to = to.map_or_else(|| format!("/workflows/{}", workflow.id), |run| format!("/runs/{run}"));
                    navigate.try_with_value(|navigate| navigate(&to, Default::default()));
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    });
    view! {
        <p class="dialog-text">{t::TEMPLATES_LEAD}</p>
        <SearchInput value=search on_input=move |text| search.set(text) label=t::TEMPLATES_SEARCH/>
        <Loaded loader let:templates>
            <ul class="templates">
                {move || {
                    let wanted = search.with(|text| text.trim().to_lowercase());
                    let found = templates.get().items.into_iter().filter(|template| fits(template, &wanted));
                    found.map(|template| view! { <TemplateRow template busy make/> }).collect_view()
                }}
            </ul>
        </Loaded>
    }
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
fn TemplateRow(template: Template, busy: RwSignal<bool>, make: Callback<(String, bool)>) -> impl IntoView {
    let (id, other) = (template.id.clone(), template.id.clone());
    let Template { name, about, .. } = template.clone();
    let (to_try, to_use) = (name.clone(), name.clone());
    let tiles =
        template.connectors.iter().map(|connector| view! { <StepTile kind=connector.clone() small=true/> }).collect_view();
    view! {
        <li class="template">
            <span class="starter-tiles">{tiles}</span>
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
        for wanted in ["", "crm", "contact", "google sheets"] {
            assert!(fits(&template, wanted), "{wanted}");
        }
        assert!(!fits(&template, "slack"));
    }
}
