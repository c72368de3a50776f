//! Events that belong together, one after the other.

use leptos::prelude::*;
use model::Mapped;

use super::Form;
use crate::{
    editor::{mapping::MappedField, parts::Toggle},
    text::editor as t,
};

#[component]
pub fn Order(form: Form) -> impl IntoView {
    let ordered = form.part(|settings| settings.order_key.is_some());
    let key = form.part(|settings| settings.order_key.clone().unwrap_or(Mapped::text("")));
    let passes = form.part(|settings| settings.let_others_pass);
    let put = move |new: Mapped| form.change("order_key", &|settings| settings.order_key = Some(new.clone()));
    let switch = move |on: bool| {
        form.change("ordered", &|settings| {
            settings.order_key = on.then(|| Mapped::text(""));
            settings.let_others_pass &= on;
        });
    };
    view! {
        <section class="sentences" aria-label=t::ORDER_SECTION>
            <h3>{t::ORDER_SECTION}</h3>
            <Toggle label=t::KEEP_ORDER about=t::KEEP_ORDER_ABOUT on=ordered on_change=switch>
                <div class="ed-nested">
                    <MappedField label=t::ORDER_KEY.to_owned() value=key on_change=put placeholder=t::ORDER_KEY_EXAMPLE/>
                </div>
                <div class="ed-nested">
                    <Toggle
                        label=t::LET_PASS
                        about=t::LET_PASS_ABOUT
                        on=passes
                        on_change=move |on: bool| form.change("let_others_pass", &|settings| settings.let_others_pass = on)
                    />
                </div>
            </Toggle>
        </section>
    }
}
