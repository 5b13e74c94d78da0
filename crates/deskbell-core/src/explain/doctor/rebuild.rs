//! Rebuild: the texts that usual JSON writers make of one document, so that a body that was parsed and written again is
//! recognised.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// A document with its keys in order, its repeats and its numbers as they were written.
enum Node {
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Text(String),
    Bare(String),
}

/// How a writer sets white space.
#[derive(Clone, Copy)]
enum Layout {
    /// `{"a":1,"b":2}`: JSON.stringify.
    Tight,
    /// `{"a": 1, "b": 2}`: json.dumps.
    Spaced,
    /// A line for each entry, indented by so many spaces.
    Indented(usize),
}

/// How a writer sets strings.
#[derive(Clone, Copy)]
enum Strings {
    /// Only what must be escaped is.
    Raw,
    /// Everything outside of ASCII as `\u…`: json.dumps.
    Ascii,
    /// Slashes too: PHP's json_encode.
    AsciiAndSlashes,
    /// Slashes alone: PHP's with JSON_UNESCAPED_UNICODE.
    Slashes,
    /// Everything outside of ASCII, quotes, `&`, `'`, `+`, `<`, `>` and the backtick as `\\u…` in upper case: .NET's JsonSerializer.
    DotNet,
    /// `<`, `>` and `&` as `\u…`: Go's json.Marshal.
    Html,
}

impl Strings {
    const ALL: [Self; 6] =
        [Self::Raw, Self::Ascii, Self::AsciiAndSlashes, Self::Slashes, Self::Html, Self::DotNet];
}

/// How a document is written.
#[derive(Clone, Copy)]
struct Form {
    layout: Layout,
    strings: Strings,
    numbers: Numbers,
}

/// How a writer sets numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// As they were read: most parsers' rules are their own.
    AsRead,
    /// As JavaScript does, whose numbers are doubles.
    Doubles,
}

/// The bytes of the value of `data`, as they stand in the document.
pub(super) fn data(body: &[u8]) -> Option<&[u8]> {
    #[derive(serde::Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
    }
    serde_json::from_slice::<Envelope<'_>>(body).ok().map(|envelope| envelope.data.get().as_bytes())
}

/// The texts of `text`'s document that usual writers make, each once and none that is `text` itself; none when it is not
/// JSON.
pub(super) fn variants(text: &str) -> Vec<String> {
    let Ok(mut node) = serde_json::from_str::<Node>(text) else { return Vec::new() };
    // Every pair of a layout and a way to set strings, although no writer has some of them: options of real ones (indent,
    // ensure_ascii, sort_keys) combine, and a wrong text costs one hash and matches nothing. Keys as they came stand
    // first, since most writers keep them; repeats of a text are left out, so that a tight ASCII document is tried once. Numbers are
    // as they were read, and as JavaScript writes doubles: what other parsers make of 1e-7 cannot be followed.
    let mut variants: Vec<String> = Vec::new();
    for sorted in [false, true] {
        if sorted {
            node.sort();
        }
        for layout in [Layout::Tight, Layout::Spaced, Layout::Indented(2), Layout::Indented(4)] {
            for strings in Strings::ALL {
                for numbers in [Numbers::AsRead, Numbers::Doubles] {
                    let mut variant = String::with_capacity(text.len());
                    node.write(&mut variant, Form { layout, strings, numbers }, 0);
                    if variant != text && !variants.contains(&variant) {
                        variants.push(variant);
                    }
                }
            }
        }
    }
    variants
}

impl Node {
    fn sort(&mut self) {
        match self {
            Self::Object(entries) => {
                entries.sort_by(|(one, _), (other, _)| one.cmp(other));
                entries.iter_mut().for_each(|(_, value)| value.sort());
            }
            Self::Array(items) => items.iter_mut().for_each(Self::sort),
            Self::Text(_) | Self::Bare(_) => {}
        }
    }

    fn write(&self, out: &mut String, form: Form, depth: usize) {
        let Form { layout, strings, numbers } = form;
        match self {
            Self::Bare(text) if numbers == Numbers::Doubles => match double(text) {
                Some(double) => out.push_str(&double),
                None => out.push_str(text),
            },
            Self::Bare(text) => out.push_str(text),
            Self::Text(text) => string(out, text, strings),
            Self::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    layout.before(out, at, depth + 1);
                    item.write(out, form, depth + 1);
                }
                layout.end(out, items.is_empty(), depth);
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    layout.before(out, at, depth + 1);
                    string(out, key, strings);
                    out.push_str(if matches!(layout, Layout::Tight) { ":" } else { ": " });
                    value.write(out, form, depth + 1);
                }
                layout.end(out, entries.is_empty(), depth);
                out.push('}');
            }
        }
    }
}

/// A number as JavaScript writes it (ECMA-262, Number::toString); `None` for what is no number, or none that is finite.
fn double(text: &str) -> Option<String> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    if number == 0.0 {
        return Some("0".into());
    }
    // The fewest digits that read as the same double, and where the point stands.
    let scientific = format!("{:e}", number.abs());
    let (digits, exponent) = scientific.split_once('e')?;
    let (digits, exponent) = (digits.replace('.', ""), exponent.parse::<i32>().ok()?);
    let (count, point) = (i32::try_from(digits.len()).ok()?, exponent + 1);
    let zeros = |many: i32| "0".repeat(usize::try_from(many).unwrap_or_default());
    let written = match point {
        _ if count <= point && point <= 21 => format!("{digits}{}", zeros(point - count)),
        1..=21 => {
            let (whole, part) = digits.split_at(usize::try_from(point).ok()?);
            format!("{whole}.{part}")
        }
        -5..=0 => format!("0.{}{digits}", zeros(-point)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let part = if rest.is_empty() { String::new() } else { format!(".{rest}") };
            format!("{first}{part}e{exponent:+}")
        }
    };
    Some(if number < 0.0 { format!("-{written}") } else { written })
}

impl Layout {
    /// What stands before entry number `at`.
    fn before(self, out: &mut String, at: usize, depth: usize) {
        if at > 0 {
            out.push(',');
        }
        match self {
            Self::Tight => {}
            Self::Spaced if at > 0 => out.push(' '),
            Self::Spaced => {}
            Self::Indented(by) => line(out, by * depth),
        }
    }

    fn end(self, out: &mut String, empty: bool, depth: usize) {
        if let (Self::Indented(by), false) = (self, empty) {
            line(out, by * depth);
        }
    }
}

fn line(out: &mut String, spaces: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', spaces));
}

fn string(out: &mut String, text: &str, strings: Strings) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '&' | '\'' | '+' | '<' | '>' | '`' if matches!(strings, Strings::DotNet) => {
                upper(out, character)
            }
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '/' if matches!(strings, Strings::AsciiAndSlashes | Strings::Slashes) => out.push_str("\\/"),
            '<' | '>' | '&' if matches!(strings, Strings::Html) => escape(out, character),
            other if other < ' ' => escape(out, other),
            other if !other.is_ascii() && matches!(strings, Strings::DotNet) => upper(out, other),
            other if !other.is_ascii() && matches!(strings, Strings::Ascii | Strings::AsciiAndSlashes) => {
                escape(out, other);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// As [`escape`], in upper case.
fn upper(out: &mut String, character: char) {
    let mut units = [0u16; 2];
    for unit in character.encode_utf16(&mut units) {
        out.push_str(&format!("\\u{unit:04X}"));
    }
}

/// JSON's escapes are UTF-16: a character outside of the basic plane is a pair of them.
fn escape(out: &mut String, character: char) {
    let mut units = [0u16; 2];
    for unit in character.encode_utf16(&mut units) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        // A raw value is the text itself, so numbers keep their form, and its first byte says what it is. What it holds is
        // then read one level down. A tree of `serde_json::Value` would drop repeated keys and rewrite the numbers.
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let node = match raw.as_bytes().first() {
            Some(b'{') => serde_json::from_str(raw).map(|Entries(entries)| Self::Object(entries)),
            Some(b'[') => serde_json::from_str(raw).map(|Items(items)| Self::Array(items)),
            Some(b'"') => serde_json::from_str(raw).map(Self::Text),
            _ => Ok(Self::Bare(raw.to_owned())),
        };
        node.map_err(D::Error::custom)
    }
}

/// An object's entries in their order, repeats too: a map would lose both.
struct Entries(Vec<(String, Node)>);
struct Items(Vec<Node>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}
