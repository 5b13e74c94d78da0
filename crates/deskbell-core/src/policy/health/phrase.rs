//! Numbers, spans and counts as health says them, and the operator's headline.

use std::time::Duration;

/// A number with commas between its thousands.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "one delivery", "1,284 deliveries".
pub(super) fn deliveries(count: u64) -> String {
    if count == 1 { "one delivery".into() } else { format!("{} deliveries", number(count)) }
}

/// "second", "third", and so on; digits from the eleventh.
pub(super) fn ordinal(count: u32) -> String {
    const WORDS: [&str; 11] = [
        "next", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    ];
    if let Some(word) = usize::try_from(count).ok().and_then(|count| WORDS.get(count)) {
        return (*word).to_owned();
    }
    let end = match (count % 100, count % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{count}{end}")
}

/// A span in its two largest units, rounded down to a second; "1 s" for less.
pub fn duration(span: Duration) -> String {
    let seconds = span.as_secs().max(1);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds % 60, "s")];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(3);
    let shown = parts.iter().skip(first).take(2).filter(|(count, _)| *count > 0);
    shown.map(|(count, unit)| format!("{count} {unit}")).collect::<Vec<_>>().join(" ")
}

/// The state of `webhooks` webhooks, `ill` of them ill, in words; `late` is how long the oldest due delivery of the
/// others has waited, if that is too long.
pub fn headline(ill: u64, webhooks: u64, late: Option<Duration>) -> String {
    let others = webhooks.saturating_sub(ill);
    let time = match late {
        None => "on time".to_owned(),
        Some(late) => format!("{} late", duration(late)),
    };
    match (ill, others) {
        (0, 0) => "No webhooks yet.".into(),
        (0, 1) => format!("The one webhook is {time}."),
        (0, all) => format!("All {} webhooks are {time}.", number(all)),
        (1, 0) => "The one webhook is ill.".into(),
        (all, 0) => format!("All {} webhooks are ill.", number(all)),
        (ill, others) => {
            let ill = if ill == 1 { "One webhook is".into() } else { count_word(ill) + " webhooks are" };
            let others = match others {
                1 => "The other one is".into(),
                others => format!("The other {} are", number(others)),
            };
            format!("{ill} ill. {others} {time}.")
        }
    }
}

/// The number that begins a sentence: a word up to ten.
fn count_word(count: u64) -> String {
    const WORDS: [&str; 11] =
        ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    match usize::try_from(count).ok().and_then(|count| WORDS.get(count)) {
        Some(word) => (*word).to_owned(),
        None => number(count),
    }
}
