//! What this browser keeps of a draft until the server has it: one copy for each open page, so that two tabs do not take each other's,
//! under the person's id, so that nobody who uses the browser next takes them for their own.

use leptos::prelude::*;
use model::{WorkflowDefinition, ids::WorkflowId};
use serde::{Deserialize, Serialize};

use crate::dom;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copy {
    pub rev: i64,
    /// The draft of that revision, before the edits.
    #[serde(default)]
    pub base: Option<WorkflowDefinition>,
    pub definition: WorkflowDefinition,
}

/// The copies of one open page.
#[derive(Clone, Copy)]
pub struct Copies {
    /// Under which its own is kept, and those of earlier pages that it has taken over.
    keys: StoredValue<(String, Vec<String>)>,
}

/// The same for when the page is gone.
pub struct Detached {
    own: String,
    taken: Vec<String>,
}

impl Copies {
    pub fn new(person: &str, id: WorkflowId) -> Self {
        // Chance enough to tell the tabs of one browser apart.
        let page = (js_sys::Math::random() * 1e9) as u32;
        Copies { keys: StoredValue::new((format!("{}{page}", prefix(person, id)), Vec::new())) }
    }

    /// False: this browser has no room for it.
    pub fn keep(self, copy: &Copy) -> bool {
        self.keys.try_update_value(|(own, taken)| keep(own, taken, copy)).unwrap_or_default()
    }

    /// The server has it.
    pub fn forget(self) {
        self.keys.update_value(|(own, taken)| {
            remove(own);
            taken.drain(..).for_each(|key| remove(&key));
        });
    }

    /// What earlier pages left behind.
    pub fn left(person: &str, id: WorkflowId) -> Vec<(String, Copy)> {
        let Ok(Some(storage)) = window().local_storage() else { return Vec::new() };
        let keys: Vec<String> = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten()).collect();
        // Earlier releases did not say whose a copy is: it is dropped rather than saved under somebody else's name.
        keys.iter().filter(|key| is_nobodys(key, id)).for_each(|key| remove(key));
        let prefix = prefix(person, id);
        let own = keys.into_iter().filter(|key| key.starts_with(&prefix));
        let copy = |key: String| Some((serde_json::from_str(&dom::stored(&key)?).ok()?, key));
        let mut found: Vec<(String, Copy)> = own.filter_map(copy).map(|(copy, key)| (key, copy)).collect();
        // The oldest first.
        found.sort_by_key(|(_, copy)| copy.rev);
        found
    }

    /// From now on forgotten together with this page's own.
    pub fn takes_over(self, key: String) {
        self.keys.update_value(|(_, taken)| taken.push(key));
    }

    pub fn detached(self) -> Detached {
        let (own, taken) = self.keys.get_value();
        Detached { own, taken }
    }
}

impl Detached {
    pub fn keep(&mut self, copy: &Copy) {
        keep(&self.own, &mut self.taken, copy);
    }

    pub fn forget(self) {
        remove(&self.own);
        self.taken.iter().for_each(|key| remove(key));
    }
}

const PREFIX: &str = "patchbay-draft-";

fn prefix(person: &str, id: WorkflowId) -> String {
    format!("{PREFIX}{person}-{id}-")
}

/// Of an earlier release: the workflow, perhaps followed by a page.
fn is_nobodys(key: &str, id: WorkflowId) -> bool {
    let rest = key.strip_prefix(PREFIX).and_then(|rest| rest.strip_prefix(&id.to_string()));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Keeps a page's own copy. What it has taken over is in that: kept beside it, the same edits would be brought back twice.
fn keep(own: &str, taken: &mut Vec<String>, copy: &Copy) -> bool {
    let Ok(text) = serde_json::to_string(copy) else { return false };
    let kept = dom::store(own, &text);
    if kept {
        taken.drain(..).for_each(|key| remove(&key));
    }
    kept
}

pub fn remove(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_their_own() {
        let (id, other) = (WorkflowId(7), WorkflowId(8));
        let (ada, ben) = (prefix("usr_1", id), prefix("usr_12", id));
        assert!(!format!("{ben}5").starts_with(&ada) && !format!("{}5", prefix("usr_1", other)).starts_with(&ada));
        for key in [format!("patchbay-draft-{id}"), format!("patchbay-draft-{id}-123")] {
            assert!(is_nobodys(&key, id) && !is_nobodys(&key, other), "{key}");
        }
        assert!(!is_nobodys(&format!("{ada}5"), id));
    }
}
