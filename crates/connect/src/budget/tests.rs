use super::*;

const START: Timestamp = Timestamp(1_767_225_600_000);

fn window(permits: u32, per_ms: u64) -> Window {
    Window { permits, per_ms }
}

fn whole(windows: &[Window]) -> Limits {
    Limits::whole(windows)
}

/// Of a call that shares a lane with others.
fn in_lane(key: &str, permits: u32, all: &[Window]) -> Limits {
    Limits { whole: all.to_vec(), lanes: vec![Lane { key: key.to_owned(), windows: vec![window(permits, 1_000)] }] }
}

/// Calls as soon as it may, for `ms` milliseconds; the moments.
fn calls(windows: &[Window], ms: i64) -> Vec<i64> {
    let mut account = Account::default();
    let (mut now, mut moments) = (START, Vec::new());
    while now.since(START) < ms {
        match account.take(&whole(windows), 1, now) {
            Ok(1) => moments.push(now.since(START)),
            Ok(other) => panic!("one was asked for: {other}"),
            Err(at) => {
                assert!(at > now, "time goes on");
                now = at;
            }
        }
    }
    moments
}

#[test]
fn no_window_is_ever_exceeded() {
    for windows in [vec![window(50, 1_000)], vec![window(3, 7)], vec![window(10, 1_000), window(100, 60_000)], vec![window(1, 1)]]
    {
        let moments = calls(&windows, 20_000);
        for limit in &windows {
            for (at, moment) in moments.iter().enumerate() {
                let until = moment + i64::try_from(limit.per_ms).unwrap();
                let within = moments[at..].iter().take_while(|other| **other < until).count();
                assert!(within <= limit.permits as usize, "{within} calls from {moment} ms on in {limit:?}");
            }
        }
    }
    let busy = calls(&[window(50, 1_000)], 20_000).len();
    assert!(busy >= 900, "most of the limit can be used: {busy} of 1,000");
}

#[test]
fn silence_that_was_asked_for_is_kept() {
    let mut account = Account::default();
    account.block(START.plus_ms(5_000), START);
    account.block(START.plus_ms(2_000), START);
    assert_eq!(account.take(&whole(&[]), 1, START), Err(START.plus_ms(5_000)), "the longest counts");
    assert_eq!(account.take(&whole(&[]), 1, START.plus_ms(5_000)), Ok(1));
    account.block(Timestamp(i64::MAX), START);
    assert_eq!(account.take(&whole(&[]), 1, START), Err(START.plus_ms(86_400_000)), "a hostile answer holds nobody up for ever");
}

#[test]
fn what_answers_say_lowers_the_budget() {
    let told = |left, ms| Told { left, reset: START.plus_ms(ms) };
    let mut account = Account::default();
    account.heed(told(2, 10_000), START);
    account.heed(told(5, 10_300), START);
    assert_eq!(account.take(&whole(&[]), 10, START), Ok(2), "an answer that was overtaken does not raise it");
    assert_eq!(account.take(&whole(&[]), 1, START), Err(START.plus_ms(10_300)));
    assert_eq!(account.take(&whole(&[]), 1, START.plus_ms(10_300)), Ok(1), "then it begins anew");
    account.heed(told(0, -5), START);
    assert_eq!(account.take(&whole(&[]), 1, START), Ok(1), "what is over says nothing");
}

#[test]
fn a_shared_account_survives_its_row() {
    let windows = [window(5, 1_000)];
    let mut account = Account::default();
    assert_eq!(account.take(&whole(&windows), 3, START), Ok(3));
    let row = serde_json::to_vec(&account).unwrap();
    let mut read: Account = serde_json::from_slice(&row).unwrap();
    assert_eq!(read, account);
    assert_eq!(read.take(&whole(&windows), 3, START), Ok(2), "the rest");
    assert!(read.take(&whole(&windows), 3, START).is_err());
    assert_eq!(serde_json::from_str::<Account>("{}").unwrap(), Account::default());
}

#[test]
fn slices_are_used_up_and_expire() {
    let (budget, windows) = (Budget::new(true), [window(120, 60_000), window(50, 1_000)]);
    let connection = ConnectionId(1);
    let take = |now| budget.take(connection, &whole(&windows), now);
    assert_eq!(take(START), Permit::Empty { wanted: 2 }, "a second of the tightest");
    budget.fill(connection, &whole(&windows), Ok(2), START);
    assert_eq!((take(START), take(START)), (Permit::Granted, Permit::Granted));
    assert_eq!(take(START), Permit::Empty { wanted: 2 });
    budget.fill(connection, &whole(&windows), Ok(2), START);
    assert_eq!(take(START.plus_ms(1_000)), Permit::Empty { wanted: 2 }, "too old");
    budget.fill(connection, &whole(&windows), Err(START.plus_ms(3_000)), START);
    assert_eq!(take(START.plus_ms(2_999)), Permit::At(START.plus_ms(3_000)));
    assert_eq!(take(START.plus_ms(3_000)), Permit::Empty { wanted: 2 });
    assert_eq!(budget.take(ConnectionId(2), &whole(&[]), START), Permit::Empty { wanted: 1 }, "another connection");
    budget.fill(ConnectionId(2), &whole(&[]), Ok(1), START);
    for _ in 0..1_000 {
        assert_eq!(budget.take(ConnectionId(2), &whole(&[]), START), Permit::Granted, "without limits nothing is counted");
    }
}

#[test]
fn one_process_needs_no_slices() {
    let budget = Budget::new(false);
    let windows = [window(1, 1_000)];
    assert_eq!(budget.take(ConnectionId(1), &whole(&windows), START), Permit::Granted);
    assert!(matches!(budget.clone().take(ConnectionId(1), &whole(&windows), START), Permit::At(at) if at > START));
    budget.block(ConnectionId(1), None, START.plus_ms(9_000), START);
    assert_eq!(budget.take(ConnectionId(1), &whole(&windows), START), Permit::At(START.plus_ms(9_000)));
}

#[test]
fn lanes_are_counted_apart_and_together() {
    let all = [window(3, 1_000)];
    let (mut account, a, b) = (Account::default(), in_lane("a", 2, &all), in_lane("b", 2, &all));
    assert_eq!(account.take(&a, 5, START), Ok(2), "no more than the lane has");
    let later = account.take(&a, 1, START).unwrap_err();
    assert!(later > START);
    assert_eq!(account.take(&b, 5, START), Ok(1), "the rest of the connection");
    assert!(account.take(&b, 1, START).is_err() && account.take(&whole(&all), 1, START).is_err(), "which is used up");
    assert_eq!(account.take(&b, 5, later), Ok(2), "a lane that was refused is not charged");
    assert_eq!(account.take(&a, 1, START.plus_ms(3_000)), Ok(1));
    let row = serde_json::to_value(&account).unwrap();
    assert_eq!(row["lanes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["a"], "what is over is forgotten");
    assert_eq!(serde_json::from_value::<Account>(row).unwrap(), account);
}

#[test]
fn silence_of_a_lane_stops_no_other() {
    for shared in [false, true] {
        let (budget, connection) = (Budget::new(shared), ConnectionId(1));
        let (a, b) = (in_lane("a", 5, &[]), in_lane("b", 5, &[]));
        let take = |limits: &Limits, now| match budget.take(connection, limits, now) {
            Permit::Empty { wanted } => {
                budget.fill(connection, limits, Ok(wanted), now);
                budget.take(connection, limits, now)
            }
            other => other,
        };
        budget.block(connection, Some("a"), START.plus_ms(9_000), START);
        assert_eq!(take(&a, START), Permit::At(START.plus_ms(9_000)));
        assert_eq!((take(&b, START), take(&whole(&[]), START)), (Permit::Granted, Permit::Granted));
        budget.heed(connection, Some("b"), Told { left: 0, reset: START.plus_ms(4_000) }, START);
        assert_eq!(take(&b, START), Permit::At(START.plus_ms(4_000)));
        assert_eq!(take(&whole(&[]), START), Permit::Granted);
        budget.block(connection, None, START.plus_ms(20_000), START);
        assert_eq!(take(&b, START.plus_ms(9_000)), Permit::At(START.plus_ms(20_000)), "the whole connection");
    }
}

#[test]
fn a_slice_belongs_to_its_lanes() {
    let (budget, connection) = (Budget::new(true), ConnectionId(1));
    let (a, b) = (in_lane("a", 2, &[]), in_lane("b", 1, &[]));
    assert_eq!(budget.take(connection, &a, START), Permit::Empty { wanted: 2 });
    budget.fill(connection, &a, Ok(2), START);
    assert_eq!(budget.take(connection, &b, START), Permit::Empty { wanted: 1 }, "those of the other are not for it");
    budget.fill(connection, &b, Err(START.plus_ms(500)), START);
    assert_eq!(budget.take(connection, &b, START), Permit::At(START.plus_ms(500)));
    assert_eq!(budget.take(connection, &a, START), Permit::Granted);
}
