use leptos::prelude::*;
use manifest::{AuthMethod, Connector, Grant};

use super::{Adding, consent::ConsentForm, sandbox::SandboxForm, typed::TypedForm};
use crate::{
    text::connect as t,
    ui::{Glyph, Icon, fresh_id},
};

/// One way to connect a service.
#[derive(Clone, Copy)]
enum Way {
    Consent(&'static AuthMethod),
    Typed(&'static AuthMethod),
    Sandbox,
}

/// Whether a person agrees at the vendor's own page.
pub fn is_consented(method: &AuthMethod) -> bool {
    method.oauth2.as_ref().is_some_and(|oauth| oauth.grant == Grant::AuthorizationCode)
}

impl Way {
    fn id(self) -> &'static str {
        match self {
            Way::Consent(method) | Way::Typed(method) => &method.id,
            Way::Sandbox => "",
        }
    }

    fn words(self, connector: &Connector) -> (Glyph, String, String) {
        match self {
            Way::Consent(method) => (Glyph::Plug, method.label.clone(), t::CONSENT_ABOUT.to_owned()),
            Way::Typed(method) => (Glyph::Key, method.label.clone(), t::typed_about(&connector.name)),
            Way::Sandbox => (Glyph::Boxes, t::SANDBOX.to_owned(), t::sandbox_about(&connector.name)),
        }
    }
}

/// A consent first: nothing has to be copied. The sandbox last.
fn ways(connector: &'static Connector, allowed: &[String]) -> Vec<Way> {
    let methods = || connector.auth.iter().filter(|method| allowed.is_empty() || allowed.contains(&method.id));
    let consents = methods().filter(|method| is_consented(method)).map(Way::Consent);
    let typed = methods().filter(|method| !is_consented(method)).map(Way::Typed);
    consents.chain(typed).chain(connector.is_data().then_some(Way::Sandbox)).collect()
}

/// The ways to connect a service, and the form of the chosen one.
#[component]
pub fn Ways(adding: Adding, connector: &'static Connector) -> impl IntoView {
    let ways = adding.asked.with_untracked(|asked| ways(connector, &asked.methods));
    let wanted = adding.returned.with_value(|returned| returned.as_ref().map(|returned| returned.draft.method.clone()));
    let at = wanted.and_then(|id| ways.iter().position(|way| way.id() == id)).unwrap_or(0);
    let chosen = RwSignal::new(at);
    let group = fresh_id("ways");
    let several = ways.len() > 1;
    let options = ways.clone().into_iter().enumerate().map(|(at, way)| {
        let (glyph, label, about) = way.words(connector);
        view! {
            <label class="option">
                <input type="radio" name=group.clone() prop:checked=move || chosen.get() == at on:change=move |_| chosen.set(at)/>
                <Icon glyph/>
                <span><b>{label}</b><small>{about}</small></span>
            </label>
        }
    });
    let options =
        several.then(|| view! { <div class="options ways" role="radiogroup" aria-label=t::WAYS>{options.collect_view()}</div> });
    let form = move || match ways.get(chosen.get()) {
        Some(Way::Consent(method)) => view! { <ConsentForm adding connector method/> }.into_any(),
        Some(Way::Typed(method)) => view! { <TypedForm adding connector method/> }.into_any(),
        Some(Way::Sandbox) => view! { <SandboxForm adding connector/> }.into_any(),
        None => {
            view! { <p class="note warn"><Icon glyph=Glyph::Alert/><span>{t::gone_method(&connector.name)}</span></p> }.into_any()
        }
    };
    view! { {options} {form} }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_comes_before_keys_and_the_sandbox_last() {
        let Some(slack) = manifest::find("slack") else { panic!("there is no Slack") };
        let all = ways(slack, &[]);
        assert!(matches!(all.first(), Some(Way::Consent(_))));
        assert!(matches!(all.last(), Some(Way::Sandbox)));
        let typed = all.iter().find(|way| matches!(way, Way::Typed(_))).map(|way| way.id().to_owned());
        let one = ways(slack, &[typed.clone().unwrap_or_default()]);
        assert_eq!(one.first().map(|way| way.id().to_owned()), typed);
        let Some(http) = manifest::find("http") else { panic!("there is no HTTP") };
        assert!(ways(http, &[]).iter().all(|way| matches!(way, Way::Typed(_))), "nobody simulates every address");
    }
}
