//! XML as objects: an element's children by name (a list where several share one), its attributes as `@name`, its text as `#text`; an
//! element with text alone is that text. Without document types, and so without entities of its own.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Map, Value};

use super::VALUE_BYTES;
use crate::compare::scalar_text;
use crate::error::{ErrorKind, EvalError};
use crate::operation::argument::{Arguments, wrong};
use crate::operation::run::Run;
use crate::operation::text::spelled;

/// Elements within elements.
const MOST_DEPTH: usize = 64;
const MOST_ATTRIBUTES: usize = 256;
const MOST_ATTRIBUTE_BYTES: usize = 64 * 1024;

struct Element {
    name: String,
    fields: Map<String, Value>,
    text: String,
}

impl Element {
    fn into_value(self) -> Value {
        if self.fields.is_empty() {
            return self.text.into();
        }
        let mut fields = self.fields;
        let text = self.text.trim();
        if !text.is_empty() {
            fields.insert("#text".into(), text.into());
        }
        Value::Object(fields)
    }

    fn add(&mut self, name: String, value: Value) {
        match self.fields.get_mut(&name) {
            // Children are texts or objects: a list here is one of this name's.
            Some(Value::Array(all)) => all.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => drop(self.fields.insert(name, value)),
        }
    }
}

fn unreadable(reader: &Reader<&[u8]>, text: &str, why: &str) -> EvalError {
    let at = usize::try_from(reader.error_position().max(reader.buffer_position())).unwrap_or(usize::MAX).min(text.len());
    let line = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    EvalError::type_(format!("This is not XML that can be read: line {line}: {why}."))
}

/// Says where, if it is the document's fault.
fn placed(reader: &Reader<&[u8]>, text: &str, error: EvalError) -> EvalError {
    if error.kind == ErrorKind::Type { unreadable(reader, text, &error.message) } else { error }
}

pub(crate) fn parse(value: Value, _: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let why = error.to_string();
                return Err(unreadable(&reader, text, why.trim_end_matches('.')));
            }
        };
        let no = |why: &str| Err(unreadable(&reader, text, why));
        let closed = match event {
            Event::Start(start) => {
                if open.len() >= MOST_DEPTH {
                    return Err(EvalError::limit(format!("The XML nests deeper than {MOST_DEPTH} elements.")));
                }
                if open.is_empty() && root.is_some() {
                    return no("there is a second outermost element");
                }
                let element = element(&start, run).map_err(|error| placed(&reader, text, error))?;
                open.push(element);
                None
            }
            Event::Empty(start) => {
                if open.is_empty() && root.is_some() {
                    return no("there is a second outermost element");
                }
                Some(element(&start, run).map_err(|error| placed(&reader, text, error))?)
            }
            // The reader has compared the names.
            Event::End(_) => open.pop(),
            Event::Text(content) => {
                let Ok(content) = content.xml_content() else { return no("its text is broken") };
                if let Some(element) = open.last_mut() {
                    run.meter.grow(content.len())?;
                    element.text.push_str(&content);
                } else if !content.trim().is_empty() {
                    return no("there is text outside of it");
                }
                None
            }
            Event::CData(content) => {
                let Ok(content) = content.xml_content() else { return no("its text is broken") };
                let Some(element) = open.last_mut() else { return no("there is text outside of it") };
                run.meter.grow(content.len())?;
                element.text.push_str(&content);
                None
            }
            Event::GeneralRef(reference) => {
                let Some(letter) = resolve(&reference) else {
                    return no("it uses an entity other than amp, lt, gt, quot and apos");
                };
                let Some(element) = open.last_mut() else { return no("there is text outside of it") };
                run.meter.grow(4)?;
                element.text.push(letter);
                None
            }
            Event::DocType(_) => return no("document types (DOCTYPE) are refused"),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => None,
            Event::Eof => break,
        };
        if let Some(element) = closed {
            match open.last_mut() {
                Some(parent) => {
                    let name = element.name.clone();
                    parent.add(name, element.into_value());
                }
                None => root = Some(element),
            }
        }
    }
    match (root, open.pop()) {
        (_, Some(unclosed)) => Err(unreadable(&reader, text, &format!("`{}` is not closed", unclosed.name))),
        (None, None) => Err(EvalError::type_("This is not XML: it has no element.")),
        (Some(root), None) => {
            let name = root.name.clone();
            Ok(Some(Value::Object([(name, root.into_value())].into_iter().collect())))
        }
    }
}

fn element(start: &BytesStart<'_>, run: &mut Run<'_>) -> Result<Element, EvalError> {
    let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
    run.meter.grow(name.len() * 2 + VALUE_BYTES * 2)?;
    if start.attributes_raw().len() > MOST_ATTRIBUTE_BYTES {
        return Err(EvalError::type_(format!("`{name}` has too long attributes")));
    }
    let mut fields = Map::new();
    for (at, attribute) in start.attributes().enumerate() {
        let broken = |_| EvalError::type_(format!("an attribute of `{name}` is broken"));
        let attribute = attribute.map_err(|error| broken(error.to_string()))?;
        if at >= MOST_ATTRIBUTES {
            return Err(EvalError::type_(format!("`{name}` has more than {MOST_ATTRIBUTES} attributes")));
        }
        let value = attribute.unescape_value().map_err(|error| broken(error.to_string()))?;
        run.meter.grow(value.len() + VALUE_BYTES)?;
        fields.insert(format!("@{}", String::from_utf8_lossy(attribute.key.as_ref())), value.into_owned().into());
    }
    Ok(Element { name, fields, text: String::new() })
}

fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return Some(letter);
    }
    match &*reference.decode().ok()? {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// What [`parse`] gives, written again. An object of several fields needs the name of an element around them.
pub(crate) fn print(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    match (arguments.text("root").filter(|root| !root.is_empty()), &value) {
        (Some(root), value) => write(&root, value, &mut out, run)?,
        (None, Value::Object(fields)) if fields.len() == 1 => {
            let only = fields.iter().next();
            let Some((name, inner)) = only.filter(|(_, inner)| !inner.is_array()) else {
                return Err(wrong("root", "The list needs an element around it: name the outermost element."));
            };
            write(name, inner, &mut out, run)?;
        }
        _ => return Err(wrong("root", "XML has one outermost element: name it, or give an object with one field.")),
    }
    Ok(Some(out.into()))
}

fn write(name: &str, value: &Value, out: &mut String, run: &mut Run<'_>) -> Result<(), EvalError> {
    check_name(name)?;
    run.meter.grow(name.len() * 2 + 5)?;
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| match item {
            Value::Array(_) => Err(EvalError::type_(format!("`{name}` holds a list in a list, which XML cannot."))),
            item => write(name, item, out, run),
        }),
        Value::Object(fields) => {
            out.push_str(&format!("<{name}"));
            for (key, value) in fields {
                let Some(attribute) = key.strip_prefix('@') else { continue };
                check_name(attribute)?;
                out.push_str(&format!(" {attribute}=\""));
                text_of(value, key, true, out, run)?;
                out.push('"');
            }
            out.push('>');
            for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with('@')) {
                if key == "#text" {
                    text_of(value, key, false, out, run)?;
                } else {
                    write(key, value, out, run)?;
                }
            }
            out.push_str(&format!("</{name}>"));
            Ok(())
        }
        Value::Null => {
            out.push_str(&format!("<{name}/>"));
            Ok(())
        }
        scalar => {
            out.push_str(&format!("<{name}>"));
            text_of(scalar, name, false, out, run)?;
            out.push_str(&format!("</{name}>"));
            Ok(())
        }
    }
}

fn text_of(value: &Value, name: &str, in_attribute: bool, out: &mut String, run: &mut Run<'_>) -> Result<(), EvalError> {
    if value.is_null() {
        return Ok(());
    }
    let text = scalar_text(value).ok_or_else(|| EvalError::type_(format!("`{name}` must be text.")))?;
    run.meter.grow(text.len() * 6)?;
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Readers make line ends of a carriage return, and spaces of both in attributes.
            '\t' | '\n' if !in_attribute => out.push(letter),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(letter))),
            control if control.is_control() || matches!(control, '\u{fffe}' | '\u{ffff}') => {
                return Err(EvalError::type_(format!("`{name}` holds a control character, which XML cannot.")));
            }
            letter => out.push(letter),
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), EvalError> {
    let first = name.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    if first && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')) {
        return Ok(());
    }
    let shown: String = name.chars().take(40).collect();
    Err(EvalError::type_(format!("\"{shown}\" cannot be the name of an element or attribute: rename the field.")))
}
