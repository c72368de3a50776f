//! What a person used last, kept in this browser.

use crate::dom;

const KEY: &str = "patchbay-recent-commands";
/// So many are remembered.
const MOST: usize = 12;

fn key(person: &str) -> String {
    format!("{KEY}-{person}")
}

/// Ids of entries, the newest first.
pub fn read(person: &str) -> Vec<String> {
    let text = dom::stored(&key(person)).unwrap_or_default();
    text.split(',').filter(|id| !id.is_empty()).map(str::to_owned).take(MOST).collect()
}

pub fn note(person: &str, id: &str) {
    dom::store(&key(person), &noted(read(person), id).join(","));
}

fn noted(mut list: Vec<String>, id: &str) -> Vec<String> {
    // A comma would make two of it.
    if id.is_empty() || id.contains(',') {
        return list;
    }
    list.retain(|one| one != id);
    list.insert(0, id.to_owned());
    list.truncate(MOST);
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stands_first_once() {
        let list = ["a", "b"].map(str::to_owned).to_vec();
        assert_eq!(noted(list.clone(), "b"), ["b", "a"]);
        assert_eq!(noted(list.clone(), "x,y"), list);
        let many = (0..40).fold(Vec::new(), |list, n| noted(list, &n.to_string()));
        assert_eq!((many.len(), many[0].as_str()), (MOST, "39"));
    }
}
