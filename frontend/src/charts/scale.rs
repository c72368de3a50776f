//! Ends of axes that a person can read.

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is at least `most`; 1 where there is nothing.
pub fn nice(most: f64) -> f64 {
    if !most.is_finite() || most <= 1.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|step| step * power).find(|end| *end >= most).unwrap_or(most)
}

/// Which of `count` buckets get a label: about `labels`, evenly spread, the first one among them.
pub fn labelled(count: usize, labels: usize) -> impl Fn(usize) -> bool {
    let every = count.div_ceil(labels.max(1)).max(1);
    move |at| at.is_multiple_of(every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_round_and_high_enough() {
        for (most, end) in
            [(0.0, 1.0), (1.0, 1.0), (3.0, 5.0), (10.0, 10.0), (11.0, 20.0), (240.0, 250.0), (251.0, 500.0), (9_999.0, 10_000.0)]
        {
            assert!((nice(most) - end).abs() < 1e-9, "{most}: {}", nice(most));
        }
        assert!((nice(f64::NAN) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn labels_are_few() {
        for count in [1, 5, 61, 97, 121] {
            let labelled = labelled(count, 5);
            let shown = (0..count).filter(|at| labelled(*at)).count();
            assert!((1..=5).contains(&shown), "{count}: {shown}");
            assert!(labelled(0));
        }
    }
}
