//! Texts of a length.

use deskbell_core::Random;
use deskbell_core::door::SeededRandom;
use serde_json::Value;
use std::ops::RangeInclusive;

/// Lengths that are proposed between the bounds of one text.
const BETWEEN: usize = 3;
/// From here on a text is bounded by its bytes, whatever its characters: a schema cannot say so.
const LONG: usize = 10_000;
const LETTERS: [char; 16] = ['a', 'b', 'e', 'k', 'm', 'o', 's', 'x', '7', 'Q', 'ä', 'é', 'ñ', 'λ', 'Ж', '中'];
/// Those of them that are ASCII.
const PLAIN: usize = 10;

/// Texts made by the randomness of one seed.
pub(super) struct Texts {
    random: SeededRandom,
    letters: &'static [char],
}

impl Texts {
    /// Texts of bodies and query strings.
    pub(super) fn new(seed: u64) -> Self {
        Self { random: SeededRandom::new(seed), letters: &LETTERS }
    }

    /// Texts of headers, which are visible ASCII.
    pub(super) fn of_headers(seed: u64) -> Self {
        Self { letters: &LETTERS[..PLAIN], ..Self::new(seed) }
    }

    /// Some lengths out of `within`.
    pub(super) fn lengths(&self, within: RangeInclusive<usize>) -> Vec<usize> {
        let (least, most) = within.into_inner();
        (0..BETWEEN).map(|_| least + self.below(most.saturating_sub(least) + 1)).collect()
    }

    /// A text of `length` characters, like `base` where the schema wants a form.
    pub(super) fn of(&self, schema: &Value, base: &str, length: usize) -> String {
        let filler = length.saturating_sub(base.chars().count());
        if base.contains('@') {
            // A label of a host's name has at most 63 letters.
            let label = |at| if at % 50 == 49 { '.' } else { 'h' };
            return format!("{base}{}", (0..filler).map(label).collect::<String>());
        }
        if schema.get("pattern").is_some() {
            return format!("{base}{}", "x".repeat(filler));
        }
        let letters = if length > LONG { &LETTERS[..PLAIN] } else { self.letters };
        (0..length).map(|_| letters[self.below(letters.len())]).collect()
    }

    fn below(&self, most: usize) -> usize {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes);
        usize::try_from(u32::from_le_bytes(bytes)).unwrap() % most
    }
}
