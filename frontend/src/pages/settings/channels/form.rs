use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{Channel, ChannelKind, CreateChannel, Empty, ListConnections, NewChannel, QuietHours, Routing, UpdateChannel, Urgency},
    ids::ConnectionId,
};

use crate::{
    api::call,
    load::load,
    session::use_session,
    text::{alerts as t, ui},
    ui::{Button, Choice, Field, Glyph, Icon, LinkButton, PasswordInput, Select, Switch, TextArea, TextInput, Tone, use_toasts},
};

/// The connector whose connections send e-mail.
const MAIL: &str = "email";

/// A new channel, or changes to one: what is secret stays unless it is entered anew.
#[component]
pub fn ChannelForm(
    open: RwSignal<bool>,
    before: Option<Channel>,
    on_saved: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let (toasts, session) = (use_toasts(), use_session());
    let id = before.as_ref().map(|channel| channel.id);
    let kind_before = before.as_ref().map(|channel| channel.kind.name());
    let routing = before.as_ref().map(|channel| channel.routing.clone()).unwrap_or_default();
    let (mail_before, to_before) = match before.as_ref().map(|channel| &channel.kind) {
        Some(ChannelKind::Email { connection, to }) => (connection.to_string(), to.join("\n")),
        _ => (String::new(), String::new()),
    };
    let quiet = routing.quiet.clone();
    let name = RwSignal::new(before.as_ref().map(|channel| channel.name.clone()).unwrap_or_default());
    let kind = RwSignal::new(kind_before.unwrap_or("slack").to_owned());
    let (url, secret) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (mail, to) = (RwSignal::new(mail_before), RwSignal::new(to_before));
    let urgent = RwSignal::new(routing.least == Urgency::Urgent);
    let from = RwSignal::new(quiet.as_ref().map(|quiet| quiet.from.clone()).unwrap_or_default());
    let until = RwSignal::new(quiet.as_ref().map(|quiet| quiet.to.clone()).unwrap_or_default());
    let enabled = RwSignal::new(before.as_ref().is_none_or(|channel| channel.enabled));
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let is_mail = Memo::new(move |_| kind.with(|kind| kind == MAIL));
    let is_own = Memo::new(move |_| kind.with(|kind| kind == "webhook"));
    // A new address is needed for a new channel, and for one that becomes of another kind.
    let needs_url = Memo::new(move |_| !is_mail.get() && kind_before.is_none_or(|before| kind.with(|kind| kind != before)));

    let accounts = load(|| async { call::<ListConnections>((), &Empty {}, &Empty {}).await });
    let mails = Memo::new(move |_| {
        let of = |known: &Option<model::api::Connections>| {
            let items = known.iter().flat_map(|known| &known.items).filter(|one| one.connector == MAIL);
            items.map(|one| Choice::new(one.id.to_string(), one.label.clone())).collect::<Vec<_>>()
        };
        accounts.value.with(of)
    });
    Effect::new(move |_| {
        // The first one is chosen where nothing is.
        if mail.with_untracked(String::is_empty)
            && let Some(first) = mails.get().first()
        {
            mail.set(first.value.clone());
        }
    });
    let wrong = move |is_wrong: bool, text: &'static str| (tried.get() && is_wrong).then(|| text.to_owned());
    let name_error = Signal::derive(move || wrong(name.with(|name| name.trim().is_empty()), t::NEED_NAME));
    let url_error = Signal::derive(move || wrong(needs_url.get() && url.with(|url| url.trim().is_empty()), t::NEED_URL));
    let mail_error = Signal::derive(move || wrong(is_mail.get() && mail.with(String::is_empty), t::NEED_CONNECTION));
    let to_error = Signal::derive(move || wrong(is_mail.get() && to.with(|to| words(to).is_empty()), t::NEED_TO));

    let workflows = StoredValue::new(routing.workflows);
    let tags = RwSignal::new(routing.tags.join(", "));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        if [name_error, url_error, mail_error, to_error].iter().any(|error| error.with_untracked(Option::is_some)) {
            return;
        }
        let kind = match kind.get_untracked().as_str() {
            MAIL => match mail.get_untracked().parse::<ConnectionId>() {
                Ok(connection) => ChannelKind::Email { connection, to: words(&to.get_untracked()) },
                Err(_) => return,
            },
            "teams" => ChannelKind::Teams,
            "discord" => ChannelKind::Discord,
            "webhook" => ChannelKind::Webhook,
            _ => ChannelKind::Slack,
        };
        let typed = |value: RwSignal<String>| Some(value.get_untracked().trim().to_owned()).filter(|value| !value.is_empty());
        let hours = match (typed(from), typed(until)) {
            (None, None) => None,
            (from, to) => Some(QuietHours {
                from: from.unwrap_or_default(),
                to: to.unwrap_or_default(),
                time_zone: session.me().map(|me| me.workspace.time_zone).unwrap_or_else(|| "UTC".into()),
            }),
        };
        let routing = Routing {
            least: if urgent.get_untracked() { Urgency::Urgent } else { Urgency::Notice },
            workflows: workflows.get_value(),
            tags: words(&tags.get_untracked()),
            quiet: hours,
        };
        let new = NewChannel {
            name: name.get_untracked().trim().to_owned(),
            routing,
            enabled: enabled.get_untracked(),
            url: if kind.has_url() { typed(url) } else { None },
            secret: if matches!(kind, ChannelKind::Webhook) { typed(secret) } else { None },
            kind,
        };
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let answer = match id {
                None => call::<CreateChannel>((), &Empty {}, &new).await,
                Some(id) => call::<UpdateChannel>((id,), &Empty {}, &new).await,
            };
            match answer {
                Ok(_) => {
                    toasts.done(t::SAVED);
                    open.try_set(false);
                    on_saved();
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let kinds: Vec<Choice> = t::KINDS.iter().map(|(id, label)| Choice::new(*id, *label)).collect();
    let least = vec![Choice::new("", t::LEAST_ALL), Choice::new("urgent", t::LEAST_URGENT)];
    let hint = move || {
        let keep = if needs_url.get() { "" } else { t::URL_KEEP };
        Some(format!("{} {keep}", t::URL_HINT).trim_end().to_owned())
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::NAME error=name_error>
                <TextInput value=name on_input=move |v| name.set(v) autofocus=true/>
            </Field>
            <Field label=t::KIND>
                <Select choices=kinds value=kind on_change=move |value| kind.set(value)/>
            </Field>
            <Show when=move || is_mail.get()>
                <Show
                    when=move || !mails.with(Vec::is_empty)
                    fallback=|| view! {
                        <div class="note">
                            <Icon glyph=Glyph::Info/>
                            <span class="grow">{t::NO_MAIL}</span>
                            <LinkButton href="/connections">{t::ADD_MAIL}</LinkButton>
                        </div>
                    }
                >
                    <Field label=t::CONNECTION error=mail_error>
                        <Select choices=mails value=mail on_change=move |value| mail.set(value)/>
                    </Field>
                </Show>
                <Field label=t::TO hint=t::TO_HINT.to_owned() error=to_error>
                    <TextArea value=to on_input=move |v| to.set(v) rows=2/>
                </Field>
            </Show>
            <Show when=move || !is_mail.get()>
                <Field label=t::URL hint=Signal::derive(hint) error=url_error>
                    <PasswordInput value=url on_input=move |v| url.set(v) autocomplete="off"/>
                </Field>
            </Show>
            <Show when=move || is_own.get()>
                <Field label=t::SECRET hint=t::SECRET_HINT.to_owned() optional=true>
                    <PasswordInput value=secret on_input=move |v| secret.set(v) autocomplete="off"/>
                </Field>
            </Show>
            <Field label=t::LEAST>
                <Select
                    choices=least
                    value=Signal::derive(move || if urgent.get() { "urgent".to_owned() } else { String::new() })
                    on_change=move |value: String| urgent.set(!value.is_empty())
                />
            </Field>
            <Field label=t::TAGS hint=t::TAGS_HINT.to_owned() optional=true>
                <TextInput value=tags on_input=move |v| tags.set(v)/>
            </Field>
            <fieldset class="pair">
                <legend class="field-label">{t::QUIET}</legend>
                <Field label=t::QUIET_FROM><TextInput value=from on_input=move |v| from.set(v) placeholder="22:00"/></Field>
                <Field label=t::QUIET_TO><TextInput value=until on_input=move |v| until.set(v) placeholder="07:00"/></Field>
                <p class="small muted">{t::QUIET_HINT}</p>
            </fieldset>
            <label class="switch-row">
                <Switch on=enabled label=t::ENABLED.to_owned() on_change=move |on| enabled.set(on)/>
                <span>{t::ENABLED}</span>
            </label>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{ui::SAVE}</Button>
            </footer>
        </form>
    }
}

/// One per line; commas do as well.
fn words(text: &str) -> Vec<String> {
    text.split(['\n', ',', ';']).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn people_are_taken_as_they_are_typed() {
        assert_eq!(words(" a@b.example,\n\nc@d.example; "), ["a@b.example", "c@d.example"]);
        assert!(words(" \n").is_empty());
    }
}
