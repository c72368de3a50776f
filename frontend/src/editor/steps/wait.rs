//! Waits for another system or for a person.

use leptos::prelude::*;
use model::{
    Mapped,
    ids::StepId,
    step::{Approval, Content, SetField, Step, StepKind, Wait, WaitFor},
};

use crate::{
    editor::{
        mapping::{MappedField, Pairs, pairs},
        parts::Gives,
        problems::FieldProblems,
        span::SpanInput,
        state::{Editor, use_editor},
    },
    text::editor as t,
    ui::{CopyButton, Glyph, Icon, Segmented},
};

#[derive(Clone, Copy)]
struct Form {
    editor: Editor,
    id: StoredValue<StepId>,
    wait: Memo<Option<Wait>>,
}

impl Form {
    fn change(self, key: &str, edit: &dyn Fn(&mut Wait)) {
        self.editor.update_kind(&self.id.get_value(), key, |kind| {
            if let StepKind::Wait(wait) = kind {
                edit(wait);
            }
        });
    }

    fn approval(self) -> Option<Approval> {
        match self.wait.get().map(|wait| wait.until) {
            Some(WaitFor::Approval(approval)) => Some(approval),
            _ => None,
        }
    }

    fn change_approval(self, key: &str, edit: &dyn Fn(&mut Approval)) {
        self.change(key, &|wait| {
            if let WaitFor::Approval(approval) = &mut wait.until {
                edit(approval);
            }
        });
    }
}

#[component]
pub fn WaitForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let wait = Memo::new(move |_| match editor.step(&of).map(|step| step.kind) {
        Some(StepKind::Wait(wait)) => Some(wait),
        _ => None,
    });
    let form = Form { editor, id: StoredValue::new(id), wait };
    let asks = Memo::new(move |_| wait.with(|wait| wait.as_ref().is_some_and(|wait| matches!(wait.until, WaitFor::Approval(_)))));
    let gives = Signal::derive(move || if asks.get() { t::APPROVAL_GIVES } else { t::CALLBACK_GIVES });
    view! {
        <p class="ed-intro">{move || if asks.get() { t::APPROVAL_INTRO } else { t::CALLBACK_INTRO }}</p>
        {move || asks.get().then(|| view! { <Question form/> })}
        <Link form/>
        <Timeout form/>
        <Gives fields=gives/>
    }
}

/// The name under which steps before this one find the link, and whether one of them uses it.
#[component]
fn Link(form: Form) -> impl IntoView {
    let Form { editor, id, .. } = form;
    let text = Signal::derive(move || {
        editor.step(&id.get_value()).map(|step| format!("{{{{ links.{} }}}}", step.slug)).unwrap_or_default()
    });
    let used = Memo::new(move |_| {
        editor.def.with(|def| {
            let slug = def.step(&id.get_value())?.slug.clone();
            Some(def.before(&id.get_value()).iter().filter_map(|id| def.step(id)).any(|step| uses_link(step, &slug)))
        })
    });
    view! {
        <div class="ed-field">
            <div class="ed-label"><span>{t::WAIT_LINK}</span></div>
            <div class="copy-line" data-testid="wait-link"><code>{text}</code><CopyButton value=text label=t::COPY_LINK small=true/></div>
            {move || match used.get() {
                Some(true) => view! { <p class="field-problem ok"><Icon glyph=Glyph::Check/><span>{t::LINK_PUT_IN}</span></p> }.into_any(),
                Some(false) => view! { <p class="field-problem todo"><Icon glyph=Glyph::Info/><span>{t::LINK_NOT_PUT_IN}</span></p> }.into_any(),
                None => ().into_any(),
            }}
            <p class="ed-hint">{t::WAIT_LINK_HINT}</p>
        </div>
    }
}

/// Whether a field of the step names the link of the wait `slug`.
fn uses_link(step: &Step, slug: &str) -> bool {
    let names = expr::Names::new();
    let path = [expr::Seg::Key(slug.to_owned())];
    step.kind.slots().into_iter().any(|slot| {
        let used = match slot.content {
            Content::Mapped(mapped) => expr::references(mapped, &names),
            Content::Condition(condition) => expr::condition_references(condition, &names),
        };
        used.iter().any(|reference| {
            // The whole of `links` hands every one of them on.
            reference.source == expr::Source::Local("links".into())
                && (reference.path.is_empty() || reference.path.starts_with(&path))
        })
    })
}

#[component]
fn Question(form: Form) -> impl IntoView {
    let question = Signal::derive(move || form.approval().map_or(Mapped::Omit, |approval| approval.question));
    let shown = Signal::derive(move || {
        let shown = form.approval().map(|approval| approval.shown).unwrap_or_default();
        pairs::object(shown.into_iter().map(|field| (field.name, field.value)).collect())
    });
    let put_shown = Callback::new(move |new: Mapped| {
        let rows = pairs::entries(&new).unwrap_or_default();
        let fields: Vec<SetField> = rows.into_iter().map(|(name, value)| SetField { name, value, required: false }).collect();
        form.change_approval("shown", &|approval| approval.shown.clone_from(&fields));
    });
    let people = Memo::new(move |_| form.approval().map(|approval| approval.people).unwrap_or_default());
    let some = RwSignal::new(people.with_untracked(|people| !people.is_empty()));
    // An undo may bring names back.
    Effect::new(move |_| {
        if people.with(|people| !people.is_empty()) {
            some.set(true);
        }
    });
    let choose = move |wanted: bool| {
        some.set(wanted);
        if !wanted {
            form.change_approval("people", &|approval| approval.people.clear());
        }
    };
    let type_people = move |event| {
        let text = event_target_value(&event);
        let list: Vec<String> =
            text.split(['\n', ',', ';', ' ']).map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
        form.change_approval("people", &|approval| approval.people.clone_from(&list));
    };
    view! {
        <MappedField
            label=t::QUESTION.to_owned()
            value=question
            on_change=move |new: Mapped| form.change_approval("question", &|approval| approval.question = new.clone())
            placeholder=t::QUESTION_EXAMPLE
            required=true
            at="question"
        />
        <Pairs label=t::SHOWN_DATA.to_owned() value=shown on_change=put_shown add=t::ADD_SHOWN hint=t::SHOWN_DATA_HINT at="shown"/>
        <div class="ed-field" data-field="people">
            <div class="ed-label"><span>{t::PEOPLE}</span></div>
            <Segmented
                tabs=vec![(false, t::PEOPLE_ANYONE.to_owned()), (true, t::PEOPLE_SOME.to_owned())]
                selected=some
                on_select=choose
                label=t::PEOPLE
            />
            {move || some.get().then(|| view! {
                <textarea
                    class="input area people"
                    rows="3"
                    aria-label=t::PEOPLE_SOME
                    placeholder=t::PEOPLE_EXAMPLE
                    spellcheck="false"
                    prop:value=people.get_untracked().join("\n")
                    on:change=type_people
                ></textarea>
            })}
            <FieldProblems at="people"/>
            <p class="ed-hint">{move || if some.get() { t::PEOPLE_SOME_HINT } else { t::PEOPLE_ANYONE_HINT }}</p>
        </div>
    }
}

#[component]
fn Timeout(form: Form) -> impl IntoView {
    let ms = Signal::derive(move || form.wait.get().map_or(0, |wait| wait.timeout_ms));
    let catches = Memo::new(move |_| form.wait.with(|wait| wait.as_ref().is_some_and(|wait| wait.timeout_body.is_some())));
    let full = Memo::new(move |_| {
        form.wait.with(|wait| wait.as_ref().is_some_and(|wait| wait.timeout_body.as_ref().is_some_and(|body| !body.is_empty())))
    });
    let choose = move |wanted: bool| {
        if wanted != catches.get_untracked() && !full.get_untracked() {
            form.change("timeout_body", &|wait| wait.timeout_body = wanted.then(Vec::new));
        }
    };
    view! {
        <div class="ed-field" data-field="timeout_ms">
            <div class="ed-label"><span>{t::WAIT_AT_MOST}</span></div>
            <SpanInput
                label=t::WAIT_AT_MOST
                ms
                on_change=move |ms: u64| form.change("timeout_ms", &|wait| wait.timeout_ms = ms.min(Wait::MAX_TIMEOUT_MS))
            />
            <FieldProblems at="timeout_ms"/>
        </div>
        <div class="ed-field" data-field="timeout_body">
            <div class="ed-label"><span>{t::WHEN_LATE}</span></div>
            <Segmented
                tabs=vec![(false, t::LATE_FAILS.to_owned()), (true, t::LATE_CARRIES_OUT.to_owned())]
                selected=catches
                on_select=choose
                label=t::WHEN_LATE
            />
            <FieldProblems at="timeout_body"/>
            {move || catches.get().then(|| view! {
                <p class="ed-hint">{if full.get() { t::LATE_STEPS_FULL } else { t::LATE_STEPS_HINT }}</p>
            })}
        </div>
    }
}
