//! The box of a code step: JavaScript with colours, and with marks where it cannot be read or where the last test stopped.

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen::closure::Closure;

use crate::{
    editor::{
        mapping::engine::{self, Code, CodeModule, Host, Module},
        state::use_editor,
    },
    text::{self, editor as t},
    ui::{Button, Glyph, Icon, Tone},
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Loading,
    Ready,
    Failed,
}

#[component]
pub fn CodeBox(
    source: Signal<String>,
    on_change: Callback<String>,
    /// The line (from 1) at which the last test stopped, and why.
    stopped: Signal<Option<(usize, String)>>,
) -> impl IntoView {
    let editor = use_editor();
    let place = NodeRef::<html::Div>::new();
    let phase = RwSignal::new(Phase::Loading);
    // The first line that cannot be read; 0: all can.
    let unreadable = RwSignal::new(0_u32);
    let code = StoredValue::new_local(None::<(Code, Host)>);
    let with_code = move |act: &dyn Fn(&Code)| {
        if let Some(code) = code.try_with_value(|code| code.as_ref().map(|(code, _)| code.clone())).flatten() {
            act(&code);
        }
    };
    let load = move || {
        phase.set(Phase::Loading);
        spawn_local(async move {
            let there = Module::JavaScript.load().await;
            phase.try_set(if there { Phase::Ready } else { Phase::Failed });
        });
    };
    load();
    Effect::new(move |_| {
        let (Some(place), Phase::Ready) = (place.get(), phase.get()) else { return };
        let Some(module) = Module::JavaScript.loaded::<CodeModule>() else { return };
        let may_edit = editor.may_edit.get();
        let mut host = Host::new();
        host.give("changed", Closure::<dyn Fn(String)>::new(move |new: String| on_change.run(new)));
        host.give("undo", Closure::<dyn Fn()>::new(move || editor.undo()));
        host.give("redo", Closure::<dyn Fn()>::new(move || editor.redo()));
        host.give("escape", Closure::<dyn Fn() -> bool>::new(|| false));
        host.give(
            "unreadable",
            Closure::<dyn Fn(u32)>::new(move |line: u32| {
                // Looked for again for another reason, too: then nothing has changed here.
                if unreadable.try_get_untracked() != Some(line) {
                    unreadable.try_set(line);
                }
            }),
        );
        let source = source.get_untracked();
        let options = engine::options(&[
            ("text", source.as_str()),
            ("label", t::SOURCE),
            ("placeholder", ""),
            ("unreadable", t::CODE_UNREADABLE),
            ("fixed", if may_edit { "" } else { "fixed" }),
        ]);
        let made = module.mount(&place, host.as_value(), &options);
        if let Some((before, _)) = code.try_update_value(|code| code.replace((made, host))).flatten() {
            before.destroy();
        }
    });
    Effect::new(move |_| {
        let now = source.get();
        with_code(&|code| code.set_text(&now));
    });
    Effect::new(move |_| {
        let (ready, stopped) = (phase.get() == Phase::Ready, stopped.get());
        let invalid = ready && (stopped.is_some() || unreadable.get() > 0);
        with_code(&|code| {
            let (line, message) = stopped.as_ref().map_or((0, ""), |(line, message)| (*line, message.as_str()));
            code.stopped_at(u32::try_from(line).unwrap_or(0), message);
            code.attribute("aria-invalid", invalid.then_some("true"));
        });
    });
    on_cleanup(move || {
        if let Some((code, host)) = code.try_update_value(Option::take).flatten() {
            code.destroy();
            drop(host);
        }
    });
    view! {
        <div class="code-live">
            <div node_ref=place></div>
            {move || match phase.get() {
                Phase::Ready => ().into_any(),
                Phase::Loading => view! { <pre class="code-plain" aria-busy="true">{source}</pre> }.into_any(),
                Phase::Failed => view! {
                    <pre class="code-plain">{source}</pre>
                    <p class="code-failed">
                        {t::CODE_NOT_LOADED}
                        <Button tone=Tone::Plain small=true on:click=move |_| load()>{text::ui::TRY_AGAIN}</Button>
                    </p>
                }
                    .into_any(),
            }}
        </div>
        {move || (unreadable.get() > 0).then(|| view! {
            <p class="field-problem bad"><Icon glyph=Glyph::Alert/><span>{t::code_unreadable_at(unreadable.get())}</span></p>
        })}
    }
}
