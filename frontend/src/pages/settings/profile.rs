use leptos::prelude::*;

use super::Section;
use crate::{
    session::use_session,
    text::{account, settings as t},
};

#[component]
pub fn ProfileSection() -> impl IntoView {
    let session = use_session();
    view! {
        <Section title=t::PROFILE>
            {move || {
                session
                    .me()
                    .map(|me| {
                        let (name, email) = me.user.map(|user| (user.name, user.email)).unwrap_or_default();
                        let facts = [
                            (account::NAME, name),
                            (account::EMAIL, email),
                            (t::WORKSPACE, me.workspace.name),
                            (t::TIME_ZONE, me.workspace.time_zone),
                            (t::ROLE, t::role(me.role).to_owned()),
                            (t::ADDRESS, me.public_url),
                            (t::VERSION, me.version),
                        ];
                        let rows = facts
                            .into_iter()
                            .filter(|(_, value)| !value.is_empty())
                            .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                            .collect_view();
                        view! { <dl class="facts">{rows}</dl> }
                    })
            }}
        </Section>
    }
}
