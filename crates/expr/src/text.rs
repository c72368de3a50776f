//! The plain text form of a mapped value, as text inputs show it: `Hi {{ event.body.name | upper }}`.

use std::ops::Range;

use serde_json::Value;

use crate::grammar;
use crate::mapped::{Format, Mapped, Part, Pill, Seg, Source};
use crate::names::Names;
use crate::node::Node;
use crate::path::spell;
use crate::references::{root_name, source_of};
use crate::reserved::RESERVED;

/// A `{{ }}` of a text, and what it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Where it stands, braces included, in bytes.
    pub range: Range<usize>,
    /// Text only for braces that stand for themselves: `{{ '{{' }}`.
    pub part: Part,
}

/// The `{{ }}` of a text, in order.
pub fn spans(text: &str, names: &Names) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|open| at + open) {
        let Some(inner) = inside(&text[open + 2..]) else { break };
        let part = match inner.trim() {
            "'{{'" => Part::Text("{{".to_owned()),
            "'{'" => Part::Text("{".to_owned()),
            source => part(source, names),
        };
        at = open + 2 + inner.len() + 2;
        found.push(Span { range: open..at, part });
    }
    found
}

/// Reads text with `{{ }}`. Paths with known formatters become pills, anything else between braces a raw expression;
/// text without closed braces is literal. `{{ '{{' }}` stands for two braces.
pub fn parse_text(text: &str, names: &Names) -> Mapped {
    let mut parts: Vec<Part> = Vec::new();
    let mut at = 0;
    for span in spans(text, names) {
        push_text(&mut parts, &text[at..span.range.start]);
        match span.part {
            Part::Text(braces) => push_text(&mut parts, &braces),
            part => parts.push(part),
        }
        at = span.range.end;
    }
    push_text(&mut parts, &text[at..]);
    normal(parts)
}

/// The shortest tree for the parts: text alone is a literal, a raw expression alone is an expression.
fn normal(mut parts: Vec<Part>) -> Mapped {
    match parts.as_mut_slice() {
        [] => Mapped::text(""),
        [Part::Text(text)] => Mapped::text(std::mem::take(text)),
        [Part::Expr(source)] => Mapped::Expr(std::mem::take(source)),
        _ => Mapped::Template(parts),
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if text.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// What stands before the closing braces; those inside quotes or belonging to an inner `{` do not close.
fn inside(text: &str) -> Option<&str> {
    let mut quote: Option<char> = None;
    let mut depth = 0usize;
    let mut chars = text.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if chars.peek().is_some_and(|(_, next)| *next == '}') => return Some(&text[..index]),
            (None, _) => {}
        }
    }
    // With an odd quote or brace inside, the nearest braces close.
    text.find("}}").map(|end| &text[..end])
}

fn part(source: &str, names: &Names) -> Part {
    let parsed = grammar::parse(source);
    let pill = parsed.as_ref().as_ref().ok().and_then(|node| pill(node, names));
    pill.map_or_else(|| Part::Expr(source.to_owned()), Part::Pill)
}

fn pill(node: &Node, names: &Names) -> Option<Pill> {
    let mut format = Vec::new();
    let mut node = node;
    while let Node::Filter(call) = node {
        let args = call.args.iter().map(Node::as_const).collect::<Option<Vec<_>>>()?;
        format.push(Format { name: call.name.clone(), args });
        node = &call.of;
    }
    format.reverse();
    let (root, mut path) = node.as_path()?;
    // A step without a usable slug is spelled by its id: steps["..."].
    if root == "steps" {
        let Some(Seg::Key(id)) = path.first().cloned() else { return None };
        path.remove(0);
        return Some(Pill { source: Source::Step(id), path, format });
    }
    let source = source_of(root, names);
    if matches!(&source, Source::Local(name) if RESERVED.contains(&name.as_str()) && !matches!(name.as_str(), "item" | "loop")) {
        return None;
    }
    Some(Pill { source, path, format })
}

/// The text form. None for what text cannot say: objects, lists, null, leaving out. Literals other than text print as JSON.
pub fn print_text(mapped: &Mapped, names: &Names) -> Option<String> {
    match mapped {
        Mapped::Literal(Value::String(text)) => Some(print_parts(&[Part::Text(text.clone())], names)),
        Mapped::Literal(value) => Some(value.to_string()),
        Mapped::Template(parts) => Some(print_parts(parts, names)),
        Mapped::Expr(source) => Some(print_parts(&[Part::Expr(source.clone())], names)),
        Mapped::Object(_) | Mapped::List(_) | Mapped::Each(_) | Mapped::Omit | Mapped::Null => None,
    }
}

fn print_parts(parts: &[Part], names: &Names) -> String {
    let plain = join(parts, names, false);
    // Braces in texts are escaped only where they would read as something else.
    if reads_back(&plain, parts, names) { plain } else { join(parts, names, true) }
}

fn reads_back(printed: &str, parts: &[Part], names: &Names) -> bool {
    let has_brace = parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('{')));
    if !has_brace {
        return true;
    }
    let mut wanted = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) => push_text(&mut wanted, text),
            Part::Expr(source) => wanted.push(Part::Expr(source.trim().to_owned())),
            Part::Pill(pill) => wanted.push(Part::Pill(pill.clone())),
        }
    }
    parse_text(printed, names) == normal(wanted)
}

fn join(parts: &[Part], names: &Names, escaped: bool) -> String {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) if escaped => {
                let text = text.replace("{{", "{{ '{{' }}");
                match text.strip_suffix('{') {
                    // A brace right before a pill would be taken for one of its own.
                    Some(before) if index + 1 < parts.len() => {
                        out.push_str(before);
                        out.push_str("{{ '{' }}");
                    }
                    _ => out.push_str(&text),
                }
            }
            Part::Text(text) => out.push_str(text),
            Part::Expr(source) => out.push_str(&format!("{{{{ {} }}}}", source.trim())),
            Part::Pill(pill) => out.push_str(&format!("{{{{ {} }}}}", print_pill(pill, names))),
        }
    }
    out
}

fn print_pill(pill: &Pill, names: &Names) -> String {
    let mut out = spell(&root_name(&pill.source, names), &pill.path);
    for format in &pill.format {
        out.push_str(" | ");
        out.push_str(&format.name);
        if !format.args.is_empty() {
            let args: Vec<String> = format.args.iter().map(Value::to_string).collect();
            out.push_str(&format!("({})", args.join(", ")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_pair_of_braces() {
        let text = "Hi {{ event.body.name }}, {{ '{{' }} 😀 {{ 1 + }} {{ open";
        let found = spans(text, &Names::new());
        let shown: Vec<&str> = found.iter().map(|span| &text[span.range.clone()]).collect();
        assert_eq!(shown, ["{{ event.body.name }}", "{{ '{{' }}", "{{ 1 + }}"]);
        assert!(matches!(&found[0].part, Part::Pill(pill) if pill.source == Source::Event && pill.path.len() == 2));
        assert_eq!(found[1].part, Part::Text("{{".into()));
        assert_eq!(found[2].part, Part::Expr("1 +".into()));
    }
}
