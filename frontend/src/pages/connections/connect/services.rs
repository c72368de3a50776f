use leptos::{html, prelude::*};
use manifest::Connector;

use crate::{
    connectors, dom,
    text::connect as t,
    ui::{EmptyState, Glyph, SearchInput, StepTile},
};

/// Any service with an address, last: it is for what has no connector of its own.
const ANY: &str = "http";

/// Services with something to sign in to, those whose name begins with the words first.
fn found(words: &str) -> Vec<&'static Connector> {
    let words = words.trim().to_lowercase();
    let place = |connector: &Connector| {
        let name = connector.name.to_lowercase();
        if name.starts_with(&words) {
            Some(0)
        } else if name.contains(&words) || connector.id.contains(&words) {
            Some(1)
        } else {
            let about = connector.description.to_lowercase();
            (about.contains(&words) || connector.categories.iter().any(|one| one.contains(&words))).then_some(2)
        }
    };
    let all = connectors::all().iter().filter(|connector| !connector.auth.is_empty());
    let mut found: Vec<_> = all.filter_map(|connector| Some((place(connector)?, connector))).collect();
    found.sort_by_key(|(place, connector)| (connector.id == ANY, *place, connector.name.to_lowercase()));
    found.into_iter().map(|(_, connector)| connector).collect()
}

/// The services as a grid that is searched while somebody types.
#[component]
pub fn Services(#[prop(into)] on_choose: Callback<String>) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let shown = Memo::new(move |_| words.with(|words| found(words).into_iter().map(|one| one.id.clone()).collect::<Vec<_>>()));
    let (place, grid) = (NodeRef::<html::Div>::new(), NodeRef::<html::Ul>::new());
    // A dialog gives its focus to its first button; here somebody wants to type.
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            request_animation_frame(move || {
                if let Some(input) = dom::all(&place, "input").first() {
                    let _ = input.focus();
                }
            });
        }
    });
    let key = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter"
            && dom::within(&event, "input")
            && let Some(first) = shown.with_untracked(|shown| shown.first().cloned())
        {
            event.prevent_default();
            on_choose.run(first);
        } else if let (Some(step), Some(grid)) = (dom::step_of_key(&event.key(), false), grid.get_untracked())
            && !(dom::within(&event, "input") && matches!(step, dom::Step::First | dom::Step::Last))
        {
            event.prevent_default();
            dom::focus_by(&dom::all(&grid, "button"), step);
        }
    };
    let all = move || connectors::all().iter().filter(|connector| !connector.auth.is_empty()).count();
    view! {
        <div class="services-box" node_ref=place on:keydown=key>
            <SearchInput value=words on_input=move |new| words.set(new) label=t::SEARCH/>
            <p class="sr-only" role="status">{move || t::service_count(shown.with(Vec::len), all())}</p>
            <Show when=move || shown.with(Vec::is_empty)>
                <EmptyState glyph=Glyph::Search title=t::NO_SERVICE_TITLE.to_owned() body=t::NO_SERVICE.to_owned()/>
            </Show>
            <ul class="services" node_ref=grid>
                <For
                    each=move || shown.get()
                    key=|id| id.clone()
                    children=move |id| {
                        let connector = connectors::find(&id);
                        let name = connector.map(|one| one.name.clone());
                        let (chosen, kind) = (id.clone(), id.clone());
                        let about = connector.map(|one| one.description.clone());
                        view! {
                            <li>
                                <button type="button" class="service" data-service=id on:click=move |_| on_choose.run(chosen.clone())>
                                    <StepTile kind=kind/>
                                    <span><b>{name}</b><small>{about}</small></span>
                                </button>
                            </li>
                        }
                    }
                />
            </ul>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_name_first_and_any_service_comes_last() {
        let ids = |words: &str| found(words).iter().map(|one| one.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids("sla").first(), Some(&"slack"));
        assert_eq!(ids("").last(), Some(&"http"));
        assert!(ids(" GMAIL ").contains(&"gmail"));
        assert!(ids("no such service").is_empty());
    }
}
