//! Conditions that are asked for less often.

use leptos::prelude::*;
use model::{
    api::{Empty, GetWorkflow, ListConnections},
    run::{ErrorClass, Hold},
};

use super::filter::Filter;
use crate::{
    api::call,
    load::load,
    text::{runs as t, status},
    ui::{Choice, Field, Glyph, Icon, Popover, Select},
};

/// Seconds a run may be asked to have taken.
const LONGER: [u32; 6] = [1, 10, 60, 600, 3_600, 86_400];

#[component]
pub fn Further(filter: Memo<Filter>, #[prop(into)] on_change: Callback<Filter>) -> impl IntoView {
    let trigger = move || {
        view! {
            <span>{move || filter.with(|filter| t::further(filter.further()))}</span>
            <Icon glyph=Glyph::ChevronDown/>
        }
    };
    view! {
        <Popover trigger panel_label=t::FURTHER>
            <div class="form further">
                <Conditions filter on_change/>
                <OfWorkflow filter on_change/>
            </div>
        </Popover>
    }
}

#[component]
fn Conditions(filter: Memo<Filter>, on_change: Callback<Filter>) -> impl IntoView {
    let set = move |change: &dyn Fn(&mut Filter)| {
        let mut next = filter.get_untracked();
        change(&mut next);
        on_change.run(next);
    };
    let with_any = |choices: Vec<Choice>| std::iter::once(Choice::new("", t::ANY)).chain(choices).collect::<Vec<_>>();
    let holds = with_any(Hold::ALL.iter().map(|hold| Choice::new(hold.as_str(), status::hold(*hold))).collect());
    let classes = with_any(ErrorClass::ALL.iter().map(|class| Choice::new(class.as_str(), t::error_class(*class))).collect());
    let longer = with_any(LONGER.iter().map(|seconds| Choice::new(seconds.to_string(), t::seconds(*seconds))).collect());
    let loader = load(|| async { call::<ListConnections>((), &Empty {}, &Empty {}).await });
    let connections = Memo::new(move |_| {
        let known = loader.value.with(|page| {
            let items = page.iter().flat_map(|page| &page.items);
            items.map(|connection| Choice::new(connection.id.to_string(), connection.label.clone())).collect::<Vec<_>>()
        });
        with_any(known)
    });
    view! {
        <Field label=t::WAITING_FOR.to_owned()>
            <Select
                choices=holds
                value=Signal::derive(move || filter.with(|filter| filter.hold.map_or(String::new(), |hold| hold.as_str().into())))
                on_change=move |text: String| set(&|filter| filter.hold = Hold::parse(&text))
            />
        </Field>
        <Field label=t::ERROR_CLASS.to_owned()>
            <Select
                choices=classes
                value=Signal::derive(move || filter.with(|filter| filter.error_class.map_or(String::new(), |class| class.as_str().into())))
                on_change=move |text: String| set(&|filter| filter.error_class = ErrorClass::parse(&text))
            />
        </Field>
        <Field label=t::TOOK_LONGER.to_owned()>
            <Select
                choices=longer
                value=Signal::derive(move || filter.with(|filter| filter.longer_s.map_or(String::new(), |s| s.to_string())))
                on_change=move |text: String| set(&|filter| filter.longer_s = text.parse().ok())
            />
        </Field>
        <Field label=t::CONNECTION.to_owned()>
            <Select
                choices=connections
                value=Signal::derive(move || filter.with(|filter| filter.connection.map_or(String::new(), |id| id.to_string())))
                on_change=move |text: String| set(&|filter| filter.connection = text.parse().ok())
            />
        </Field>
    }
}

/// Versions and triggers belong to one workflow.
#[component]
fn OfWorkflow(filter: Memo<Filter>, on_change: Callback<Filter>) -> impl IntoView {
    let chosen = Memo::new(move |_| filter.with(|filter| filter.workflow));
    let known = load(move || {
        let chosen = chosen.get();
        async move {
            Ok(match chosen {
                Some(id) => Some(call::<GetWorkflow>((id,), &Empty {}, &Empty {}).await?),
                None => None,
            })
        }
    });
    let versions = Memo::new(move |_| {
        let newest = known.value.with(|known| known.as_ref()?.as_ref()?.live_version).unwrap_or_default();
        let all = (1..=newest).rev().take(100).map(|n| Choice::new(n.to_string(), t::version(n)));
        std::iter::once(Choice::new("", t::ANY)).chain(all).collect::<Vec<_>>()
    });
    let triggers = Memo::new(move |_| {
        let mut choices = vec![Choice::new("", t::ANY)];
        known.value.with(|known| {
            let known = known.iter().flatten().flat_map(|workflow| &workflow.draft.triggers);
            choices.extend(known.map(|trigger| Choice::new(trigger.id.to_string(), trigger.label.clone())));
        });
        choices
    });
    let set = move |change: &dyn Fn(&mut Filter)| {
        let mut next = filter.get_untracked();
        change(&mut next);
        on_change.run(next);
    };
    view! {
        <Show when=move || chosen.get().is_some() fallback=|| view! { <p class="small muted">{t::CHOOSE_WORKFLOW}</p> }>
            <Field label=t::VERSION.to_owned()>
                <Select
                    choices=versions
                    value=Signal::derive(move || filter.with(|filter| filter.version.map_or(String::new(), |n| n.to_string())))
                    on_change=move |text: String| set(&|filter| filter.version = text.parse().ok())
                />
            </Field>
            <Field label=t::TRIGGER.to_owned()>
                <Select
                    choices=triggers
                    value=Signal::derive(move || filter.with(|filter| filter.trigger.as_ref().map_or(String::new(), ToString::to_string)))
                    on_change=move |text: String| set(&|filter| filter.trigger = (!text.is_empty()).then(|| text.as_str().into()))
                />
            </Field>
        </Show>
    }
}

/// The time a bar of the dashboard stands for, with a way to clear it.
#[component]
pub fn Ended(filter: Memo<Filter>, #[prop(into)] on_clear: Callback<()>) -> impl IntoView {
    move || {
        filter.with(|filter| filter.ended).map(|ended| {
            view! {
                <button type="button" class="btn small" data-tip=t::ALL_ENDS on:click=move |_| on_clear.run(())>
                    <span>{t::ended(ended.since, ended.until)}</span>
                    <Icon glyph=Glyph::Close/>
                </button>
            }
        })
    }
}
