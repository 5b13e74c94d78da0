//! Phone numbers in the form of E.164.

use std::ops::RangeInclusive;

/// Digits of a number with its country. E.164 has no lower bound; without a table of every country's lengths this one refuses
/// what is too short, and few real numbers.
const DIGITS: RangeInclusive<usize> = 9..=15;

/// `text` in the form of E.164, `+` and digits: the blanks, dots, hyphens and brackets that people put in are left out.
pub fn phone(text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')')).collect();
    let digits = plain.strip_prefix('+')?;
    let valid = DIGITS.contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    valid.then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::phone;

    #[test]
    fn a_number_is_kept_without_what_people_put_in() {
        for text in ["+353851234567", "+353 85 123 4567", "(+353) 85-123.4567", "+1-202-555-0143"] {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            assert_eq!(phone(text), Some(format!("+{digits}")), "{text}");
        }
        for text in [
            "",
            "+",
            "+91999999",
            "+12345678",
            "+1234567890123456",
            "1-2025550195",
            "+0351234567",
            "++353851234567",
            "+35385123456x",
            "+353\u{a0}851234567",
            "+٣٥٣٨٥١٢٣٤",
        ] {
            assert_eq!(phone(text), None, "{text}");
        }
    }
}
