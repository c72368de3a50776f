//! Undo and redo: every edit is data with an inverse.

use model::{
    WorkflowDefinition,
    definition::{EditError, EditOp, apply},
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

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use model::definition::Settings;

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
}
