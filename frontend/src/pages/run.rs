use leptos::prelude::*;

#[component]
pub fn RunPage() -> impl IntoView {}

#[component]
pub fn NoRun() -> impl IntoView {}
