//! Charset: what becomes of bytes that were read or written as ASCII or Latin-1.

/// The bodies that come of `body` so; none where it is all ASCII.
pub(super) fn variants(body: &[u8]) -> Vec<Vec<u8>> {
    if body.is_ascii() {
        return Vec::new();
    }
    let each = |with: &dyn Fn(u8, &mut Vec<u8>)| {
        let mut out = Vec::with_capacity(body.len() * 2);
        body.iter().for_each(|byte| if byte.is_ascii() { out.push(*byte) } else { with(*byte, &mut out) });
        out
    };
    let utf8 = |character: char, out: &mut Vec<u8>| {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    };
    let mut variants = vec![
        // Read as Latin-1, written as UTF-8.
        each(&|byte, out| utf8(char::from(byte), out)),
        // Read as ASCII, written as UTF-8; and written as ASCII.
        each(&|_, out| utf8(char::REPLACEMENT_CHARACTER, out)),
        each(&|_, out| out.push(b'?')),
    ];
    if let Ok(text) = std::str::from_utf8(body) {
        // Read well, written as ASCII, and as Latin-1.
        let written = |most: u32| {
            let mut out = Vec::with_capacity(body.len());
            for character in text.chars() {
                match u8::try_from(u32::from(character)) {
                    Ok(byte) if u32::from(byte) <= most => out.push(byte),
                    // A question mark for each unit of UTF-16.
                    _ => out.extend(std::iter::repeat_n(b'?', character.len_utf16())),
                }
            }
            out
        };
        variants.extend([written(0x7f), written(0xff)]);
    }
    variants
}
