//! Undo and redo: every edit is data with an inverse.

use model::{
    WorkflowDefinition,
    compare::{Renamed, merge},
    definition::{EditError, EditOp, Patch, apply},
};

/// Edits of one field closer together than this, in milliseconds, are undone as one.
const MERGE_MS: f64 = 1_500.0;
/// Older edits are forgotten.
const MOST: usize = 300;

/// What can be undone and done again.
#[derive(Debug, Clone, Default)]
pub struct History {
    undo: Vec<Entry>,
    redo: Vec<EditOp>,
}

#[derive(Debug, Clone)]
struct Entry {
    inverse: EditOp,
    /// Names the field that was edited, where its edits may be merged.
    key: Option<String>,
    /// When it was last added to, in milliseconds.
    at: f64,
}

impl History {
    /// Applies an edit and remembers how to undo it. Edits with the same key that follow one another at once become one entry: they
    /// must all replace the same parts, so that the first one's inverse undoes them together.
    pub fn apply(&mut self, def: &mut WorkflowDefinition, op: EditOp, key: Option<&str>, now: f64) -> Result<(), EditError> {
        let inverse = apply(def, op)?;
        let merges = self.redo.is_empty();
        self.redo.clear();
        if let (Some(key), Some(last)) = (key, self.undo.last_mut())
            && merges
            && last.key.as_deref() == Some(key)
            && now - last.at < MERGE_MS
        {
            last.at = now;
            return Ok(());
        }
        self.undo.push(Entry { inverse, key: key.map(str::to_owned), at: now });
        if self.undo.len() > MOST {
            self.undo.remove(0);
        }
        Ok(())
    }

    /// Takes the last edit back. False when there was none.
    pub fn undo(&mut self, def: &mut WorkflowDefinition) -> bool {
        let Some(entry) = self.undo.pop() else { return false };
        match apply(def, entry.inverse) {
            Ok(again) => {
                self.redo.push(again);
                true
            }
            Err(_) => false,
        }
    }

    /// Does the edit that was taken back last again. False when there was none.
    pub fn redo(&mut self, def: &mut WorkflowDefinition) -> bool {
        let Some(op) = self.redo.pop() else { return false };
        match apply(def, op) {
            Ok(inverse) => {
                self.undo.push(Entry { inverse, key: None, at: 0.0 });
                true
            }
            Err(_) => false,
        }
    }

    /// The definition became `now` by somebody else's edits, while the edits here led to `mine`: what was done here can be undone, and
    /// what the others did stays. `ids`: those that were given anew on the way.
    pub fn rebase(&mut self, mine: &WorkflowDefinition, now: &WorkflowDefinition, ids: &Renamed) {
        let undo = std::mem::take(&mut self.undo);
        let mut walk = Walk { mine: mine.clone(), now: now.clone(), ids };
        let mut kept: Vec<Entry> = Vec::new();
        for entry in undo.into_iter().rev() {
            match walk.back(entry.inverse) {
                Some(Some(inverse)) => kept.push(Entry { inverse, key: None, at: 0.0 }),
                Some(None) => {}
                None => break,
            }
        }
        kept.reverse();
        self.undo = kept;
        let mut walk = Walk { mine: mine.clone(), now: now.clone(), ids };
        let again = std::mem::take(&mut self.redo).into_iter().rev().map_while(|op| walk.back(op)).flatten().collect::<Vec<_>>();
        self.redo = again.into_iter().rev().collect();
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }
}

/// Two definitions that go the same way: the one of the edits here alone, and the one with the others' edits.
struct Walk<'a> {
    mine: WorkflowDefinition,
    now: WorkflowDefinition,
    ids: &'a Renamed,
}

impl Walk<'_> {
    /// The edit as it is with the others'; nothing within where they leave nothing of it, nothing at all where it cannot be done.
    fn back(&mut self, op: EditOp) -> Option<Option<EditOp>> {
        let stands = self.untouched(&op);
        let before = (!stands).then(|| self.mine.clone());
        apply(&mut self.mine, op.clone()).ok()?;
        let Some(before) = before else {
            apply(&mut self.now, op.clone()).ok()?;
            return Some(Some(op));
        };
        let (before, after) = (self.ids.apply(before), self.ids.apply(self.mine.clone()));
        let merged = merge(&before, &self.now, &after, &Default::default()).definition;
        let patch = Patch::between(&self.now, &merged);
        self.now = merged;
        Some((!patch.is_empty()).then_some(EditOp::Replace { patch }))
    }

    /// Whether others left alone what an edit changes, so that it holds as it is.
    fn untouched(&self, op: &EditOp) -> bool {
        let (mine, now) = (&self.mine, &self.now);
        match op {
            EditOp::Update { id, patch } => {
                patch.slug.is_none()
                    && mine.step(id) == now.step(id)
                    && !self.ids.steps.iter().any(|(old, new)| old == id || new == id)
            }
            EditOp::UpdateTrigger { id, .. } => mine.trigger(id) == now.trigger(id),
            EditOp::Settings { .. } => mine.settings == now.settings,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use model::definition::{BodyOwner, Note, Settings};

    use super::*;

    fn zone(name: &str) -> EditOp {
        EditOp::Settings { settings: Settings { time_zone: name.into(), ..Settings::default() } }
    }

    #[test]
    fn undoes_and_redoes() {
        let (mut def, mut history) = (WorkflowDefinition::default(), History::default());
        history.apply(&mut def, zone("Europe/Berlin"), None, 0.0).unwrap();
        history.apply(&mut def, zone("Asia/Tokyo"), None, 1.0).unwrap();
        assert!(history.undo(&mut def));
        assert_eq!(def.settings.time_zone, "Europe/Berlin");
        assert!(history.redo(&mut def));
        assert_eq!(def.settings.time_zone, "Asia/Tokyo");
        assert!(history.undo(&mut def) && history.undo(&mut def) && !history.undo(&mut def));
        assert_eq!(def, WorkflowDefinition::default());
    }

    #[test]
    fn typing_is_one_entry_until_it_pauses() {
        let (mut def, mut history) = (WorkflowDefinition::default(), History::default());
        for (at, name) in [(0.0, "A"), (100.0, "As"), (200.0, "Asi"), (5_000.0, "Asia")] {
            history.apply(&mut def, zone(name), Some("zone"), at).unwrap();
        }
        assert!(history.undo(&mut def));
        assert_eq!(def.settings.time_zone, "Asi");
        assert!(history.undo(&mut def));
        assert_eq!(def.settings.time_zone, "UTC");
        assert!(!history.can_undo() && history.can_redo());
    }

    #[test]
    fn a_new_edit_forgets_what_was_undone() {
        let (mut def, mut history) = (WorkflowDefinition::default(), History::default());
        history.apply(&mut def, zone("A"), Some("zone"), 0.0).unwrap();
        history.undo(&mut def);
        history.apply(&mut def, zone("B"), Some("zone"), 1.0).unwrap();
        assert!(!history.can_redo());
        history.undo(&mut def);
        assert_eq!(def.settings.time_zone, "UTC");
    }

    /// Two steps by name.
    fn two() -> WorkflowDefinition {
        serde_json::from_value(serde_json::json!({
            "schema": 1, "body": ["a", "b"],
            "steps": {
                "a": { "slug": "a", "label": "A", "kind": { "type": "stop", "result": "success" } },
                "b": { "slug": "b", "label": "B", "kind": { "type": "stop", "result": "success" } },
            },
        }))
        .unwrap()
    }

    fn label(id: &str, label: &str) -> EditOp {
        let patch = model::definition::StepPatch { label: Some(label.into()), ..Default::default() };
        EditOp::Update { id: id.into(), patch }
    }

    #[test]
    fn undo_takes_back_what_was_done_here_and_leaves_what_others_did() {
        let (mut mine, mut history) = (two(), History::default());
        history.apply(&mut mine, label("a", "My A"), None, 0.0).unwrap();
        history.apply(&mut mine, EditOp::Delete { id: "b".into() }, None, 1.0).unwrap();
        let mut theirs = two();
        theirs.settings.time_zone = "Asia/Tokyo".into();
        apply(&mut theirs, label("a", "Their A")).unwrap();
        let note = model::definition::StepPatch { note: Some("theirs".into()), ..Default::default() };
        apply(&mut theirs, EditOp::Update { id: "a".into(), patch: note }).unwrap();
        let mut now = merge(&two(), &mine, &theirs, &Default::default()).definition;
        history.rebase(&mine, &now, &Renamed::default());
        assert!(history.undo(&mut now));
        assert!(now.step(&"b".into()).is_some());
        assert!(history.undo(&mut now));
        let a = now.step(&"a".into()).unwrap();
        assert_eq!((a.label.as_str(), a.note.as_str(), now.settings.time_zone.as_str()), ("A", "theirs", "Asia/Tokyo"));
        assert!(history.redo(&mut now) && history.redo(&mut now));
        assert_eq!((now.step(&"a".into()).unwrap().label.as_str(), now.body.len()), ("My A", 1));
    }

    #[test]
    fn three_hundred_edits_are_rebased_at_once() {
        let (mut mine, mut history) = (two(), History::default());
        for at in 0..300 {
            history.apply(&mut mine, label("a", &format!("A {at}")), None, f64::from(at) * 10_000.0).unwrap();
        }
        let mut now =
            WorkflowDefinition { settings: Settings { time_zone: "Asia/Tokyo".into(), ..Default::default() }, ..mine.clone() };
        history.rebase(&mine, &now, &Renamed::default());
        for _ in 0..300 {
            assert!(history.undo(&mut now));
        }
        assert_eq!((now.step(&"a".into()).unwrap().label.as_str(), now.settings.time_zone.as_str()), ("A", "Asia/Tokyo"));
    }

    #[test]
    fn undo_finds_a_step_that_got_another_id() {
        let insert = |label: &str, index| {
            let step = serde_json::from_value(serde_json::json!({ "slug": label, "label": label, "kind": { "type": "break" } }))
                .unwrap();
            let slot = model::definition::Slot { owner: model::definition::BodyOwner::Workflow, index };
            EditOp::Insert { id: "s1".into(), steps: vec![("s1".into(), step)], slot }
        };
        let (mut mine, mut theirs, mut history) = (two(), two(), History::default());
        history.apply(&mut mine, label("a", "My A"), None, 0.0).unwrap();
        history.apply(&mut mine, insert("mine", 2), None, 1.0).unwrap();
        history.apply(&mut mine, label("s1", "Mine again"), None, 2.0).unwrap();
        apply(&mut theirs, insert("theirs", 0)).unwrap();
        let both = merge(&two(), &mine, &theirs, &Default::default());
        let mut now = both.definition;
        assert_eq!((both.renamed.steps.len(), now.steps.len()), (1, 4));
        history.rebase(&mine, &now, &both.renamed);
        assert!(history.undo(&mut now) && history.undo(&mut now) && history.undo(&mut now));
        assert_eq!(now, theirs);
    }

    #[test]
    fn undo_finds_a_note_that_got_another_id() {
        let note = |text: &str| {
            let note = Note { text: text.into(), owner: BodyOwner::Workflow, after: None };
            EditOp::Note { id: "n1".into(), note: Some(note) }
        };
        let (mut mine, mut theirs, mut history) = (two(), two(), History::default());
        history.apply(&mut mine, note("Mine"), None, 0.0).unwrap();
        history.apply(&mut mine, note("Mine, longer"), None, 10_000.0).unwrap();
        apply(&mut theirs, note("Theirs")).unwrap();
        let both = merge(&two(), &mine, &theirs, &Default::default());
        let mut now = both.definition;
        let texts = |def: &WorkflowDefinition| def.notes.values().map(|note| note.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&now), ["Theirs", "Mine, longer"]);
        history.rebase(&mine, &now, &both.renamed);
        assert!(history.undo(&mut now));
        assert_eq!(texts(&now), ["Theirs", "Mine"]);
        assert!(history.undo(&mut now));
        assert_eq!(now, theirs);
    }
}
