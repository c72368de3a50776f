//! The menu of a pill: its value, what can be done with it, and where it points to.

use expr::{Part, operation::DATE_FORMATS, spans};
use leptos::{ev, html, prelude::*, task::spawn_local};
use serde_json::Value;

use super::{
    formats::{self, WhenMissing},
    origins::origin,
    pill::{Shape, print, shapes, slice, utf16},
};
use crate::{
    dom,
    editor::{data::Seen, mapping::tree::Kind, sight::use_sight, state::use_editor},
    text::{self, editor as t},
    ui::{Choice, Glyph, Icon, IconButton, Select, StepTile, coded, fresh_id, use_toasts},
};

/// Where a pill stands in its text (UTF-16 units) and on the page (pixels).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct At {
    pub from: u32,
    pub to: u32,
    pub left: f64,
    pub top: f64,
    pub bottom: f64,
}

/// Its size in pixels, at most.
const WIDE: f64 = 320.0;
const TALL: f64 = 560.0;
/// Between it and the pill, and to the window's edge.
const GAP: f64 = 6.0;

#[component]
pub fn PillMenu(
    at: At,
    text: RwSignal<String>,
    /// Puts a text in place of a piece of the field's: from, to, text.
    on_replace: Callback<(u32, u32, String)>,
    /// The pill is to point to something else: from, to.
    on_point: Callback<(u32, u32)>,
    /// The pill is to be edited as an expression: where it ends.
    on_raw: Callback<u32>,
    on_close: Callback<()>,
) -> impl IntoView {
    let editor = use_editor();
    let sight = use_sight();
    let toasts = use_toasts();
    let panel = NodeRef::<html::Div>::new();
    let to = RwSignal::new(at.to);
    let piece = Memo::new(move |_| text.with(|text| slice(text, at.from, to.get())));
    let part = Memo::new(move |_| {
        editor.names.with(|names| piece.with(|piece| spans(piece, names).into_iter().next().map(|span| span.part)))
    });
    let shape = Memo::new(move |_| {
        let seen = sight.seen.get().0;
        editor.names.with(|names| {
            piece.with(|piece| shapes(piece, &seen, names, &|source| origin(editor, &seen, source)).into_iter().next())
        })
    });
    let put = Callback::new(move |new: String| {
        let before = to.get_untracked();
        // First the end: the text that comes back is read with it.
        to.set(at.from + utf16(&new));
        on_replace.run((at.from, before, new));
    });
    let change = Callback::new(move |edit: Box<dyn Fn(&Part) -> Part>| {
        if let Some(part) = part.get_untracked() {
            put.run(editor.names.with_untracked(|names| print(edit(&part), names)));
        }
    });
    let copy = move |_| {
        let piece = piece.get_untracked();
        spawn_local(async move {
            if !dom::copy(&piece).await {
                toasts.warn(text::ui::COPY_REFUSED);
            }
        });
        on_close.run(());
    };
    let remove = move |_| {
        on_replace.run((at.from, to.get_untracked(), String::new()));
        on_close.run(());
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            on_close.run(());
        } else if !dom::within(&event, "input, select")
            && let (Some(step), Some(panel)) = (dom::step_of_key(&event.key(), false), panel.get_untracked())
        {
            event.prevent_default();
            dom::focus_by(&dom::all(&panel, "[role=menuitem]"), step);
        }
    };
    request_animation_frame(move || {
        if let Some(panel) = panel.try_get_untracked().flatten()
            && let Some(first) = dom::all(&panel, "[data-mend], [role=menuitem]").first()
        {
            let _ = first.focus();
        }
    });
    view! {
        <div
            class="pill-menu"
            role="dialog"
            aria-label=move || shape.with(|shape| shape.as_ref().map(|shape| t::pill_menu(&shape.name)).unwrap_or_default())
            tabindex="-1"
            style=place(&at)
            node_ref=panel
            data-testid="pill-menu"
            on:keydown=key
            on:mousedown=|event| if !dom::within(&event, "input, select") { event.prevent_default() }
        >
            {move || shape.get().map(|shape| view! { <Head shape on_mend=put/> })}
            <InUse part change/>
            <div class="pill-menu-list" role="menu" tabindex="0" aria-label=t::CHANGE_THE_VALUE>
                <p class="pill-menu-title" role="presentation">{t::CHANGE_THE_VALUE}</p>
                {move || {
                    let seen = sight.seen.get().0;
                    part.get().map(|part| view! { <Offers part seen change/> })
                }}
            </div>
            <Nothing part shape=shape.into() change/>
            <div class="pill-menu-acts" role="menu" aria-label=t::PILL_ACTIONS>
                <Act glyph=Glyph::Search label=t::PILL_POINT on_press=Callback::new(move |()| on_point.run((at.from, to.get_untracked())))/>
                <Act glyph=Glyph::Code label=t::PILL_RAW on_press=Callback::new(move |()| on_raw.run(to.get_untracked()))/>
                <Act glyph=Glyph::Copy label=t::PILL_COPY on_press=Callback::new(move |()| copy(()))/>
                <Act glyph=Glyph::Trash label=t::PILL_REMOVE on_press=Callback::new(move |()| remove(()))/>
            </div>
        </div>
    }
}

fn place(at: &At) -> String {
    let size = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
        value.ok().and_then(|value| value.as_f64()).unwrap_or(900.0)
    };
    let (width, height) = (size(window().inner_width()), size(window().inner_height()));
    let left = at.left.clamp(GAP, (width - WIDE - GAP).max(GAP));
    let below = height - at.bottom - 2.0 * GAP;
    if below >= TALL || below >= at.top {
        let top = (at.bottom + GAP).min(height - TALL - GAP).max(GAP);
        format!("left:{left:.0}px;top:{top:.0}px;max-height:{:.0}px", (height - top - GAP).min(TALL))
    } else {
        format!("left:{left:.0}px;bottom:{:.0}px;max-height:{:.0}px", height - at.top + GAP, (at.top - 2.0 * GAP).min(TALL))
    }
}

/// What the pill is, and what it gives.
#[component]
fn Head(shape: Shape, on_mend: Callback<String>) -> impl IntoView {
    let wrong = shape.wrong().is_some();
    let mend = shape.mend().cloned().map(|fix| {
        view! {
            <button type="button" class="btn small" data-mend on:click=move |_| on_mend.run(fix.text.clone())>
                {t::use_name(&fix.name)}
            </button>
        }
    });
    view! {
        <div class="pill-menu-head">
            <StepTile kind=shape.origin.kind.clone() small=true/>
            <div>
                <b>{shape.name.clone()}</b>
                <small>{shape.origin.label.clone()}</small>
            </div>
        </div>
        <p class="pill-menu-path"><code>{shape.source.clone()}</code></p>
        <p class="pill-menu-value" class:bad=wrong>{coded(&shape.says())}</p>
        {mend}
    }
}

type Change = Callback<Box<dyn Fn(&Part) -> Part>>;

/// The formatters there are, with their arguments.
#[component]
fn InUse(part: Memo<Option<Part>>, change: Change) -> impl IntoView {
    // Made anew only when formatters come or go: an argument that is being typed keeps its box.
    let names = Memo::new(move |_| {
        part.with(|part| {
            let all = part.as_ref().map(formats::in_use).unwrap_or_default();
            all.into_iter().map(|(at, format)| (at, format.name)).collect::<Vec<_>>()
        })
    });
    let row = move |(at, name): (usize, String)| {
        let info = formats::info(&name);
        let is_date = name == formats::DATE;
        let label = info.map_or(name, |info| info.label.to_owned());
        // Ways to write a date and offsets, in place of which others may be typed.
        let lists = [fresh_id("ways"), fresh_id("offsets")];
        let proposals = is_date.then(|| {
            let ways = DATE_FORMATS.iter().map(|way| (way.value, way.label)).collect::<Vec<_>>();
            let offsets = t::OFFSETS.to_vec();
            let list = |id: &String, all: Vec<(&'static str, &'static str)>| {
                let options = all.into_iter().map(|(value, label)| view! { <option value=value>{label}</option> });
                view! { <datalist id=id.clone()>{options.collect_view()}</datalist> }
            };
            [list(&lists[0], ways), list(&lists[1], offsets)].into_iter().collect_view()
        });
        let inputs = info.map(|info| info.args).unwrap_or_default().iter().enumerate().map(|(index, arg)| {
            let value = move || {
                part.with(|part| {
                    let all = part.as_ref().map(formats::in_use).unwrap_or_default();
                    let found =
                        all.into_iter().find(|(place, _)| *place == at).and_then(|(_, format)| format.args.get(index).cloned());
                    found.map(|value| match value {
                        Value::String(text) => text,
                        value => value.to_string(),
                    })
                })
                .unwrap_or_default()
            };
            view! {
                <input
                    class="input"
                    aria-label=*arg
                    placeholder=*arg
                    spellcheck="false"
                    autocomplete="off"
                    list=is_date.then(|| lists.get(index).cloned()).flatten()
                    prop:value=value
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        change.run(Box::new(move |part| formats::with_arg(part, at, index, &typed)));
                    }
                />
            }
        });
        view! {
            <div class="pill-format" role="group" aria-label=label.clone()>
                <span>{label.clone()}</span>
                {inputs.collect_view()}
                {proposals}
                <IconButton glyph=Glyph::Close label=t::without_format(&label) small=true on:click=move |_| change.run(Box::new(move |part| formats::without(part, at)))/>
            </div>
        }
    };
    move || {
        let names = names.get();
        (!names.is_empty()).then(|| view! { <div class="pill-formats">{names.into_iter().map(row).collect_view()}</div> })
    }
}

/// What could be done with the value, and what that would give.
#[component]
fn Offers(part: Part, seen: std::sync::Arc<Seen>, change: Change) -> impl IntoView {
    formats::offers(&part, &seen)
        .into_iter()
        .map(|offer| {
            let format = offer.format;
            view! {
                <button
                    type="button"
                    role="menuitem"
                    tabindex="-1"
                    class="pill-offer"
                    on:click=move |_| {
                        let format = format.clone();
                        change.run(Box::new(move |part| formats::with(part, format.clone())));
                    }
                >
                    <span>{offer.label}</span>
                    <em>{offer.gives}</em>
                </button>
            }
        })
        .collect_view()
}

/// What is done where there is nothing.
#[component]
fn Nothing(part: Memo<Option<Part>>, shape: Signal<Option<Shape>>, change: Change) -> impl IntoView {
    let what = Memo::new(move |_| part.with(|part| part.as_ref().and_then(formats::when_missing)));
    let number = move || shape.with_untracked(|shape| shape.as_ref().and_then(super::pill::kind) == Some(Kind::Number));
    // A value that is still being typed may be empty for a moment.
    let with_value = RwSignal::new(what.with_untracked(|what| matches!(what, Some(WhenMissing::Value(_)))));
    let chosen = Signal::derive(move || {
        let name = match what.get() {
            _ if with_value.get() => "value",
            Some(WhenMissing::Empty) => "empty",
            Some(WhenMissing::Null) => "null",
            Some(WhenMissing::Value(_)) => "value",
            Some(WhenMissing::Stop) => "stop",
            _ => "out",
        };
        name.to_owned()
    });
    let set = move |what: WhenMissing| {
        let number = number();
        change.run(Box::new(move |part| formats::with_missing(part, &what, number)));
    };
    let choose = move |name: String| {
        with_value.set(name == "value");
        set(match name.as_str() {
            "empty" | "value" => WhenMissing::Empty,
            "null" => WhenMissing::Null,
            "stop" => WhenMissing::Stop,
            _ => WhenMissing::LeaveOut,
        });
    };
    let choices = Signal::derive(move || {
        [
            ("out", t::MISSING_OUT),
            ("empty", t::MISSING_EMPTY),
            ("null", t::MISSING_NULL),
            ("value", t::MISSING_OTHER),
            ("stop", t::MISSING_STOP),
        ]
        .map(|(name, label)| Choice::new(name, label))
        .to_vec()
    });
    let label = fresh_id("missing");
    let named = label.clone();
    view! {
        <Show when=move || what.with(Option::is_some)>
            <div class="pill-missing" role="group" aria-labelledby=label.clone()>
                <span id=named.clone()>{t::WHEN_MISSING}</span>
                <Select value=chosen on_change=choose choices label=t::WHEN_MISSING.to_owned()/>
                <Show when=move || with_value.get()>
                    <input
                        class="input"
                        aria-label=t::MISSING_OTHER
                        spellcheck="false"
                        autocomplete="off"
                        prop:value=move || what.with(|what| match what {
                            Some(WhenMissing::Value(text)) => text.clone(),
                            _ => String::new(),
                        })
                        on:input=move |event| {
                            let typed = event_target_value(&event);
                            set(if typed.is_empty() { WhenMissing::Empty } else { WhenMissing::Value(typed) });
                        }
                    />
                </Show>
            </div>
        </Show>
    }
}

#[component]
fn Act(glyph: Glyph, label: &'static str, on_press: Callback<()>) -> impl IntoView {
    view! {
        <button type="button" role="menuitem" tabindex="-1" class="pill-act" on:click=move |_| on_press.run(())>
            <Icon glyph/>
            {label}
        </button>
    }
}
