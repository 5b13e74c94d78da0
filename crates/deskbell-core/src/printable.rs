//! Printable: which characters of a stranger's text a terminal may be shown (T-43). All others could move its cursor, begin a line,
//! reorder what stands around them or hide.

use std::fmt::Write as _;

/// Whether `character` only puts ink on a line: what Rust's own table calls printable, marks that combine with a letter too; the
/// no-break space, and the joiners that Persian, the scripts of India and emoji are written with.
pub fn is_printable(character: char) -> bool {
    match character {
        ' '..='~' | '\u{a0}' | '\u{200c}' | '\u{200d}' => true,
        '\0'..='\u{9f}' => false,
        // The table is asked through a text, behind a letter: a mark that stands alone is escaped.
        _ => format!("a{character}").escape_debug().nth(2).is_none(),
    }
}

/// `text` with everything that is not printable as `\u001b`, which JSON reads as the character itself.
pub fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        if is_printable(character) {
            escaped.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // A String takes whatever is written.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_reorders_or_hides_is_not_printable() {
        let controls = ('\0'..=' ').take(32).chain('\u{7f}'..='\u{9f}');
        let reorder = "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
            \u{2066}\u{2067}\u{2068}\u{2069}\u{206a}\u{206f}";
        let hide = "\u{ad}\u{200b}\u{2060}\u{2064}\u{feff}\u{fff9}\u{180e}\u{e0001}\u{e0041}\u{e007f}";
        let nothing = "\u{378}\u{e000}\u{ffff}\u{10ffff}";
        for character in controls.chain(reorder.chars()).chain(hide.chars()).chain(nothing.chars()) {
            assert!(!is_printable(character), "T-43: {character:?}");
        }
    }

    #[test]
    fn what_people_write_is_printable() {
        let people = "az ~ Zoë e\u{301} 東京 עברית العربية می\u{200c}خواهم क्\u{200d}ष 10\u{a0}€ 👩\u{200d}🚀 ❤\u{fe0f} �";
        assert_eq!(people.chars().find(|character| !is_printable(*character)), None);
        assert_eq!(escape(people), people);
    }

    #[test]
    fn json_reads_what_is_escaped_as_it_was() {
        assert_eq!(
            escape("a\u{1b}[2J\u{9b}\u{202e}\u{e0041}\n"),
            "a\\u001b[2J\\u009b\\u202e\\udb40\\udc41\\u000a"
        );
        let every: String =
            (char::MIN..=char::MAX).filter(|character| !"\"\\".contains(*character)).collect();
        let read: String = serde_json::from_str(&format!("\"{}\"", escape(&every))).unwrap();
        assert!(read == every, "a character changed");
    }
}
