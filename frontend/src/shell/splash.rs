use leptos::prelude::*;

use crate::{text, ui::Logo};

/// The first moment, before it is known who is there.
#[component]
pub fn Splash() -> impl IntoView {
    view! { <div class="splash" role="status" aria-label=text::ui::LOADING><Logo/></div> }
}
