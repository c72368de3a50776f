use leptos::prelude::*;

#[component]
pub fn RunsPage() -> impl IntoView {}
