use std::collections::BTreeSet;

use super::WorkflowDefinition;
use crate::ids::StepId;

/// Of a slug, in characters.
const LONGEST: usize = 40;

/// Slugs that begin so are kept for the product.
pub const RESERVED_PREFIX: &str = "_";

/// Names under which steps find something besides other steps: what an error body caught, and the links of waits.
pub const LOCAL_NAMES: [&str; 2] = ["error", "links"];

/// A name as an expression can use it: `Create contact!` -> `create_contact`. Never empty, at most 40 characters.
pub fn slugify(label: &str) -> String {
    let mut slug = String::new();
    for c in label.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() {
        "step".into()
    } else if slug.starts_with(|c: char| c.is_ascii_digit()) {
        format!("step_{slug}").chars().take(LONGEST).collect()
    } else {
        slug.to_owned()
    }
}

/// A slug made of `label` that neither a step of the definition nor an expression's own word uses.
pub fn free_slug(definition: &WorkflowDefinition, label: &str) -> String {
    let words = expr::RESERVED.iter().copied().chain(LOCAL_NAMES);
    let taken: BTreeSet<&str> = definition.steps.values().map(|step| step.slug.as_str()).chain(words).collect();
    let base = slugify(label);
    if !taken.contains(base.as_str()) {
        return base;
    }
    let numbered = |n: u32| {
        let end = format!("_{n}");
        let room = LONGEST.saturating_sub(end.len()).min(base.len());
        format!("{}{end}", base[..room].trim_end_matches('_'))
    };
    (2..).map(numbered).find(|slug| !taken.contains(slug.as_str())).unwrap_or_else(|| base.clone())
}

/// Ids for new steps, `s1`, `s2` ..., of which none is taken and none comes twice.
pub fn free_step_ids(taken: BTreeSet<StepId>) -> impl FnMut() -> StepId {
    let mut last = 0_u64;
    move || loop {
        last += 1;
        let id = StepId(format!("s{last}"));
        if !taken.contains(&id) {
            return id;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_names_stay_short_enough() {
        let mut def = WorkflowDefinition::default();
        for at in 0..120 {
            let slug = free_slug(&def, &"long name ".repeat(9));
            assert!(slug.len() <= LONGEST && def.steps.values().all(|step| step.slug != slug), "{slug}");
            let step = serde_json::json!({ "slug": slug, "label": "x", "kind": { "type": "break" } });
            def.steps.insert(crate::ids::StepId(format!("s{at}")), serde_json::from_value(step).unwrap());
        }
        assert!(slugify(&"9".repeat(60)).len() <= LONGEST);
    }

    #[test]
    fn makes_plain_names() {
        for (label, slug) in [
            ("Create contact!", "create_contact"),
            ("  ", "step"),
            ("2 fast", "step_2_fast"),
            ("Über—Größe", "ber_gr_e"),
            ("__proto__", "proto"),
        ] {
            assert_eq!(slugify(label), slug);
        }
    }
}
