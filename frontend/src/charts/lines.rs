use std::fmt::Write as _;

use leptos::prelude::*;

use super::scale::{labelled, nice};
use crate::text::dashboard as t;

/// One line; nothing where there is no value.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub name: String,
    /// The colour's class.
    pub look: &'static str,
    pub values: Vec<Option<u64>>,
}

/// Lines over the same buckets. The figures themselves are in the panel's table.
#[component]
pub fn Lines(
    #[prop(into)] lines: Signal<Vec<Line>>,
    /// Below the axis, one per bucket.
    #[prop(into)]
    ticks: Signal<Vec<String>>,
    /// Over a bucket, all lines together.
    #[prop(into)]
    tips: Signal<Vec<String>>,
    /// How the end of the axis is written.
    format: fn(u64) -> String,
    /// What a screen reader says instead of the picture.
    #[prop(into)]
    summary: Signal<String>,
) -> impl IntoView {
    #[expect(clippy::cast_precision_loss, reason = "drawn, not counted with")]
    let end = Memo::new(move |_| {
        nice(lines.with(|lines| lines.iter().flat_map(|line| line.values.iter().flatten()).max().copied().unwrap_or(0)) as f64)
    });
    let count = Memo::new(move |_| ticks.with(Vec::len));
    let paths = move || {
        let end = end.get();
        lines.with(|lines| {
            lines
                .iter()
                .map(|line| {
                    let class = format!("chart-line {}", line.look);
                    view! { <path class=class d=path(&line.values, end) vector-effect="non-scaling-stroke"></path> }
                })
                .collect_view()
        })
    };
    let columns = move || {
        let shown = labelled(count.get(), 4);
        ticks.with(|ticks| {
            tips.with(|tips| {
                ticks
                    .iter()
                    .zip(tips)
                    .enumerate()
                    .map(|(at, (tick, tip))| {
                        let ticked = shown(at) && at + ticks.len() / 12 < ticks.len();
                        view! {
                            <span class="lines-column" data-tip=tip.clone()>
                                {ticked.then(|| view! { <span class="bar-tick">{tick.clone()}</span> })}
                            </span>
                        }
                    })
                    .collect_view()
            })
        })
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive whole number")]
    let most = move || format(end.get().round() as u64);
    view! {
        <div class="chart">
            <div class="chart-axis" aria-hidden="true"><span>{most}</span><span>{t::ZERO}</span></div>
            <div class="chart-lines" role="img" aria-label=summary>
                <svg viewBox=move || format!("0 0 {} 100", count.get().max(1)) preserveAspectRatio="none" aria-hidden="true">{paths}</svg>
                <div class="lines-columns" aria-hidden="true">{columns}</div>
            </div>
        </div>
        <p class="chart-key" aria-hidden="true">
            {move || lines.with(|lines| {
                lines
                    .iter()
                    .map(|line| view! { <span><i class=format!("line-mark {}", line.look)></i>{line.name.clone()}</span> })
                    .collect_view()
            })}
        </p>
    }
}

/// Broken where there is nothing; a value alone among nothing becomes a short dash, so that it is seen.
fn path(values: &[Option<u64>], end: f64) -> String {
    let mut path = String::new();
    let mut drawing = false;
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value else {
            drawing = false;
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "drawn, not counted with")]
        let (x, y) = (at as f64 + 0.5, 100.0 - *value as f64 / end * 100.0);
        let alone = !drawing && values.get(at + 1).copied().flatten().is_none();
        // Writing to a text cannot fail.
        let _ = match (alone, drawing) {
            (true, _) => write!(path, "M{:.2} {y:.2}L{:.2} {y:.2}", x - 0.4, x + 0.4),
            (_, true) => write!(path, "L{x:.2} {y:.2}"),
            _ => write!(path, "M{x:.2} {y:.2}"),
        };
        drawing = true;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn lines_break_where_there_is_nothing() {
        assert_eq!(path(&[Some(0), Some(50), None, Some(100), None], 100.0), "M0.50 100.00L1.50 50.00M3.10 0.00L3.90 0.00");
        assert_eq!(path(&[None, None], 1.0), "");
    }
}
