use std::time::Duration;

use leptos::prelude::*;

use super::{Glyph, Icon, IconButton};
use crate::{api::Problem, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Done,
    Warning,
    Problem,
}

#[derive(Debug, Clone)]
struct Toast {
    id: u32,
    kind: Kind,
    message: String,
}

/// Short notices at the edge of the page; they leave by themselves, problems later than the rest.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u32>,
}

impl Toasts {
    pub fn done(self, message: impl Into<String>) {
        self.add(Kind::Done, message.into(), 4);
    }

    pub fn warn(self, message: impl Into<String>) {
        self.add(Kind::Warning, message.into(), 8);
    }

    pub fn problem(self, problem: &Problem) {
        self.add(Kind::Problem, problem.message.clone(), 10);
    }

    fn add(self, kind: Kind, message: String, seconds: u64) {
        let Some(id) = self.next.try_update_value(|n| {
            *n += 1;
            *n
        }) else {
            return;
        };
        self.list.update(|list| {
            list.retain(|toast| toast.message != message);
            list.push(Toast { id, kind, message });
        });
        set_timeout(move || self.remove(id), Duration::from_secs(seconds));
    }

    fn remove(self, id: u32) {
        self.list.try_update(|list| list.retain(|toast| toast.id != id));
    }
}

pub fn use_toasts() -> Toasts {
    expect_context()
}

pub fn provide_toasts() {
    provide_context(Toasts { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) });
}

#[component]
pub fn ToastLayer() -> impl IntoView {
    let toasts = use_toasts();
    let one = move |toast: Toast| {
        let (class, glyph) = match toast.kind {
            Kind::Done => ("toast ok", Glyph::Check),
            Kind::Warning => ("toast warn", Glyph::Alert),
            Kind::Problem => ("toast bad", Glyph::Alert),
        };
        view! {
            <div class=class role="status">
                <Icon glyph/>
                <span class="toast-text">{toast.message}</span>
                <IconButton glyph=Glyph::Close label=text::ui::DISMISS.to_owned() small=true on:click=move |_| toasts.remove(toast.id)/>
            </div>
        }
    };
    view! {
        <div class="toasts" aria-live="polite">
            <For each=move || toasts.list.get() key=|toast| toast.id children=one/>
        </div>
    }
}
