use leptos::prelude::*;

#[component]
pub fn WorkflowsPage() -> impl IntoView {}
