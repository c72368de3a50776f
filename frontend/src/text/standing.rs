//! How a step of a run stands, in the few words there is room for on its card.

use super::{plural, quoted, status};
use crate::{
    moment::number,
    standing::{Items, Standing, Times},
};

/// "3 of 5 done, 1 failed" of a loop, "4 done, 1 failed" of a step inside one.
pub fn counts(standing: &Standing) -> Option<String> {
    if let Some(Items { of, finished, failed }) = standing.items {
        return Some(super::run::items_done(of, finished, failed));
    }
    let Times { succeeded, failed, open } = standing.times?;
    let parts = [(succeeded, "done"), (failed, "failed"), (open, "under way")];
    let said: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", number(u64::from(*n)))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// How often it was tried.
pub fn tried(retries: u32) -> String {
    format!("Tried again {}", plural(u64::from(retries), "time", "times"))
}

/// "item 2 of “Each order”, in item 1 of “Customers”": which iterations a step stands in, the innermost first.
pub fn item(around: &[(u32, String)]) -> String {
    let of = |(index, each): &(u32, String)| format!("item {} of {}", number(u64::from(*index) + 1), quoted(each));
    around.iter().map(of).collect::<Vec<_>>().join(", in ")
}

/// All of it, for those who do not see the card.
pub fn words(standing: &Standing) -> String {
    let mut said = status::step(standing.status).to_owned();
    if let Some(counts) = counts(standing) {
        said = format!("{said}, {counts}");
    }
    if standing.retries > 0 {
        said = format!("{said}, {}", tried(standing.retries).to_lowercase());
    }
    said
}

#[cfg(test)]
mod tests {
    use model::run::StepStatus;

    use super::*;

    #[test]
    fn counts_say_what_there_is_to_say() {
        let of = |items: Option<Items>, times: Option<Times>| counts(&Standing { items, times, ..Standing::default() });
        assert_eq!(of(Some(Items { of: Some(5), finished: 3, failed: 1 }), None).as_deref(), Some("3 of 5 done, 1 failed"));
        assert_eq!(of(Some(Items { of: None, finished: 3, failed: 0 }), None).as_deref(), Some("3 rounds done"));
        let times = Times { succeeded: 4, failed: 0, open: 2 };
        assert_eq!(of(None, Some(times)).as_deref(), Some("4 done, 2 under way"));
        assert_eq!((of(None, Some(Times::default())), of(None, None)), (None, None));
    }

    #[test]
    fn an_item_is_named_by_the_loops_around_it() {
        let around = [(1, "Each order".to_owned()), (0, "Customers".to_owned())];
        assert_eq!(item(&around), "item 2 of “Each order”, in item 1 of “Customers”");
    }

    #[test]
    fn a_card_is_told_whole() {
        let standing = Standing {
            status: StepStatus::Failed,
            retries: 2,
            times: Some(Times { succeeded: 4, failed: 1, open: 0 }),
            ..Standing::default()
        };
        assert_eq!(words(&standing), "Failed, 4 done, 1 failed, tried again 2 times");
    }
}
