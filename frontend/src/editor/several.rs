//! Several steps at once: which are chosen, and what is done with all of them as one edit.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::{
    definition::{EditOp, Excerpt, Slot, Used, WrapError, delete_all, free_slug, move_all, switch_all, wrap_all},
    ids::StepId,
    step::{Policy, Section, Step, StepKind},
};

use super::{
    state::{Editor, Selected},
    steps::fresh,
};
use crate::text::editor as t;

/// The steps that keys and menus are about: those that are marked, else the selected one.
pub fn chosen(editor: Editor) -> BTreeSet<StepId> {
    let marked = editor.marked.get_untracked();
    if marked.is_empty() { editor.selected_step().into_iter().collect() } else { marked }
}

/// Whether more than one step is chosen.
pub fn are_chosen(editor: Editor) -> bool {
    editor.marked.with_untracked(|marked| marked.len() > 1)
}

/// Marks exactly these. One alone is simply selected.
pub fn mark(editor: Editor, steps: BTreeSet<StepId>, first: Option<StepId>) {
    let to = first.filter(|id| steps.contains(id)).or_else(|| steps.first().cloned());
    editor.select(to.map(Selected::Step));
    editor.inspecting.set(false);
    editor.marked.set(steps);
}

/// Adds a step to those that are chosen, or takes it out.
pub fn flip(editor: Editor, id: &StepId) {
    let mut steps = chosen(editor);
    let to = if steps.remove(id) {
        None
    } else {
        steps.insert(id.clone());
        Some(id.clone())
    };
    mark(editor, steps, to);
}

/// Goes on to a step and keeps what is chosen; from one that is chosen already it takes the last one back.
pub fn extend(editor: Editor, to: StepId) {
    let mut steps = chosen(editor);
    let from = editor.selected_step();
    if steps.contains(&to) {
        from.map(|from| steps.remove(&from));
    } else {
        steps.insert(to.clone());
    }
    mark(editor, steps, Some(to));
}

pub fn mark_all(editor: Editor) {
    let all: BTreeSet<StepId> = editor.def.with_untracked(|def| def.in_order()).into_iter().collect();
    let first = editor.selected_step();
    mark(editor, all, first);
}

/// Takes the chosen steps out and selects what stands before them.
pub fn delete(editor: Editor) -> bool {
    let steps = chosen(editor);
    let found = editor.def.with_untracked(|def| {
        let before = def.tops(&steps).first().and_then(|first| super::actions::neighbour(def, first));
        delete_all(def, &steps).map(|op| (op, before))
    });
    let Some((op, before)) = found else { return false };
    let done = editor.edit(op);
    if done {
        editor.select(before);
        editor.inspecting.set(false);
        crate::canvas::focus_selected();
    }
    done
}

/// The same, and says so.
pub fn remove(editor: Editor) {
    let count = tops(editor);
    if delete(editor) {
        editor.say(&t::deleted(count));
    }
}

/// How many of the chosen steps stand in none of the others.
fn tops(editor: Editor) -> usize {
    editor.def.with_untracked(|def| def.tops(&chosen(editor)).len())
}

/// Switches all off; on again when every one is off.
pub fn switch(editor: Editor) {
    let steps = chosen(editor);
    let op = editor.def.with_untracked(|def| {
        let off = steps.iter().filter_map(|id| def.step(id)).any(|step| !step.disabled);
        switch_all(def, &steps, off)
    });
    if let Some(op) = op {
        editor.edit(op);
    }
}

/// The chosen steps as they can be carried elsewhere.
pub fn excerpt(editor: Editor) -> Option<Excerpt> {
    let steps = chosen(editor);
    let known = editor.connections.get_untracked();
    let used = |id| {
        let found = known.iter().find(|one| one.id == id)?;
        Some(Used { connector: found.connector.clone(), label: found.label.clone() })
    };
    editor.def.with_untracked(|def| Excerpt::of(def, &steps, editor.id.to_string(), used))
}

/// Puts steps into a slot and chooses them.
pub fn insert(editor: Editor, excerpt: &Excerpt, slot: &Slot) -> bool {
    let (tops, op) = editor.def.with_untracked(|def| excerpt.insert(def, slot, &editor.id.to_string()));
    if !editor.edit(op) {
        return false;
    }
    match tops.as_slice() {
        [one] => editor.inspect(Selected::Step(one.clone())),
        _ => mark(editor, tops.iter().cloned().collect(), tops.first().cloned()),
    }
    crate::canvas::focus_selected();
    true
}

/// Puts copies right after the last of the chosen steps.
pub fn duplicate(editor: Editor) {
    let place = editor.def.with_untracked(|def| {
        let last = def.tops(&chosen(editor)).pop()?;
        let (owner, index) = def.position_of(&last)?;
        Some(Slot { owner, index: index + 1 })
    });
    if let (Some(slot), Some(excerpt)) = (place, excerpt(editor))
        && insert(editor, &excerpt, &slot)
    {
        editor.say(&t::duplicated(excerpt.body.len()));
    }
}

/// Moves these steps into a slot. False: it cannot be, or changes nothing.
pub fn move_to(editor: Editor, steps: &BTreeSet<StepId>, slot: &Slot) -> bool {
    let op = editor.def.with_untracked(|def| move_all(def, steps, slot));
    op.is_some_and(|op| editor.edit(op))
}

/// Moves the chosen steps to the nearest place before or after them, in the order of the layout's slots.
pub fn nudge(editor: Editor, slots: &[Slot], up: bool) {
    let steps = chosen(editor);
    let op = editor.def.with_untracked(|def| {
        let tops = def.tops(&steps);
        let end = if up { tops.first() } else { tops.last() }?;
        let (owner, index) = def.position_of(end)?;
        let here = Slot { owner, index: if up { index } else { index + 1 } };
        let at = slots.iter().position(|slot| slot == &here)?;
        let fits = |slot: &Slot| move_all(def, &steps, slot);
        if up { slots[..at].iter().rev().find_map(fits) } else { slots[at + 1..].iter().find_map(fits) }
    });
    if let Some(op) = op {
        let marked = editor.marked.get_untracked();
        if editor.edit(op) {
            editor.say(&t::moved_steps(tops(editor)));
        }
        editor.marked.set(marked);
        crate::canvas::focus_selected();
    }
}

/// Puts the chosen steps into a section of their own. The words say why that cannot be.
pub fn wrap(editor: Editor) -> Result<(), &'static str> {
    let steps = chosen(editor);
    let made = editor.def.with_untracked(|def| {
        let label = fresh::free_label(def, t::SECTION);
        let section = Step {
            slug: free_slug(def, &label),
            label,
            kind: StepKind::Section(Section { body: Vec::new(), error_body: None }),
            policy: Policy::default(),
            disabled: false,
            note: String::new(),
        };
        let id = fresh::step_id(def);
        wrap_all(def, &steps, id.clone(), section).map(|op: EditOp| (id, op))
    });
    match made {
        Ok((id, op)) => {
            if editor.edit(op) {
                editor.inspect(Selected::Step(id));
                crate::canvas::focus_selected();
            }
            Ok(())
        }
        Err(WrapError::Nothing) => Ok(()),
        Err(WrapError::Apart) => Err(t::WRAP_APART),
        Err(WrapError::Gaps) => Err(t::WRAP_GAPS),
    }
}
