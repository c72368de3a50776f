use leptos::prelude::*;

/// Break and Continue have nothing to set up.
#[component]
pub fn LeaveForm(about: &'static str) -> impl IntoView {
    view! { <p class="ed-intro">{about}</p> }
}
