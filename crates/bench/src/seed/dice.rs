//! Chance that is the same on every machine.

/// A linear congruential generator (Knuth's MMIX constants); its high bits are good enough for made-up history.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    /// 0 to below 1.
    pub fn share(&mut self) -> f64 {
        self.next() as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.share() * n as f64) as usize
    }

    pub fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len()).min(of.len() - 1)]
    }

    /// Around `typical`, with a long tail to above: the product of a few rolls is close to a log-normal distribution.
    pub fn spread(&mut self, typical: f64) -> f64 {
        (0..4).fold(typical, |value, _| value * (0.6 + self.share() * 0.95))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolls_stay_in_their_bounds_and_repeat() {
        let (mut one, mut other) = (Dice::new(1), Dice::new(1));
        for _ in 0..10_000 {
            let share = one.share();
            assert!((0.0..1.0).contains(&share));
            assert_eq!(share.to_bits(), other.share().to_bits());
        }
        assert!((0..1_000).all(|_| one.below(3) < 3));
        assert!((0..1_000).all(|_| one.spread(100.0) > 10.0));
    }
}
