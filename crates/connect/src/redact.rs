//! Takes the call's own credentials out of an answer: some servers send back what they were sent, and what they answer is
//! recorded.

use bytes::Bytes;

/// What stands in the place of something that is not shown.
pub(crate) const MASK: &str = "•••";

/// Shorter values occur by chance, and masking them would spoil answers.
const SHORTEST: usize = 6;

/// A value, and how it looks inside JSON and inside an address or a form: servers send back the request they were sent.
pub(crate) fn forms(value: &str) -> Vec<String> {
    let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let strict = form.replace('+', "%20");
    let mut forms = vec![value.to_owned(), value.replace('/', "\\/"), form.to_lowercase(), strict.to_lowercase(), form, strict];
    forms.extend(serde_json::to_string(value).ok().map(|text| text.trim_matches('"').to_owned()));
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Values that must not be recorded.
#[derive(Clone, Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn new(values: impl IntoIterator<Item = String>) -> Self {
        let mut values: Vec<String> = values.into_iter().filter(|value| value.len() >= SHORTEST).collect();
        // The longest first: one may be a part of another.
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Self(values)
    }

    pub(crate) fn text(&self, mut text: String) -> String {
        for secret in &self.0 {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), MASK);
            }
        }
        text
    }

    pub(crate) fn bytes(&self, mut bytes: Bytes) -> Bytes {
        for secret in &self.0 {
            bytes = replace(bytes, secret.as_bytes());
        }
        bytes
    }
}

fn replace(bytes: Bytes, secret: &[u8]) -> Bytes {
    let Some(mut at) = find(&bytes, secret) else { return bytes };
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest: &[u8] = &bytes;
    loop {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(MASK.as_bytes());
        rest = &rest[at + secret.len()..];
        match find(rest, secret) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend_from_slice(rest);
    out.into()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let first = *part.first()?;
    let mut from = 0;
    while let Some(offset) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + offset;
        if bytes[at..].starts_with(part) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_masked() {
        let secrets = Secrets::new(["hunter22".to_owned(), "hunter22-long".to_owned(), "abc".to_owned()]);
        let masked = secrets.bytes(Bytes::from_static(b"hunter22 abc hunter22-long hunter2"));
        assert_eq!(masked, "••• abc ••• hunter2".as_bytes());
        assert_eq!(secrets.text("x=hunter22".to_owned()), "x=•••");
    }

    #[test]
    fn a_request_that_is_sent_back_is_masked_in_every_spelling() {
        let secrets = Secrets::new(forms("pa/ss+w\"rd &1"));
        for told in ["pa/ss+w\"rd &1", "pa/ss+w\\\"rd &1", "pa%2Fss%2Bw%22rd+%261", "pa%2fss%2bw%22rd%20%261", "pa\\/ss+w\"rd &1"]
        {
            assert_eq!(secrets.text(format!("key={told};")), "key=•••;", "{told}");
        }
    }

    #[test]
    fn an_answer_without_secrets_is_not_copied() {
        let bytes = Bytes::from_static(b"nothing to hide");
        let kept = Secrets::new(["hunter22".to_owned()]).bytes(bytes.clone());
        assert_eq!(kept.as_ptr(), bytes.as_ptr());
    }
}
