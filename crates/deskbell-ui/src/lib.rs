//! The dashboard's files, as the build script made them out of `web/`. Nothing here knows HTTP: the server asks for a path and
//! says which encodings its client takes.
//!
//! Release builds carry the files; debug builds read them from the build's output folder.

use rust_embed::RustEmbed;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Files;

/// The page itself, as a path for [`file()`].
pub const PAGE: &str = "index.html";

/// One file, ready to be sent.
#[derive(Debug)]
pub struct File {
    /// Its bytes, compressed as [`File::encoding`] says.
    pub bytes: Cow<'static, [u8]>,
    /// Its media type.
    pub media_type: &'static str,
    /// Its `Content-Encoding`: `br`, `gzip`, or none.
    pub encoding: Option<&'static str>,
    /// A strong entity tag, in its quotes (RFC 9110, 8.8.3): one for each content and encoding.
    pub etag: String,
    /// Its name changes with its content, so that it may be kept for ever.
    pub immutable: bool,
}

/// The file of that path below the page, in the smallest of the encodings that `accept_encoding` (RFC 9110, 12.5.3) allows.
/// `None` when there is none: a path that leads elsewhere names no file.
pub fn file(path: &str, accept_encoding: &str) -> Option<File> {
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return None;
    }
    let media_type = media_type(path)?;
    let variants =
        [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(name, _)| accepts(accept_encoding, name));
    let compressed = variants
        .filter_map(|(name, ending)| Some((Some(name), Files::get(&format!("{path}{ending}"))?)))
        .next();
    let (encoding, found) = match compressed {
        Some(found) => found,
        None => (None, Files::get(path)?),
    };
    let hash: String =
        found.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Some(File {
        bytes: found.data,
        media_type,
        encoding,
        etag: format!("\"{hash}\""),
        immutable: path.starts_with("assets/"),
    })
}

/// The path of the font whose file's name begins with `name`: the rest of it changes with its content. `None` in a build
/// without the page.
pub fn font(name: &str) -> Option<Cow<'static, str>> {
    Files::iter().find(|path| {
        let file = path.strip_prefix("assets/").unwrap_or_default();
        file.starts_with(name) && file.ends_with(".woff2")
    })
}

/// Whether the header allows the encoding: it is named, and not with a weight of nothing.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|part| {
        let mut words = part.split(';').map(str::trim);
        let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = words
            .any(|word| matches!(word.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        named && !refused
    })
}

/// By the ending; `None` for one that the page has no file of, the compressed twins among them.
fn media_type(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_comes_in_the_encoding_that_is_taken() {
        let plain = file(PAGE, "").expect("the page");
        assert_eq!((plain.encoding, plain.media_type), (None, "text/html; charset=utf-8"));
        assert!(plain.bytes.starts_with(b"<!doctype html>"), "{:?}", plain.bytes);
        assert!(!plain.immutable);
        assert_eq!(file(PAGE, "gzip, deflate").expect("the page").encoding, Some("gzip"));
        assert_eq!(file(PAGE, "gzip, br").expect("the page").encoding, Some("br"));
        assert_eq!(file(PAGE, "gzip;q=1, br; q=0").expect("the page").encoding, Some("gzip"));
        assert_ne!(file(PAGE, "br").expect("the page").etag, plain.etag);
    }

    #[test]
    fn the_fonts_are_found_by_their_names() {
        for name in ["inter-latin-wght", "jetbrains-mono-latin-wght"] {
            let path = font(name).unwrap_or_else(|| panic!("{name} is missing"));
            assert_eq!(file(&path, "").expect("the font").media_type, "font/woff2");
        }
        assert!(font("comic").is_none());
    }

    #[test]
    fn what_the_page_names_is_there_and_nothing_else() {
        let page = file(PAGE, "").expect("the page").bytes.into_owned();
        let page = String::from_utf8(page).expect("text");
        let named: Vec<&str> = page
            .split(['"', '\''])
            .filter_map(|word| word.strip_prefix("./"))
            .filter(|name| !name.is_empty())
            .collect();
        assert!(named.len() >= 3, "the page names its script, its styles and its icon: {named:?}");
        for name in named {
            let found = file(name, "").unwrap_or_else(|| panic!("{name} is missing"));
            assert_eq!(found.immutable, name.starts_with("assets/"), "{name}");
        }
        for path in
            ["", "/", "../Cargo.toml", "assets/../index.html", "/etc/passwd", "index.html.br", "no.js"]
        {
            assert!(file(path, "").is_none(), "{path}");
        }
    }
}
