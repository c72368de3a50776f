//! Cron schedules in words, and their next times.
//!
//! The server decides when a schedule fires; this only shows it. Times are wall times of the schedule's zone.

use crate::text::editor as t;

/// The five fields of a schedule as sets of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<u32>,
    hours: Vec<u32>,
    days: Vec<u32>,
    months: Vec<u32>,
    /// 0 is Sunday.
    weekdays: Vec<u32>,
    any_day: bool,
    any_weekday: bool,
}

/// A wall time, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall {
    pub year: i32,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
}

impl Cron {
    /// None when it is no schedule of five fields, or one that says more than is understood here.
    pub fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let mut week = set(weekdays, 0, 7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], 0)?;
        week.iter_mut().for_each(|day| *day %= 7);
        week.sort_unstable();
        week.dedup();
        const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
        Some(Cron {
            minutes: set(minutes, 0, 59, &[], 0)?,
            hours: set(hours, 0, 23, &[], 0)?,
            days: set(days, 1, 31, &[], 1)?,
            months: set(months, 1, 12, &MONTHS, 1)?,
            weekdays: week,
            any_day: days.starts_with('*'),
            any_weekday: weekdays.starts_with('*'),
        })
    }

    /// The next times after `from`, at most `count`, within five years.
    pub fn next(&self, from: Wall, count: usize) -> Vec<Wall> {
        let mut found = Vec::new();
        let (mut year, mut month, mut day) = (from.year, from.month, from.day);
        for _ in 0..366 * 5 {
            if self.fits_day(year, month, day) {
                for hour in &self.hours {
                    for minute in &self.minutes {
                        let at = Wall { year, month, day, hour: *hour, minute: *minute };
                        if at > from {
                            found.push(at);
                            if found.len() == count {
                                return found;
                            }
                        }
                    }
                }
            }
            day += 1;
            if day > days_in(year, month) {
                day = 1;
                month += 1;
                if month > 12 {
                    month = 1;
                    year += 1;
                }
            }
        }
        found
    }

    fn fits_day(&self, year: i32, month: u32, day: u32) -> bool {
        let of_month = self.days.contains(&day);
        let of_week = self.weekdays.contains(&weekday(year, month, day));
        // As cron has it: with both restricted, either is enough.
        let fits = if self.any_day || self.any_weekday { of_month && of_week } else { of_month || of_week };
        fits && self.months.contains(&month)
    }
}

/// A schedule in words; the text itself where there are no simple ones.
pub fn words(text: &str) -> String {
    let Some(cron) = Cron::parse(text) else { return text.to_owned() };
    let fields: Vec<&str> = text.split_whitespace().collect();
    let every_day = cron.any_day && cron.any_weekday && fields[3] == "*";
    if every_day && fields[1] == "*" {
        if let Some(step) = fields[0].strip_prefix("*/").and_then(|step| step.parse().ok()) {
            return t::every_minutes(step);
        }
        if fields[0] == "*" {
            return t::every_minutes(1);
        }
        if let [minute] = cron.minutes.as_slice() {
            return t::every_hour_at(*minute);
        }
    }
    if let ([hour], [minute], true) = (cron.hours.as_slice(), cron.minutes.as_slice(), fields[3] == "*") {
        let time = format!("{hour:02}:{minute:02}");
        if every_day {
            return t::every_day_at(&time);
        }
        if cron.any_day {
            return if cron.weekdays == [1, 2, 3, 4, 5] { t::weekdays_at(&time) } else { t::days_at(&cron.weekdays, &time) };
        }
        if let ([day], true) = (cron.days.as_slice(), cron.any_weekday) {
            return t::monthly_at(*day, &time);
        }
    }
    t::on_schedule(text)
}

fn set(text: &str, least: u32, most: u32, names: &[&str], first: u32) -> Option<Vec<u32>> {
    let number = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let value = match named {
            Some(at) => u32::try_from(at).ok()? + first,
            None => text.parse().ok()?,
        };
        (least..=most).contains(&value).then_some(value)
    };
    let mut found = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<usize>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        found.extend((from..=to).step_by(step));
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// 0 is Sunday.
pub fn weekday(year: i32, month: u32, day: u32) -> u32 {
    const OFFSETS: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    let sum = year + year / 4 - year / 100 + year / 400 + OFFSETS[(month as usize - 1).min(11)] + i32::try_from(day).unwrap_or(1);
    u32::try_from(sum.rem_euclid(7)).unwrap_or(0)
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_it_in_words() {
        for (cron, said) in [
            ("*/15 * * * *", t::every_minutes(15)),
            ("0 9 * * 1-5", t::weekdays_at("09:00")),
            ("30 7 * * *", t::every_day_at("07:30")),
            ("0 8 1 * *", t::monthly_at(1, "08:00")),
        ] {
            assert_eq!(words(cron), said);
        }
        assert_eq!(words("nonsense"), "nonsense");
    }

    #[test]
    fn finds_the_next_times() {
        let from = Wall { year: 2026, month: 2, day: 27, hour: 9, minute: 0 };
        let next = Cron::parse("0 9 * * 1-5").unwrap().next(from, 2);
        assert_eq!(next.iter().map(|at| (at.month, at.day)).collect::<Vec<_>>(), [(3, 2), (3, 3)]);
        assert_eq!(weekday(2026, 2, 27), 5);
        assert!(Cron::parse("61 * * * *").is_none() && Cron::parse("* * *").is_none());
    }
}
