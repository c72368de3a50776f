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

/// How often it was tried, where that was more than once: "3 tries", inside a loop "2 retries" over all of its items.
pub fn tries(standing: &Standing) -> Option<String> {
    let retries = u64::from(standing.retries);
    (retries > 0).then(|| match standing.times {
        None => plural(retries + 1, "try", "tries"),
        Some(_) => plural(retries, "retry", "retries"),
    })
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
    if let Some(tries) = tries(standing) {
        said = format!("{said}, {tries}");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    // Numbers themselves are written by the browser; its stories see them.

    #[test]
    fn what_there_is_nothing_to_say_of_is_not_said() {
        let standing = Standing { times: Some(Times::default()), ..Standing::default() };
        assert_eq!((counts(&standing), counts(&Standing::default())), (None, None));
        assert_eq!((tries(&standing), words(&standing)), (None, "Not yet".to_owned()));
    }

    #[test]
    fn a_retry_of_an_item_is_no_second_try_of_all() {
        let standing = Standing { times: Some(Times::default()), retries: 1, ..Standing::default() };
        assert_eq!(tries(&standing).as_deref(), Some("1 retry"));
    }
}
