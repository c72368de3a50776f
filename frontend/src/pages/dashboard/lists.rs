use leptos::prelude::*;
use leptos_router::components::A;
use model::api::Dashboard;

use super::place::Place;
use crate::{text::dashboard as t, ui::fresh_id};

/// A line of a short list.
#[derive(Clone)]
struct Entry {
    name: String,
    figure: String,
    href: String,
    /// 0 to 1: how much of a budget is used.
    used: Option<f64>,
}

#[component]
fn Entries(title: &'static str, nothing: &'static str, #[prop(into)] entries: Signal<Vec<Entry>>) -> impl IntoView {
    let heading = fresh_id("list");
    let named = heading.clone();
    view! {
        <section class="card dash-panel" aria-labelledby=named>
            <header class="dash-panel-head"><h2 id=heading>{title}</h2></header>
            {move || {
                let entries = entries.get();
                if entries.is_empty() {
                    return view! { <p class="dash-panel-none small muted">{nothing}</p> }.into_any();
                }
                let rows = entries.into_iter().map(row).collect_view();
                view! { <ul class="entries">{rows}</ul> }.into_any()
            }}
        </section>
    }
}

fn row(entry: Entry) -> impl IntoView {
    let meter = entry.used.map(|used| {
        let look = if used >= 0.9 {
            "meter bad"
        } else if used >= 0.7 {
            "meter warn"
        } else {
            "meter"
        };
        view! { <span class=look aria-hidden="true"><i style=format!("width:{:.0}%", used.min(1.0) * 100.0)></i></span> }
    });
    view! {
        <li>
            <A href=entry.href attr:class="entry">
                <span class="entry-name cut">{entry.name}</span>
                {meter}
                <span class="entry-figure small muted num">{entry.figure}</span>
            </A>
        </li>
    }
}

#[component]
pub fn Failing(shown: Signal<Dashboard>, place: Memo<Place>) -> impl IntoView {
    let entries = move || {
        let window = place.get().window;
        shown.with(|shown| {
            let of = |step: &model::api::StepFigures| Entry {
                name: t::step(&step.workflow_name, &step.label, step.step.as_str()),
                figure: t::failures(step.failures),
                href: format!("/runs?workflow={}&status=failed&step={}&range={window}", step.workflow, step.step),
                used: None,
            };
            shown.failing.iter().map(of).collect::<Vec<_>>()
        })
    };
    view! { <Entries title=t::FAILING_TITLE nothing=t::NO_FAILING entries=Signal::derive(entries)/> }
}

#[component]
pub fn Slowest(shown: Signal<Dashboard>) -> impl IntoView {
    let entries = move || {
        shown.with(|shown| {
            let of = |step: &model::api::StepFigures| Entry {
                name: t::step(&step.workflow_name, &step.label, step.step.as_str()),
                figure: t::slow(step.average_ms, step.longest_ms),
                href: format!("/workflows/{}", step.workflow),
                used: None,
            };
            shown.slowest.iter().map(of).collect::<Vec<_>>()
        })
    };
    view! { <Entries title=t::SLOWEST_TITLE nothing=t::NO_SLOWEST entries=Signal::derive(entries)/> }
}

#[component]
pub fn Workflows(shown: Signal<Dashboard>, place: Memo<Place>) -> impl IntoView {
    let entries = move || {
        let place = place.get();
        shown.with(|shown| {
            let of = |figures: &model::api::WorkflowFigures| Entry {
                name: figures.name.clone(),
                figure: t::workflow_counts(&figures.counts),
                href: Place { workflow: Some(figures.workflow), ..place }.address(),
                used: None,
            };
            shown.workflows.iter().map(of).collect::<Vec<_>>()
        })
    };
    let of_all = Memo::new(move |_| place.get().workflow.is_none());
    view! {
        <Show when=move || of_all.get()>
            <Entries title=t::WORKFLOWS_TITLE nothing=t::NO_WORKFLOWS entries=Signal::derive(entries)/>
        </Show>
    }
}

#[component]
pub fn Connections(shown: Signal<Dashboard>) -> impl IntoView {
    #[expect(clippy::cast_precision_loss, reason = "drawn, not counted with")]
    let entries = move || {
        shown.with(|shown| {
            let of = |figures: &model::api::ConnectionFigures| {
                let budget = figures.budget_per_minute.filter(|budget| *budget > 0);
                let calls = t::calls(figures.calls, figures.limited);
                let figure = match budget {
                    Some(budget) if figures.calls_last_minute > 0 => {
                        format!("{calls} · {}", t::budget(figures.calls_last_minute, budget))
                    }
                    _ => calls,
                };
                Entry {
                    name: figures.connection.label.clone(),
                    figure,
                    href: format!("/runs?connection={}", figures.connection.id),
                    used: budget.map(|budget| figures.calls_last_minute as f64 / budget as f64),
                }
            };
            shown.connections.iter().take(8).map(of).collect::<Vec<_>>()
        })
    };
    view! { <Entries title=t::CONNECTIONS_TITLE nothing=t::NO_CONNECTIONS entries=Signal::derive(entries)/> }
}

/// What is kept, and how much room it takes.
#[component]
pub fn StorageLine(shown: Signal<Dashboard>) -> impl IntoView {
    let line = move || {
        shown.with(|shown| {
            let kept = t::kept(shown.storage.runs, shown.storage.run_bytes);
            match shown.storage.database_bytes {
                Some(bytes) => format!("{kept}. {}", t::database(bytes)),
                None => format!("{kept}."),
            }
        })
    };
    view! { <p class="small muted dashboard-foot">{line}</p> }
}
