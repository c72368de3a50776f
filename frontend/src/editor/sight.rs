//! What the fields that are being edited can see: the workflow's data, and the names of the loops and lists around them.

use std::sync::Arc;

use leptos::prelude::*;
use model::ids::{ArmId, StepId};

use super::{
    data::Seen,
    inspector::Subject,
    scope::Local,
    state::{Editor, Known, Selected, use_editor},
};

/// Found in the context by every field.
#[derive(Clone, Copy)]
pub struct Sight {
    pub seen: Memo<Known>,
    /// What has run when the field is evaluated, beside the steps before the subject.
    pub after: StoredValue<After>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    Nothing,
    /// A body of the subject.
    Body(ArmId),
    /// The whole run.
    Run,
}

impl Sight {
    fn new(editor: Editor, see: impl Fn(&Seen) -> Seen + Send + Sync + 'static, after: After) -> Self {
        let seen = Memo::new(move |_| Known(Arc::new(see(&editor.seen.get().0))));
        Sight { seen, after: StoredValue::new(after) }
    }

    /// Of the fields of what the inspector shows.
    pub fn of(editor: Editor, selected: &Selected) -> Self {
        match selected {
            Selected::Step(id) => {
                let id = id.clone();
                Sight::new(editor, move |seen| seen.at(&id), After::Nothing)
            }
            Selected::Trigger(_) => Sight { seen: editor.seen, after: StoredValue::new(After::Nothing) },
        }
    }

    /// The same with one more name.
    pub fn with(self, local: impl Fn(&Seen) -> Local + Send + Sync + 'static) -> Self {
        let outer = self.seen;
        let seen = Memo::new(move |_| {
            let seen = outer.get().0;
            let local = local(&seen);
            Known(Arc::new((*seen).clone().with(local)))
        });
        Sight { seen, after: self.after }
    }
}

/// What the fields here see; outside the inspector, what the workflow's top level sees.
pub fn use_sight() -> Sight {
    use_context::<Sight>().unwrap_or_else(|| Sight { seen: use_editor().seen, after: StoredValue::new(After::Nothing) })
}

/// Fields that are evaluated when a body of the step has run.
#[component]
pub fn AfterBody(body: ArmId, children: Children) -> impl IntoView {
    let editor = use_editor();
    if let Some(Selected::Step(id)) = use_context::<Subject>().map(Subject::selected) {
        let of: StepId = id;
        let see = move |seen: &Seen| editor.def.with(|def| seen.after(def, &of));
        provide_context(Sight::new(editor, see, After::Body(body)));
    }
    children()
}

/// Fields that are evaluated when the run has gone through.
#[component]
pub fn AfterRun(children: Children) -> impl IntoView {
    provide_context(Sight { seen: use_editor().seen, after: StoredValue::new(After::Run) });
    children()
}
