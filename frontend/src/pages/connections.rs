use leptos::prelude::*;

#[component]
pub fn ConnectionsPage() -> impl IntoView {}
