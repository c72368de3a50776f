//! A length of time as a number and a unit.

use leptos::prelude::*;

use crate::{
    text::editor as t,
    ui::{Choice, Select},
};

/// Name and milliseconds of each unit.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// The largest unit that gives a whole number.
fn unit_of(ms: u64) -> &'static str {
    UNITS.iter().rev().find(|(_, size)| ms > 0 && ms.is_multiple_of(*size)).map_or("s", |(name, _)| name)
}

fn size_of(unit: &str) -> u64 {
    UNITS.iter().find(|(name, _)| *name == unit).map_or(1_000, |(_, size)| *size)
}

#[component]
pub fn SpanInput(
    #[prop(into)] label: String,
    #[prop(into)] ms: Signal<u64>,
    #[prop(into)] on_change: Callback<u64>,
) -> impl IntoView {
    let unit = RwSignal::new(unit_of(ms.get_untracked()).to_owned());
    // Follows changes from elsewhere: a value the chosen unit cannot show.
    Effect::new(move |_| {
        let ms = ms.get();
        if !ms.is_multiple_of(size_of(&unit.get_untracked())) {
            unit.set(unit_of(ms).to_owned());
        }
    });
    let number = Signal::derive(move || (ms.get() / size_of(&unit.get())).to_string());
    let type_number = move |event| {
        if let Ok(n) = event_target_value(&event).trim().parse::<u64>() {
            on_change.run(n.saturating_mul(size_of(&unit.get_untracked())));
        }
    };
    let choose = move |new: String| {
        let n = ms.get_untracked() / size_of(&unit.get_untracked());
        unit.set(new.clone());
        on_change.run(n.saturating_mul(size_of(&new)));
    };
    let choices = UNITS.iter().map(|(name, _)| Choice::new(*name, t::unit(name))).collect::<Vec<_>>();
    view! {
        <span class="span-input">
            <input class="input" type="number" min="0" aria-label=label.clone() prop:value=number on:input=type_number/>
            <Select value=unit on_change=choose choices=Signal::stored(choices) label=t::unit_of(&label) compact=true/>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::unit_of;

    #[test]
    fn whole_numbers_in_the_largest_unit() {
        for (ms, unit) in
            [(500, "ms"), (1_000, "s"), (90_000, "s"), (300_000, "min"), (7_200_000, "h"), (86_400_000, "d"), (0, "s")]
        {
            assert_eq!(unit_of(ms), unit, "{ms}");
        }
    }
}
