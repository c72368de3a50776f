use serde::{Deserialize, Serialize};

use super::{Empty, endpoint::*};
use crate::ids::WorkflowId;

endpoints! {
    ListTags: Get "/tags" VIEWER, "Words that workflows are gathered by, with how many have each", (), Empty, Empty => Tags;
    TagWorkflow: Put "/workflows/{id}/tags" MAKER, "Set the tags of a workflow, in place of those it had", (WorkflowId,), Empty, NewTags => NewTags;
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tags {
    /// By name.
    pub items: Vec<Tag>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tag {
    pub name: String,
    pub workflows: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewTags {
    /// At most 20 of at most 40 characters, without commas. Upper and lower case are the same tag.
    pub tags: Vec<String>,
}

impl NewTags {
    pub const MOST: usize = 20;
    /// Characters.
    pub const LONGEST: usize = 40;

    /// As they are kept: without blanks around them, each once. `Err`: a sentence about what is wrong.
    pub fn checked(&self) -> Result<Vec<String>, String> {
        let mut kept: Vec<String> = Vec::new();
        for tag in self.tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()) {
            if tag.chars().count() > Self::LONGEST {
                return Err(format!("A tag has at most {} characters.", Self::LONGEST));
            }
            if tag.chars().any(|c| c == ',' || c.is_control()) {
                return Err("A tag has no commas and no line breaks.".into());
            }
            if !kept.iter().any(|other| tag_key(other) == tag_key(tag)) {
                kept.push(tag.to_owned());
            }
        }
        if kept.len() > Self::MOST {
            return Err(format!("A workflow has at most {} tags.", Self::MOST));
        }
        Ok(kept)
    }
}

/// What makes two tags the same one.
pub fn tag_key(tag: &str) -> String {
    tag.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_kept_once_and_without_what_surrounds_them() {
        let checked = |tags: &[&str]| NewTags { tags: tags.iter().map(|tag| (*tag).to_owned()).collect() }.checked();
        assert_eq!(checked(&[" Sales ", "", "sales", "Zoë", "<b>"]).unwrap(), ["Sales", "Zoë", "<b>"]);
        assert!(checked(&["a,b"]).is_err());
        assert!(checked(&["a\nb"]).is_err());
        assert!(checked(&[&"x".repeat(41)]).is_err());
        let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        assert!(checked(&many.iter().map(String::as_str).collect::<Vec<_>>()).is_err());
        assert_eq!(checked(&many[..20].iter().map(String::as_str).collect::<Vec<_>>()).unwrap().len(), 20);
    }
}
