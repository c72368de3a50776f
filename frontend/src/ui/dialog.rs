use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

use super::{Button, Glyph, IconButton, Tone};
use crate::text;

/// The switch of a dialog that is open while there is something it is about; closing it lets go of that.
pub fn open_while<T: Send + Sync + 'static>(about: RwSignal<Option<T>>) -> RwSignal<bool> {
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if about.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            about.set(None);
        }
    });
    open
}

/// A modal dialog. The browser keeps the focus inside, closes it on Escape and gives the focus back.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(optional)] wide: bool,
    /// No way out but its own buttons.
    #[prop(optional)]
    firm: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    view! {
        <Show when=move || open.get()>
            <Opened open title wide firm>
                {children.with_value(|children| children())}
            </Opened>
        </Show>
    }
}

#[component]
fn Opened(open: RwSignal<bool>, title: Signal<String>, wide: bool, firm: bool, children: Children) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = node.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let cancel = move |event: ev::Event| {
        if firm {
            event.prevent_default();
        }
    };
    let outside = move |event: ev::MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok());
        let hit = node.get_untracked().is_some_and(|dialog| dialog.is_same_node(target.as_ref()));
        if hit && !firm {
            open.set(false);
        }
    };
    view! {
        <dialog
            node_ref=node
            class="dialog"
            class:wide=wide
            aria-label=title
            on:cancel=cancel
            on:close=move |_| open.set(false)
            on:mousedown=outside
        >
            <div class="dialog-in">
                <header class="dialog-head">
                    <h2>{title}</h2>
                    {(!firm)
                        .then(|| {
                            view! {
                                <IconButton glyph=Glyph::Close label=text::ui::CLOSE.to_owned() on:click=move |_| open.set(false)/>
                            }
                        })}
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// Asks before something that cannot be undone.
#[component]
pub fn ConfirmDialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] body: Signal<String>,
    #[prop(into)] confirm: Signal<String>,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    let tone = if danger { Tone::Danger } else { Tone::Primary };
    view! {
        <Dialog open title>
            <p class="dialog-text">{body}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{text::ui::CANCEL}</Button>
                <Button tone busy on:click=move |_| on_confirm.run(())>{confirm}</Button>
            </footer>
        </Dialog>
    }
}
