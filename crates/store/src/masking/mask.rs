//! What stands at masked fields of a run, and taking it out of everything the run holds, wherever it went.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use model::{
    definition::{MaskedKey, Settings},
    ids::StepId,
    run::{Choice, Datum, RunEventKind},
};
use serde_json::Value;

/// Stands in the place of a masked value.
pub const MASK: &str = "••••••";
/// Characters: shorter values are looked for only where they stand alone, in longer text they occur by chance.
const SHORTEST: usize = 4;
/// Values followed; with more of them nothing of the run is shown.
const MOST: usize = 5_000;

/// The masked fields of a workflow, and the values found there.
#[derive(Clone)]
pub struct Masking {
    fields: Arc<Vec<Field>>,
    values: BTreeSet<String>,
    /// Of `values`; made anew when they change.
    finder: Option<Arc<Finder>>,
    /// There are too many values to follow each.
    all: bool,
}

struct Field {
    step: Option<StepId>,
    keys: Vec<MaskedKey>,
}

struct Finder {
    whole: HashSet<String>,
    parts: Option<AhoCorasick>,
    /// A file is masked. What is in it is not known here, so no file's content is shown.
    files: bool,
}

impl Masking {
    /// Nothing where a workflow masks nothing.
    pub fn of(settings: &Settings) -> Option<Masking> {
        let fields = settings.masked.iter().filter_map(|field| Some(Field { step: field.step.clone(), keys: field.keys()? }));
        let fields: Vec<Field> = fields.collect();
        (!fields.is_empty()).then(|| Masking { fields: Arc::new(fields), values: BTreeSet::new(), finder: None, all: false })
    }

    /// Fields of steps' outputs are among them.
    pub fn looks_at_steps(&self) -> bool {
        self.fields.iter().any(|field| field.step.is_some())
    }

    pub fn looks_at(&self, step: &StepId) -> bool {
        self.fields.iter().any(|field| field.step.as_ref() == Some(step))
    }

    /// Whether a field of the event's part `key` is masked: its body, query or headers.
    pub fn looks_into(&self, key: &str) -> bool {
        self.fields.iter().any(|field| {
            field.step.is_none()
                && field.keys.first().is_some_and(|first| match first {
                    MaskedKey::Any => true,
                    MaskedKey::Key(first) => first == key,
                })
        })
    }

    /// Learns what stands in an event.
    pub fn learn_event(&mut self, event: &Value) {
        self.learn(None, event);
    }

    /// Learns what a step gave.
    pub fn learn_output(&mut self, step: &StepId, output: &Value) {
        self.learn(Some(step), output);
    }

    /// Learns from a fact whose long values stand in place.
    pub fn learn_fact(&mut self, kind: &RunEventKind) {
        match kind {
            RunEventKind::StepFinished { path, output: Datum::Inline(output), .. } => self.learn_output(&path.step(), output),
            RunEventKind::RunCreated { given, .. } => {
                for (step, output) in given {
                    if let Datum::Inline(output) = output {
                        self.learn_output(step, output);
                    }
                }
            }
            _ => {}
        }
    }

    fn learn(&mut self, step: Option<&StepId>, value: &Value) {
        let fields = Arc::clone(&self.fields);
        let before = self.values.len();
        for field in fields.iter().filter(|field| field.step.as_ref() == step) {
            each(value, &field.keys, &mut |found| leaves(found, &mut self.values));
        }
        if self.values.len() > MOST {
            self.all = true;
            self.values.clear();
        }
        if self.values.len() != before {
            self.finder = None;
        }
    }

    /// Masks an event: its fields, and everything else that says the same. Whether anything changed.
    pub fn event(&mut self, event: &mut Value) -> bool {
        self.learn_event(event);
        let in_place = self.in_place(None, event);
        self.value(event) || in_place
    }

    /// Masks what a step gave.
    pub fn output(&mut self, step: &StepId, output: &mut Value) -> bool {
        let in_place = self.in_place(Some(step), output);
        self.value(output) || in_place
    }

    fn in_place(&self, step: Option<&StepId>, value: &mut Value) -> bool {
        let mut changed = false;
        for field in self.fields.iter().filter(|field| field.step.as_ref() == step) {
            changed |= put(value, &field.keys);
        }
        changed
    }

    /// Masks every value that says what stands at a masked field.
    pub fn value(&mut self, value: &mut Value) -> bool {
        if self.all {
            let changed = *value != MASK;
            *value = MASK.into();
            return changed;
        }
        let Some(finder) = self.finder() else { return false };
        finder.value(value)
    }

    /// Masks a text; nothing where it says nothing of the kind.
    pub fn text(&mut self, text: &str) -> Option<String> {
        if self.all {
            return (text != MASK).then(|| MASK.to_owned());
        }
        self.finder()?.text(text)
    }

    /// Masks a fact: its values and its words. Those that stand in rows of their own are the caller's. Whether anything changed.
    pub fn fact(&mut self, kind: &mut RunEventKind) -> bool {
        let mut changed = false;
        let step = kind.path().map(model::ids::StepPath::step).filter(|step| self.looks_at(step));
        match kind {
            // What came as the answer holds the field somewhere else: nothing of it is shown.
            RunEventKind::AttemptSucceeded { response: Some(datum), .. } if step.is_some() => changed |= hide(datum),
            RunEventKind::AttemptFailed { error, .. } | RunEventKind::StepFailed { error, .. } if step.is_some() => {
                changed |= error.response.as_mut().is_some_and(hide);
            }
            RunEventKind::LateOutcome { detail, .. } if step.is_some() => changed |= hide(detail),
            RunEventKind::StepFinished { output: Datum::Inline(output), .. } => {
                if let Some(step) = &step {
                    let mut masked = output.as_ref().clone();
                    if self.in_place(Some(step), &mut masked) {
                        *output = Arc::new(masked);
                        changed = true;
                    }
                }
            }
            RunEventKind::RunCreated { given, .. } => {
                for (step, output) in given {
                    if let Datum::Inline(output) = output {
                        let mut masked = output.as_ref().clone();
                        if self.in_place(Some(step), &mut masked) {
                            *output = Arc::new(masked);
                            changed = true;
                        }
                    }
                }
            }
            RunEventKind::Settled { choice: Choice::Happened { output: Some(output) }, .. } => {
                changed |= step.as_ref().is_some_and(|step| self.in_place(Some(step), output)) | self.value(output);
            }
            _ => {}
        }
        for datum in kind.data_mut() {
            changed |= self.datum(datum);
        }
        for text in kind.texts_mut() {
            if let Some(masked) = self.text(text) {
                *text = masked;
                changed = true;
            }
        }
        changed
    }

    /// Masks a value that stands in place.
    pub fn datum(&mut self, datum: &mut Datum) -> bool {
        let Datum::Inline(value) = datum else { return false };
        let mut masked = value.as_ref().clone();
        let changed = self.value(&mut masked);
        if changed {
            *value = Arc::new(masked);
        }
        changed
    }

    fn finder(&mut self) -> Option<Arc<Finder>> {
        if self.values.is_empty() {
            return None;
        }
        if self.finder.is_none() {
            self.finder = Some(Arc::new(Finder::new(&self.values)));
        }
        self.finder.clone()
    }
}

/// Nothing of it is shown.
pub fn hide(datum: &mut Datum) -> bool {
    let changed = !matches!(datum, Datum::Inline(value) if **value == MASK);
    *datum = Datum::new(MASK.into());
    changed
}

/// Whether something of a value was masked for good.
pub fn is_masked(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(MASK),
        Value::Array(items) => items.iter().any(is_masked),
        Value::Object(entries) => entries.iter().any(|(key, item)| key.contains(MASK) || is_masked(item)),
        _ => false,
    }
}

impl Finder {
    fn new(values: &BTreeSet<String>) -> Finder {
        let mut parts: BTreeSet<String> = BTreeSet::new();
        for value in values.iter().filter(|value| value.chars().count() >= SHORTEST) {
            parts.extend(spellings(value));
        }
        let parts = AhoCorasickBuilder::new().ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest).build(parts);
        Finder {
            whole: values.iter().map(|value| value.to_ascii_lowercase()).collect(),
            parts: parts.ok(),
            files: values.iter().any(|value| is_hash(value)),
        }
    }

    fn value(&self, value: &mut Value) -> bool {
        match value {
            Value::Null | Value::Bool(_) => false,
            Value::Number(number) => {
                let found = self.whole.contains(&number.to_string().to_ascii_lowercase());
                if found {
                    *value = MASK.into();
                }
                found
            }
            Value::String(text) => match self.text(text) {
                Some(masked) => {
                    *text = masked;
                    true
                }
                None => false,
            },
            Value::Array(items) => items.iter_mut().fold(false, |changed, item| self.value(item) | changed),
            Value::Object(entries) => {
                let mut changed = self.files && hide_content(entries);
                changed |= entries.values_mut().fold(false, |changed, item| self.value(item) | changed);
                // Values become keys where data is made into a table.
                if entries.keys().any(|key| self.text(key).is_some()) {
                    let kept = std::mem::take(entries).into_iter().map(|(key, item)| (self.text(&key).unwrap_or(key), item));
                    *entries = kept.collect();
                    changed = true;
                }
                changed
            }
        }
    }

    fn text(&self, text: &str) -> Option<String> {
        if self.whole.contains(&text.trim().to_ascii_lowercase()) {
            return Some(MASK.to_owned());
        }
        // Without an automaton (more than it takes) nothing can be told apart.
        let Some(parts) = &self.parts else { return Some(MASK.to_owned()) };
        if !parts.is_match(text) {
            return None;
        }
        let mut masked = String::with_capacity(text.len());
        parts.replace_all_with(text, &mut masked, |_, _, out| {
            out.push_str(MASK);
            true
        });
        Some(masked)
    }
}

/// As a file's data names its content.
fn is_hash(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Masks the content of a file that stands whole in data, and the body of a request, which files may be parts of.
fn hide_content(entries: &mut serde_json::Map<String, Value>) -> bool {
    let is_file = entries.contains_key("media_type") || entries.len() == 1;
    let contents = entries.iter_mut().filter(|(key, _)| *key == "base64" || (*key == "text" && is_file));
    contents.fold(false, |changed, (_, content)| {
        let is_shown = content.is_string() && *content != MASK;
        if is_shown {
            *content = MASK.into();
        }
        changed | is_shown
    })
}

/// A value as it stands in text, in JSON and in an address or a form.
pub(crate) fn spellings(value: &str) -> Vec<String> {
    let escaped = serde_json::to_string(value).ok().map(|text| text[1..text.len() - 1].to_owned());
    let mut strict = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => strict.push(char::from(byte)),
            byte => strict.push_str(&format!("%{byte:02X}")),
        }
    }
    let form = strict.replace("%20", "+");
    // Browsers and servers leave some of them as they are in a path or query.
    let path = strict.replace("%40", "@").replace("%3A", ":").replace("%2F", "/");
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut all = vec![value.to_owned(), value.replace('/', "\\/"), strict, form, path, html];
    all.extend(escaped);
    all
}

/// Every place that keys lead to; elements of lists are all meant.
fn each(value: &Value, keys: &[MaskedKey], found: &mut impl FnMut(&Value)) {
    if let Value::Array(items) = value
        && !keys.is_empty()
    {
        return items.iter().for_each(|item| each(item, keys, found));
    }
    match (keys.split_first(), value) {
        (None, _) => found(value),
        (Some((MaskedKey::Key(key), rest)), Value::Object(entries)) => {
            if let Some(item) = entries.get(key) {
                each(item, rest, found);
            }
        }
        (Some((MaskedKey::Any, rest)), Value::Object(entries)) => entries.values().for_each(|item| each(item, rest, found)),
        _ => {}
    }
}

/// Masks every place that keys lead to.
fn put(value: &mut Value, keys: &[MaskedKey]) -> bool {
    if let Value::Array(items) = value
        && !keys.is_empty()
    {
        return items.iter_mut().fold(false, |changed, item| put(item, keys) | changed);
    }
    match (keys.split_first(), value) {
        (None, value) => {
            let changed = !value.is_null() && *value != MASK;
            if changed {
                *value = MASK.into();
            }
            changed
        }
        (Some((MaskedKey::Key(key), rest)), Value::Object(entries)) => entries.get_mut(key).is_some_and(|item| put(item, rest)),
        (Some((MaskedKey::Any, rest)), Value::Object(entries)) => {
            entries.values_mut().fold(false, |changed, item| put(item, rest) | changed)
        }
        _ => false,
    }
}

/// What a value says: its texts and numbers. True, false and nothing say nothing that could be followed.
fn leaves(value: &Value, into: &mut BTreeSet<String>) {
    let mut keep = |text: Cow<'_, str>| {
        let text = text.trim();
        if !text.is_empty() && !text.contains(MASK) {
            into.insert(text.to_owned());
        }
    };
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => keep(Cow::Owned(number.to_string())),
        Value::String(text) => keep(Cow::Borrowed(text)),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, into)),
        Value::Object(entries) => entries.values().for_each(|item| leaves(item, into)),
    }
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
