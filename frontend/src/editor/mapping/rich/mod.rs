//! A text with pills. It is plain HTML until somebody goes into it; then an editor that looks the same takes its place.

mod host;
mod state;

use expr::Seg;
use leptos::{ev, html, prelude::*, task::spawn_local};
use model::Mapped;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

use self::state::State;
use super::{
    draw,
    engine::{self, JsonModule, MapperModule, Module},
    json::NoJson,
    menu::PillMenu,
    pick::Pick,
    picker::DataPicker,
    pill::utf16,
};
use crate::{
    dom,
    editor::{inspector::Subject, sight::use_sight, state::use_editor},
    text::editor as t,
    ui::{Glyph, Icon, use_toasts},
};

/// How somebody came into a field.
enum Entry {
    /// By the keyboard, or a script: everything is selected, or the caret goes to the end.
    Focus { all: bool },
    /// By a press on it.
    Press(ev::MouseEvent),
    /// With something that was dragged there.
    Drop { text: String, x: f64, y: f64 },
}

/// A text with `{{ }}` in it.
#[component]
pub fn MappedText(
    label: Signal<String>,
    text: RwSignal<String>,
    on_input: Callback<String>,
    /// Makes the value one entry per element of a list.
    #[prop(optional)]
    on_each: Option<Callback<(Mapped, Vec<Seg>)>>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional, into)] bad: Signal<bool>,
    /// The text is JSON: why it is none.
    #[prop(optional)]
    json: Option<RwSignal<Option<NoJson>>>,
) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let toasts = use_toasts();
    let placeholder = StoredValue::new(placeholder);
    let pick = use_context::<Subject>().map(|subject| Pick::new(editor, sight, subject.selected()));
    let state = State::new(editor, sight, pick);
    let State { root, open, live, menu, drawn, said, .. } = state;
    let (plain, place) = (NodeRef::<html::Div>::new(), NodeRef::<html::Div>::new());
    let top = RwSignal::new(0.0);
    let shown = Memo::new(move |_| text.with(|text| state.worth(text)));
    Effect::new(move |_| {
        let now = shown.get();
        if live.get() {
            if drawn.with_value(|drawn| *drawn != now) {
                state.with_field(|field| field.refresh());
            }
        } else if let Some(plain) = plain.get() {
            text.with(|text| draw::text(&plain, text, &now));
        }
    });
    Effect::new(move |_| {
        let now = text.get();
        state.with_field(|field| field.set_text(&now));
    });
    Effect::new(move |_| {
        let bad = bad.get();
        state.with_field(|field| field.attribute("aria-invalid", bad.then_some("true")));
    });
    // Screen readers hear the row that typing has found.
    Effect::new(move |_| {
        let row = pick.filter(|pick| open.get() && pick.typed.get()).and_then(|pick| pick.row_id());
        state.with_field(|field| field.attribute("aria-activedescendant", row.as_deref()));
    });
    if let Some(json) = json {
        Effect::new(move |_| {
            let (wrong, live) = (json.get(), live.get());
            if let Some(module) = Module::Json.loaded::<JsonModule>().filter(|_| live) {
                let (line, column) = wrong.map_or((0, 0), |no| (no.line, no.column));
                let number = |n: usize| u32::try_from(n).unwrap_or(0);
                state.with_field(|field| module.mark(&field.view(), number(line), number(column), &t::no_json(line, column)));
            }
        });
    }

    let mount = move |entry: &Entry| {
        let (Some(mapper), Some(root), Some(place)) =
            (Module::Mapper.loaded::<MapperModule>(), root.try_get_untracked().flatten(), place.try_get_untracked().flatten())
        else {
            return false;
        };
        let language = match json {
            Some(_) => match Module::Json.loaded::<JsonModule>() {
                Some(module) => module.language(),
                None => return false,
            },
            None => JsValue::UNDEFINED,
        };
        let now = text.get_untracked();
        if !state.has_field() {
            let host = host::host(state, on_input);
            // At once, not with the next effect: a press asks the browser what stands where.
            let _ = root.class_list().add_1("edited");
            let options =
                engine::options(&[("text", &now), ("label", &label.get_untracked()), ("placeholder", &placeholder.get_value())]);
            let made = mapper.mount(&place, host.as_value(), &options, &language);
            made.attribute("aria-invalid", bad.get_untracked().then_some("true"));
            top.set(root.get_bounding_client_rect().top());
            if let Some(plain) = plain.try_get_untracked().flatten() {
                plain.set_text_content(None);
            }
            state.came(made, host);
        }
        open.set(pick.is_some());
        state.with_field(|field| match entry {
            Entry::Focus { all } => {
                let end = utf16(&now);
                field.select(if *all { 0 } else { end }, end);
                field.focus();
            }
            Entry::Press(event) => field.press(event),
            Entry::Drop { text, x, y } => {
                field.focus();
                field.drop(text, *x, *y);
            }
        });
        true
    };
    // What a press needs at once, so that the browser may be kept from acting on it.
    let ready = move || {
        Module::Mapper.loaded::<MapperModule>().is_some() && (json.is_none() || Module::Json.loaded::<JsonModule>().is_some())
    };
    // What was typed while the editor was still on its way.
    let early = StoredValue::new(String::new());
    let mount = move |entry: &Entry| {
        let there = mount(entry);
        let typed = there.then(|| early.try_update_value(std::mem::take)).flatten().unwrap_or_default();
        if !typed.is_empty() {
            state.with_field(|field| field.insert(&typed));
        }
        there
    };
    let enter = move |entry: Entry| {
        if !editor.may_edit.get_untracked() || mount(&entry) {
            return;
        }
        spawn_local(async move {
            let there = Module::Mapper.load().await && (json.is_none() || Module::Json.load().await);
            // What was dropped is wanted wherever the focus has gone meanwhile.
            let wanted = matches!(entry, Entry::Drop { .. })
                || plain.try_get_untracked().flatten().is_some_and(|plain| holds_focus(&plain));
            if !there {
                toasts.warn(t::FIELD_NOT_LOADED);
            } else if wanted {
                mount(&entry);
            }
        });
    };
    on_cleanup(move || state.leave());

    let has_focus = move || root.try_get_untracked().flatten().is_some_and(|root| holds_focus(&root));
    let left = move |event: ev::FocusEvent| {
        let inside = root.try_get_untracked().flatten().is_some_and(|root| {
            event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok()).is_some_and(|to| root.contains(Some(&to)))
        });
        // Another window takes no field away, and neither does the change from the plain text to the editor.
        if inside || !document().has_focus().unwrap_or(true) || !live.get_untracked() || has_focus() {
            return;
        }
        if !dom::within(&event, ".pill-menu") {
            state.leave();
            return;
        }
        // Nor does a part of the menu that takes itself away: the focus goes to the menu as a whole.
        let from = event.target().and_then(|from| from.dyn_into::<web_sys::Node>().ok());
        spawn_local(async move {
            if has_focus() || !live.try_get_untracked().unwrap_or(false) {
                return;
            }
            let gone = from.is_some_and(|from| !from.is_connected());
            let menu = root.try_get_untracked().flatten().and_then(|root| root.query_selector(".pill-menu").ok().flatten());
            match menu {
                Some(menu) if gone => drop(menu.unchecked_into::<HtmlElement>().focus()),
                // On its way to the data.
                None if gone && open.get_untracked() => {}
                None if gone => state.with_field(|field| field.focus()),
                _ => state.leave(),
            }
        });
    };
    let back = move || state.with_field(|field| field.focus());
    let insert = Callback::new(move |piece: String| {
        state.with_field(|field| field.insert(&piece));
        back();
    });
    let close = Callback::new(move |()| {
        back();
        open.set(false);
    });
    let replace =
        Callback::new(move |(from, to, new): (u32, u32, String)| state.with_field(|field| field.replace(from, to, &new)));
    let close_menu = Callback::new(move |()| {
        menu.set(None);
        back();
    });
    let point = Callback::new(move |(from, to): (u32, u32)| {
        state.with_field(|field| field.select(from, to));
        state.search();
    });
    let as_expression = Callback::new(move |to: u32| {
        menu.set(None);
        state.with_field(|field| {
            field.set_raw(true);
            field.select(to.saturating_sub(3), to.saturating_sub(3));
        });
        back();
    });
    view! {
        <div class="mapped" class:mono=json.is_some() class:bad=bad node_ref=root on:focusout=left>
            <div class="mapped-box">
                <div
                    class="mapped-plain"
                    node_ref=plain
                    role="textbox"
                    aria-multiline="true"
                    aria-label=label
                    aria-invalid=move || bad.get().then_some("true")
                    aria-disabled=move || (!editor.may_edit.get()).then_some("true")
                    aria-placeholder=placeholder.get_value()
                    contenteditable=move || if editor.may_edit.get() { "true" } else { "false" }
                    tabindex="0"
                    dir="auto"
                    spellcheck="false"
                    data-text=text
                    data-placeholder=move || text.with(String::is_empty).then(|| placeholder.get_value())
                    on:mousedown=move |event| {
                        if event.button() == 0 && editor.may_edit.get_untracked() && ready() {
                            event.prevent_default();
                            enter(Entry::Press(event));
                        }
                    }
                    on:focus=move |_| {
                        // Whoever set the focus may be about to set the selection: what is left of both counts.
                        spawn_local(async move {
                            if let Some(plain) = plain.try_get_untracked().flatten().filter(|plain| holds_focus(plain)) {
                                enter(Entry::Focus { all: all_selected(&plain) });
                            }
                        });
                    }
                    on:beforeinput=move |event: ev::InputEvent| {
                        event.prevent_default();
                        if let Some(typed) = event.data() {
                            early.update_value(|early| early.push_str(&typed));
                        }
                    }
                    on:dragover=move |event| event.prevent_default()
                    on:drop=move |event| {
                        event.prevent_default();
                        let dragged = event.data_transfer().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
                        if !dragged.is_empty() {
                            enter(Entry::Drop { text: dragged, x: f64::from(event.client_x()), y: f64::from(event.client_y()) });
                        }
                    }
                ></div>
                <div class="mapped-live" node_ref=place on:focusin=move |_| menu.set(None)></div>
                <button
                    type="button"
                    class="mapped-open"
                    tabindex="-1"
                    aria-label=t::INSERT_DATA
                    data-tip=t::INSERT_DATA_TIP
                    on:mousedown=move |event| event.prevent_default()
                    on:click=move |_| {
                        menu.set(None);
                        if live.get_untracked() {
                            back();
                            open.set(pick.is_some());
                        } else {
                            enter(Entry::Focus { all: false });
                        }
                    }
                >
                    <Icon glyph=Glyph::Braces/>
                </button>
            </div>
            <span class="sr-only" aria-live="polite">{said}</span>
            {move || pick.filter(|_| open.get()).map(|pick| view! { <DataPicker pick top on_insert=insert on_back=Callback::new(move |()| back()) on_each on_close=close/> })}
            {move || menu.get().map(|at| view! {
                <PillMenu at text on_replace=replace on_point=point on_raw=as_expression on_close=close_menu/>
            })}
        </div>
    }
}

fn holds_focus(element: &HtmlElement) -> bool {
    document().active_element().is_some_and(|active| element.contains(Some(&active)))
}

/// Whether the browser's selection holds all that is in an element: somebody wants to write anew.
fn all_selected(element: &HtmlElement) -> bool {
    let Ok(Some(selection)) = window().get_selection() else { return false };
    let Ok(range) = selection.get_range_at(0) else { return false };
    let is_it = |node: Result<web_sys::Node, JsValue>| node.is_ok_and(|node| node.is_same_node(Some(element)));
    is_it(range.start_container())
        && is_it(range.end_container())
        && range.start_offset() == Ok(0)
        && range.end_offset() == Ok(element.child_nodes().length())
}
