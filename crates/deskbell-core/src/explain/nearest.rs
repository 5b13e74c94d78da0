//! Nearest: the known name that was probably meant. Whoever refuses a name, over the API or on the command line, suggests this one.

use strsim::osa_distance;

/// The one of `known` that `word` was probably meant to be: at most two changes away, and fewer than it has letters.
pub fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > 64 {
        return None;
    }
    let close = known.iter().map(|name| (osa_distance(word, name), *name)).min()?;
    (close.0 <= 2 && close.0 < close.1.len()).then_some(close.1)
}

#[cfg(test)]
mod tests;
