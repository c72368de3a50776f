//! What can be connected: read from the server once somebody has signed in, and looked up everywhere by plain functions.
//!
//! [`find`] and [`all`] may be asked at any time; what asks while it is drawn is drawn again when the answer changes. Pages that
//! make no sense without it stand in [`WithConnectors`].

use leptos::{prelude::*, reactive::graph::Observer};
use manifest::{AuthMethod, Connector};
use model::api::{Empty, ListConnectors};

use crate::{
    api::call,
    live::use_stream,
    load::{Loaded, Loader, load},
};

thread_local! {
    static KNOWN: ArcRwSignal<Option<&'static [Connector]>> = ArcRwSignal::new(at_first());
}

#[cfg(not(test))]
fn at_first() -> Option<&'static [Connector]> {
    None
}

/// Tests run without a server.
#[cfg(test)]
fn at_first() -> Option<&'static [Connector]> {
    Some(manifest::builtin())
}

fn known() -> Option<&'static [Connector]> {
    // Also asked by handlers of events, which nobody draws again.
    KNOWN.with(|known| if Observer::get().is_some() { known.get() } else { known.get_untracked() })
}

/// Every connector, in the server's order; none until they are known.
pub fn all() -> &'static [Connector] {
    known().unwrap_or_default()
}

pub fn find(id: &str) -> Option<&'static Connector> {
    all().iter().find(|connector| connector.id == id)
}

/// The name of a service for people; the id of one that is not known.
pub fn name_of(id: &str) -> String {
    find(id).map_or_else(|| id.to_owned(), |connector| connector.name.clone())
}

/// One of a connector's ways to sign in.
pub fn method(connector: &str, id: &str) -> Option<&'static AuthMethod> {
    find(connector).and_then(|connector| connector.auth_method(id))
}

#[derive(Clone, Copy)]
struct Registry(Loader<()>);

/// Reads the connectors, and again whenever the stream begins anew: a restarted server may know others. The browser asks with the
/// tag of the last answer, so that an unchanged one costs a few bytes.
pub fn provide_connectors() {
    let loader = load(|| async {
        let answer = call::<ListConnectors>((), &Empty {}, &Empty {}).await?;
        // One of a newer server that this page cannot read does not take the others away.
        let read = answer.items.into_iter().filter_map(|item| serde_json::from_value(item).ok());
        learn(read.collect());
        Ok(())
    });
    use_stream().on_reread(move || loader.reload());
    provide_context(Registry(loader));
}

/// They are few, change when a server is set up anew, and live as long as the page: forms hold on to their parts.
fn learn(read: Vec<Connector>) {
    KNOWN.with(|known| {
        if known.get_untracked() != Some(read.as_slice()) {
            known.set(Some(read.leak()));
        }
    });
}

/// The children once the connectors are known; before that the skeleton, or why they are not, with a way to try again.
#[component]
pub fn WithConnectors(#[prop(optional, into)] skeleton: Option<ViewFn>, children: ChildrenFn) -> impl IntoView {
    let Registry(loader) = expect_context();
    match skeleton {
        Some(skeleton) => view! { <Loaded loader skeleton=skeleton let:_known>{children()}</Loaded> }.into_any(),
        None => view! { <Loaded loader let:_known>{children()}</Loaded> }.into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_learned_replaces_what_was_known() {
        let two: Vec<Connector> = manifest::builtin().iter().take(2).cloned().collect();
        learn(two.clone());
        assert_eq!(all(), two);
        let before = all().as_ptr();
        learn(two.clone());
        assert_eq!(all().as_ptr(), before, "the same again changes nothing");
        assert_eq!(name_of(&two[0].id), two[0].name);
        assert_eq!((find("nowhere"), name_of("nowhere").as_str()), (None, "nowhere"));
        learn(manifest::builtin().to_vec());
        assert_eq!(all().len(), manifest::builtin().len());
    }
}
