use subtle::ConstantTimeEq;

/// Compares without telling by its duration where the texts differ. Without a token nothing matches.
pub(crate) fn matches(expected: Option<&str>, given: &str) -> bool {
    expected.is_some_and(|expected| !expected.is_empty() && expected.as_bytes().ct_eq(given.trim().as_bytes()).into())
}
