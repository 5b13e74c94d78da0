//! Weak passwords: what they cost somebody who guesses cleverly, as the zxcvbn estimator has it. It knows common passwords and
//! words, names, dates, keys that lie side by side, repeats and letters written as digits.

use zxcvbn::{Score, zxcvbn};

/// Our own name is as easy to guess as the address.
const OWN_NAME: &str = "deskbell";

/// Whether fewer than a hundred million guesses find `password`, also for somebody who does not know whose it is.
pub(super) fn is_common(password: &str) -> bool {
    is_guessed(password, &[])
}

/// The same for somebody who knows the `email` that it goes with.
pub(super) fn is_made_of(password: &str, email: &str) -> bool {
    // A person's name, without what stands between its parts and behind a plus.
    let name: String =
        email.chars().take_while(|c| !['@', '+'].contains(c)).filter(|c| c.is_alphanumeric()).collect();
    let words = email.split(|c: char| !c.is_alphanumeric());
    let known: Vec<&str> = email.split('@').chain(words).chain([email, &name, OWN_NAME]).collect();
    is_guessed(password, &known)
}

fn is_guessed(password: &str, known: &[&str]) -> bool {
    zxcvbn(password, known).score() < Score::Three
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_common() {
        for common in [
            "1234567890",
            "qwertyuiop",
            "Password123",
            "password!2024",
            "P@ssw0rd1234",
            "1qaz2wsx3edc",
            "iloveyou12",
            "aaaaaaaaaa",
            "abababababab",
        ] {
            assert!(is_common(common), "{common}");
        }
        for good in
            ["correct horse battery", "a long enough password", "h7#kQz0-wmE2", "東京タワーの上で鳴る鐘"]
        {
            assert!(!is_common(good), "{good}");
        }
    }

    #[test]
    fn an_address_makes_no_password() {
        let email = "ana.miller+bell@northwind.example";
        for made in [
            "ana.miller+bell@northwind.example",
            "Ana.Miller+Bell",
            "northwind.example",
            "AnaMiller2026",
            "northwind!123",
            "deskbell2026",
        ] {
            assert!(is_made_of(made, email), "{made}");
        }
        for good in ["correct horse battery", "anaconda weather", "miller of the old mill"] {
            assert!(!is_made_of(good, email), "{good}");
        }
    }

    #[test]
    fn a_long_one_costs_no_more_than_its_first_hundred_characters() {
        let long = "correct horse battery ".repeat(5);
        let longer = "correct horse battery ".repeat(500);
        assert_eq!(zxcvbn(&long[..100], &[]).guesses(), zxcvbn(&longer, &[]).guesses());
    }
}
