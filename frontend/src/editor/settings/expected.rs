//! Events that should come: whoever has a channel hears when they do not.

use leptos::prelude::*;
use model::definition::Expectation;

use super::{Form, suggested::Suggested};
use crate::{
    editor::{
        cron_field::CronField,
        parts::{Count, Toggle},
    },
    text::editor as t,
};

/// Weekdays at ten, until somebody chooses otherwise.
const BY: &str = "0 10 * * 1-5";

#[component]
pub fn Expected(form: Form) -> impl IntoView {
    let on = form.part(|settings| settings.expects.is_some());
    let events = form.part(|settings| settings.expects.as_ref().map_or(1, |expects| u64::from(expects.events)));
    let by = form.part(|settings| settings.expects.as_ref().map(|expects| expects.by.clone()).unwrap_or_default());
    let change = move |key: &str, edit: &dyn Fn(&mut Expectation)| {
        form.change(key, &|settings| {
            if let Some(expects) = &mut settings.expects {
                edit(expects);
            }
        });
    };
    let switch = move |on: bool| {
        form.change("expects", &|settings| settings.expects = on.then(|| Expectation { events: 1, by: BY.to_owned() }));
    };
    view! {
        <section class="sentences" aria-label=t::EXPECTED_SECTION>
            <h3>{t::EXPECTED_SECTION}</h3>
            <Suggested form/>
            <Toggle label=t::EXPECT about=t::EXPECT_ABOUT on on_change=switch>
                <div class="sentence">
                    <span>{t::AT_LEAST}</span>
                    <Count
                        label=t::EXPECT
                        value=events
                        on_change=move |n| change("expected", &|expects| expects.events = u32::try_from(n).unwrap_or(u32::MAX))
                        most=1_000_000
                    />
                    <span>{t::EVENTS_BY}</span>
                </div>
                <div class="ed-nested">
                    <CronField value=by on_change=move |cron: String| change("expected_by", &|expects| expects.by.clone_from(&cron))/>
                </div>
            </Toggle>
        </section>
    }
}
