//! Rewrites raw expressions when a step gets another slug. Pills hold the step's id and stay as they are.

use minijinja::machinery::{Token, tokenize};

use crate::grammar::MAX_CHARS;
use crate::limits::MAX_TREE_DEPTH;
use crate::mapped::{Condition, Mapped, Part};

/// Puts `new` wherever a raw expression uses `old` as a root name. Texts, fields, formatters and loop names called so are left alone.
pub fn rename_slug(mapped: &mut Mapped, old: &str, new: &str) {
    rename_mapped(mapped, old, new, 0);
}

/// The same for a condition.
pub fn rename_slug_condition(condition: &mut Condition, old: &str, new: &str) {
    rename_condition(condition, old, new, 0);
}

fn rename_mapped(mapped: &mut Mapped, old: &str, new: &str, depth: usize) {
    if depth > MAX_TREE_DEPTH {
        return;
    }
    match mapped {
        Mapped::Literal(_) | Mapped::Omit | Mapped::Null => {}
        Mapped::Template(parts) => {
            for part in parts {
                if let Part::Expr(source) = part {
                    rename_raw(source, old, new);
                }
            }
        }
        Mapped::Expr(source) => rename_raw(source, old, new),
        Mapped::Object(entries) => {
            for entry in entries {
                rename_mapped(&mut entry.key, old, new, depth + 1);
                rename_mapped(&mut entry.value, old, new, depth + 1);
            }
        }
        Mapped::List(items) => items.iter_mut().for_each(|item| rename_mapped(item, old, new, depth + 1)),
        Mapped::Each(each) => {
            rename_mapped(&mut each.over, old, new, depth + 1);
            // Inside, the loop's own name hides a step of the same slug.
            if each.name != old {
                rename_mapped(&mut each.item, old, new, depth + 1);
                if let Some(condition) = &mut each.keep_if {
                    rename_condition(condition, old, new, depth + 1);
                }
            }
        }
    }
}

fn rename_condition(condition: &mut Condition, old: &str, new: &str, depth: usize) {
    if depth > MAX_TREE_DEPTH {
        return;
    }
    match condition {
        Condition::All(all) | Condition::Any(all) => {
            all.iter_mut().for_each(|condition| rename_condition(condition, old, new, depth + 1))
        }
        Condition::Not(condition) => rename_condition(condition, old, new, depth + 1),
        Condition::Test(test) => {
            rename_mapped(&mut test.left, old, new, depth + 1);
            if let Some(right) = &mut test.right {
                rename_mapped(right, old, new, depth + 1);
            }
        }
        Condition::Expr(source) => rename_raw(source, old, new),
    }
}

/// Works token by token, so that an unfinished expression is renamed as far as it can be read.
fn rename_raw(source: &mut String, old: &str, new: &str) {
    if source.len() > MAX_CHARS * 4 || !source.contains(old) {
        return;
    }
    let mut out = String::with_capacity(source.len());
    let mut copied = 0;
    // After `.`, `|`, `is` and `is not` a word is no root name.
    let mut names_data = true;
    let mut after_is = false;
    for token in tokenize(source, true, Default::default()) {
        let Ok((token, span)) = token else { break };
        if let Token::Ident(name) = token
            && name == old
            && names_data
            && let Some(between) = source.get(copied..span.start_offset as usize)
        {
            out.push_str(between);
            out.push_str(new);
            copied = span.end_offset as usize;
        }
        let still_is = after_is && matches!(token, Token::Ident("not"));
        after_is = still_is || matches!(token, Token::Ident("is"));
        names_data = !(after_is || matches!(token, Token::Dot | Token::Pipe));
    }
    if copied > 0 {
        out.push_str(source.get(copied..).unwrap_or_default());
        *source = out;
    }
}
