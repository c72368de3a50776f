//! How a delivery proves where it comes from, and the secret for it.

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Empty, SetTriggerSecret, TriggerSecret},
    definition::{Signature, TriggerKind, Verify},
    ids::TriggerId,
};

use crate::{
    api::call,
    editor::{problems::FieldProblems, save, state::use_editor},
    text::editor as t,
    ui::{Button, Chip, ChipTone, Choice, Glyph, PasswordInput, Select, Tone, use_toasts},
};

#[component]
pub fn VerifyField(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let id = StoredValue::new(id);
    let verify = Memo::new(move |_| match editor.trigger(&id.get_value()).map(|trigger| trigger.kind) {
        Some(TriggerKind::Webhook(hook)) => hook.verify,
        _ => Verify::None,
    });
    let put = move |new: Verify| {
        editor.update_trigger(&id.get_value(), "verify", |trigger| {
            if let TriggerKind::Webhook(hook) = &mut trigger.kind {
                hook.verify = new;
            }
        });
    };
    let kind = Memo::new(move |_| match verify.get() {
        Verify::None => "none",
        Verify::SharedSecret { .. } => "secret",
        Verify::Hmac(_) => "hmac",
    });
    let choose = move |new: String| {
        put(match new.as_str() {
            "secret" => Verify::SharedSecret { header: "X-Webhook-Secret".into() },
            "hmac" => {
                Verify::Hmac(Signature { header: "X-Signature-256".into(), prefix: "sha256=".into(), encoding: "hex".into() })
            }
            _ => Verify::None,
        })
    };
    let header = Signal::derive(move || match verify.get() {
        Verify::SharedSecret { header } | Verify::Hmac(Signature { header, .. }) => header,
        Verify::None => String::new(),
    });
    let type_header = move |event| {
        let new = event_target_value(&event);
        put(match verify.get_untracked() {
            Verify::SharedSecret { .. } => Verify::SharedSecret { header: new },
            Verify::Hmac(signature) => Verify::Hmac(Signature { header: new, ..signature }),
            Verify::None => Verify::None,
        });
    };
    let signature = move || match verify.get() {
        Verify::Hmac(signature) => signature,
        _ => Signature { header: String::new(), prefix: String::new(), encoding: "hex".into() },
    };
    let change_signature = move |edit: &dyn Fn(&mut Signature)| {
        if let Verify::Hmac(mut signature) = verify.get_untracked() {
            edit(&mut signature);
            put(Verify::Hmac(signature));
        }
    };
    let has_secret = Memo::new(move |_| {
        editor.meta.with(|meta| meta.hooks.iter().any(|hook| hook.trigger == id.get_value() && hook.has_secret))
    });
    let set_secret = Callback::new(move |set: bool| {
        editor.meta.try_update(|meta| {
            meta.hooks.iter_mut().filter(|hook| hook.trigger == id.get_value()).for_each(|hook| hook.has_secret = set)
        });
    });
    let choices =
        vec![Choice::new("none", t::VERIFY_NONE), Choice::new("secret", t::VERIFY_SECRET), Choice::new("hmac", t::VERIFY_HMAC)];
    let encodings = vec![Choice::new("hex", "hex"), Choice::new("base64", "base64")];
    view! {
        <div class="ed-field" data-field="verify">
            <div class="ed-label"><span>{t::VERIFY}</span></div>
            <Select value=Signal::derive(move || kind.get().to_owned()) on_change=choose choices=Signal::stored(choices) label=t::VERIFY/>
            {move || match kind.get() {
                "none" => view! { <p class="ed-hint">{t::VERIFY_NONE_HINT}</p> }.into_any(),
                kind => view! {
                    <div class="ed-box">
                        <label class="ed-inline">
                            <span>{t::HEADER_NAME}</span>
                            <input class="input" prop:value=header on:input=type_header spellcheck="false"/>
                        </label>
                        {(kind == "hmac").then(|| view! {
                            <label class="ed-inline">
                                <span>{t::SIGNATURE_PREFIX}</span>
                                <input
                                    class="input"
                                    spellcheck="false"
                                    prop:value=move || signature().prefix
                                    on:input=move |event| {
                                        let new = event_target_value(&event);
                                        change_signature(&|signature| signature.prefix = new.clone());
                                    }
                                />
                            </label>
                            <div class="ed-inline">
                                <span>{t::SIGNATURE_ENCODING}</span>
                                <Select
                                    value=Signal::derive(move || signature().encoding)
                                    on_change=move |new: String| change_signature(&|signature| signature.encoding = new.clone())
                                    choices=Signal::stored(encodings.clone())
                                    label=t::SIGNATURE_ENCODING
                                />
                            </div>
                        })}
                        <SecretField id=id.get_value() has=has_secret on_set=set_secret/>
                    </div>
                }.into_any(),
            }}
            <FieldProblems at="verify"/>
        </div>
    }
}

/// The secret itself: written once, never shown.
#[component]
pub fn SecretField(
    id: TriggerId,
    #[prop(into)] has: Signal<bool>,
    /// It was set, or taken away.
    #[prop(into)]
    on_set: Callback<bool>,
) -> impl IntoView {
    let editor = use_editor();
    let toasts = use_toasts();
    let id = StoredValue::new(id);
    let (value, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
    let send = move |secret: Option<String>| {
        busy.set(true);
        spawn_local(async move {
            // The server must know the trigger before it can keep a secret for it.
            save::settled(editor).await;
            let set = secret.is_some();
            let answer = call::<SetTriggerSecret>((editor.id, id.get_value()), &Empty {}, &TriggerSecret { secret }).await;
            busy.try_set(false);
            match answer {
                Ok(_) => {
                    value.try_set(String::new());
                    on_set.run(set);
                    toasts.done(if set { t::SECRET_KEPT } else { t::SECRET_REMOVED });
                }
                Err(problem) => toasts.problem(&problem),
            }
        });
    };
    view! {
        <div class="ed-inline">
            <span>{t::SECRET}</span>
            <div class="with-button">
                <PasswordInput value on_input=move |new| value.set(new) autocomplete="off" placeholder=t::SECRET_EXAMPLE/>
                <Button busy disabled=Signal::derive(move || value.with(String::is_empty)) on:click=move |_| send(Some(value.get_untracked()))>{t::KEEP_SECRET}</Button>
            </div>
        </div>
        {move || if has.get() {
            view! {
                <p class="secret-state">
                    <Chip tone=ChipTone::Ok glyph=Some(Glyph::Lock)>{t::SECRET_IS_SET}</Chip>
                    <Button small=true tone=Tone::Ghost on:click=move |_| send(None)>{t::TAKE_SECRET_AWAY}</Button>
                </p>
            }.into_any()
        } else {
            view! { <p class="field-problem warn">{t::SECRET_MISSING}</p> }.into_any()
        }}
    }
}
