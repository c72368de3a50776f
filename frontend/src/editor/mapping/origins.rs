//! Where a source of data comes from, by the icon and name that a person knows it by.

use expr::Source;
use leptos::prelude::*;

use super::pill::Origin;
use crate::{
    editor::{data::Seen, samples, scope::What, state::Editor, steps::kind_name, triggers},
    text::editor as t,
};

/// The icon of a name that only some steps know.
pub fn mark(what: &What) -> &'static str {
    match what {
        What::Item(_) | What::Entry => "for_each",
        What::Loop(_) => "loop",
        What::Error(_) => "failure",
        What::Links => "wait_callback",
    }
}

/// What such a name is called.
pub fn label(what: &What) -> &'static str {
    match what {
        What::Item(_) => t::THIS_ELEMENT,
        What::Loop(_) => t::PLACE_IN_LOOP,
        What::Error(_) => t::WHAT_FAILED,
        What::Links => t::LINKS,
        What::Entry => t::THIS_ENTRY,
    }
}

/// Tracked: a step that is renamed renames its pills.
pub fn origin(editor: Editor, seen: &Seen, source: &Source) -> Origin {
    let of = |kind: &str, label: &str| Origin { kind: kind.to_owned(), label: label.to_owned() };
    match source {
        Source::Event => editor.def.with(|def| {
            let trigger = samples::trigger_in_use(editor, def).and_then(|id| def.trigger(&id).cloned());
            trigger.map_or_else(
                || of("webhook", t::EVENT),
                |trigger| Origin { kind: triggers::mark(&trigger.kind), label: trigger.label },
            )
        }),
        Source::Step(id) => editor.def.with(|def| {
            let step = def.steps.iter().find(|(known, _)| known.as_str() == id).map(|(_, step)| step);
            step.map_or_else(|| of("", t::STEP_GONE), |step| Origin { kind: kind_name(&step.kind), label: step.label.clone() })
        }),
        Source::Var => of("store", t::VARIABLES),
        Source::Run => of("workflow", t::THIS_RUN),
        Source::Local(name) => match seen.here.iter().rev().find(|local| local.name == *name).map(|local| &local.what) {
            Some(what) => of(mark(what), label(what)),
            None => of("", ""),
        },
    }
}
