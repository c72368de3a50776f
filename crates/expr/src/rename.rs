//! Rewrites raw expressions when a step gets another slug. Pills hold the step's id and stay as they are.

use minijinja::machinery::{Token, tokenize};

use crate::grammar::MAX_CHARS;
use crate::limits::MAX_TREE_DEPTH;
use crate::mapped::{Condition, Mapped, Part};

/// Puts `new` wherever a raw expression uses `old` as a root name. Texts, fields, formatters and loop names called so are left alone.
pub fn rename_slug(mapped: &mut Mapped, old: &str, new: &str) {
    Rename { root: None, old, new }.mapped(mapped, 0);
}

/// The same for a condition.
pub fn rename_slug_condition(condition: &mut Condition, old: &str, new: &str) {
    Rename { root: None, old, new }.condition(condition, 0);
}

/// Puts `new` wherever a raw expression uses `old` as a field of the root name `root`: `links.old`, `links["old"]`.
pub fn rename_field(mapped: &mut Mapped, root: &str, old: &str, new: &str) {
    Rename { root: Some(root), old, new }.mapped(mapped, 0);
}

/// The same for a condition.
pub fn rename_field_condition(condition: &mut Condition, root: &str, old: &str, new: &str) {
    Rename { root: Some(root), old, new }.condition(condition, 0);
}

/// What is renamed: a root name, or a field of `root`.
#[derive(Clone, Copy)]
struct Rename<'a> {
    root: Option<&'a str>,
    old: &'a str,
    new: &'a str,
}

impl Rename<'_> {
    fn mapped(self, mapped: &mut Mapped, depth: usize) {
        if depth > MAX_TREE_DEPTH {
            return;
        }
        match mapped {
            Mapped::Literal(_) | Mapped::Omit | Mapped::Null => {}
            Mapped::Template(parts) => {
                for part in parts {
                    if let Part::Expr(source) = part {
                        self.raw(source);
                    }
                }
            }
            Mapped::Expr(source) => self.raw(source),
            Mapped::Object(entries) => {
                for entry in entries {
                    self.mapped(&mut entry.key, depth + 1);
                    self.mapped(&mut entry.value, depth + 1);
                }
            }
            Mapped::List(items) => items.iter_mut().for_each(|item| self.mapped(item, depth + 1)),
            Mapped::Each(each) => {
                self.mapped(&mut each.over, depth + 1);
                // Inside, the loop's own name hides what is called so outside.
                if each.name != self.root.unwrap_or(self.old) {
                    self.mapped(&mut each.item, depth + 1);
                    if let Some(condition) = &mut each.keep_if {
                        self.condition(condition, depth + 1);
                    }
                }
            }
        }
    }

    fn condition(self, condition: &mut Condition, depth: usize) {
        if depth > MAX_TREE_DEPTH {
            return;
        }
        match condition {
            Condition::All(all) | Condition::Any(all) => {
                all.iter_mut().for_each(|condition| self.condition(condition, depth + 1))
            }
            Condition::Not(condition) => self.condition(condition, depth + 1),
            Condition::Test(test) => {
                self.mapped(&mut test.left, depth + 1);
                if let Some(right) = &mut test.right {
                    self.mapped(right, depth + 1);
                }
            }
            Condition::Expr(source) => self.raw(source),
        }
    }

    /// Works token by token, so that an unfinished expression is renamed as far as it can be read.
    fn raw(self, source: &mut String) {
        if source.len() > MAX_CHARS * 4 || !source.contains(self.old) {
            return;
        }
        let mut out = String::with_capacity(source.len());
        let mut copied = 0;
        // After `.`, `|`, `is` and `is not` a word is no root name.
        let mut names_data = true;
        let mut after_is = false;
        let mut within = Within::Nothing;
        for token in tokenize(source, true, Default::default()) {
            let Ok((token, span)) = token else { break };
            let put = match (&token, self.root) {
                (Token::Ident(name), None) => (names_data && *name == self.old).then(|| self.new.to_owned()),
                (Token::Ident(name), Some(_)) => (within == Within::Dot && *name == self.old).then(|| self.new.to_owned()),
                (Token::Str(name), Some(_)) => {
                    (within == Within::Bracket && *name == self.old).then(|| format!("\"{}\"", self.new))
                }
                _ => None,
            };
            if let Some(put) = put
                && let Some(between) = source.get(copied..span.start_offset as usize)
            {
                out.push_str(between);
                out.push_str(&put);
                copied = span.end_offset as usize;
            }
            within = match (&token, within) {
                (Token::Ident(name), _) if names_data && Some(*name) == self.root => Within::Root,
                (Token::Dot, Within::Root) => Within::Dot,
                (Token::BracketOpen, Within::Root) => Within::Bracket,
                _ => Within::Nothing,
            };
            let still_is = after_is && matches!(token, Token::Ident("not"));
            after_is = still_is || matches!(token, Token::Ident("is"));
            names_data = !(after_is || matches!(token, Token::Dot | Token::Pipe));
        }
        if copied > 0 {
            out.push_str(source.get(copied..).unwrap_or_default());
            *source = out;
        }
    }
}

/// How far the tokens before have come towards a field of the root.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Root,
    Dot,
    Bracket,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(source: &str) -> String {
        let mut mapped = Mapped::Expr(source.to_owned());
        rename_field(&mut mapped, "links", "ask", "approve");
        match mapped {
            Mapped::Expr(source) => source,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_fields_of_the_root_are_renamed() {
        for (before, after) in [
            ("links.ask", "links.approve"),
            ("links['ask'] ~ links[\"ask\"]", "links[\"approve\"] ~ links[\"approve\"]"),
            ("links . ask | upper", "links . approve | upper"),
            ("'links.ask' ~ ask ~ other.ask", "'links.ask' ~ ask ~ other.ask"),
            ("event.links.ask", "event.links.ask"),
            ("links.other.ask", "links.other.ask"),
            ("links.asked", "links.asked"),
            ("[links, ask]", "[links, ask]"),
            ("links.ask ~ '", "links.approve ~ '"),
        ] {
            assert_eq!(renamed(before), after);
        }
    }
}
