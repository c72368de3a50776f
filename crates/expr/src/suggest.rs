//! Did you mean: the nearest of the names that exist.

/// The candidate nearest to `name`, when it is near enough to be a likely slip. Letter case, `_` and `-` count little.
pub fn suggest<I>(name: &str, candidates: I) -> Option<String>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let wanted = fold(name);
    if wanted.is_empty() || wanted.len() > MAX_CHARS {
        return None;
    }
    let allowed = (wanted.len() / 3).clamp(1, 3);
    let mut best: Option<(usize, String)> = None;
    for candidate in candidates.into_iter().take(MAX_CANDIDATES) {
        let candidate = candidate.as_ref();
        if candidate == name || candidate.len() > MAX_CHARS * 4 {
            continue;
        }
        let folded = fold(candidate);
        if folded.len().abs_diff(wanted.len()) > allowed {
            continue;
        }
        let distance = distance(&wanted, &folded);
        // Below the length itself: a name of one letter is not near to every other one.
        if distance <= allowed && distance < wanted.len() && best.as_ref().is_none_or(|(least, _)| distance < *least) {
            best = Some((distance, candidate.to_owned()));
        }
    }
    best.map(|(_, candidate)| candidate)
}

const MAX_CHARS: usize = 64;
const MAX_CANDIDATES: usize = 1000;

fn fold(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_only() {
        let names = ["email", "name", "company", "first_name"];
        assert_eq!(suggest("emial", names).as_deref(), Some("email"));
        assert_eq!(suggest("Email", names).as_deref(), Some("email"));
        assert_eq!(suggest("compny", names).as_deref(), Some("company"));
        assert_eq!(suggest("firstName", names).as_deref(), Some("first_name"));
        assert_eq!(suggest("phone", names), None);
        assert_eq!(suggest("x", ["y"]), None);
        assert_eq!(suggest("", names), None);
    }

    #[test]
    fn a_swap_is_one_slip() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("emial"), &chars("email")), 1);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
        assert_eq!(distance(&chars("abc"), &chars("abc")), 0);
    }
}
